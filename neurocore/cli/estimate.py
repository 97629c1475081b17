"""``neurocore estimate``: what a run would cost on silicon."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_estimate, add_json, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Estimate power, throughput and timing of a run on silicon, with error bars and sources."""
    parser.add_argument("run", help="run folder")
    add_estimate(parser)
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Estimate, print."""
    from neurocore.verbs.estimating import estimate

    result = estimate(options.run, voltage=options.voltage, coefficients=options.coefficients, static=options.static)
    print_json(result.as_dict()) if options.json else print(result.text())
    return 0
