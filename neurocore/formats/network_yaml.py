"""Reading a network from YAML: every error names file, line and path, says what was found and what is allowed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError

from neurocore.arch import PRESETS, ChipSpec
from neurocore.errors import CapacityError, ConfigError, NeurocoreError, SpikeFileError, closest
from neurocore.formats.array_files import load_array, missing_file
from neurocore.formats.blocks import Expanded, expand_blocks
from neurocore.formats.events.files import EVENT_FILES, read_events_file
from neurocore.formats.located_yaml import Document, load_yaml, parse_yaml
from neurocore.formats.network_checks import check_kinds, check_meaning
from neurocore.formats.overrides import apply_overrides
from neurocore.formats.spike_tables import read_pin_spikes
from neurocore.formats.validation_errors import find_problem
from neurocore.formats.yaml_paths import YamlPath, find_path, format_path, shown
from neurocore.network import EventFile, FileArray, Network, Stimulus

__all__ = ["add_location", "file_nodes", "parse_network", "read_network"]

_YAML = (".yaml", ".yml")
_SPIKE_FILES = (".csv", ".npz", ".sfti", ".sfci")


def read_network(path: Path, overrides: dict[str, Any] | None = None, remarks: list[str] | None = None) -> Network:
    """Read and check a network; arrays and spikes in files are loaded, from the YAML's folder.

    overrides : dotted paths ("run.ticks", "projections[0].delay", "chip") and their new values
    remarks   : gets what the user should know, such as how many camera events merged
    Raises ConfigError (or SpikeFileError for a damaged spike file) naming file, line and YAML path, or the option.
    """
    reader = _Reader(load_yaml(path), path.parent, overrides)
    network = reader.network()
    if remarks is not None:
        remarks += reader.remarks
    return network


def parse_network(text: str, name: str, folder: Path) -> Network:
    """The same from a text. name : stands for the file in errors; folder : where files that it names are."""
    return _Reader(parse_yaml(text, name), folder, None).network()


def add_location(
    error: ConfigError | CapacityError | SpikeFileError, path: Path, overrides: dict[str, Any] | None = None
) -> None:
    """Fill file and line into an error that knows only its YAML path; the file is read again for that."""
    error.file = str(path)
    with suppress(NeurocoreError):
        reader = _Reader(load_yaml(path), path.parent, overrides)
        reader.expand()
        reader.locate(error, find_path(reader.data, error.path)[0])


class _Reader:
    """One document on its way to a Network, with the places for its errors."""

    what = "a network is a mapping with keys such as name: and populations:"

    def __init__(self, document: Document, folder: Path, overrides: dict[str, Any] | None) -> None:
        self.document = document
        self.folder = folder
        self.data: Any = self.document.value
        self.changed: dict[YamlPath, str] = {}
        self.remarks: list[str] = []
        self.expanded: Expanded | None = None
        if self.data is None:
            raise self.error((), "the file is empty", self.what)
        if not isinstance(self.data, dict):
            raise self.error((), f"found {shown(self.data)} at the top", self.what)
        if overrides:
            self.data, self.changed = apply_overrides(self.data, overrides)

    def expand(self) -> None:
        """Put populations and projections in place of the blocks."""
        if "blocks" in self.data:
            self.expanded = expand_blocks(self.data, self.document, self.folder, self.error)
            self.data = self.expanded.data

    def network(self) -> Network:
        """The whole way."""
        self.expand()
        self.data = self.data | {"chip": self._chip(self.data["chip"])} if "chip" in self.data else self.data
        network = self._validated()
        if self._load_files(network):
            network = self._validated()
        try:
            network.check_references()
            check_meaning(network)
        except ConfigError as error:
            self.locate(error, find_path(self.data, error.path)[0])
            raise
        return network

    def error(self, path: YamlPath, problem: str, fix: str | None) -> ConfigError:
        """An error at a path."""
        error = ConfigError(problem, path=format_path(path), fix=fix)
        self.locate(error, path)
        return error

    def locate(self, error: ConfigError | CapacityError | SpikeFileError, path: YamlPath) -> None:
        """Fill in file and line; or the option, where the value comes from one."""
        if self.expanded and (origin := self.expanded.origin(path)):
            origin[0].fill(error, origin[1])
            return
        options = [option for changed, option in self.changed.items() if path[: len(changed)] == changed]
        error.file = options[0] if options else self.document.file
        error.line = None if options else self.document.line(path)

    def _validated(self) -> Network:
        try:
            network = Network.model_validate(self.data)
        except ValidationError as errors:
            raise self.error(*find_problem(errors, self.data, Network)) from None
        for problem in check_kinds(self.data, network):
            raise self.error(*problem)
        return network

    def _chip(self, chip: Any) -> Any:
        """A preset's name, or a mapping; a YAML file is read and becomes one."""
        if isinstance(chip, dict):
            self._known_preset(chip, ("chip",))
        if not isinstance(chip, str) or chip in PRESETS:
            return chip
        file = self.folder / chip
        if file.suffix.lower() not in _YAML:
            fix = f"{closest(chip, PRESETS)}; or the name of a .yaml file"
            raise self.error(("chip",), f"no chip preset named {shown(chip)}", fix)
        if not os.path.isfile(file):
            missing = missing_file(file, _YAML)
            raise self.error(("chip",), missing.problem, missing.fix)
        return _Chip(load_yaml(file), file.parent, None).mapping()

    def _known_preset(self, chip: dict[str, Any], path: YamlPath) -> None:
        preset = chip.get("preset", "truenorth")
        if not isinstance(preset, str) or preset not in PRESETS:
            fix = closest(preset, PRESETS)
            raise self.error((*path, "preset"), f"no chip preset named {shown(preset)}", fix)

    def _load_files(self, network: Network) -> bool:
        """Put arrays and spikes in place of the files that hold them. True where there were any."""
        loaded = False
        self.data = _copy(self.data)
        for path, node in file_nodes(network):
            parent: Any = self.data
            for part in path[:-1]:
                parent = parent[part]
            if isinstance(node, FileArray):
                parent[path[-1]] = self._array(path, node)
            elif node.events is not None:
                parent[path[-1]] = {"spikes": self._events(path, node.events, network)}
            else:
                parent[path[-1]] = {"spikes": self._spikes(path, str(node.file), network)}
            loaded = True
        return loaded

    def _array(self, path: YamlPath, wanted: FileArray) -> np.ndarray[Any, Any]:
        try:
            return load_array(self.folder / wanted.file, wanted.array)
        except ConfigError as error:
            key = "array" if "holds no array named" in error.problem else "file"
            raise self.error((*path, key), error.problem, error.fix) from error

    def _spikes(self, path: YamlPath, name: str, network: Network) -> np.ndarray[Any, Any]:
        file = self.folder / name
        if not os.path.isfile(file) or file.suffix.lower() not in _SPIKE_FILES:
            missing = missing_file(file, _SPIKE_FILES)
            problem, fix = missing.problem, missing.fix
            if os.path.isfile(file):
                problem, fix = (
                    f"'{name}' is not a kind of spike file",
                    f"allowed: {', '.join(_SPIKE_FILES)}; for others write events: {{file: ...}}",
                )
            raise self.error((*path, "file"), problem, fix)
        spikes = read_pin_spikes(file)
        described = network.inputs.get(str(path[-1]))
        size = int(np.prod(described.shape, dtype=np.int64)) if described else 2**31
        if len(spikes) and int(spikes[:, 1].max()) >= size:
            row = int(np.argmax(spikes[:, 1] >= size))
            problem = f"spike {row} (from 0) of '{name}' is for pin {spikes[row, 1]}"
            raise self.error((*path, "file"), problem, f"the pins of '{path[-1]}' are numbered 0..{size - 1}")
        return spikes

    def _events(self, path: YamlPath, wanted: EventFile, network: Network) -> np.ndarray[Any, Any]:
        """Spikes or camera events of another tool, as spikes of an input's pins."""
        name, place = str(path[-1]), (*path, "events")
        file = self.folder / wanted.file
        if not os.path.isfile(file):
            missing = missing_file(file, EVENT_FILES)
            raise self.error((*place, "file"), missing.problem, missing.fix)
        described = network.inputs.get(name)
        if described is None:  # check_references says so
            return np.zeros((0, 2), np.int64)
        try:
            binned = read_events_file(file, wanted, described.shape, name, network.chip.tick_s)
        except ConfigError as error:
            raise self.error((*place, *([error.path] if error.path else [])), error.problem, error.fix) from error
        self.remarks.append(binned.sentence(name))
        return binned.spikes


class _Chip(_Reader):
    """A chip's own YAML file."""

    what = "a chip is a mapping with keys such as preset: and grid:"

    def mapping(self) -> dict[str, Any]:
        """The file's content, once it has been found right."""
        self._known_preset(self.data, ())
        given = {key: value for key, value in self.data.items() if key != "preset"}
        preset = PRESETS[self.data.get("preset", "truenorth")]
        try:
            spec = ChipSpec.model_validate(preset.model_dump() | given)
        except ValidationError as errors:
            raise self.error(*find_problem(errors, given, ChipSpec)) from None
        for problem in check_kinds(given, spec):
            raise self.error(*problem)
        return dict(self.data)


def _copy(data: Any) -> Any:
    """A copy whose dicts and lists are new and whose leaves are shared."""
    if isinstance(data, dict):
        return {key: _copy(value) for key, value in data.items()}
    return [_copy(value) for value in data] if isinstance(data, list) else data


def file_nodes(made: Any, path: YamlPath = ()) -> Iterator[tuple[YamlPath, FileArray | Stimulus]]:
    """Every part of a network that is still in a file."""
    if isinstance(made, FileArray) or (
        isinstance(made, Stimulus) and (made.file is not None or made.events is not None)
    ):
        yield path, made
    elif isinstance(made, BaseModel):
        for name, field in type(made).model_fields.items():
            yield from file_nodes(getattr(made, name), (*path, field.alias or name))
    elif isinstance(made, dict):
        for key, value in made.items():
            yield from file_nodes(value, (*path, key))
    elif isinstance(made, list) and made and isinstance(made[0], BaseModel):
        for index, value in enumerate(made):
            yield from file_nodes(value, (*path, index))
