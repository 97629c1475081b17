"""Recorded cases beside the checkout: where they lie, and the neuron traces as our nouns."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocore.arch import ChipSpec
from neurocore.bits import pack_words
from neurocore.image import ChipImage
from neurocore.spikes import AxonEvents

DATA = Path(__file__).parents[2] / "shared/data"


def data(*parts: str) -> Path:
    """A file of the shared data; the test is skipped, saying so, where it is not there."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the recorded cases are not beside this checkout ({'/'.join(parts)})")
    return path


def names(folder: str, pattern: str) -> list[str]:
    """Names of the recorded cases that are there; one placeholder, to be skipped, where none are."""
    return sorted(path.stem for path in (DATA / folder).glob(pattern)) or ["absent"]


@dataclass(frozen=True)
class NeuronCase:
    """One core and what drives it. N neurons; ``fires`` has the ticks of each neuron's spikes, ours counting from 0."""

    image: ChipImage
    events: AxonEvents
    ticks: int
    fires: dict[int, list[int]]


@dataclass(frozen=True)
class NeuronTrace:
    """V and spikes of a case's neurons at every tick: int[T, N]."""

    potential: np.ndarray
    fired: np.ndarray


def neuron_cases() -> list[str]:
    """Names of all parameter sets, those without a trace included."""
    path = DATA / "neuron_traces/cassidy_params.json"
    return sorted(json.loads(path.read_text())) if path.exists() else ["absent"]


def neuron_case(name: str, *, stop_at_zero: bool = True) -> NeuronCase:
    """A parameter set of neuron_traces. Its first tick is numbered 1, ours 0; it was run without a ceiling."""
    case: dict[str, Any] = json.loads(data("neuron_traces", "cassidy_params.json").read_text())[name]
    axons, neurons = len(case["axon_types"]), len(case["neurons"])
    spec = ChipSpec(
        name="trace",
        axons=axons,
        neurons=neurons,
        grid=(1, 1),
        nonreset_ceiling=False,
        stop_at_zero=stop_at_zero,
    )
    image = ChipImage.blank(name, spec, np.zeros((1, 2), np.int32))
    image.crossbar[0] = pack_words(np.array(case["W"], bool))
    image.axon_type[0] = case["axon_types"]
    image.neuron_used[:] = 1
    fields = {
        "threshold": "alpha",
        "negative_threshold": "beta",
        "negative_saturation": "kappa",
        "reset_mode": "gamma",
        "reset_potential": "R",
        "leak": "lam",
        "leak_reversal": "eps",
    }
    for number, neuron in enumerate(case["neurons"]):
        assert neuron["M"] == 0  # no threshold noise in any of them
        image.weight[0, number] = neuron["S"]
        for ours, theirs in fields.items():
            getattr(image.neurons, ours)[0, number] = neuron[theirs]
        if case["outs"][number] is not None:
            image.target_core[0, number] = 0
            image.target_axon[0, number], image.delay[0, number] = case["outs"][number]
    arrivals = [(tick - 1, int(axon)) for axon, ticks in case["ext"].items() for tick in ticks]
    events = AxonEvents.sorted([tick for tick, _ in arrivals], [0] * len(arrivals), [axon for _, axon in arrivals])
    fires = {int(neuron): [tick - 1 for tick in ticks] for neuron, ticks in case["fires"].items()}
    return NeuronCase(image=image, events=events, ticks=case["ticks"], fires=fires)


def neuron_trace(name: str) -> NeuronTrace:
    """What was recorded of a parameter set."""
    with open(data("neuron_traces", f"{name}.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["tick"]) for row in rows] == list(range(1, len(rows) + 1))
    columns = range(sum(key[:1] == "V" for key in rows[0]))
    return NeuronTrace(
        potential=np.array([[int(row[f"V{n}"]) for n in columns] for row in rows]),
        fired=np.array([[int(row[f"S{n}"]) for n in columns] for row in rows]),
    )
