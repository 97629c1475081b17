"""Sweeping: a network run at every combination of some values, in parallel, as a table and as pictures."""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from hashlib import sha256
from itertools import product
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.digests import digest_of
from neurocore.emulator.threads import processors
from neurocore.errors import NeurocoreError, RunError
from neurocore.estimate.coefficients import read_coefficients
from neurocore.formats.network_writer import write_network
from neurocore.formats.yaml_paths import shown
from neurocore.network import Network
from neurocore.report.figure_keys import find_key
from neurocore.report.rendering import render, write_rendered
from neurocore.verbs.progress import point_progress
from neurocore.verbs.run_folder import versions
from neurocore.verbs.sources import NETWORK_SUFFIXES, open_for_run
from neurocore.verbs.sweep_folder import keep_point, kept_points, open_folder, write_table
from neurocore.verbs.sweep_point import CHARACTERISATION, Outcome, Task, check_knobs
from neurocore.verbs.sweep_result import Point, SweepResult, known_figures, scales_of, several
from neurocore.verbs.sweep_workers import run_tasks

__all__ = ["DEFAULT_FIGURES", "MOST_POINTS", "sweep"]

MOST_POINTS: Final = 10_000

DEFAULT_FIGURES: Final = (
    "classifier.accuracy",
    "estimate.throughput.nominal.gsops_per_w",
    "estimate.energy.power_w",
    "sops_nominal",
    "mean_rate_hz",
)
"""What the table shows where nothing is asked for, as far as a run has it; the first is drawn."""


@dataclass(slots=True)
class _Plan:
    """A point on its way: what is changed, its digest, and what is known of it."""

    swept: dict[str, Any]
    changes: dict[str, Any]
    digest: str = ""
    outcome: Outcome = field(default_factory=Outcome)
    resumed: bool = False


def sweep(
    source: str | Path | Network,
    *,
    overrides: Mapping[str, Any],
    figure: str | Sequence[str] | None = None,
    show: Sequence[str] | None = None,
    axes: Mapping[str, str] | None = None,
    ticks: int | None = None,
    seed: int | None = None,
    jobs: int | None = None,
    threads: int = 1,
    out: str | Path | None = None,
    force: bool = False,
    quiet: bool = True,
) -> SweepResult:
    """Run a network at every combination of some values.

    source    : a YAML file or Network; or "characterisation": a network made at the given rate_hz, synapses, side
                (cores along a side of a chip), chips, stochastic, ticks, seed and voltage
    overrides : dotted YAML path (or knob) -> a list of values to sweep over, or the one value for all points. A value
                that is a list itself stands in a list: ``{"inputs.eyes.shape": [[4, 4], [8, 8]]}``
    figure    : what to draw over one or two parameters: a dotted key of the summary, or the end of one; the first of
                ``show`` if left out
    show      : figures of the table; DEFAULT_FIGURES if left out
    axes      : parameter, or "figure" -> "even", "linear" or "log": how it is laid out in pictures
    jobs      : runs at the same time, each in a process of its own; processors / threads if left out
    threads   : of each run; never changes a spike
    out       : folder for points, tables and pictures; nothing is written without it. A sweep that is there is gone on
                with: points that are done are not run again
    force     : start again in a folder that holds a sweep
    A point that fails is told in the result; the others go on. Ctrl-C ends early, points that are done are kept.
    Raises NeurocoreError (one of its kinds) for bad input.
    """
    swept, fixed = _parted(overrides, ticks, seed, source == CHARACTERISATION)
    count = math.prod(map(len, swept.values()))
    if count > MOST_POINTS:
        raise RunError(f"{count:,} points to run", fix=f"allowed: {MOST_POINTS:,}; fewer values")
    for name, value in (("jobs", jobs), ("threads", threads)):
        if value is not None and value < 1:
            raise RunError(f"{value} {name}", fix="allowed: 1 or more")
    scales_of(axes or {}, swept)
    figures = [figure] if isinstance(figure, str) else list(figure or ())
    if figures and len(several(swept)) > 2:
        raise RunError(
            f"{len(several(swept))} parameters cannot be drawn", fix="sweep over one or two, or leave figure out"
        )
    folder = Path(out) if out is not None else None
    plans = [
        _Plan(point := dict(zip(swept, values, strict=True)), fixed | point) for values in product(*swept.values())
    ]
    with ExitStack() as stack:
        path, name = _source(source, stack)
        base = _digest_all(plans, path)
        if folder is not None:
            prices = digest_of(list(read_coefficients(None).sources()))
            identity = {"source_digest": base, "prices_digest": prices, "neurocore_version": versions()["neurocore"]}
            open_folder(folder, identity, {"name": name, "axes": swept, "fixed": fixed}, force)
            kept = kept_points(folder, [plan.digest for plan in plans])
            for plan in plans:
                if plan.digest in kept:
                    plan.outcome, plan.resumed = Outcome(facts=kept[plan.digest]), True
        _check_words([*figures, *(show or ())], plans)
        interrupted = _run(plans, path, jobs, threads, folder, [*figures, *(show or ())], quiet)
    points = tuple(
        Point(changes=plan.swept, facts=plan.outcome.facts, error=plan.outcome.error, resumed=plan.resumed)
        for plan in plans
    )
    columns = _columns(points, show, figures)
    result = SweepResult(
        name=name,
        axes={key: tuple(values) for key, values in swept.items()},
        fixed=fixed,
        points=points,
        show=columns,
        pictures=(),
        folder=folder,
        interrupted=interrupted,
    )
    return _written(result, figures or list(columns[:1]), axes or {}) if folder is not None else result


def _parted(
    overrides: Mapping[str, Any], ticks: int | None, seed: int | None, knobs: bool
) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    """What is swept over, and what is the same for all points. Raises RunError."""
    given = {key: _plain(value) for key, value in overrides.items()}
    for key, value in (("ticks" if knobs else "run.ticks", ticks), ("seed", seed)):
        if value is not None and key in given:
            raise RunError(f"{key} is given twice", fix=f"leave out --{key.rpartition('.')[2]}, or --set {key}")
        given |= {key: value} if value is not None else {}
    swept = {key: value for key, value in given.items() if isinstance(value, list)}
    if not swept:
        fix = "give several values, for example --set run.ticks=100,200 or --set seed=1:5"
        raise RunError("there is nothing to sweep over", fix=fix)
    for key, values in swept.items():
        if not values:
            raise RunError(f"{key} has no values", fix="give at least one")
        kinds = [(isinstance(value, bool), value) for value in values]  # True is 1, and another value
        twice = next((kind for number, kind in enumerate(kinds) if kind in kinds[:number]), None)
        if twice is not None:
            fix = "give each once; a value that is a list itself stands in a list, such as [[4, 4]]"
            raise RunError(f"{key} has the value {shown(twice[1])} twice", fix=fix)
    return swept, {key: value for key, value in given.items() if key not in swept}


def _plain(value: Any) -> Any:
    """Lists for arrays, tuples and ranges, Python's numbers for numpy's."""
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return [_plain(item) for item in value] if isinstance(value, (list, tuple, range)) else value


def _source(source: str | Path | Network, stack: ExitStack) -> tuple[Path | str, str]:
    """What points are run from, and the name of the sweep. A Network goes through a file, where values can be set."""
    if source == CHARACTERISATION:
        return CHARACTERISATION, CHARACTERISATION
    if isinstance(source, Network):
        place = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "network.yaml"
        write_network(source, place)
        return place, source.name
    path = Path(source)
    if path.suffix.lower() not in NETWORK_SUFFIXES:
        fix = f"a network (.yaml), or the word {CHARACTERISATION}"
        raise NeurocoreError(f"{path}: only the values of a network can be swept over", fix=fix)
    return path, path.stem


def _digest_all(plans: list[_Plan], path: Path | str) -> str:
    """Give every point the digest of what it runs, or its error where its description is wrong. Returns the base's.

    Raises the first point's error where all are wrong.
    """
    if path == CHARACTERISATION:
        for plan in plans:
            text = json.dumps([CHARACTERISATION, check_knobs(plan.changes)], sort_keys=True)
            plan.digest = sha256(text.encode()).hexdigest()
        return CHARACTERISATION
    errors: list[NeurocoreError] = []
    for plan in plans:
        try:
            plan.digest = _digest(path, plan.changes)
        except NeurocoreError as error:
            plan.outcome = Outcome(error=str(error))
            errors.append(error)
    if len(errors) == len(plans):
        raise errors[0]
    try:
        return _digest(path, {})
    except NeurocoreError:  # a file that is whole only with values set
        return sha256(Path(path).read_bytes()).hexdigest()


def _digest(path: Path | str, changes: dict[str, Any]) -> str:
    network = open_for_run(path, overrides=changes).network
    assert network is not None
    return network.digest()


def _check_words(words: Sequence[str], plans: Sequence[_Plan]) -> None:
    """Figures asked for must be known, as far as any point is done. Raises RunError."""
    known = [
        Point(changes={}, facts=plan.outcome.facts, error=None, resumed=True) for plan in plans if plan.outcome.facts
    ]
    if known:
        keys = list(known_figures(known))
        for word in words:
            find_key(word, keys)


def _run(
    plans: list[_Plan],
    path: Path | str,
    jobs: int | None,
    threads: int,
    folder: Path | None,
    words: Sequence[str],
    quiet: bool,
) -> bool:
    """Run what is not done. Returns whether Ctrl-C ended it early."""
    missing = [plan for plan in plans if plan.outcome == Outcome()]
    if not missing:
        return False
    jobs = min(jobs or max(1, processors() // threads), len(missing))
    with point_progress(len(plans), len(plans) - len(missing), quiet) as progress:

        def done(number: int, outcome: Outcome) -> None:
            plan = missing[number]
            plan.outcome = outcome
            if outcome.facts is not None and folder is not None:
                keep_point(folder, plan.digest, plan.changes, outcome.facts)
            if outcome.facts is not None:
                _check_words(words, [plan])
            if progress:
                progress(outcome.error is not None)

        tasks = [Task(source=path, changes=plan.changes, threads=threads) for plan in missing]
        return run_tasks(tasks, jobs, done)


def _columns(points: Sequence[Point], show: Sequence[str] | None, figures: Sequence[str]) -> tuple[str, ...]:
    """Keys of the table's columns; without ``show`` the usual ones, and what is drawn. Raises RunError."""
    keys = list(known_figures(points))
    words = [key for key in DEFAULT_FIGURES if key in keys] + list(figures) if show is None else list(show)
    return tuple(dict.fromkeys(find_key(word, keys) for word in words)) if keys else tuple(words)


def _written(result: SweepResult, figures: Sequence[str], axes: Mapping[str, str]) -> SweepResult:
    """Write tables and pictures, of whatever is done."""
    folder = result.folder
    assert folder is not None
    pictures: list[Path] = []
    if result.done and len(several(result.axes)) <= 2:
        keys = list(known_figures(result.points))
        (folder / "figures").mkdir(exist_ok=True)
        for key in (find_key(word, keys) for word in figures):
            pictures += write_rendered(render(result.draw(key, axes)), folder / "figures", key)
    result = replace(result, pictures=tuple(pictures))
    errors = ["error"] if result.failed else []
    write_table(folder, [*result.axes, *result.show, *errors], result.rows(), result.as_dict())
    return result
