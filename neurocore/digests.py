"""One digest of nested plain data, models and arrays: equal digests describe the same thing."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel

__all__ = ["digest_of"]

_KINDS = {"b": np.bool_, "i": np.int64, "u": np.uint64, "f": np.float64}


def digest_of(value: Any) -> str:
    """SHA-256 (hex) over a value made of dicts, lists, scalars, pydantic models and numpy arrays.

    A list of numbers and an array of the same numbers are the same, and so are int8 and int64; 1 and 1.0 are not, nor
    are dicts in another order. A model's fields count with their values, whether these were given or left out.
    """
    digest = hashlib.sha256()
    _feed(digest, value)
    return digest.hexdigest()


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, BaseModel):
        digest.update(f"model {type(value).__name__}".encode())
        for name in type(value).model_fields:
            digest.update(f" {name}:".encode())
            _feed(digest, getattr(value, name))
    elif isinstance(value, dict):
        digest.update(f"dict {len(value)}".encode())
        for key, item in value.items():
            _feed(digest, key)
            _feed(digest, item)
    elif (array := _as_array(value)) is not None:
        digest.update(f"array {array.dtype.kind} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    elif isinstance(value, (list, tuple)):
        digest.update(f"list {len(value)}".encode())
        for item in value:
            _feed(digest, item)
    else:
        plain = value.item() if isinstance(value, np.generic) else value
        digest.update(f"{type(plain).__name__} {plain!r};".encode())


def _as_array(value: Any) -> npt.NDArray[Any] | None:
    """An array, or a list that is one written out, in the widest type of its kind; None for anything else."""
    if isinstance(value, (list, tuple)) and value:
        try:
            value = np.asarray(value)
        except (ValueError, OverflowError):  # ragged, or too large for any integer type
            return None
    if not isinstance(value, np.ndarray) or value.dtype.kind not in _KINDS:
        return None
    if value.dtype.kind == "u" and not (value.dtype == np.uint64 and value.size and value.max() > 2**63 - 1):
        return value.astype(np.int64, copy=False)
    return value.astype(_KINDS[value.dtype.kind], copy=False)
