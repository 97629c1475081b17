"""A run's spikes as files of other tools: NEST, SANA-FE, NIR, SONATA, .npz."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from neurocore.emulator.outputs import output_spikes
from neurocore.errors import NeurocoreError, closest
from neurocore.formats.events.nir_data import write_nir_data
from neurocore.formats.events.sonata import write_sonata
from neurocore.formats.events.written import write_nest, write_pins_csv, write_populations_npz, write_sanafe
from neurocore.formats.ibm_spikes import write_sfcp
from neurocore.formats.image_file import load_image
from neurocore.formats.ranc_output import write_ranc_output
from neurocore.formats.ranc_writer import bus_offsets
from neurocore.formats.recording_file import load_recording
from neurocore.formats.spikes_csv import write_spikes_csv
from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.trains import PopulationSpikes, spikes_of
from neurocore.units import counted
from neurocore.verbs.run_folder import finished
from neurocore.verbs.sources import IMAGE_NAME

__all__ = ["FORMATS", "export_run"]

FORMATS: Final = ("neurocore", "nest", "sanafe", "npz", "nir", "sonata", "sfcp", "ranc")
_SUFFIXES: Final = {
    ".nest.csv": "nest",
    ".sanafe.csv": "sanafe",
    ".nir.h5": "nir",
    ".dat": "nest",
    ".csv": "neurocore",
    ".npz": "npz",
    ".nir": "nir",
    ".h5": "sonata",
    ".hdf5": "sonata",
    ".sfcp": "sfcp",
    ".txt": "ranc",
}
_WHOLE_CHIP: Final = "chip"
"""Stands for the populations of an image that came already mapped; its neurons are numbered core * N + neuron."""


def export_run(folder: Path, path: Path, format: str | None, population: str | None) -> tuple[str, ...]:
    """Write a run folder's spikes to a file.

    format     : one of FORMATS; what the file's name says if left out
    population : only this one's spikes
    Returns what the reader wants the user to know. Raises NeurocoreError.
    """
    wanted = format or _format_of(path)
    if wanted not in FORMATS:
        raise NeurocoreError(f"no format named '{wanted}'", fix=closest(wanted, FORMATS))
    recording, _ = load_recording(finished(folder) / "spikes.npz")
    image = load_image(folder / IMAGE_NAME)
    if wanted == "sfcp":
        if population is not None:
            raise NeurocoreError("an .sfcp file holds output connectors, not populations", fix="leave --population out")
        write_sfcp(output_spikes(image, recording), path)
        return ()
    if wanted == "ranc":
        if population is not None:
            raise NeurocoreError("RANC's output holds all output pins, not populations", fix="leave --population out")
        write_ranc_output(output_spikes(image, recording), bus_offsets(image), recording.ticks, path)
        return ()
    if wanted == "neurocore" and population is None:
        write_spikes_csv(recording, path, image)
        return ()
    spikes = _populations(image, recording, population)
    tick_s = image.spec.tick_s
    match wanted:
        case "neurocore":
            write_pins_csv(spikes[0], path)
        case "nest":
            write_nest(spikes, path, tick_s)
        case "sanafe":
            write_sanafe(spikes, path)
        case "npz":
            write_populations_npz(spikes, path)
        case "nir":
            write_nir_data(spikes, path, tick_s)
        case _:
            write_sonata(spikes, path, tick_s)
    return (_sentence(spikes, recording, wanted, tick_s, population),)


def _format_of(path: Path) -> str:
    name = path.name.lower()
    found = next((format for suffix, format in _SUFFIXES.items() if name.endswith(suffix)), None)
    if found is None:
        fix = f"allowed: {', '.join(_SUFFIXES)}; or say --format {', '.join(FORMATS)}"
        raise NeurocoreError(f"a run is not converted to '{path.suffix or path.name}'", fix=fix)
    return found


def _populations(image: ChipImage, recording: Recording, population: str | None) -> list[PopulationSpikes]:
    """Spikes by population; those that were pruned altogether are left out. Raises RunError for an unknown name."""
    groups = image.logical.populations
    if population is not None:
        return [spikes_of(image, recording, population)]
    if groups:
        found = []
        for group in groups:
            inside = np.searchsorted(image.logical.instance_logical, [group.start, group.stop])
            if inside[0] < inside[1]:
                found.append(spikes_of(image, recording, group.name))
        return found
    neurons = image.spec.neurons
    return [
        PopulationSpikes(
            name=_WHOLE_CHIP,
            shape=(image.cores, neurons),
            start_tick=recording.start_tick,
            ticks=recording.ticks,
            tick=recording.spike_tick.astype(np.int64),
            neuron=(recording.spike_core.astype(np.int64) * neurons + recording.spike_neuron).astype(np.int32),
            pruned=np.zeros(0, np.int32),
        )
    ]


def _sentence(
    spikes: list[PopulationSpikes], recording: Recording, format: str, tick_s: float, population: str | None
) -> str:
    written = sum(map(len, spikes))
    left = len(recording.spikes) - written
    told = f"{written:,} spikes of {counted(len(spikes), 'population')}"
    told += f", times in {'s' if format == 'nir' else 'ms'} of {tick_s * 1e3:g} ms a tick" * (
        format in ("nest", "nir", "sonata")
    )
    if left:
        others = "copies, relays and other populations" if population else "copies and relays"
        told += f"; {left:,} of {others} are left out"
    return told
