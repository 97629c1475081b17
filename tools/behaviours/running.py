"""Running a behaviour's config on the chip, with its own stimulus or that of another behaviour, to get a Trace."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neurocore.emulator.stimulus import input_spikes
from neurocore.formats.network_yaml import read_network
from neurocore.network import Network
from neurocore.verbs.run_result import RunResult
from neurocore.verbs.running import run
from tools.behaviours.rules import RULES
from tools.behaviours.trace import Ints, Trace

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = ROOT / "configs" / "behaviours"
CELL = "cell"
"""The population that is judged; every config has one, of one neuron, and probes it."""
NAMES = tuple(RULES)


def config(name: str) -> Path:
    """Where the behaviour is described."""
    return CONFIGS / f"{name}.yaml"


def network(name: str) -> Network:
    """The behaviour's network."""
    return read_network(config(name))


def swapped(name: str, protocol: str) -> Network:
    """The neurons of one behaviour under the stimulus of another. What they have no input for does not reach them."""
    mine, other = network(name), network(protocol)
    shared = mine.inputs.keys() & other.inputs.keys()
    inputs = mine.inputs | {key: other.inputs[key] for key in shared}
    stimulus = {key: driven for key, driven in other.run.stimulus.items() if key in shared}
    changed = mine.run.model_copy(update={"ticks": other.run.ticks, "stimulus": stimulus})
    return mine.model_copy(update={"inputs": inputs, "run": changed})


def arriving(described: Network, key: str, ticks: int) -> Ints:
    """int64[ticks]: how many spikes of an input arrive in each tick, a tick after they enter; 0 where there is none."""
    first = 0
    for name, pins in described.inputs.items():
        if name == key:
            break
        first += int(np.prod(pins.shape))
    else:
        return np.zeros(ticks, np.int64)
    spikes = input_spikes(described, ticks)
    mine = (spikes.pin >= first) & (spikes.pin < first + int(np.prod(described.inputs[key].shape)))
    arrivals = spikes.tick[mine] + 1
    return np.bincount(arrivals[arrivals < ticks], minlength=ticks).astype(np.int64)


def trace_of(result: RunResult, stimulus: Network) -> Trace:
    """A run as its rule sees it. stimulus : the network whose input it is judged by."""
    ticks = result.recording.ticks
    return Trace(
        excitation=arriving(stimulus, "excite", ticks),
        inhibition=arriving(stimulus, "inhibit", ticks),
        potential=result.recording.potential[:, 0].astype(np.int64),
        spikes=result.spikes_of(CELL).tick,
    )


def trace(name: str, protocol: str | None = None) -> Trace:
    """Run a behaviour under its own stimulus, or the neurons of one under the stimulus of another."""
    if protocol is None or protocol == name:
        return trace_of(run(config(name), threads=1), network(name))
    return trace_of(run(swapped(name, protocol), threads=1), network(protocol))
