"""The tick of an image that learns, compiled: the usual tick, then the crossbar bits that change. An extension.

The usual kernels are called as they are; only the active axons are kept before they are taken from the ring.
Rules and their order: docs/learning.md. The plain-Python twin is neurocore.emulator.reference_learning.
"""

from __future__ import annotations

import numpy as np

from neurocore.emulator.compiled import inlined, kernel
from neurocore.emulator.kernel_meet import meet
from neurocore.emulator.kernel_route import open_boxes, receive_rest
from neurocore.emulator.kernel_ticks import begin_tick, end_tick, tick_of_thread
from neurocore.learning import FORGOTTEN, POST_CLEAR, POST_SET, PRE_CLEAR, PRE_SET
from neurocore.rng import KIND_LEARN_POST, KIND_LEARN_PRE

__all__ = ["run_learning_thread"]

_M0, _M1, _W0, _W1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57), np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_LOW, _HALF, _ONE = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(1)
_63, _255 = np.uint64(63), np.uint64(255)


@inlined
def _chance(seed, tick, kind, neuron_key, axon_key):
    """The 8-bit rho of one synapse: Philox4x32-10 as in neurocore.rng, one block. Arguments uint64. Returns int64."""
    c0, c1, c2 = tick & _LOW, neuron_key >> np.uint64(4), axon_key
    c3 = (kind + ((tick >> _HALF) << np.uint64(2))) & _LOW
    k0, k1 = seed & _LOW, seed >> _HALF
    for _ in range(10):
        p0, p1 = _M0 * c0, _M1 * c2
        c0, c1, c2, c3 = (p1 >> _HALF) ^ c1 ^ k0, p1 & _LOW, (p0 >> _HALF) ^ c3 ^ k1, p0 & _LOW
        k0, k1 = (k0 + _W0) & _LOW, (k1 + _W1) & _LOW
    place = (neuron_key >> np.uint64(2)) & np.uint64(3)
    word = c0
    if place == np.uint64(1):
        word = c1
    elif place == np.uint64(2):
        word = c2
    elif place == np.uint64(3):
        word = c3
    return np.int64((word >> (np.uint64(8) * (neuron_key & np.uint64(3)))) & _255)


@inlined
def _rule(mask):
    """The number of the only bit of a mask."""
    rule = 0
    while mask > 1:
        mask >>= 1
        rule += 1
    return rule


@inlined
def _change(crossbar, at, bit, to_set, to_clear, seed, tick, kind, neuron_key, axon_key):
    """A 0 becomes 1 with probability to_set / 256, a 1 becomes 0 with to_clear / 256."""
    word = crossbar[at]
    there = (word >> bit) & _ONE
    odds = np.int64(to_clear) if there else np.int64(to_set)
    if odds and _chance(seed, tick, kind, np.uint64(neuron_key), np.uint64(axon_key)) < odds:
        crossbar[at] = word ^ (_ONE << bit)


@inlined
def _axons_came(tables, learning, core, tick, seed):
    """Cases PRE: each active axon with every neuron that learns from it; then the axons' counters start again."""
    words, width = tables.neuron_words, 64 * tables.neuron_words
    for axon in range(tables.axons):
        if not (learning.active[core, axon >> 6] >> np.uint64(axon & 63)) & _ONE:
            continue
        rules = np.int64(learning.axon_rules[core, axon])
        row = (core * tables.axons + axon) * words
        for neuron in range(width if rules else 0):
            common = rules & np.int64(learning.neuron_rules[core, neuron])
            if not common:
                continue
            rule = _rule(common)
            if not learning.on_pre[rule]:
                continue
            ago = min(tick - learning.last_neuron[core, neuron], FORGOTTEN)
            _change(
                tables.crossbar,
                row + (neuron >> 6),
                np.uint64(neuron & 63),
                learning.tables[rule, PRE_SET, ago],
                learning.tables[rule, PRE_CLEAR, ago],
                seed,
                np.uint64(tick),
                np.uint64(KIND_LEARN_PRE),
                tables.neuron_key[core * width + neuron],
                tables.axon_key[core * tables.axons + axon],
            )
        learning.last_axon[core, axon] = tick


@inlined
def _neuron_fired(tables, learning, core, neuron, tick, seed):
    """Cases POST: a neuron that fired with every axon that it learns from; then its counter starts again."""
    words, width = tables.neuron_words, 64 * tables.neuron_words
    rules = np.int64(learning.neuron_rules[core, neuron])
    for axon in range(tables.axons if rules else 0):
        common = rules & np.int64(learning.axon_rules[core, axon])
        if not common:
            continue
        rule = _rule(common)
        if not learning.on_post[rule]:
            continue
        ago = min(tick - learning.last_axon[core, axon], FORGOTTEN)
        _change(
            tables.crossbar,
            (core * tables.axons + axon) * words + (neuron >> 6),
            np.uint64(neuron & 63),
            learning.tables[rule, POST_SET, ago],
            learning.tables[rule, POST_CLEAR, ago],
            seed,
            np.uint64(tick),
            np.uint64(KIND_LEARN_POST),
            tables.neuron_key[core * width + neuron],
            tables.axon_key[core * tables.axons + axon],
        )
    learning.last_neuron[core, neuron] = tick


@inlined
def _learn(tables, boxes, learning, thread, tick, i, seed, results):
    """Steps 8 and 9 of a tick for the cores of one thread."""
    for core in range(boxes.bounds[thread], boxes.bounds[thread + 1]):
        if learning.learns[core]:
            _axons_came(tables, learning, core, tick, seed)
    room, width = results.spikes.shape[0] // (boxes.bounds.shape[0] - 1), 64 * tables.neuron_words
    first = thread * room + (results.spikes_by[i - 1, thread] if i > 0 else 0)
    for s in range(first, thread * room + results.spikes_by[i, thread]):
        core, neuron = np.int64(results.spikes[s]) // width, np.int64(results.spikes[s]) % width
        if learning.learns[core]:
            _neuron_fired(tables, learning, core, neuron, tick, seed)


@inlined
def _keep_active(tables, state, boxes, learning, thread, tick):
    """A copy of the ring's slot of this tick, for the cores of one thread."""
    slot = (tick & 15) * tables.cores
    for core in range(boxes.bounds[thread], boxes.bounds[thread + 1]):
        if learning.learns[core]:
            for w in range(tables.axon_words):
                learning.active[core, w] = state.ring[(slot + core) * tables.axon_words + w]


@kernel
def run_learning_thread(
    tables, state, boxes, scratch, thread, ticks, first_tick, seed, events, probe, results, met, learning
):
    """As kernel_ticks.run_thread, for an image that learns: ``tables.crossbar`` changes.

    learning : LearningState
    """
    threads = boxes.bounds.shape[0] - 1
    sums = scratch.tallies
    open_boxes(boxes, thread)
    for i in range(ticks):
        tick = first_tick + i
        begin_tick(tables, state, boxes, thread, tick, first_tick, i, events, results, sums)
        _keep_active(tables, state, boxes, learning, thread, tick)
        tick_of_thread(tables, state, boxes, scratch, thread, tick, i, seed, results, sums)
        _learn(tables, boxes, learning, thread, tick, i, seed, results)
        end_tick(tables, state, boxes.bounds, thread, tick, i, sums, probe, results)
        if threads > 1:
            meet(met, threads * (i + 1))
    receive_rest(tables, state.ring, boxes, thread, ticks, first_tick, 0, results)
