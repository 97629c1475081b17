"""``neurocore estimate``: what a run would cost on silicon."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_json, print_json

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Estimate power, throughput and timing of a run on silicon, with error bars and sources."""
    parser.add_argument("run", help="run folder")
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
    add_json(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Estimate, print."""
    from neurocore.verbs.estimating import estimate

    result = estimate(options.run, voltage=options.voltage, coefficients=options.coefficients, static=options.static)
    print_json(result.as_dict()) if options.json else print(result.text())
    return 0
