"""Reading a .nir file: h5py does it in a process apart, as a damaged file can make HDF5 hang or crash."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy.typing as npt

from neurocore.errors import ConfigError, MissingExtraError
from neurocore.formats.apart import read_apart
from neurocore.formats.array_files import missing_file
from neurocore.formats.nir.nodes import RawGraph, RawNode

__all__ = ["read_nir"]


def read_nir(path: Path) -> tuple[RawGraph, str]:
    """The graph of a .nir file, and the version of nir that wrote it.

    Raises MissingExtraError without h5py; ConfigError naming file and node for what is damaged or not known, and for a
    file that cannot be read in time.
    """
    if importlib.util.find_spec("h5py") is None:
        raise MissingExtraError("h5py", "nir")
    if not os.path.isfile(path):
        raise missing_file(path, (".nir",))
    try:
        found, arrays = read_apart("neurocore.formats.nir.inside:read_graph", path)
    except ConfigError as error:
        error.file = str(path)
        raise
    return _graph(found["graph"], arrays), str(found["version"])


def _graph(told: dict[str, Any], arrays: list[npt.NDArray[Any]]) -> RawGraph:
    nodes: dict[str, RawNode | RawGraph] = {}
    for name, node in told["nodes"].items():
        if "nodes" in node:
            nodes[name] = _graph(node, arrays)
        else:
            values = {key: value if isinstance(value, str) else arrays[value] for key, value in node["values"].items()}
            nodes[name] = RawNode(kind=node["kind"], values=values)
    return RawGraph(nodes=nodes, edges=[(source, target) for source, target in told["edges"]])
