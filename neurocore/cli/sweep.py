"""``neurocore sweep``: a network at every combination of some values."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurocore.cli.options import add_json, add_quiet, print_json, talk
from neurocore.errors import NeurocoreError

__all__ = ["add"]

INTERRUPTED = 130


def add(parser: argparse.ArgumentParser) -> None:
    """Run a network at every combination of some values: a table, and a picture over one or two of them."""
    parser.add_argument("source", help="network (.yaml), or the word characterisation: a network made from its knobs")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PATH=VALUES",
        help="values to sweep over: 5,10,20 or [5, 10] or 0.7:1.05:0.05 (start:stop:step), or one for all points; "
        "PATH is a path in the YAML, or rate_hz, synapses, side, chips, stochastic, ticks, seed, voltage of a "
        "characterisation network (repeatable)",
    )
    parser.add_argument(
        "--figure", metavar="KEY", help="figure to draw, such as gsops_per_w (default: the first shown)"
    )
    parser.add_argument(
        "--show", metavar="KEY,KEY", help="figures of the table: dotted keys of summary.json, or their ends"
    )
    parser.add_argument(
        "--axes",
        metavar="NAME=SCALE,...",
        help="even, linear or log for a parameter or for the word figure, in pictures",
    )
    parser.add_argument("--ticks", type=int, help="ticks of each run (default: the network's run.ticks; 100)")
    parser.add_argument("--seed", type=int, help="seed of everything random (default: the network's, or 0)")
    parser.add_argument("--jobs", type=int, metavar="N", help="runs at the same time (default: processors / threads)")
    parser.add_argument("--threads", type=int, default=1, help="worker threads of each run (default: 1)")
    parser.add_argument(
        "--out", help="sweep folder (default: sweeps/NAME); points that are done there are not run again"
    )
    parser.add_argument("--force", action="store_true", help="start again in a folder that holds a sweep")
    parser.add_argument("--no-files", action="store_true", help="print the table, write nothing")
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Sweep, print the table."""
    from neurocore.formats.sweep_values import read_settings
    from neurocore.verbs.sweeping import sweep

    out = None if options.no_files else Path(options.out or Path("sweeps") / Path(options.source).stem)
    result = sweep(
        options.source,
        overrides=read_settings(options.set),
        figure=_words(options.figure),
        show=_words(options.show),
        axes=_scales(options.axes),
        ticks=options.ticks,
        seed=options.seed,
        jobs=options.jobs,
        threads=options.threads,
        out=out,
        force=options.force,
        quiet=options.quiet,
    )
    print_json(result.as_dict()) if options.json else print(result.text())
    resumed = sum(point.resumed for point in result.points)
    if resumed:
        talk(options, f"{resumed:,} of {len(result.points):,} points were done before")
    if out is not None:
        pictures = [str(path.relative_to(out)) for path in result.pictures]
        talk(options, f"wrote {', '.join([f'{out}/table.csv', 'table.json', *pictures])}")
    if result.interrupted:
        again = f"what was done is kept in {out}; the same command goes on" if out is not None else "nothing is kept"
        talk(options, f"interrupted after {result.done:,} of {len(result.points):,} points; {again}")
        return INTERRUPTED
    if result.failed:
        first = next(point for point in result.points if point.error)
        where = ", ".join(f"{key}={value}" for key, value in first.changes.items())
        talk(options, f"{result.failed:,} of {len(result.points):,} points failed; the first, {where}: {first.error}")
        return 1
    return 0


def _words(text: str | None) -> list[str] | None:
    return [word.strip() for word in text.split(",") if word.strip()] if text else None


def _scales(text: str | None) -> dict[str, str]:
    """``rate_hz=log,figure=log`` as a dict. Raises NeurocoreError where '=' is missing."""
    scales = {}
    for word in _words(text) or []:
        name, equals, scale = word.partition("=")
        if not equals:
            raise NeurocoreError(f"--axes {word}: not of the form NAME=SCALE", fix="for example --axes rate_hz=log")
        scales[name.strip()] = scale.strip()
    return scales
