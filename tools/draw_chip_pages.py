"""The pictures of docs/chip_in_ten_minutes.md, each drawn from a network that was mapped and run.

python tools/draw_chip_pages.py           write docs/images/chip_*.png (some seconds)
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from neurocore.report.rendering import write_figure  # noqa: E402
from tools.chip_pages.inside import draw_core, draw_tick  # noqa: E402
from tools.chip_pages.life import draw_life  # noqa: E402
from tools.chip_pages.routes import draw_array, draw_routes  # noqa: E402

PICTURES = {
    "chip_core": draw_core,
    "chip_tick": draw_tick,
    "chip_life": draw_life,
    "chip_routes": draw_routes,
    "chip_array": draw_array,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw them."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images", help="folder for the pictures")
    folder = parser.parse_args(arguments).out
    folder.mkdir(parents=True, exist_ok=True)
    for name, draw in PICTURES.items():
        write_figure(draw(), folder / f"{name}.png")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
