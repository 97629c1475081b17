"""Finding and reading block files: those that ship with neurocore, and a user's own beside the network."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from neurocore.errors import CapacityError, ConfigError, SpikeFileError, closest
from neurocore.formats.array_files import missing_file
from neurocore.formats.block_models import BlockFile
from neurocore.formats.located_yaml import Document, load_yaml, parse_yaml
from neurocore.formats.validation_errors import find_problem
from neurocore.formats.yaml_paths import YamlPath, format_path, shown

__all__ = ["Block", "Place", "builtin_blocks", "read_block"]

_YAML: Final = (".yaml", ".yml")
_NEEDED: Final = "a block is a mapping with the keys block:, does:, ports: and populations:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where something was said: a document, a path in it and, for a block file, where that block is used.

    used : ``'gate' at net.yaml:12``, outermost use last; empty for the network's own file
    """

    document: Document
    path: YamlPath = ()
    used: str = ""

    def __truediv__(self, part: str | int) -> Place:
        """The place one step below."""
        return Place(document=self.document, path=(*self.path, part), used=self.used)

    def fill(self, error: ConfigError | CapacityError | SpikeFileError, below: Sequence[str | int] = ()) -> None:
        """Write file, line, path and use into an error."""
        path = (*self.path, *below)
        error.file, error.line, error.path = self.document.file, self.document.line(path), format_path(path)
        if self.used:
            error.problem += f" (block {self.used})"

    def error(self, problem: str, fix: str | None) -> ConfigError:
        """An error at this place."""
        error = ConfigError(problem, fix=fix)
        self.fill(error)
        return error

    def line(self) -> str:
        """``net.yaml:12``."""
        number = self.document.line(self.path)
        return self.document.file if number is None else f"{self.document.file}:{number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A block file as read.

    key    : tells files apart: the path, or the name of a built-in block
    folder : where files that it names are, relative to the network's folder
    data   : the file as dicts and lists, its file names relative to the network's folder
    """

    key: str
    document: Document
    model: BlockFile
    folder: str
    data: dict[str, Any]


def builtin_blocks() -> list[str]:
    """The names of the blocks that ship with neurocore."""
    return sorted(file.name.removesuffix(".yaml") for file in _shipped().iterdir() if file.name.endswith(".yaml"))


def _shipped() -> Traversable:
    return resources.files("neurocore").joinpath("presets/blocks")


def read_block(use: str, root: Path, folder: str, place: Place) -> Block:
    """Read the block that ``use`` names: a built-in one, or a .yaml file.

    root   : the network's folder
    folder : the folder of the file that says ``use``, relative to root
    place  : of that ``use``, for errors that are its fault
    Raises ConfigError for a block that does not exist or is wrong.
    """
    file = Path(use)
    if file.suffix.lower() not in _YAML:
        names = builtin_blocks()
        if use not in names:
            fix = f"{closest(use, names)}; or the name of a .yaml file"
            raise place.error(f"no block named {shown(use)}", fix)
        text = _shipped().joinpath(f"{use}.yaml").read_text(encoding="utf-8")
        return _checked(parse_yaml(text, f"presets/blocks/{use}.yaml"), use, "", place)
    relative = os.path.join(folder, use)
    if not os.path.isfile(root / relative):
        missing = missing_file(root / relative, _YAML)
        raise place.error(missing.problem, missing.fix)
    return _checked(load_yaml(root / relative), str((root / relative).resolve()), os.path.dirname(relative), place)


def _checked(document: Document, key: str, folder: str, place: Place) -> Block:
    if not isinstance(document.value, dict):
        what = "the file is empty" if document.value is None else f"found {shown(document.value)} at the top"
        raise Place(document=document).error(f"{what} (used at {place.line()})", _NEEDED)
    try:
        model = BlockFile.model_validate(document.value)
    except ValidationError as errors:
        path, problem, fix = find_problem(errors, document.value, BlockFile)
        if path == () and "'block' is missing" in problem:
            fix = _NEEDED
        raise Place(document=document, path=path).error(f"{problem} (used at {place.line()})", fix) from None
    return Block(key=key, document=document, model=model, folder=folder, data=_rebased(document.value, folder))


def _rebased(value: Any, folder: str) -> Any:
    """The same with every ``{file: ...}`` relative to the network's folder."""
    if not folder:
        return value
    if isinstance(value, dict):
        made = {key: _rebased(item, folder) for key, item in value.items()}
        return made | {"file": os.path.join(folder, made["file"])} if isinstance(made.get("file"), str) else made
    return [_rebased(item, folder) for item in value] if isinstance(value, list) else value
