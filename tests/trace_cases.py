"""Recorded cases beside the checkout: neuron traces, IBM's models, RANC's and Compass's runs, as our nouns."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocore.arch import PRESETS, ChipSpec
from neurocore.bits import pack_words
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.spikes import AxonEvents

DATA = Path(__file__).parents[2] / "shared/data"
OUTPUT_BUS, ELSEWHERE = -1, -2


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
class NeuronTrace:
    """One core; V and spikes of its neurons at every tick. T ticks, N neurons."""

    image: ChipImage
    events: AxonEvents
    potential: np.ndarray
    fired: np.ndarray


def neuron_trace(name: str) -> NeuronTrace:
    """A case of neuron_traces. Its first tick is numbered 1, ours 0."""
    case: dict[str, Any] = json.loads(data("neuron_traces", "cassidy_params.json").read_text())[name]
    with open(data("neuron_traces", f"{name}.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    axons, neurons = len(case["axon_types"]), len(case["neurons"])
    spec = ChipSpec(name="trace", axons=axons, neurons=neurons, grid=(1, 1), nonreset_ceiling=False)
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
        image.weight[0, number] = neuron["S"]
        for ours, theirs in fields.items():
            getattr(image.neurons, ours)[0, number] = neuron[theirs]
        if case["outs"][number] is not None:
            image.target_core[0, number] = 0
            image.target_axon[0, number], image.delay[0, number] = case["outs"][number]
    arrivals = [(tick - 1, int(axon)) for axon, ticks in case["ext"].items() for tick in ticks]
    events = AxonEvents.sorted([tick for tick, _ in arrivals], [0] * len(arrivals), [axon for _, axon in arrivals])
    assert [int(row["tick"]) for row in rows] == list(range(1, len(rows) + 1))
    columns = range(neurons)
    return NeuronTrace(
        image=image,
        events=events,
        potential=np.array([[int(row[f"V{n}"]) for n in columns] for row in rows]),
        fired=np.array([[int(row[f"S{n}"]) for n in columns] for row in rows]),
    )


@dataclass(frozen=True)
class RancCase:
    """A RANC network with what was recorded of it."""

    image: ChipImage
    events: AxonEvents
    ticks: int
    arrays: dict[str, np.ndarray]


def ranc_case(name: str) -> RancCase:
    """A case of ranc; see the README beside the files for its schema."""
    with np.load(data("ranc", f"{name}.npz"), allow_pickle=False) as file:
        a = {key: file[key] for key in file.files}
    cores, axons, neurons = a["crossbar_shape"].tolist()
    spec = PRESETS["ranc"].model_copy(
        update={
            "axons": axons,
            "neurons": neurons,
            "grid": (max(int(a["grid"][0]), 1), max(int(a["grid"][1]), 1)),
            "axon_types": a["weights"].shape[2],
            "negative_inclusive": bool(a["neg_cmp_le"]),
        }
    )
    image = ChipImage.blank(name, spec, a["core_xy"].astype(np.int32))
    image.crossbar[:] = pack_words(np.unpackbits(a["crossbar_packed"], axis=-1)[..., :neurons].astype(bool))
    image.axon_type[:] = a["axon_type"]
    image.weight[:] = a["weights"]
    image.neuron_used[:] = 1
    image.neurons.negative_saturation[:] = 0
    image.neurons.negative_threshold[:] = -a["neg_threshold"]
    for ours in ("leak", "reset_potential", "reset_mode", "initial_potential"):
        getattr(image.neurons, ours)[:] = a[ours]
    image.neurons.threshold[:] = a["pos_threshold"]
    target = a["dest_core"]
    image.target_core[:] = np.where(target == OUTPUT_BUS, OUTPUT_BASE, np.where(target == ELSEWHERE, UNWIRED, target))
    image.target_axon[:] = np.where(target == ELSEWHERE, 0, a["dest_axon"])
    image.delay[:] = np.where(target >= 0, a["dest_tick"] + 1, 1)
    packets = a["packets"].astype(np.int64)
    events = AxonEvents.sorted(packets[:, 0] + packets[:, 3], packets[:, 1], packets[:, 2])
    outputs = (Group(name="bus", start=0, shape=(int(a["num_outputs"]),)),)
    from dataclasses import replace

    return RancCase(image=replace(image, outputs=outputs), events=events, ticks=int(a["n_ticks"]), arrays=a)
