"""The input and output spikes of every block that ships, in one picture.

python tools/blocks_picture.py           write docs/images/blocks.png
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from neurocore.emulator.stimulus import input_spikes  # noqa: E402
from neurocore.formats.network_yaml import parse_network  # noqa: E402
from neurocore.report.palette import SERIES, WARM, new_figure, tidy, title  # noqa: E402
from neurocore.report.rendering import write_figure  # noqa: E402
from neurocore.verbs.block_list import BlockInfo, blocks  # noqa: E402
from neurocore.verbs.running import run  # noqa: E402

PICTURE = ROOT / "docs" / "images" / "blocks.png"
COLUMNS = 5
TICKS = 100
RATES_HZ = {
    **{"coincidence": 60, "conv_filter": 80, "delay_line": 80, "hold": 50, "latch": 50, "low_pass": 300},
    **{"oscillator": 50, "moving_average": 500, "median_filter": 400},
}
"""Input spikes a second, where the example's 300 would hide what the block does."""
LINES = 8
"""Lines of an image that are shown."""

Lane = tuple[str, npt.NDArray[np.int64], npt.NDArray[np.int64], int, bool]
"""Name, ticks and lines of its spikes, how many lines, whether it is an output."""


def lanes(block: BlockInfo) -> list[Lane]:
    """Run the block's example: what went in and what came out of every port."""
    assert block.example is not None
    rate = RATES_HZ.get(block.use, 300)
    network = parse_network(block.example.replace("rate_hz: 300", f"rate_hz: {rate}"), block.use, ROOT)
    driven = input_spikes(network, TICKS)
    found: list[Lane] = []
    first = 0
    for name, described in network.inputs.items():
        size = int(np.prod(described.shape))
        mine = (driven.pin >= first) & (driven.pin < first + size)
        found.append((name, driven.tick[mine], driven.pin[mine] - first, size, False))
        first += size
    done = run(network, ticks=TICKS)
    for name in network.outputs:
        trains = done.spikes_of(name).spike_trains()
        ticks = np.concatenate(trains)
        line = np.repeat(np.arange(len(trains)), [len(train) for train in trains])
        found.append((name.rpartition(".")[2], ticks, line, len(trains), True))
    return found


def draw(path: Path = PICTURE) -> None:
    """Run every block and draw it."""
    shown = blocks().blocks
    rows = -(-len(shown) // COLUMNS)
    figure = new_figure(3.3 * COLUMNS, 1.75 * rows + 0.6)
    grid = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
    for axes in grid[len(shown) :]:
        axes.set_axis_off()
    for number, (axes, block) in enumerate(zip(grid, shown, strict=False)):
        found = lanes(block)
        for height, (_, ticks, line, size, leaves) in enumerate(reversed(found)):
            seen = min(size, LINES)
            step = 0.8 / seen
            kept = line < seen
            low = height + 0.1 + (seen - 1 - line[kept]) * step
            axes.vlines(ticks[kept], low, low + step * 0.9, color=WARM if leaves else SERIES[0], linewidth=1.1)
        axes.set_ylim(0, len(found))
        axes.set_xlim(-1, TICKS)
        axes.set_yticks(np.arange(len(found)) + 0.5, [name for name, *_ in reversed(found)])
        title(axes, block.use)
        tidy(axes)
        axes.tick_params(axis="y", length=0)
        if number >= len(shown) - COLUMNS:
            axes.set_xlabel("time (ticks)", fontsize=9)
        else:
            axes.tick_params(labelbottom=False)
    figure.suptitle(
        "Every block with its defaults: spikes in (blue) and out (orange); of images and of several lines the first "
        f"{LINES} are shown",
        fontsize=12,
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_figure(figure, path)


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw the blocks."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--out", type=Path, default=PICTURE, help="where the picture goes")
    draw(parser.parse_args(arguments).out)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
