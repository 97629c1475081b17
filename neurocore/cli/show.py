"""``neurocore show``: what is in an image."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from neurocore.cli.options import add_json, print_json
from neurocore.errors import NeurocoreError

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Show what a compiled chip holds; with --core, one core's axons, neurons and crossbar."""
    parser.add_argument("source", help="network (.yaml), chip image (.npz), IBM or RANC model (.json) or run folder")
    parser.add_argument("--core", metavar="X,Y", help="show this core: its place, as 12,7, or its index, as 3")
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Describe, print."""
    from neurocore.verbs.showing import show, show_core

    core = _core(options.core) if options.core is not None else None
    if options.json:
        print_json(show(options.source, core=core))
    elif core is None:
        print("\n".join(_lines(show(options.source))))
    else:
        from neurocore.report.core_text import core_lines

        print("\n".join(core_lines(show_core(options.source, core), braille=_has_braille())))
    return 0


def _core(text: str) -> int | tuple[int, int]:
    """``3`` or ``12,7``. Raises NeurocoreError for anything else."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    match numbers:
        case [index]:
            return index
        case [x, y]:
            return x, y
    raise NeurocoreError(f"--core {text}: not a core", fix="its place as X,Y, such as 12,7, or its index, such as 3")


def _has_braille() -> bool:
    """Whether stdout can say Braille characters at all."""
    try:
        "\u28ff".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


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
