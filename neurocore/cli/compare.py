"""``neurocore compare``: the spikes of two runs, or of a run and a recorded file."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_json, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Compare the spikes of two runs, or of a run and a file of IBM's or RANC's. Exit code 1 if they differ."""
    parser.add_argument("left", help="run folder")
    parser.add_argument("right", help="run folder, or output spikes: IBM's .sfcp or RANC's .txt")
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Compare, print."""
    from neurocore.verbs.comparing import compare

    result = compare(options.left, options.right)
    if options.json:
        print_json(result.as_dict())
    else:
        print(
            f"{result.equal:,} of {result.right:,} spikes equal over ({', '.join(result.columns)}): "
            f"{len(result.missing):,} missing, {len(result.extra):,} extra"
        )
        if result.first:
            print(f"first difference: {result.first}")
    return 0 if result.same else 1
