"""``neurocore convert``: models to images, spikes to spikes."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_quiet, talk

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Convert models to images and spike files to each other; the file names say what to what."""
    parser.add_argument("source", help=".json or .yaml model; .sfti, .sfci, .csv, .npz or .sfcp spikes; run folder")
    parser.add_argument("-o", "--out", required=True, help=".npz image; .sfti, .csv, .npz, .sfcp, .nir or .h5 spikes")
    parser.add_argument(
        "--format",
        choices=("neurocore", "nest", "sanafe", "npz", "nir", "sonata", "sfcp"),
        help="of a run's spikes (default: by the name: .csv, .nest.csv, .sanafe.csv, .npz, .nir, .h5, .sfcp)",
    )
    parser.add_argument("--population", help="only this population's spikes of a run")
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Convert, remark."""
    from neurocore.verbs.converting import convert

    talk(
        options,
        *convert(options.source, options.out, format=options.format, population=options.population),
        f"wrote {options.out}",
    )
    return 0
