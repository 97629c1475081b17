"""``neurocore report``: a run's summary and pictures, made again from its recording."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_json, add_quiet, print_json, talk

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Print a run's summary and write its pictures again."""
    parser.add_argument("run", help="run folder")
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Report, print."""
    from neurocore.verbs.running import report

    result = report(options.run)
    print_json(result.summary.as_dict()) if options.json else print(result.summary.text())
    talk(options, f"wrote {options.run}/summary.txt, summary.json, figures/")
    return 0
