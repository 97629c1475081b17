"""``neurocore show``: what is in an image."""

from __future__ import annotations

import argparse
from typing import Any

from neurocore.cli.options import add_json, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Show what a compiled chip holds; with --core, one core's neurons."""
    parser.add_argument("source", help="network (.yaml), chip image (.npz), IBM corelet model (.json) or run folder")
    parser.add_argument("--core", type=int, help="list the neurons of this core")
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Describe, print."""
    from neurocore.verbs.showing import show

    facts = show(options.source, core=options.core)
    print_json(facts) if options.json else print("\n".join(_lines(facts)))
    return 0


def _lines(facts: dict[str, Any], indent: str = "") -> list[str]:
    """Plain data as indented ``key: value`` lines; a list of dicts as one line each."""
    lines = []
    for key, value in facts.items():
        if isinstance(value, dict):
            lines += [f"{indent}{key}:", *_lines(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            lines.append(f"{indent}{key}:")
            lines += [f"{indent}  " + "  ".join(f"{name} {item}" for name, item in row.items()) for row in value]
        else:
            lines.append(f"{indent}{key}: {value}")
    return lines
