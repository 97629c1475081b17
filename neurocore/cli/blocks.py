"""``neurocore blocks``: the function blocks, their ports, parameters and costs."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_json, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """List the built-in function blocks with ports, parameters and cost; with NAME, one in full with an example."""
    parser.add_argument("name", nargs="?", help="a built-in block, or a block's .yaml file; without it, all")
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """List, print."""
    from neurocore.verbs.block_list import blocks

    result = blocks(options.name)
    print_json(result.as_dict()) if options.json else print(result.text())
    return 0
