"""Spikes that leave through output connectors, picked from a recording."""

from __future__ import annotations

from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.recording import Recording
from neurocore.spikes import OutputSpikes

__all__ = ["output_spikes"]


def output_spikes(image: ChipImage, recording: Recording) -> OutputSpikes:
    """Output spikes by the tick in which their neuron fired."""
    target = image.target_core[recording.spike_core, recording.spike_neuron]
    leaves = target <= OUTPUT_BASE
    pin = image.target_axon[recording.spike_core[leaves], recording.spike_neuron[leaves]]
    return OutputSpikes.sorted(recording.spike_tick[leaves], OUTPUT_BASE - target[leaves], pin)
