"""The busiest core's peak: that of an emulator asked tick by tick, and a sharing out where input took part."""

from __future__ import annotations

import numpy as np
import pytest

from neurocore.emulator.engine import Emulator
from neurocore.estimate.core_load import core_peak
from neurocore.recording import COUNTERS
from neurocore.spikes import AxonEvents
from neurocore.workloads.characterisation import characterisation

NOTHING = AxonEvents.sorted([], [], [])
OPERATIONS = COUNTERS.index("synaptic_operations")


def tick_by_tick(image, events, ticks: int) -> np.ndarray:
    """int64[T, C]: synaptic operations of each core in each tick, one run of one tick after the other."""
    emulator = Emulator(image)
    return np.stack([emulator.run(1, events).counters[:, OPERATIONS] for _ in range(ticks)])


@pytest.mark.parametrize("seed", range(4))
def test_without_input_the_peak_is_exact(seed):
    image = characterisation(grid=(3, 2), rate_hz=150, synapses=100, seed=seed)
    found = core_peak(image, Emulator(image).run(50, NOTHING))
    every = tick_by_tick(image, NOTHING, 50)
    tick, core = np.unravel_index(every.argmax(), every.shape)
    assert (found.tick, found.core, found.synaptic_operations) == (tick, core, every.max())
    assert (found.x, found.y) == tuple(image.core_xy[core])
    assert found.mean == pytest.approx(every[:, core].mean())
    assert found.exact


def test_input_is_shared_out_by_the_cores_totals():
    image = characterisation(grid=(2, 2), rate_hz=0.1, synapses=128)
    rng = np.random.default_rng(5)
    # All input goes to core 2, most of it in tick 7.
    tick = np.concatenate([np.full(150, 7), rng.integers(0, 20, 60)])
    events = AxonEvents.sorted(
        tick, np.full(len(tick), 2), np.concatenate([np.arange(150), rng.integers(150, 256, 60)])
    )
    found = core_peak(image, Emulator(image).run(20, events))
    every = tick_by_tick(image, events, 20)
    assert (found.core, found.tick, found.exact) == (2, 7, False)
    assert found.synaptic_operations == pytest.approx(every.max(), rel=0.02)


def test_the_ticks_of_a_later_recording_are_those_of_the_run():
    image = characterisation(grid=(2, 2), rate_hz=150)
    emulator = Emulator(image)
    emulator.run(30, NOTHING)
    found = core_peak(image, emulator.run(30, NOTHING))
    assert 30 <= found.tick < 60
    assert not found.exact  # what was under way counts as input
