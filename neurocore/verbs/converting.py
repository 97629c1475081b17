"""Converting between file formats: models to images, spikes to spikes."""

from __future__ import annotations

from pathlib import Path

from neurocore.errors import NeurocoreError
from neurocore.formats.ibm_spikes import read_spikes, write_sfti
from neurocore.formats.image_file import save_image
from neurocore.formats.spike_tables import write_axon_events, write_output_spikes
from neurocore.spikes import AxonEvents, OutputSpikes
from neurocore.verbs.exporting import export_run
from neurocore.verbs.sources import compile_source, open_source
from neurocore.verbs.stimulate import read_events

__all__ = ["convert"]

MODELS = {".json", ".yaml", ".yml"}
EVENTS = {".sfti", ".sfci", ".csv", ".npz"}


def convert(
    source: str | Path, out: str | Path, *, format: str | None = None, population: str | None = None
) -> tuple[str, ...]:
    """Convert a file; what it is follows from the two names.

    * a network (.yaml) or IBM corelet model (.json) to a chip image (.npz)
    * input spikes (.sfti, .sfci, .csv, .npz) to .sfti, .csv or .npz
    * recorded output spikes (.sfcp) to .csv
    * a run folder's spikes to .csv (all of them), .sfcp (those of output connectors), or the formats of docs/events.md

    format     : of a run's spikes, one of exporting.FORMATS; the file's name says it if left out
    population : only this one's spikes of a run

    Returns what the reader wants the user to know. Raises NeurocoreError where the pair has no meaning.
    """
    start, end = Path(source), Path(out)
    kinds = (start.suffix.lower(), end.suffix.lower())
    if start.is_dir():
        return export_run(start, end, format, population)
    if format is not None or population is not None:
        option = "--format" if format is not None else "--population"
        raise NeurocoreError(f"{option} is for a run's spikes, and {start} is no run folder", fix=f"leave {option} out")
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
        ".sfcp to .csv; a run folder to .csv, .sfcp or another format of spikes",
    )


def _write_events(events: AxonEvents, path: Path) -> None:
    if path.suffix.lower() == ".sfti":
        write_sfti(events, path)
    else:
        write_axon_events(events, path)
