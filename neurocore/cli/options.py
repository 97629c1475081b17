"""Options and output that verbs share."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from neurocore.errors import NeurocoreError

if TYPE_CHECKING:
    from neurocore.formats.nir.options import NirOptions
    from neurocore.verbs.sources import Source

__all__ = [
    "add_estimate",
    "add_json",
    "add_nir",
    "add_overrides",
    "add_quiet",
    "given_nir_options",
    "nir_options",
    "opened",
    "overrides",
    "print_json",
    "talk",
]


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


def add_nir(parser: argparse.ArgumentParser) -> None:
    """``--dt``, ``--reset``, ``--fires`` and ``--approximate``: how to read a .nir file."""
    group = parser.add_argument_group("graphs in NIR (.nir)")
    group.add_argument("--dt", type=float, metavar="SECONDS", help="length of a step, for delays and time constants")
    group.add_argument(
        "--reset",
        choices=("value", "subtract"),
        default="value",
        help="after a spike V is set to v_reset (default), or the threshold is subtracted",
    )
    group.add_argument(
        "--fires",
        choices=("above", "at"),
        default="above",
        help="a neuron fires above its threshold (default, as NIR says), or at it",
    )
    group.add_argument(
        "--approximate",
        metavar="KEY=VALUE,...",
        help="what need not be exact: lif=linear-leak, weights=2..9 (bits) or rounding, delay=round",
    )


def opened(options: argparse.Namespace) -> tuple[str | Source, dict[str, Any] | None]:
    """The source and the values to set anew; a .nir file is read here, as its options say, and has them already."""
    changes = overrides(options) or None
    nir = given_nir_options(options)
    if not options.source.lower().endswith(".nir"):
        return options.source, changes
    from neurocore.verbs.sources import open_source

    return open_source(options.source, overrides=changes, nir=nir), None


def given_nir_options(options: argparse.Namespace) -> NirOptions | None:
    """The options of ``add_nir``, or None where none was given. Raises NeurocoreError with a source that is no .nir."""
    given = {"--dt": options.dt is not None, "--approximate": options.approximate is not None}
    given |= {"--reset": options.reset != "value", "--fires": options.fires != "above"}
    named = [name for name, value in given.items() if value]
    if named and not options.source.lower().endswith(".nir"):
        raise NeurocoreError(f"{named[0]} is for graphs in NIR (.nir)", fix="leave it out")
    return nir_options(options) if named else None


def nir_options(options: argparse.Namespace) -> NirOptions:
    """The options of ``add_nir``. Raises NeurocoreError for what they do not allow."""
    from neurocore.formats.nir.options import NirOptions, read_approximations

    return NirOptions(
        dt=options.dt,
        reset=options.reset,
        fires=options.fires,
        approximate=read_approximations(options.approximate),
    )


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
