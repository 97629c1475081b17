"""Converting between file formats: models to images, spikes to spikes."""

from __future__ import annotations

from pathlib import Path

from neurocore.emulator.outputs import output_spikes
from neurocore.errors import NeurocoreError
from neurocore.formats.ibm_spikes import read_spikes, write_sfcp, write_sfti
from neurocore.formats.image_file import load_image, save_image
from neurocore.formats.recording_file import load_recording
from neurocore.formats.spike_tables import write_axon_events, write_output_spikes
from neurocore.formats.spikes_csv import write_spikes_csv
from neurocore.spikes import AxonEvents, OutputSpikes
from neurocore.verbs.run_folder import finished
from neurocore.verbs.sources import IMAGE_NAME, compile_source, open_source
from neurocore.verbs.stimulate import read_events

__all__ = ["convert"]

MODELS = {".json", ".yaml", ".yml"}
EVENTS = {".sfti", ".sfci", ".csv", ".npz"}


def convert(source: str | Path, out: str | Path) -> tuple[str, ...]:
    """Convert a file; what it is follows from the two names.

    * a network (.yaml) or IBM corelet model (.json) to a chip image (.npz)
    * input spikes (.sfti, .sfci, .csv, .npz) to .sfti, .csv or .npz
    * recorded output spikes (.sfcp) to .csv
    * a run folder's spikes to .csv (all of them) or .sfcp (those of output connectors)

    Returns what the reader wants the user to know. Raises NeurocoreError where the pair has no meaning.
    """
    start, end = Path(source), Path(out)
    kinds = (start.suffix.lower(), end.suffix.lower())
    if start.is_dir():
        return _run_folder(start, end)
    if kinds[0] in MODELS and kinds[1] == ".npz":
        opened = open_source(start)
        image = opened.image or compile_source(opened).image
        save_image(image, end)
        return opened.remarks
    if kinds[0] == ".sfcp" and kinds[1] == ".csv":
        spikes = read_spikes(start)
        assert isinstance(spikes, OutputSpikes)
        write_output_spikes(spikes, end)
        return ()
    if kinds[0] in EVENTS and kinds[1] in EVENTS - {".sfci"}:
        _write_events(read_events(start), end)
        return ()
    raise NeurocoreError(
        f"cannot convert {start.name} to {end.name}",
        fix="allowed: model (.json, .yaml) to .npz; input spikes (.sfti, .sfci, .csv, .npz) to .sfti, .csv, .npz; "
        ".sfcp to .csv; a run folder to .csv or .sfcp",
    )


def _write_events(events: AxonEvents, path: Path) -> None:
    if path.suffix.lower() == ".sfti":
        write_sfti(events, path)
    else:
        write_axon_events(events, path)


def _run_folder(folder: Path, path: Path) -> tuple[str, ...]:
    recording, _ = load_recording(finished(folder) / "spikes.npz")
    match path.suffix.lower():
        case ".csv":
            write_spikes_csv(recording, path, load_image(folder / IMAGE_NAME))
        case ".sfcp":
            write_sfcp(output_spikes(load_image(folder / IMAGE_NAME), recording), path)
        case suffix:
            raise NeurocoreError(f"a run is not converted to '{suffix}'", fix="allowed: .csv, .sfcp")
    return ()
