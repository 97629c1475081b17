"""``neurocore check``: does it read, does it fit?"""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_json, add_nir, add_overrides, opened, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Read a network, image or model and say whether it fits the chip. Exit code 1 if it does not, 2 if it is wrong."""
    parser.add_argument("source", help="network (.yaml, .nir), chip image (.npz), other model (.json) or run folder")
    parser.add_argument("--profile", metavar="RUN", help="place cores by the spikes of an earlier run (its folder)")
    add_nir(parser)
    add_overrides(parser)
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Check, print."""
    from neurocore.verbs.checking import check

    source, changes = opened(options)
    checked = check(source, overrides=changes, profile=options.profile)
    print_json(checked.as_dict()) if options.json else print(checked.text())
    return 0
