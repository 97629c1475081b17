"""The frame of every peer's process: reads the network, builds it in one simulator, then runs it when told to.

Needs nothing but numpy: it runs in the peers' own environment. Answers are lines of JSON on what was standard output at
the start; whatever a simulator prints goes to standard error.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sys
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

WARM_UP = 200
ENOUGH_S = 0.4
"""A repeat is given as many ticks as take about this long, unless the number is given."""


@dataclass(frozen=True, kw_only=True)
class Network:
    """N neurons in cores of 256, each with F synapses of one weight and a delay of one tick.

    In a tick, a neuron adds what arrived and its drive; at the threshold or above it spikes and is reset to 0.

    drive, potential : int32[N]     added per tick; the potential before the first tick
    target           : int32[N, F]  neurons reached
    weight           : int8[N]      of all synapses of the neuron, +1 or -1
    """

    cores: int
    seed: int
    threshold: int
    drive: np.ndarray
    potential: np.ndarray
    target: np.ndarray
    weight: np.ndarray

    @classmethod
    def load(cls, path: str) -> Network:
        with np.load(path, allow_pickle=False) as arrays:
            whole = {name: int(arrays[name]) for name in ("cores", "seed", "threshold")}
            return cls(**whole, **{name: arrays[name] for name in ("drive", "potential", "target", "weight")})

    @property
    def neurons(self) -> int:
        return len(self.drive)

    def pairs(self, weight: int | None = None) -> tuple[np.ndarray, np.ndarray]:
        """int32[S], int32[S]: source and target of every synapse, or of those with one weight."""
        source = np.arange(self.neurons, dtype=np.int32)
        if weight is not None:
            source = source[self.weight == weight]
        return np.repeat(source, self.target.shape[1]), self.target[source].ravel()


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a simulator is built for.

    record : keep spikes, to be checked; else keep nothing, to be timed
    ticks  : of a repeat; None if the simulator may choose
    """

    threads: int
    record: bool
    ticks: int | None


class Simulator(Protocol):
    """A network built in a peer. Constructed as (network, task).

    One whose number of ticks cannot change afterwards says it in ``ticks``; one that does not run in this process says
    in ``memory_bytes`` what it used.
    """

    version: str

    def run(self, ticks: int) -> float:
        """Move on by some ticks. Returns the seconds that took."""

    def spikes(self) -> tuple[np.ndarray, np.ndarray]:
        """Tick (the first is 0) and neuron of every spike so far, in any order; only if they were to be kept."""


def timed(call: Callable[..., Any], *arguments: Any, **named: Any) -> float:
    """Seconds that a call takes."""
    began = time.perf_counter()
    call(*arguments, **named)
    return time.perf_counter() - began


def check(simulator: Simulator, ticks: int) -> dict[str, Any]:
    """Run from the start. Returns spikes per tick, and a checksum of which neuron spiked when."""
    simulator.run(ticks)
    tick, neuron = (np.asarray(array, np.int64) for array in simulator.spikes())
    order = np.lexsort((neuron, tick))
    listed = np.stack([tick[order], neuron[order]], axis=1)
    return {"spikes": np.bincount(tick, minlength=ticks).tolist(), "checksum": zlib.crc32(listed.tobytes())}


def serve(build: Callable[[Network, Task], Simulator]) -> None:
    """The main function of a peer's process."""
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("network", help="what tools/bench/peers.py wrote")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--check", type=int, metavar="TICKS", help="only report the spikes of so many ticks")
    parser.add_argument("--ticks", type=int, help="of a repeat (default: as many as take about 0.4 s)")
    arguments = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**facts: Any) -> None:
        print(json.dumps(facts), file=answers, flush=True)

    network = Network.load(arguments.network)
    task = Task(threads=arguments.threads, record=arguments.check is not None, ticks=arguments.ticks)
    began = time.perf_counter()
    simulator = build(network, task)
    build_s = time.perf_counter() - began
    if task.record:
        answer(**check(simulator, arguments.check), version=simulator.version)
        return
    took = simulator.run(WARM_UP)
    ticks = getattr(simulator, "ticks", None) or task.ticks or max(20, int(ENOUGH_S * WARM_UP / took))
    answer(build_s=build_s, version=simulator.version, ticks=ticks)
    for _ in sys.stdin:  # a line, a repeat
        seconds = simulator.run(ticks)
        answer(seconds=seconds, memory_bytes=getattr(simulator, "memory_bytes", None) or peak_memory_bytes())


def peak_memory_bytes() -> int:
    """Most memory that this process has held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
