"""Opening what a user points at: a network in YAML or NIR, a chip image, a model of IBM's or RANC's, a run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import CapacityError, ConfigError, NeurocoreError, SpikeFileError
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.image_file import load_image
from neurocore.formats.model_kind import model_kind
from neurocore.formats.network_yaml import add_location, file_nodes, read_network
from neurocore.formats.nir.network import Imported
from neurocore.formats.nir.options import NirOptions
from neurocore.formats.overrides import option_name
from neurocore.formats.ranc import read_ranc
from neurocore.formats.yaml_paths import format_path
from neurocore.image import ChipImage
from neurocore.mapper.pipeline import Compiled, compile_network
from neurocore.network import Network
from neurocore.spikes import AxonEvents
from neurocore.verbs.importing import import_nir
from neurocore.verbs.progress import pass_progress

__all__ = ["Source", "compile_source", "located", "open_for_run", "open_source", "read"]

IMAGE_NAME = "image.npz"
NETWORK_SUFFIXES = {".yaml", ".yml"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What was opened. Exactly one of network and image is set.

    path     : the file that was read (a run folder's image for a run folder), or None for objects made in Python
    remarks  : what the reader wants the user to know
    changes  : values of the file that were set anew when it was read, by dotted path
    config   : the network's file as it was read, whatever happens to it later
    imported : where the network comes from a .nir file: the graph in floats
    events   : spikes that came with an image, as RANC's packets do
    ticks    : how long these last, where an image's file says so
    """

    path: Path | None
    network: Network | None = None
    image: ChipImage | None = None
    remarks: tuple[str, ...] = ()
    changes: dict[str, Any] = field(default_factory=dict)
    config: bytes | None = None
    imported: Imported | None = None
    events: AxonEvents | None = None
    ticks: int | None = None

    @property
    def name(self) -> str:
        """The network's or image's name."""
        described = self.network or self.image
        return described.name if described else ""


def check_nir_options(source: object, nir: NirOptions | None) -> None:
    """Raise NeurocoreError where options for graphs in NIR are given with something else."""
    if nir is not None and not (isinstance(source, (str, Path)) and Path(source).suffix.lower() == ".nir"):
        raise NeurocoreError("options for graphs in NIR are given with another source", fix="leave 'nir' out")


@contextmanager
def located(opened: Source) -> Iterator[None]:
    """Add file and line, or the option that set the value, to errors that know only their YAML path."""
    try:
        yield
    except (ConfigError, CapacityError, SpikeFileError) as error:
        if opened.path is not None and opened.imported is None and error.file is None and error.path:
            changed = [
                key for key in opened.changes if error.path == key or error.path.startswith((f"{key}.", f"{key}["))
            ]
            if changed:
                error.file = option_name(changed[0], opened.changes[changed[0]])
            else:
                add_location(error, opened.path, opened.changes)
        raise


def open_source(
    source: str | Path | Network | ChipImage | Source,
    *,
    overrides: dict[str, Any] | None = None,
    nir: NirOptions | None = None,
    unpack: bool = False,
) -> Source:
    """Open a network (.yaml, .nir), an image (.npz), IBM's or RANC's model (.json), or a run folder.

    overrides : dotted YAML paths and their new values; only for networks in a file
    nir       : how to read a .nir file
    unpack    : do not hold the large arrays of a compressed image: see load_image
    Raises ConfigError, ImageError or NeurocoreError naming the file.
    """
    check_nir_options(source, nir)
    if isinstance(source, Source):
        return source
    if isinstance(source, Network):
        source.check_references()
        for place, _ in file_nodes(source):
            fix = "load it, for example weights=numpy.load('w.npz')['w1']; only networks in YAML files name files"
            raise ConfigError("a file is named in a network that was built in Python", path=format_path(place), fix=fix)
        return Source(path=None, network=source)
    if isinstance(source, ChipImage):
        return Source(path=None, image=source)
    path = Path(source)
    if path.is_dir():
        if not (path / IMAGE_NAME).is_file():
            raise NeurocoreError(f"{path}: no {IMAGE_NAME} in this folder", fix="name a run folder, or a file")
        path = path / IMAGE_NAME
    match path.suffix.lower():
        case suffix if suffix in NETWORK_SUFFIXES:
            remarks: list[str] = []
            with suppress(OSError):  # read_network says what is wrong with it
                config = path.read_bytes()
            network = read_network(path, overrides=overrides, remarks=remarks)
            if path.read_bytes() != config:
                raise NeurocoreError(f"{path}: this file was changed while it was read", fix="try again")
            return Source(path=path, network=network, config=config, remarks=tuple(remarks))
        case ".nir":
            imported = import_nir(path, nir or NirOptions(), overrides)
            return Source(path=path, network=imported.network, remarks=imported.remarks, imported=imported)
        case ".npz":
            return Source(path=path, image=load_image(path, unpack=unpack))
        case ".json":
            return _model(path)
        case suffix:
            raise NeurocoreError(
                f"{path}: cannot tell what a '{suffix or path.name}' file is",
                fix="allowed: a network (.yaml, .nir), a chip image (.npz), a model (.json), a run folder",
            )


def _model(path: Path) -> Source:
    """An IBM corelet model, or RANC's input.json with its packets."""
    match model_kind(path):
        case "ranc":
            model = read_ranc(path)
            ticks = model.ticks or None
            return Source(path=path, image=model.image, remarks=model.remarks, events=model.events, ticks=ticks)
        case "ranc config":
            raise NeurocoreError(
                f"{path}: this is RANC's config.json, which holds no network", fix="name the input.json beside it"
            )
        case _:
            image, remarks = read_model(path)
            return Source(path=path, image=image, remarks=remarks)


def open_for_run(
    source: str | Path | Network | ChipImage | Source,
    *,
    ticks: int | None = None,
    seed: int | None = None,
    overrides: dict[str, Any] | None = None,
    nir: NirOptions | None = None,
    unpack: bool = False,
) -> Source:
    """Open a source with other ticks or seed than a network itself says; images carry neither."""
    check_nir_options(source, nir)
    if isinstance(source, (str, Path)) and Path(source).suffix.lower() in NETWORK_SUFFIXES:
        changes = dict(overrides or {})
        changes |= {"run.ticks": ticks} if ticks is not None else {}
        changes |= {"seed": seed} if seed is not None else {}
        return replace(open_source(source, overrides=changes or None), changes=changes)
    if isinstance(source, (str, Path)) and Path(source).suffix.lower() == ".nir":
        opened, overrides = open_source(source, overrides=overrides, nir=nir), None
    else:
        opened = open_source(source, unpack=unpack)
    if overrides:
        raise NeurocoreError(
            "only the values of a network's YAML file can be set", fix="name that file, or set nothing"
        )
    network = opened.network
    if network is None:
        return opened
    if ticks is not None:
        network = network.model_copy(update={"run": network.run.model_copy(update={"ticks": ticks})})
    if seed is not None:
        network = network.model_copy(update={"seed": seed})
    return replace(opened, network=network)


def compile_source(opened: Source, *, spikes: npt.NDArray[np.int64] | None = None, quiet: bool = False) -> Compiled:
    """Compile an opened network; errors name its file and line. Raises ConfigError or CapacityError.

    spikes : int64[L] that each neuron fired in a run, to place cores by
    """
    assert opened.network is not None
    with located(opened), pass_progress(quiet) as watch:
        return compile_network(opened.network, spikes=spikes, watch=watch)


def read(path: str | Path, *, overrides: dict[str, Any] | None = None) -> Network:
    """Read a network from YAML. Raises ConfigError naming file, line and YAML path."""
    return read_network(Path(path), overrides=overrides)
