"""The network as described, run without any chip: what the mapped network must equal, spike for spike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.emulator.logical_learning import LogicalLearning, without_learning
from neurocore.graph import NeuronGraph
from neurocore.rng import neuron_words, synapse_rhos
from neurocore.spikes import InputSpikes

__all__ = ["LogicalRecording", "run_logical"]

Whole = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LogicalRecording:
    """Spikes and probed potentials of a logical run. S spikes, T ticks, P probed neurons.

    tick      : int64[S]  sorted by (tick, neuron)
    neuron    : int32[S]  logical neuron
    potential : int32[T, P]  V at the end of each tick
    learned   : bool[sources, targets] of each learning projection: its synapses after the run
    """

    tick: Whole
    neuron: npt.NDArray[np.int32]
    potential: npt.NDArray[np.int32]
    learned: tuple[npt.NDArray[np.bool_], ...] = ()


def run_logical(
    graph: NeuronGraph,
    spec: ChipSpec,
    spikes: InputSpikes,
    ticks: int,
    *,
    seed: int = 0,
    probe_neurons: tuple[int, ...] = (),
) -> LogicalRecording:
    """Run the unmapped network: each neuron is that of docs/hardware.md with any number of inputs and targets.

    spikes        : of input pins; those at or after ``ticks`` are ignored
    seed          : of the stochastic modes
    probe_neurons : logical neurons whose potentials are kept
    """
    learning = LogicalLearning(graph, seed)
    graph = without_learning(graph)
    neurons = graph.neuron_count
    pending = np.zeros((int(graph.delay.max(initial=0)) + 1, neurons), np.int64)
    start = np.searchsorted(graph.source, np.arange(neurons + graph.pin_count + 1))
    pin_start = np.searchsorted(spikes.tick, np.arange(ticks + 1))
    v = graph.neurons.initial_potential.astype(np.int64)
    fired_at: list[Whole] = []
    fired: list[Whole] = []
    kept = np.zeros((ticks, len(probe_neurons)), np.int32)
    for tick in range(ticks):
        v += pending[tick % len(pending)]
        pending[tick % len(pending)] = 0
        learning.arrive(v, tick)
        v, spike = _update(graph, spec, v, seed, tick)
        who = np.flatnonzero(spike)
        fired.append(who)
        fired_at.append(np.full(len(who), tick, np.int64))
        kept[tick] = v[list(probe_neurons)]
        pins = neurons + spikes.pin[pin_start[tick] : pin_start[tick + 1]].astype(np.int64)
        _send(graph, np.concatenate([who, pins]), start, pending, seed, tick)
        learning.learn(np.concatenate([who, pins]), spike, tick)
    return LogicalRecording(
        tick=np.concatenate(fired_at) if fired_at else np.zeros(0, np.int64),
        neuron=(np.concatenate(fired) if fired else np.zeros(0, np.int64)).astype(np.int32),
        potential=kept,
        learned=tuple(learning.bits),
    )


def _send(graph: NeuronGraph, sources: Whole, start: Whole, pending: Whole, seed: int, tick: int) -> None:
    """Add the weights of all synapses of the sources to the ticks in which they arrive; ``pending`` is changed."""
    count = start[sources + 1] - start[sources]
    rows = np.repeat(start[sources] - (np.cumsum(count) - count), count) + np.arange(count.sum())
    weight = graph.weight[rows].astype(np.int64)
    delay = graph.delay[rows].astype(np.int64)
    drawn = graph.stochastic[rows]
    for late in np.unique(delay[drawn]).tolist():
        here = np.flatnonzero(drawn & (delay == late))
        synapses = rows[here]
        keys = graph.axon_key(graph.source[synapses], graph.delay[synapses])
        rho = synapse_rhos(seed, tick + late, graph.target[synapses].astype(np.uint32), keys)
        weight[here] = np.where(np.abs(weight[here]) >= rho, np.sign(weight[here]), 0)
    np.add.at(pending, ((tick + delay) % len(pending), graph.target[rows]), weight)


def _update(graph: NeuronGraph, spec: ChipSpec, v: Whole, seed: int, tick: int) -> tuple[Whole, npt.NDArray[np.bool_]]:
    """Leak, threshold, negative threshold, clamp. Returns (V, fired)."""
    p = graph.neurons
    words = np.zeros(len(v), np.int64)
    drawing = np.flatnonzero(p.draws)
    words[drawing] = neuron_words(seed, tick, drawing.astype(np.uint32))
    leak = p.leak.astype(np.int64)
    by_chance = np.where(np.abs(leak) >= words >> 24, np.sign(leak), 0)
    leak = np.where(p.stochastic_leak > 0, by_chance, leak)
    leaked = v + np.where(p.leak_reversal > 0, np.sign(v), 1).astype(np.int64) * leak
    if spec.stop_at_zero:
        crossed = (p.leak_reversal > 0) & (np.sign(leaked) * np.sign(v) < 0)
        leaked = np.where(crossed, 0, leaked)
    v = leaked
    noise_top = (1 << p.threshold_noise_bits.astype(np.int64)) - 1
    eta = words & noise_top
    alpha = p.threshold + eta
    fired = v >= alpha
    beta = p.negative_threshold.astype(np.int64)
    reset = p.reset_potential.astype(np.int64)
    after_spike = np.select([p.reset_mode == 0, p.reset_mode == 1], [reset, v - alpha], v)
    low = beta + np.where(p.negative_saturation > 0, 0, eta)
    below = (v <= -low) if spec.negative_inclusive else (v < -low)
    mirrored = np.select([p.reset_mode == 0, p.reset_mode == 1], [-reset, v + low], v)
    after_low = np.where(below, np.where(p.negative_saturation > 0, -beta, mirrored), v)
    v = np.clip(np.where(fired, after_spike, after_low), -spec.potential_limit, spec.potential_limit)
    if spec.nonreset_ceiling:
        v = np.where(p.reset_mode == 2, np.minimum(v, p.threshold + noise_top), v)
    return v, fired
