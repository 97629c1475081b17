"""What drives a run: a network's own stimulus, or a spike file addressed to axons."""

from __future__ import annotations

from pathlib import Path

from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.errors import RunError
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.formats.spike_tables import read_axon_events
from neurocore.image import ChipImage
from neurocore.spikes import AxonEvents, InputSpikes
from neurocore.verbs.sources import Source, located

__all__ = ["network_events", "read_events"]


def network_events(opened: Source, image: ChipImage, ticks: int) -> tuple[InputSpikes, AxonEvents]:
    """The network's stimulus as spikes of input pins and as events at the image's axons."""
    assert opened.network is not None
    with located(opened):
        spikes = input_spikes(opened.network, ticks)
    return spikes, axon_events(image, spikes, ticks)


def read_events(path: str | Path) -> AxonEvents:
    """Read spikes addressed to cores and axons: IBM's .sfti and .sfci, or .csv / .npz with tick, core, axon.

    Raises SpikeFileError naming the file and line.
    """
    file = Path(path)
    match file.suffix.lower():
        case ".sfti" | ".sfci":
            spikes = read_spikes(file)
            if isinstance(spikes, AxonEvents):
                return spikes
            raise RunError(f"{file} holds output spikes; they cannot drive a chip", fix="name an .sfti or .sfci file")
        case ".csv" | ".npz":
            return read_axon_events(file)
        case suffix:
            raise RunError(
                f"{file}: input spikes are not read from '{suffix}' files", fix="allowed: .sfti, .sfci, .csv, .npz"
            )
