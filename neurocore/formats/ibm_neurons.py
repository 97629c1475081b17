"""Neuron types of IBM's corelet models, as our parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError, closest
from neurocore.neuron import NEURON_FIELDS

__all__ = ["NeuronTypes", "read_neuron_types"]

FIELDS = (
    *(f"{name}{g}" for name in ("sigma", "s", "b") for g in range(4)),
    *("sigma_lambda", "lambda", "c_lambda", "epsilon", "alpha", "beta", "TM", "gamma", "kappa", "sigma_VR", "VR", "V"),
)

RANGES = {
    **{f"s{g}": (0, 255) for g in range(4)},
    **{
        "lambda": (0, 255),
        "alpha": (0, 2**18 - 1),
        "beta": (0, 2**18 - 1),
        "TM": (0, 17),
        "gamma": (0, 2),
        "VR": (0, 18),
    },
    **{name: (-1, 1) for name in ("sigma0", "sigma1", "sigma2", "sigma3", "sigma_lambda", "sigma_VR")},
    **{name: (0, 1) for name in ("b0", "b1", "b2", "b3", "c_lambda", "epsilon", "kappa")},
    "V": (-393_216, 393_216),
}
"""Lowest and highest value of each field on the silicon."""


class NeuronTypes:
    """Parameters by type number; row 0 is the unused neuron.

    number     : type number (the hexadecimal part of its name) -> row
    parameters : our neuron fields by name, each [rows]
    weight     : int64[rows, 4]; stochastic : uint8[rows]
    """

    def __init__(self, rows: int) -> None:
        self.number: dict[int, int] = {}
        self.parameters: dict[str, npt.NDArray[np.int64]] = {
            name: np.full(rows + 1, idle, np.int64) for name, (_, _, idle) in NEURON_FIELDS.items()
        }
        self.weight = np.zeros((rows + 1, 4), np.int64)
        self.stochastic = np.zeros(rows + 1, np.uint8)


def read_neuron_types(entries: Any, file: str) -> NeuronTypes:
    """Read the ``neuronTypes`` list. Raises ImageError for any field that is unknown, missing or no number."""
    if not isinstance(entries, list):
        raise ImageError("a list is needed", file=file, path="neuronTypes")
    types = NeuronTypes(len(entries))
    for row, entry in enumerate(entries, start=1):
        path = f"neuronTypes[{row - 1}]"
        if not isinstance(entry, dict):
            raise ImageError("an object is needed", file=file, path=path)
        unknown = [key for key in entry if key not in (*FIELDS, "name", "class")]
        if unknown:
            raise ImageError(
                f"the neuron has a field '{unknown[0]}' that neurocore does not know",
                file=file,
                path=f"{path}.{unknown[0]}",
                fix=closest(unknown[0], FIELDS),
            )
        if entry.get("class", "NeuronGeneral") != "NeuronGeneral":
            raise ImageError(
                f"neurons of class '{entry['class']}' are not understood",
                file=file,
                path=f"{path}.class",
                fix="allowed: NeuronGeneral",
            )
        types.number[_type_number(entry.get("name"), file, path)] = row
        _fill(types, row, {field: _number(entry, field, file, path) for field in FIELDS})
    return types


def _type_number(name: Any, file: str, path: str) -> int:
    try:
        if not isinstance(name, str) or not name.startswith("N"):
            raise ValueError
        return int(name[1:], 16)
    except ValueError:
        raise ImageError(
            f"found {name!r}", file=file, path=f"{path}.name", fix="N and a hexadecimal number, such as N00000001"
        ) from None


def _number(entry: dict[str, Any], field: str, file: str, path: str) -> int:
    if field not in entry:
        raise ImageError(f"the neuron has no '{field}'", file=file, path=path, fix=f"it needs {', '.join(FIELDS)}")
    value = entry[field]
    if not isinstance(value, (bool, int)):
        raise ImageError(f"found {value!r}", file=file, path=f"{path}.{field}", fix="a whole number, true or false")
    low, high = RANGES[field]
    if not low <= value <= high:
        raise ImageError(f"found {value}", file=file, path=f"{path}.{field}", fix=f"allowed: {low}..{high}")
    return int(value)


def _fill(types: NeuronTypes, row: int, field: dict[str, int]) -> None:
    for g in range(4):
        types.weight[row, g] = _sign(field[f"sigma{g}"]) * field[f"s{g}"]
        types.stochastic[row] |= (field[f"b{g}"] != 0) << g
    values = {
        "threshold": field["alpha"],
        "threshold_noise_bits": field["TM"],
        "negative_threshold": field["beta"],
        "negative_saturation": field["kappa"],
        "reset_mode": field["gamma"],
        "reset_potential": _sign(field["sigma_VR"]) * (2 ** field["VR"] - 1),
        "leak": _sign(field["sigma_lambda"]) * field["lambda"],
        "leak_reversal": field["epsilon"],
        "stochastic_leak": field["c_lambda"],
        "initial_potential": field["V"],
    }
    for name, value in values.items():
        types.parameters[name][row] = value


def _sign(sigma: int) -> int:
    return -1 if sigma < 0 else 1
