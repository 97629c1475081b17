"""Options and output that verbs share."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from neurocore.errors import NeurocoreError

__all__ = ["add_estimate", "add_json", "add_overrides", "add_quiet", "overrides", "print_json", "talk"]


def add_estimate(parser: argparse.ArgumentParser) -> None:
    """``--voltage``, ``--coefficients`` and ``--static``: how to estimate."""
    parser.add_argument(
        "--voltage", type=float, metavar="V", help="supply voltage, 0.70 to 1.05 (default: the chip's, else 0.75)"
    )
    parser.add_argument("--coefficients", metavar="FILE", help="YAML file that changes prices (see docs/estimator.md)")
    parser.add_argument(
        "--static",
        choices=("whole", "used"),
        default="whole",
        help="whose static power counts: whole chips, or the used cores' share (default: whole)",
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON")


def add_quiet(parser: argparse.ArgumentParser) -> None:
    """``-q``."""
    parser.add_argument("-q", "--quiet", action="store_true", help="no progress, no remarks")


def add_overrides(parser: argparse.ArgumentParser) -> None:
    """``--set``."""
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUE",
        help="change one value of the YAML, e.g. --set populations.hidden.neuron.threshold=5 (repeatable)",
    )


def overrides(options: argparse.Namespace) -> dict[str, Any]:
    """``--set`` as dotted path -> value, read as YAML scalars. Raises NeurocoreError where '=' is missing."""
    from neurocore.formats.located_yaml import read_scalar

    changes = {}
    for text in options.set:
        path, equals, value = text.partition("=")
        if not equals or not path:
            raise NeurocoreError(f"--set {text}: not of the form PATH=VALUE", fix="for example --set run.ticks=100")
        changes[path.strip()] = read_scalar(value)
    return changes


def print_json(data: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(data, indent=1))


def talk(options: argparse.Namespace, *lines: str) -> None:
    """Remarks for people, on stderr, unless quiet."""
    if not getattr(options, "quiet", False):
        for line in lines:
            print(line, file=sys.stderr)
