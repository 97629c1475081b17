"""A block alone: driven by spikes at its input ports, read at its output port."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.emulator.logical import run_logical
from neurocore.emulator.stimulus import input_spikes
from neurocore.formats.network_yaml import read_network
from neurocore.mapper.expand import expand
from neurocore.network import Network, Stimulus

Spikes = npt.NDArray[np.bool_]
"""bool[tick, line]"""


def random_spikes(seed: int, ticks: int, *lines: int, rate: float = 0.4, rest: int = 0) -> Spikes:
    """Random input; the last ``rest`` ticks are silent."""
    spikes = np.random.default_rng(seed).random((ticks, *lines)) < rate
    spikes[ticks - rest :] = False
    return spikes


def block_network(
    folder: Path, use: str, ports: dict[str, list[Spikes]], seed: int, options: dict[str, Any]
) -> Network:
    """A network of one block 'b'. ports : port -> spike trains, each of which has an input and a projection."""
    inputs = {f"{port}_{k}": trains[k] for port, trains in ports.items() for k in range(len(trains))}
    described = {
        "name": "alone",
        "seed": seed,
        "inputs": {name: {"shape": list(train.shape[1:])} for name, train in inputs.items()},
        "blocks": {"b": {"use": use, "with": options}},
        "projections": [{"from": name, "to": f"b.{name.rpartition('_')[0]}"} for name in inputs],
        "outputs": ["b.out"],
    }
    path = folder / "alone.yaml"
    path.write_text(json.dumps(described))
    network = read_network(path)
    stimulus = {name: Stimulus(spikes=pairs(train)) for name, train in inputs.items() if train.any()}
    return network.model_copy(update={"run": network.run.model_copy(update={"stimulus": stimulus})})


def pairs(train: Spikes) -> npt.NDArray[np.int64]:
    """int64[S, 2]: tick and pin of every spike."""
    return np.stack(np.nonzero(train.reshape(len(train), -1)), axis=1)


def run_block(
    folder: Path, use: str, ports: dict[str, Spikes | list[Spikes]], length: int = 0, seed: int = 0, **options: Any
) -> Spikes:
    """What leaves a block at its port 'out' on the logical emulator: bool[tick, *shape].

    length  : ticks, where no input says it
    options : the block's parameters
    """
    trains = {port: train if isinstance(train, list) else [train] for port, train in ports.items()}
    length = length or len(next(iter(trains.values()))[0])
    network = block_network(folder, use, trains, seed, options)
    graph, _ = expand(network)
    recording = run_logical(graph, network.chip, input_spikes(network, length), length, seed=seed)
    group = next(group for group in graph.populations if group.name == network.outputs[0])
    mine = (recording.neuron >= group.start) & (recording.neuron < group.stop)
    spikes = np.zeros((length, group.size), bool)
    spikes[recording.tick[mine], recording.neuron[mine] - group.start] = True
    return spikes.reshape(length, *group.shape)


def later(spikes: npt.NDArray[Any], ticks: int) -> npt.NDArray[Any]:
    """The same, so many ticks later."""
    moved = np.zeros_like(spikes)
    if ticks < len(spikes):
        moved[ticks:] = spikes[: len(spikes) - ticks]
    return moved


def last(spikes: Spikes, ticks: int) -> npt.NDArray[np.int64]:
    """How many spikes a line had in the last so many ticks, this one included."""
    total = np.cumsum(spikes, axis=0, dtype=np.int64)
    return total - later(total, ticks)
