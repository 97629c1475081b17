"""A chip's state taken out at any tick and put into another emulator: the run goes on as if nothing had been."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import chips, random_image
from test_kernels_equal_reference import every_neuron

from neurocore.arch import ChipSpec
from neurocore.emulator.engine import Emulator
from neurocore.emulator.reference import run_reference
from neurocore.errors import RunError
from neurocore.recording import COUNTERS

TICKS = 40


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(chips(TICKS), st.integers(0, TICKS), st.integers(1, 3), st.integers(1, 3))
def test_a_run_goes_on_from_a_state_on_any_number_of_threads(case, first, before, after):
    image, events, seed = case
    probe = every_neuron(image)
    whole = Emulator(image, seed=seed, threads=1).run(TICKS, events, probe=probe)
    start = Emulator(image, seed=seed, threads=before)
    one = start.run(first, events, probe=probe)
    state = start.state()
    start.run(3, events)  # the state is a copy: nothing that follows changes it
    there = Emulator(image, seed=seed ^ 1, threads=after)
    there.set_state(state)
    two = there.run(TICKS - first, events, probe=probe)
    for name in ("spike_tick", "spike_core", "spike_neuron", "tick_counters", "probe_tick", "potential"):
        joined = np.concatenate([getattr(one, name), getattr(two, name)])
        np.testing.assert_array_equal(joined, getattr(whole, name), err_msg=name)
    np.testing.assert_array_equal(one.counters + two.counters, whole.counters)
    assert two.total("neuron_updates") == (TICKS - first) * image.neuron_used.sum()
    assert whole.tick_counters.shape == (TICKS, len(COUNTERS))


@settings(max_examples=examples(15), deadline=None, derandomize=True)
@given(chips(TICKS), st.integers(1, 50), st.integers(1, 5))
def test_a_ring_buffer_keeps_the_last_samples(case, last, interval):
    image, events, seed = case
    probe = replace(every_neuron(image), start=3, interval=interval)
    whole = Emulator(image, seed=seed).run(TICKS, events, probe=probe)
    probe = replace(probe, last=last)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Emulator, "chunk_ticks", property(lambda self: 7))
        found = Emulator(image, seed=seed).run(TICKS, events, probe=probe)
    for recording in (found, run_reference(image, events, TICKS, seed=seed, probe=probe)):
        np.testing.assert_array_equal(recording.probe_tick, whole.probe_tick[-last:])
        np.testing.assert_array_equal(recording.potential, whole.potential[-last:])
    assert len(found.probe_tick) == probe.samples(TICKS)


def test_the_state_of_another_image_is_refused():
    spec = ChipSpec(name="random", grid=(2, 2))
    here, there = (Emulator(random_image(spec, seed)) for seed in (1, 2))
    with pytest.raises(RunError, match="this state belongs to another image") as told:
        here.set_state(there.state())
    assert told.value.fix == "go on with the image that was running"
    state = here.state()
    with pytest.raises(RunError, match="this state is not one of 'random'"):
        here.set_state(replace(state, potential=state.potential[:, :-1]))
