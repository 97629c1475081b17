"""Writing a network as YAML that reads back as the same network; large arrays go into one .npz file beside it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, get_args

import numpy as np
import yaml
from pydantic import BaseModel

from neurocore.arch import PRESETS, ChipSpec
from neurocore.errors import NeurocoreError
from neurocore.formats.file_writing import write_atomically, write_npz
from neurocore.formats.located_yaml import MAX_BYTES
from neurocore.formats.validation_errors import branches
from neurocore.formats.yaml_paths import YamlPath, format_path
from neurocore.network import FileArray, Network, Stimulus
from neurocore.units import human_bytes

__all__ = ["INLINE_MOST", "write_network"]

INLINE_MOST: Final = 256
"""Arrays of up to so many numbers are written into the YAML, larger ones beside it."""

_WIDTH: Final = 118
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*", re.ASCII)
_RESERVED: Final = {"true", "false", "null", "True", "False", "Null", "TRUE", "FALSE", "NULL"}


def write_network(network: Network, path: Path) -> list[Path]:
    """Write a network. Returns the files written: the YAML, and NAME.arrays.npz where arrays are large.

    Read back, it is equal: values that were left out stay out, arrays may come back as lists and lists as arrays.
    Raises ConfigError for names that do not exist, NeurocoreError where the network or the place cannot be written.
    """
    network.check_references()
    writer = _Writer(f"{path.stem}.arrays.npz")
    data = writer.model(network, ())
    text = "\n".join([f"# written by neurocore; {path.name}", *_block({"neurocore": 1} | data, 0)]) + "\n"
    if len(text.encode()) > MAX_BYTES:
        size = human_bytes(len(text.encode()))
        raise NeurocoreError(
            f"{path}: the YAML would have {size}; at most {human_bytes(MAX_BYTES)} are read", fix="shorten its lists"
        )
    written = [path]
    for name, arrays in writer.files.items():
        write_npz(path.with_name(name), arrays, compress=True)
        written.append(path.with_name(name))
    with write_atomically(path, "w") as file:
        file.write(text)
    return written


class _Writer:
    """From models to plain data; ``files`` gathers what goes beside the YAML: file name -> arrays."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.files: dict[str, dict[str, np.ndarray[Any, Any]]] = {}
        self._named: dict[tuple[str, tuple[int, ...], bytes], str] = {}  # by dtype, shape and digest

    def model(self, made: BaseModel, path: YamlPath) -> dict[str, Any]:
        """The fields that were given, by their names in YAML."""
        data = {}
        for name, field in type(made).model_fields.items():
            value = getattr(made, name)
            if name not in made.model_fields_set or (value is None and field.default is None):
                continue
            key = field.alias or name
            data[key] = self.value(value, (*path, key), list(branches(field.annotation)))
        return data

    def value(self, value: Any, path: YamlPath, kinds: list[Any]) -> Any:
        """A field's value as plain data. kinds : the types its annotation allows"""
        if isinstance(value, ChipSpec):
            return _chip(value)
        if isinstance(value, Stimulus) and value.spikes is not None and np.size(value.spikes) > INLINE_MOST:
            return {"file": self.spikes(np.asarray(value.spikes), path)}
        if isinstance(value, BaseModel):
            return self.model(value, path)
        if isinstance(value, dict):
            return {key: self.value(item, (*path, key), kinds) for key, item in value.items()}
        if isinstance(value, (list, tuple)) and any(isinstance(item, BaseModel) for item in value):
            return [self.value(item, (*path, index), kinds) for index, item in enumerate(value)]
        if isinstance(value, (list, tuple, np.ndarray)):
            return self.array(value, path, kinds)
        return value.item() if isinstance(value, np.generic) else value

    def array(self, value: Any, path: YamlPath, kinds: list[Any]) -> Any:
        """Numbers in the YAML where they are few, in the file where they are many or may not be written out."""
        lists = [kind for kind in kinds if getattr(kind, "__origin__", None) in (list, tuple)]
        flat = isinstance(value, np.ndarray) and value.ndim > 1 and not any(map(_nests, lists))
        listed = bool(lists) and not flat  # a list of numbers per neuron has no place for an array's dimensions
        if FileArray in kinds and (not listed or _size(value) > INLINE_MOST):
            array = np.asarray(value)
            if array.dtype.kind not in "biuf" or (array.dtype.kind == "f" and not np.isfinite(array).all()):
                where = format_path(path)
                raise NeurocoreError(f"{where}: an array of {array.dtype} cannot be written", fix="use finite numbers")
            return {"file": self.name, "array": self._name(array, ".".join(map(str, path)))}
        plain = value.tolist() if isinstance(value, np.ndarray) else _plain(value)
        flags = bool in kinds and not any(kind in (int, float) for kind in kinds)
        return [bool(item) for item in plain] if flags and isinstance(plain, list) else plain

    def _name(self, array: np.ndarray[Any, Any], name: str) -> str:
        """The name that an array has in the file; arrays that are alike are written once, under the first's name."""
        arrays = self.files.setdefault(self.name, {})
        key = (array.dtype.str, array.shape, hashlib.sha256(np.ascontiguousarray(array).tobytes()).digest())
        if key not in self._named:
            while name in arrays:
                name += "_"
            arrays[name], self._named[key] = array, name
        return self._named[key]

    def spikes(self, spikes: np.ndarray[Any, Any], path: YamlPath) -> str:
        """A stimulus' spikes in a file of their own."""
        name = self.name.removesuffix(".arrays.npz") + f".{path[-1]}.spikes.npz"
        pairs = spikes.reshape(-1, 2).astype(np.int64)
        self.files[name] = {"tick": pairs[:, 0], "index": pairs[:, 1]}
        return name


def _chip(spec: ChipSpec) -> Any:
    """The name of the preset it is, or the preset and what differs."""
    preset = spec.name if spec.name in PRESETS else "truenorth"
    base = PRESETS[preset]
    names = [name for name in ChipSpec.model_fields if getattr(spec, name) != getattr(base, name)]
    if not names:
        return preset
    return {"preset": preset} | {name: _plain(getattr(spec, name)) for name in names}


def _nests(kind: Any) -> bool:
    """Whether a list of this type may hold lists."""
    return any(inner is Any or getattr(inner, "__origin__", None) in (list, tuple) for inner in get_args(kind))


def _size(value: Any) -> int:
    """How many numbers a list, of lists or not, or an array holds."""
    if isinstance(value, np.ndarray):
        return value.size
    return sum(map(_size, value)) if isinstance(value, (list, tuple)) else 1


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def _block(value: Any, depth: int) -> Iterator[str]:
    """Lines of a mapping or list in block style; what fits on a line is written in flow style."""
    margin = "  " * depth
    entries = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    for key, item in entries:
        head = f"{margin}{_scalar(key)}:" if key is not None else f"{margin}-"
        flow = _flow(item)
        opened = depth == 0 and key in ("inputs", "populations", "projections", "run") and item
        if not isinstance(item, (dict, list)) or (len(head) + len(flow) < _WIDTH and not opened):
            yield f"{head} {flow}"
        elif isinstance(item, list) and not any(isinstance(part, (dict, list)) for part in item):
            yield head
            yield from _wrapped(item, margin + "  ")
        elif key is None:
            first, *rest = _block(item, depth + 1)
            yield f"{margin}- {first[len(margin) + 2 :]}"
            yield from rest
        else:
            yield head
            yield from _block(item, depth + 1)


def _wrapped(items: list[Any], margin: str) -> Iterator[str]:
    """A long list of scalars over several lines."""
    line = f"{margin}["
    for number, item in enumerate(items):
        text = _scalar(item) + ("]" if number == len(items) - 1 else ",")
        if len(line) + len(text) > _WIDTH and line.strip() != "[":
            yield line.rstrip()
            line = f"{margin} "
        line += text + " "
    yield line.rstrip()


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
    text = str(value)
    if _PLAIN.fullmatch(text) and text not in _RESERVED:
        return text
    return yaml.safe_dump(text, default_style='"', allow_unicode=True, width=2**31).rstrip("\n")
