"""``neurocore compile``: network to chip image."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurocore.cli.options import add_json, add_overrides, overrides, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Compile a network to a chip image."""
    parser.add_argument("source", help="network (.yaml)")
    parser.add_argument("-o", "--out", help="image file to write (default: the source's name with .npz, here)")
    parser.add_argument("--profile", metavar="RUN", help="place cores by the spikes of an earlier run (its folder)")
    add_overrides(parser)
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Compile, write, print."""
    from neurocore.verbs.checking import compile

    out = Path(options.out) if options.out else Path(Path(options.source).with_suffix(".npz").name)
    checked = compile(options.source, out, overrides=overrides(options) or None, profile=options.profile)
    print_json(checked.as_dict() | {"file": str(out)}) if options.json else print(f"{checked.text()}\n  wrote {out}")
    return 0
