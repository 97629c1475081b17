"""``neurocore remap``: a compiled chip, mapped again."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurocore.cli.options import add_json, add_quiet, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Map a compiled chip again and prove that its output spikes stay the same. Exit code 1 if they do not."""
    parser.add_argument("source", help="chip image (.npz), IBM or RANC model (.json), run folder or network (.yaml)")
    parser.add_argument("-o", "--out", help="image file to write (default: NAME.remapped.npz, here)")
    parser.add_argument("--input", help="spikes addressed to axons of the chip as it was (default: random ones)")
    parser.add_argument("--ticks", type=int, default=200, help="ticks to compare (default: 200)")
    parser.add_argument("--seed", type=int, default=0, help="seed of everything random")
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Remap, compare, print."""
    from neurocore.verbs.remapping import remap

    out = Path(options.out) if options.out else Path(f"{Path(options.source).stem}.remapped.npz")
    result = remap(
        options.source, out, input=options.input, ticks=options.ticks, seed=options.seed, quiet=options.quiet
    )
    if options.json:
        print_json(result.as_dict() | {"file": str(out) if result.passed else None})
    else:
        print(result.text() + (f"\n  wrote {out}" if result.passed else ""))
    return 0 if result.passed else 1
