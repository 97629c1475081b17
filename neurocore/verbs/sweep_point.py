"""One point of a sweep: a network, or a characterisation network, run with some values changed; its figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from neurocore.emulator.engine import Emulator
from neurocore.errors import NeurocoreError, RunError, closest
from neurocore.estimate.estimate import estimate as reckon
from neurocore.noc.traffic import traffic
from neurocore.report.summary import summarize
from neurocore.spikes import AxonEvents
from neurocore.verbs.run_result import RunResult
from neurocore.verbs.running import run
from neurocore.workloads.characterisation import characterisation

__all__ = ["CHARACTERISATION", "KNOBS", "Outcome", "Task", "attempt", "check_knobs"]

CHARACTERISATION: Final = "characterisation"
"""The word that stands for a network made by neurocore.workloads.characterisation."""

KNOBS: Final[dict[str, tuple[type, float, float, Any]]] = {
    # name: (kind, least, most, default)
    "rate_hz": (float, 0.1, 1000, 20.0),
    "synapses": (int, 0, 256, 128),
    "side": (int, 1, 64, 64),
    "chips": (int, 1, 8, 1),
    "stochastic": (bool, 0, 1, False),
    "ticks": (int, 1, 10**6, 100),
    "seed": (int, 0, 2**64 - 1, 0),
    "voltage": (float, 0.7, 1.05, None),
}
WARM_UP_TICKS: Final = 50
"""Ticks that a characterisation network runs before it is measured: delays fill up."""
_LONG: Final = ("sources", "warnings")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What to run. source : a network's YAML file, or CHARACTERISATION; changes : path or knob -> value"""

    source: Path | str
    changes: dict[str, Any]
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a task: figures, or an error in words; neither where it was interrupted."""

    facts: dict[str, Any] | None = None
    error: str | None = None


def attempt(task: Task) -> Outcome:
    """Run a task; whatever goes wrong is told in the outcome. Raises nothing but KeyboardInterrupt."""
    try:
        if task.source == CHARACTERISATION:
            result = _characterise(task)
        else:
            result = run(task.source, threads=task.threads, overrides=task.changes, report=True)
        if result.interrupted:
            return Outcome()
        facts = result.reported.as_dict()
        priced = {key: value for key, value in (facts["estimate"] or {}).items() if key not in _LONG}
        return Outcome(facts=facts | {"estimate": priced})
    except NeurocoreError as error:
        return Outcome(error=str(error))
    except MemoryError:
        return Outcome(error="out of memory\n  fix: fewer --jobs, a smaller network or fewer ticks")
    except Exception as error:  # one broken point must not end the others
        return Outcome(error=f"a defect in neurocore: {type(error).__name__}: {error}")


def check_knobs(changes: Mapping[str, Any]) -> dict[str, Any]:
    """Every knob of a characterisation network, defaults filled in. Raises RunError for what is no knob or value."""
    for name, value in changes.items():
        if name not in KNOBS:
            raise RunError(f"a characterisation network has no '{name}'", fix=closest(name, KNOBS))
        kind, least, most, _ = KNOBS[name]
        right = isinstance(value, bool) == (kind is bool) and isinstance(value, (int, float) if kind is float else kind)
        if not right or not least <= value <= most:
            allowed = "true or false" if kind is bool else f"{least:g} to {most:g}"
            if kind is int:
                allowed = f"whole numbers, {allowed}"
            raise RunError(f"a characterisation network with {name} = {value!r}", fix=f"allowed: {allowed}")
    return {name: default for name, (*_, default) in KNOBS.items()} | dict(changes)


def _characterise(task: Task) -> RunResult:
    """Make the network, warm it up, run it."""
    knobs = check_knobs(task.changes)
    side, chips = knobs["side"], knobs["chips"]
    image = characterisation(
        grid=(side, side),
        chips=(chips, chips),
        rate_hz=knobs["rate_hz"],
        synapses=knobs["synapses"],
        stochastic=knobs["stochastic"],
        seed=knobs["seed"],
    )
    if knobs["voltage"] is not None:
        image = replace(image, spec=image.spec.model_copy(update={"voltage": float(knobs["voltage"])}))
    emulator, nothing = Emulator(image, seed=knobs["seed"], threads=task.threads), AxonEvents.sorted([], [], [])
    warm = emulator.run(WARM_UP_TICKS, nothing)
    recording = emulator.run(knobs["ticks"], nothing) if warm.ticks == WARM_UP_TICKS else warm
    interrupted = recording is warm or recording.ticks < knobs["ticks"]
    # Spikes of the warm-up that arrive later are no input: nothing comes from outside.
    sent = replace(traffic(image, recording), input_spikes=0, input_peak=0) if not interrupted else None
    priced = reckon(image, recording, sent) if sent is not None else None
    return RunResult(
        folder=None,
        image=image,
        recording=recording,
        summary=summarize(image, recording, threads=task.threads, notes=()),
        classifier=None,
        interrupted=interrupted,
        estimate=priced,
    )
