"""``neurocore train``: train a network for the chip."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_json, add_overrides, add_quiet, overrides, print_json, talk

__all__ = ["add"]

INTERRUPTED = 130


def add(parser: argparse.ArgumentParser) -> None:
    """Train a classifier for the chip from a plan (needs torch), or go on with one that was interrupted."""
    parser.add_argument("plan", help="training plan (.yaml), see docs/training.md")
    parser.add_argument("--data", metavar="PATH", help="file or folder of the images (default: the plan's data.path)")
    parser.add_argument("--out", metavar="FOLDER", help="where NAME.yaml, its arrays and checkpoints go (trained/NAME)")
    parser.add_argument(
        "--shown", type=int, default=1000, metavar="N", help="test images that NAME.yaml shows (default: 1000)"
    )
    parser.add_argument("--threads", type=int, default=1, help="threads of torch (default: 1)")
    parser.add_argument("--restart", action="store_true", help="train anew, whatever was trained before")
    add_overrides(parser)
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Train, write, print the score."""
    from neurocore.verbs.training import train

    result = train(
        options.plan,
        out=options.out,
        data=options.data,
        shown=options.shown,
        threads=options.threads,
        restart=options.restart,
        overrides=overrides(options) or None,
        quiet=options.quiet,
    )
    print_json(result.as_dict()) if options.json else print(result.text())
    if result.interrupted:
        talk(options, "interrupted; what was learnt so far is deployed, and the same command goes on")
        return INTERRUPTED
    return 1 if result.mismatches else 0
