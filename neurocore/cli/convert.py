"""``neurocore convert``: models to images and back, spikes to spikes."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_nir, add_quiet, given_nir_options, talk

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Convert models to images and back, and spike files to each other; the file names say what to what."""
    parser.add_argument(
        "source", help="model (.json, .yaml, .nir), image (.npz), spikes (.sfti, .csv, ...) or run folder"
    )
    parser.add_argument(
        "-o",
        "--out",
        required=True,
        help=".npz image; .yaml network; .nir, .json model; .sfti, .csv, .npz, .sfcp, .txt, .nir, .h5 spikes",
    )
    parser.add_argument(
        "--format",
        choices=("neurocore", "nest", "sanafe", "npz", "nir", "sonata", "sfcp", "ranc"),
        help="of a run's spikes (default: by the name: .csv, .nest.csv, .sanafe.csv, .npz, .nir, .h5, .sfcp, .txt)",
    )
    parser.add_argument("--population", help="only this population's spikes of a run")
    parser.add_argument(
        "--to",
        choices=("corelet", "ranc", "nir"),
        help="whose model: nir writes .nir, the others .json (default: by the name; ranc for RANC's chips)",
    )
    parser.add_argument("--input", help="spikes addressed to axons that go with a .json: .sfti, .sfci, .csv or .npz")
    parser.add_argument("--ticks", type=int, help="of a network's stimulus that goes with a .json (default: run.ticks)")
    add_nir(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Convert, remark."""
    from neurocore.verbs.converting import convert

    told = convert(
        options.source,
        options.out,
        format=options.format,
        population=options.population,
        to=options.to,
        input=options.input,
        ticks=options.ticks,
        nir=given_nir_options(options),
    )
    talk(options, *told, f"wrote {options.out}")
    return 0
