"""``neurocore report``: a run's report, made again from its recording; or two runs beside each other."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurocore.cli.options import add_estimate, add_json, add_quiet, print_json, talk

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Print a run's summary and write its report and pictures; with two runs, compare them."""
    parser.add_argument("run", help="run folder")
    parser.add_argument("other", nargs="?", help="a second run folder, to be compared with the first")
    parser.add_argument("-o", "--out", help="the comparison's page (default: FIRST_SECOND.html beside the second run)")
    add_estimate(parser)
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Report, print."""
    from neurocore.errors import NeurocoreError
    from neurocore.verbs.reporting import compare_reports, report

    choices = {name: getattr(options, name) for name in ("voltage", "coefficients", "static")}
    if options.other is None:
        if options.out:
            raise NeurocoreError("--out is for comparisons", fix="a run's report goes into its folder: leave it out")
        result = report(options.run, **choices)
        print_json(result.as_dict()) if options.json else print(result.text())
        talk(options, f"wrote {Path(options.run)}/report.html, summary.txt, summary.json, figures/")
        return 0
    compared = compare_reports(options.run, options.other, out=options.out, **choices)
    print_json(compared.as_dict()) if options.json else print(compared.text())
    talk(options, f"wrote {compared.path}")
    return 0
