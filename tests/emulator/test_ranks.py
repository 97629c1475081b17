"""Ranks give what one process gives: spikes, potentials, counters, for any number of them and any bounds."""

from __future__ import annotations

import os
from dataclasses import replace

import numpy as np
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chips

from neurocore.emulator.engine import Emulator
from neurocore.emulator.ranks.rehearsal import rehearse
from neurocore.image import ChipImage
from neurocore.recording import Probe, Recording

TICKS = 40
EXAMPLES = 6 if os.environ.get("NUMBA_DISABLE_JIT") == "1" else examples(60, 20)


def every_neuron(image: ChipImage) -> Probe:
    core, neuron = np.indices(image.neuron_used.shape, dtype=np.int32).reshape(2, -1)
    return Probe(core=core, neuron=neuron, start=1, interval=2)


def assert_same(found: Recording, right: Recording) -> None:
    for name in ("potential", "spike_tick", "spike_core", "spike_neuron", "counters", "tick_counters", "probe_tick"):
        np.testing.assert_array_equal(getattr(found, name), getattr(right, name), err_msg=name)
    assert (found.start_tick, found.ticks) == (right.start_tick, right.ticks)


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True)
@given(chips(TICKS), st.data(), st.integers(1, 15), st.integers(1, 2))
def test_ranks_give_what_one_process_gives(case, data, shortest, threads):
    image, events, seed = case
    delay = np.where(image.target_core >= 0, np.maximum(image.delay, shortest), image.delay).astype(np.uint8)
    image = replace(image, delay=delay)
    ranks = data.draw(st.integers(1, 4))
    cuts = data.draw(st.lists(st.integers(0, image.cores), min_size=ranks - 1, max_size=ranks - 1))
    bounds = data.draw(st.sampled_from([None, [0, *sorted(cuts), image.cores]]))
    chip = Emulator(image, seed=seed)
    pieces = data.draw(st.sampled_from([[TICKS], [17, 1, TICKS - 18]]))
    right = [chip.run(ticks, events, probe=every_neuron(image)) for ticks in pieces]
    found = rehearse(
        image, events, pieces, ranks=ranks, bounds=bounds, seed=seed, threads=threads, probe=every_neuron(image)
    )
    for one, other in zip(found.recordings, right, strict=True):
        assert_same(one, other)
    np.testing.assert_array_equal(found.potential, chip.potential)
    assert found.window == 0 or found.window >= max(1, shortest - 1)
