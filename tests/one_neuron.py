"""Chips with one neuron a core, to try one rule of the tick at a time in both implementations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from neurocore.arch import ChipSpec
from neurocore.emulator.backends import run
from neurocore.image import ChipImage
from neurocore.recording import Probe, Recording
from neurocore.spikes import AxonEvents

BACKENDS = pytest.mark.parametrize("backend", ["numba", "reference"])
SPEC = ChipSpec(name="rules", axons=4, neurons=2, grid=(8, 8), potential_limit=1000)


def chip(
    spec: ChipSpec = SPEC, *, cores: int = 1, weights: tuple[int, ...] = (1, -1, 0, 0), **fields: Any
) -> ChipImage:
    """Cores in a row, neuron 0 of each used: it reads axons 0..3 of types 0..3. Threshold out of reach by default."""
    xy = np.stack([np.arange(cores), np.zeros(cores, int)], axis=1)
    image = ChipImage.blank("rules", spec, xy.astype(np.int32))
    image.crossbar[:, :, 0] = 1
    image.axon_type[:] = np.arange(spec.axons) % spec.axon_types
    image.weight[:, 0, : len(weights)] = weights
    image.neuron_used[:, 0] = 1
    defaults = {"threshold": 900, "negative_threshold": 900, "negative_saturation": 1}
    for name, value in (defaults | fields).items():
        getattr(image.neurons, name)[:, 0] = value
    return image


def go(
    image: ChipImage, backend: str, ticks: int, arrivals: dict[int, list[int]] | None = None, seed: int = 0
) -> Recording:
    """arrivals : tick -> axons of core 0."""
    pairs = [(tick, axon) for tick, axons in (arrivals or {}).items() for axon in axons]
    events = AxonEvents.sorted([t for t, _ in pairs], [0] * len(pairs), [a for _, a in pairs])
    probe = Probe(core=np.zeros(1, np.int32), neuron=np.zeros(1, np.int32))
    return run(image, events, ticks, backend=backend, probe=probe, seed=seed)


def potentials(recording: Recording) -> list[int]:
    return recording.potential[:, 0].tolist()
