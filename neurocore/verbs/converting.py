"""Converting between file formats: models to images, spikes to spikes."""

from __future__ import annotations

from pathlib import Path

from neurocore.errors import NeurocoreError
from neurocore.formats.ibm_spikes import read_spikes, write_sfti
from neurocore.formats.image_file import save_image
from neurocore.formats.network_writer import write_network
from neurocore.formats.nir.from_image import graph_of_image
from neurocore.formats.nir.options import NirOptions
from neurocore.formats.nir.write import write_nir
from neurocore.formats.ranc_output import read_ranc_output
from neurocore.formats.spike_tables import write_axon_events, write_output_spikes
from neurocore.mapper.expand import expand
from neurocore.spikes import AxonEvents, OutputSpikes
from neurocore.verbs.exporting import export_run
from neurocore.verbs.model_writing import write_json_model
from neurocore.verbs.sources import compile_source, located, open_source
from neurocore.verbs.stimulate import read_events

__all__ = ["convert"]

MODELS = {".json", ".yaml", ".yml"}
EVENTS = {".sfti", ".sfci", ".csv", ".npz"}


def convert(
    source: str | Path,
    out: str | Path,
    *,
    format: str | None = None,
    population: str | None = None,
    to: str | None = None,
    input: str | Path | None = None,
    ticks: int | None = None,
    nir: NirOptions | None = None,
) -> tuple[str, ...]:
    """Convert a file; what it is follows from the two names.

    * a network (.yaml) or model of IBM's or RANC's (.json) to a chip image (.npz)
    * a graph in NIR (.nir) to a network (.yaml, with its arrays beside it) or an image (.npz)
    * any of these of integrate-and-fire neurons, an image or, with ``to="nir"``, a run folder's image to a graph in
      NIR (.nir)
    * any of these, an image or a run folder's image to a model (.json)
    * the packets of RANC's input.json to .sfti or .csv
    * input spikes (.sfti, .sfci, .csv, .npz) to .sfti, .csv or .npz
    * recorded output spikes (.sfcp, RANC's .txt) to .csv
    * a run folder's spikes to .csv (all of them), .sfcp or RANC's .txt (those of output connectors), or the formats of
      docs/events.md

    format     : of a run's spikes, one of exporting.FORMATS; the file's name says it if left out
    population : only this one's spikes of a run

    to    : whose model is written: "nir" (.nir), "corelet" or "ranc" (.json); if left out, what the name says, and of
            .json "ranc" for RANC's chips and for input.json
    input : spikes addressed to axons, written with a .json model instead of its own stimulus
    nir   : how to read a .nir file
    ticks : of a network's stimulus that is written with a .json model; its own ``run.ticks`` if left out
    Returns what the reader wants the user to know. Raises NeurocoreError where the pair has no meaning.
    """
    start, end = Path(source), Path(out)
    kinds = (start.suffix.lower(), end.suffix.lower())
    if to == "nir" or (kinds[1] == ".nir" and not start.is_dir()):
        if kinds[1] != ".nir" or to not in (None, "nir"):
            raise NeurocoreError(f"--to {to} does not write {end.name}", fix="a name that ends in .nir, and --to nir")
        for name, value in (("input", input), ("ticks", ticks), ("format", format), ("population", population)):
            if value is not None:
                raise NeurocoreError(f"{name} has no meaning for a graph in NIR (.nir)", fix=f"leave {name} out")
        return _write_nir(start, end, nir)
    if nir is not None or (kinds[0] == ".nir" and kinds[1] in {".npz", ".yaml", ".yml"}):
        for name, value in (
            ("to", to),
            ("input", input),
            ("ticks", ticks),
            ("format", format),
            ("population", population),
        ):
            if value is not None:
                raise NeurocoreError(f"{name} has no meaning for a graph in NIR (.nir)", fix=f"leave {name} out")
        return _convert_nir(start, end, nir)
    if kinds[1] == ".json":
        return write_json_model(start, end, to=to, input=input, ticks=ticks)
    if to is not None or input is not None or ticks is not None:
        raise NeurocoreError(f"to, input and ticks are for .json models, not for {end.name}", fix="leave them out")
    if start.is_dir():
        return export_run(start, end, format, population)
    if format is not None or population is not None:
        option = "--format" if format is not None else "--population"
        raise NeurocoreError(f"{option} is for a run's spikes, and {start} is no run folder", fix=f"leave {option} out")
    if kinds[0] in MODELS and kinds[1] == ".npz":
        opened = open_source(start)
        image = opened.image or compile_source(opened).image
        save_image(image, end)
        left = ("the packets are not in the image; convert to .csv or .sfti writes them",) if opened.events else ()
        return (*opened.remarks, *left)
    if kinds[0] == ".json" and kinds[1] in (".csv", ".sfti"):
        opened = open_source(start)
        if opened.events is None:
            raise NeurocoreError(f"{start} holds no spikes, only a network", fix="name RANC's input.json")
        _write_events(opened.events, end)
        return opened.remarks
    if kinds[0] == ".sfcp" and kinds[1] == ".csv":
        spikes = read_spikes(start)
        assert isinstance(spikes, OutputSpikes)
        write_output_spikes(spikes, end)
        return ()
    if kinds == (".txt", ".csv"):
        write_output_spikes(read_ranc_output(start)[0], end)
        return ()
    if kinds[0] in EVENTS and kinds[1] in EVENTS - {".sfci"}:
        _write_events(read_events(start), end)
        return ()
    raise NeurocoreError(
        f"cannot convert {start.name} to {end.name}",
        fix="allowed: model (.json, .yaml, .nir) to .npz; a graph (.nir) to .yaml; "
        "model, image or run folder to .json or .nir (--to nir for the folder); "
        "input spikes (.sfti, .sfci, "
        ".csv, .npz, RANC's .json) to .sfti, .csv, .npz; .sfcp or RANC's .txt to .csv; "
        "a run folder to .csv, .sfcp, .txt or another format of spikes",
    )


def _convert_nir(start: Path, end: Path, nir: NirOptions | None) -> tuple[str, ...]:
    """A graph in NIR as a network or an image."""
    if end.suffix.lower() not in {".npz", ".yaml", ".yml"}:
        raise NeurocoreError(f"cannot convert {start.name} to {end.name}", fix="allowed: a graph to .yaml or .npz")
    opened = open_source(start, nir=nir)
    assert opened.network is not None
    if end.suffix.lower() == ".npz":
        save_image(compile_source(opened).image, end)
    else:
        write_network(opened.network, end)
    return opened.remarks


def _write_nir(start: Path, end: Path, nir: NirOptions | None) -> tuple[str, ...]:
    """A network or chip as a graph in NIR."""
    opened = open_source(start, nir=nir)
    if opened.image is not None:
        graph, remarks = graph_of_image(opened.image)
        return (*opened.remarks, *remarks, *write_nir(graph, end, opened.image.spec))
    assert opened.network is not None
    with located(opened):
        graph, _ = expand(opened.network)
        if graph.learning:
            raise NeurocoreError("this network learns; NIR has no synapses that change", fix="take learning: out")
        told = write_nir(graph, end, opened.network.chip)
    return (*opened.remarks, *told)


def _write_events(events: AxonEvents, path: Path) -> None:
    if path.suffix.lower() == ".sfti":
        write_sfti(events, path)
    else:
        write_axon_events(events, path)
