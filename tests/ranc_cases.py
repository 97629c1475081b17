"""RANC's and Compass's recorded runs, as our nouns."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from trace_cases import data

from neurocore.arch import PRESETS
from neurocore.bits import pack_words
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage
from neurocore.spikes import AxonEvents

OUTPUT_BUS, ELSEWHERE = -1, -2


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
    return RancCase(image=replace(image, outputs=outputs), events=events, ticks=int(a["n_ticks"]), arrays=a)
