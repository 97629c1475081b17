"""``neurocore compile``: network to chip image."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurocore.cli.options import add_json, add_nir, add_overrides, opened, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Compile a network to a chip image."""
    parser.add_argument("source", help="network (.yaml, .nir)")
    parser.add_argument("-o", "--out", help="image file to write (default: the source's name with .npz, here)")
    parser.add_argument("--profile", metavar="RUN", help="place cores by the spikes of an earlier run (its folder)")
    add_nir(parser)
    add_overrides(parser)
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Compile, write, print."""
    from neurocore.verbs.checking import compile

    out = Path(options.out) if options.out else Path(Path(options.source).with_suffix(".npz").name)
    source, changes = opened(options)
    checked = compile(source, out, overrides=changes, profile=options.profile)
    print_json(checked.as_dict() | {"file": str(out)}) if options.json else print(f"{checked.text()}\n  wrote {out}")
    return 0
