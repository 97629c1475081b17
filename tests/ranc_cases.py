"""RANC's and Compass's recorded runs, as our nouns."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

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


def write_case(case: RancCase, folder: Path) -> Path:
    """The case as the files that its authors ran: input.json and config.json. Returns the first."""
    a = case.arrays
    cores, _, neurons = a["crossbar_shape"].tolist()
    mask = np.unpackbits(a["crossbar_packed"], axis=-1)[..., :neurons]
    packets: list[list[dict]] = [[] for _ in range(int(a["packets"][:, 0].max(initial=-1)) + 1)]
    for batch, core, axon, tick in a["packets"].tolist():
        place = a["core_xy"][core].tolist()
        packets[batch].append({"destination_core": place, "destination_axon": axon, "destination_tick": tick})
    listed = []
    for core in range(cores):
        listed.append(
            {
                "coordinates": a["core_xy"][core].tolist(),
                "axons": a["axon_type"][core].tolist(),
                "connections": mask[core].T.tolist(),
                "neurons": [
                    {
                        "reset_potential": int(a["reset_potential"][core, n]),
                        "weights": a["weights"][core, n].tolist(),
                        "leak": int(a["leak"][core, n]),
                        "positive_threshold": int(a["pos_threshold"][core, n]),
                        "negative_threshold": int(a["neg_threshold"][core, n]),
                        "destination_core_offset": [int(a["dest_dx"][core, n]), int(a["dest_dy"][core, n])],
                        "destination_axon": int(a["dest_axon"][core, n]),
                        "destination_tick": int(a["dest_tick"][core, n]),
                        "current_potential": int(a["initial_potential"][core, n]),
                        "reset_mode": int(a["reset_mode"][core, n]),
                    }
                    for n in range(neurons)
                ],
            }
        )
    bus = {"coordinates": a["bus_xy"].tolist(), "num_outputs": int(a["num_outputs"])}
    file = folder / "input.json"
    file.write_text(json.dumps({"packets": packets, "output_bus": bus, "cores": listed}))
    config = {
        "num_neurons": neurons,
        "num_axons": int(a["crossbar_shape"][1]),
        "num_cores_x": int(a["grid"][0]),
        "num_cores_y": int(a["grid"][1]),
        "num_weights": int(a["weights"].shape[2]),
        "max_tick_offset": int(a["max_tick_offset"]),
        "neuron_block_trace_verbosity": 0,
        "core_controller_trace_verbosity": 0,
        "scheduler_trace_verbosity": 0,
        "neuron_reset_type": int(a["neg_cmp_le"]),
    }
    (folder / "config.json").write_text(json.dumps(config))
    return file
