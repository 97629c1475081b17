"""The ``meta`` member of our .npz files: what the file is, in JSON, beside its arrays."""

from __future__ import annotations

import json
import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.formats.files import NpzFile
from neurocore.formats.json_text import parse_json
from neurocore.formats.yaml_paths import shown

__all__ = ["pack_meta", "read_meta", "take"]

_KINDS: Final = {
    "neurocore-image": "a chip image",
    "neurocore-recording": "a recording",
    "neurocore-checkpoint": "a checkpoint",
    "neurocore-segment": "a segment of a recording",
    "neurocore-events": "the external spikes of a run",
    "neurocore-graph": "the spikes of a graph in NIR",
}
_NAMES: Final = {str: "text", int: "a whole number", float: "a number", list: "a list", dict: "an object"}
_MOST: Final = 2**24
_EXACT: Final = 2**53
"""Whole numbers up to here are numbers of 64 bits without a change."""


def pack_meta(meta: dict[str, Any]) -> npt.NDArray[np.uint8]:
    """JSON as uint8[bytes], UTF-8, the same for the same content. Raises TypeError for what JSON cannot hold."""
    return np.frombuffer(json.dumps(meta, allow_nan=False, ensure_ascii=False).encode(), np.uint8)


def read_meta(npz: NpzFile, kind: str, version: int) -> dict[str, Any]:
    """The file's meta, checked to be of this kind ("neurocore-image" ...) and version.

    Raises ImageError for another kind, another version, or anything but a JSON object.
    """
    if "meta" not in npz.headers:
        raise npz.problem("meta", f"this array is missing: the file is not {_KINDS[kind]} written by neurocore")
    if npz.expect("meta", np.uint8, (None,)).nbytes > _MOST:
        raise npz.problem("meta", f"{npz.headers['meta'].nbytes} bytes are more than the {_MOST} allowed")
    try:
        meta = parse_json(npz.read("meta").tobytes())
    except (ValueError, RecursionError) as error:
        raise npz.problem("meta", f"this is no JSON: {error}", "write the file again") from error
    if not isinstance(meta, dict):
        raise npz.problem("meta", f"found JSON of type {type(meta).__name__}; an object is needed")
    found = meta.get("format")
    if found != kind:
        is_kind = _KINDS.get(found, f"format {found!r}") if isinstance(found, str) else f"format {found!r}"
        raise npz.problem("meta.format", f"this is {is_kind}; {_KINDS[kind]} is needed")
    if meta.get("version") != version:
        newer = isinstance(meta.get("version"), int) and meta["version"] > version
        raise npz.problem(
            "meta.version",
            f"the file has version {meta.get('version')!r} of the format; this neurocore reads version {version}",
            "update neurocore" if newer else "write the file again with this neurocore",
        )
    return meta


def take(npz: NpzFile, meta: dict[str, Any], key: str, kind: type) -> Any:
    """A value of the meta, checked to be there and of a type. Raises ImageError."""
    if key not in meta:
        raise npz.problem(f"meta.{key}", "this entry is missing", "write the file again")
    value = meta[key]
    if kind is float and type(value) is int and abs(value) <= _EXACT:
        value = float(value)
    if type(value) is not kind or (isinstance(value, float) and not math.isfinite(value)):
        raise npz.problem(f"meta.{key}", f"found {shown(value)}; {_NAMES[kind]} is needed")
    return value
