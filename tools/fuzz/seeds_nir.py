"""Graphs in NIR to start from, and the same with one thing changed that HDF5 allows."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.errors import NeurocoreError
from neurocore.formats.nir.network import read_nir_network
from neurocore.formats.nir.options import NirOptions

__all__ = ["changed_nir_files", "nir_files", "read_as_graph"]

_ONES: Final = {name: np.ones(3) for name in ("r", "v_threshold")} | {"v_reset": np.zeros(3)}
_WINDOW: Final = {name: np.array([2, 2]) for name in ("kernel_size", "stride")} | {"padding": np.array([0, 1])}
_KERNEL: Final = {"stride": 1, "padding": "same", "dilation": 1, "groups": 1}
_GRAPHS: Final[tuple[dict[str, tuple[str, dict[str, Any]]], ...]] = (
    {
        "input": ("Input", {"shape": np.array([1, 4, 4])}),
        "conv": ("Conv2d", {"weight": np.ones((2, 1, 3, 3)), "bias": np.array([0.5, -1]), **_KERNEL}),
        "a": ("IF", {name: np.broadcast_to(value[0], (2, 4, 4)) for name, value in _ONES.items()}),
        "pool": ("AvgPool2d", _WINDOW),
        "flat": ("Flatten", {"start_dim": 0, "end_dim": -1, "input_type": np.array([2, 2, 3])}),
        "w": ("Affine", {"weight": np.arange(36.0).reshape(3, 12) % 5 - 1, "bias": np.array([0.5, 1, -1])}),
        "late": ("Delay", {"delay": np.array([0.0, 1e-3, 2.5e-3])}),
        "n": ("LIF", {**_ONES, "tau": np.full(3, 5e-3), "v_leak": np.zeros(3)}),
        "output": ("Output", {"shape": np.array([3])}),
    },
    {
        "input": ("Input", {"shape": np.array([2, 5])}),
        "conv": (
            "Conv1d",
            {**_KERNEL, "weight": np.ones((3, 2, 2)), "bias": np.zeros(3), "groups": 1, "input_shape": 5, "padding": 0},
        ),
        "scale": ("Scale", {"scale": np.array(2.0)}),
        "n": ("Threshold", {"threshold": np.full((3, 4), 0.5)}),
        "output": ("Output", {"shape": np.array([3, 4])}),
    },
)


def read_as_graph(path: Path) -> object:
    """A graph, read in the way that refuses least, and exactly where that is allowed."""
    free = {"lif": "linear-leak", "weights": "6", "delay": "round"}
    found = read_nir_network(path, NirOptions(dt=1e-3, approximate=free))
    with suppress(NeurocoreError):
        read_nir_network(path, NirOptions(dt=1e-3, reset="subtract", fires="at"))
    return found


@cache
def nir_files() -> tuple[bytes, ...]:
    """Files as nir writes them, a nested one among them."""
    return _file(), _file(which=1), _file(which=1, nested=True)


def changed_nir_files() -> tuple[bytes, ...]:
    """Sound files of HDF5 that are the first of these with one thing changed; most are to be refused."""
    import h5py

    return tuple(_file(change) for change in _changes(h5py))


def _file(change: Callable[[Any], None] | None = None, which: int = 0, nested: bool = False) -> bytes:
    """A file of h5py alone. Texts are of variable length, as nir's are: damaged ones can make HDF5 hang or crash."""
    import h5py

    kept = io.BytesIO()
    with h5py.File(kept, "w") as made:
        made["version"] = "1.0.8"
        graph = made.create_group("node")
        if nested:
            outer = graph
            outer["type"] = "NIRGraph"
            outer["edges"] = np.array([["i", "g"], ["g", "o"]], h5py.string_dtype())
            nodes = outer.create_group("nodes")
            _node(nodes, "i", "Input", {"shape": np.array([2, 5])})
            _node(nodes, "o", "Output", {"shape": np.array([3, 4])})
            graph = nodes.create_group("g")
        graph["type"] = "NIRGraph"
        names = list(_GRAPHS[which])
        graph["edges"] = np.array(list(zip(names, names[1:], strict=False)), h5py.string_dtype())
        nodes = graph.create_group("nodes")
        for name, (kind, values) in _GRAPHS[which].items():
            _node(nodes, name, kind, values)
        if change is not None:
            change(graph)
    return kept.getvalue()


def _node(nodes: Any, name: str, kind: str, values: dict[str, Any]) -> None:
    group = nodes.create_group(name)
    group["type"] = kind
    for key, value in values.items():
        group[key] = value


def _changes(h5py: Any) -> list[Callable[[Any], None]]:
    """One thing of the first graph made different."""

    def put(where: str, value: Any) -> Callable[[Any], None]:
        def change(graph: Any) -> None:
            if where in graph:
                del graph[where]
            if value is not None:
                graph[where] = value

        return change

    def edges(*pairs: tuple[str, str]) -> Callable[[Any], None]:
        def change(graph: Any) -> None:
            every = [[end.decode() for end in pair] for pair in graph["edges"][()]] + [list(pair) for pair in pairs]
            put("edges", np.array(every, dtype=h5py.string_dtype()))(graph)

        return change

    odd = [np.nan, np.inf, -1.0, 0, 2**62, 1e300, 1e-300, "same", "", np.zeros(0), np.zeros((1, 1, 1, 1, 1)), None]
    places = ["w/weight", "w/bias", "n/tau", "n/r", "n/v_threshold", "n/v_reset", "late/delay", "pool/stride"]
    places += [
        "conv/weight",
        "conv/stride",
        "conv/padding",
        "conv/groups",
        "conv/bias",
        "flat/start_dim",
        "input/shape",
    ]
    changes = [put(f"nodes/{place}", odd[(5 * n + k) % len(odd)]) for n, place in enumerate(places) for k in range(2)]
    kinds = ["NIRGraph", "Output", "Input", "I", "LI", "CubaLIF", "SumPool2d", "Linear", "Scale", "nothing"]
    changes += [put(f"nodes/{name}/type", kind) for name in ("n", "late") for kind in kinds[:: 1 + (name == "n")]]
    changes += [edges(("n", "w")), edges(("w", "w")), edges(("w", "flat")), edges(("n", "n")), edges(("x", "n"))]
    changes += [edges(("output", "input")), edges(("input", "output"), ("a", "output")), put("edges", np.zeros((3, 2)))]
    changes += [put("nodes", None), put("edges", None), put("nodes", 3), put("nodes/w/weight", np.zeros((3, 12), bool))]
    changes += [put("nodes/w/weight", np.zeros((3, 12), np.complex64)), put("nodes/n/r", np.array(["a"], object))]
    changes += [put("nodes/w/weight", h5py.SoftLink("/node/nodes/n/r")), put("nodes/n", h5py.SoftLink("/node"))]
    changes += [put("nodes/w/weight", h5py.ExternalLink("other.h5", "/x")), put("nodes/input/shape", np.full(7, 99))]
    return changes
