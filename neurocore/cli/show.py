"""``neurocore show``: what is in an image."""

from __future__ import annotations

import argparse
from typing import Any

from neurocore.cli.options import add_json, print_json
from neurocore.errors import NeurocoreError

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Show what a compiled chip holds; with --core, one core's axons, neurons and crossbar."""
    parser.add_argument("source", help="network (.yaml), chip image (.npz), IBM corelet model (.json) or run folder")
    parser.add_argument("--core", metavar="CORE", help="one core in detail: its index, or its place as x,y")
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Describe, print."""
    from neurocore.verbs.showing import show

    facts = show(options.source, core=_core(options.core) if options.core is not None else None)
    if options.json:
        print_json(facts)
    elif "core" in facts:
        from neurocore.report.core_text import core_text

        print(core_text(facts["name"], facts["core"]))
    else:
        print("\n".join(_lines(facts)))
    return 0


def _core(text: str) -> int | tuple[int, int]:
    """``3`` or ``5,2``. Raises NeurocoreError for anything else."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) == 1:
        return numbers[0]
    if len(numbers) == 2:
        return numbers[0], numbers[1]
    raise NeurocoreError(f"--core {text}: not a core", fix="an index such as 3, or a place such as 5,2")


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
