"""Inside a .nir file (HDF5): its nodes and edges, every size and link checked first. Runs in a process apart.

Imports what reading needs and no more, as it is imported for each file anew.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from neurocore.errors import ConfigError
from neurocore.formats.nir.nodes import KINDS
from neurocore.formats.yaml_paths import shown
from neurocore.units import human_bytes

__all__ = ["read_graph"]

MAX_BYTES: Final = 2**31
"""Most bytes that all arrays of a file may unpack to."""
MAX_NODES: Final = 10_000
MAX_DEPTH: Final = 16
FARTHEST: Final = 1e30
"""Numbers further from 1 than this are no parameters of anything, and their products leave float64."""
_IGNORED: Final = {"type", "metadata", "input_type", "output_type"}
_PIECE: Final = 2**20
"""Numbers checked at a time."""
_DAMAGE: Final = "write the file again with nir.write"


def read_graph(path: str) -> tuple[dict[str, Any], list[np.ndarray[Any, Any]]]:
    """The graph of a .nir file as apart.py sends it: arrays, and all else with their numbers in it.

    Raises ConfigError naming the node for what is damaged or not known.
    """
    import h5py

    reader = _Reader(h5py)
    try:
        with h5py.File(path, "r") as file:
            version = reader.text(file, "version", "") if "version" in file else "unknown"
            found = reader.graph(reader.group(file, "node", ""), "", 0)
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, AttributeError, OverflowError) as error:
        # h5py raises these, and only these, for bytes that are not a sound HDF5 file.
        problem = f"not a sound HDF5 file ({str(error).splitlines()[0][:120] if str(error) else type(error).__name__})"
        raise ConfigError(problem, fix=_DAMAGE) from None
    return {"version": version, "graph": found}, reader.arrays


class _Reader:
    """One file being read; counts what was taken in."""

    def __init__(self, h5py: Any) -> None:
        self.h5py = h5py
        self.bytes = 0
        self.nodes = 0
        self.arrays: list[np.ndarray[Any, Any]] = []

    def item(self, group: Any, name: str, where: str) -> Any:
        """A member of a group. Links to elsewhere are refused."""
        link = group.get(name, getlink=True)
        if link is None:
            raise ConfigError(f"there is no '{name}'", path=where, fix=_DAMAGE)
        if not isinstance(link, self.h5py.HardLink):
            raise ConfigError(f"'{name}' is a link to another place", path=where, fix="files without links are read")
        return group[name]

    def group(self, group: Any, name: str, where: str) -> Any:
        found = self.item(group, name, where)
        if not isinstance(found, self.h5py.Group):
            raise ConfigError(f"'{name}' is an array, not a group", path=where, fix=_DAMAGE)
        return found

    def value(self, group: Any, name: str, where: str) -> Any:
        """A dataset: an array of numbers, a text, or texts."""
        found = self.item(group, name, where)
        if not isinstance(found, self.h5py.Dataset):
            raise ConfigError(f"'{name}' is a group, not an array", path=where, fix=_DAMAGE)
        if found.is_virtual or found.external:
            raise ConfigError(f"'{name}' is kept in another file", path=where, fix="files that hold all data are read")
        self.bytes += int(found.size or 0) * int(found.dtype.itemsize)
        if self.bytes > MAX_BYTES:
            raise ConfigError(
                f"its arrays take more than {human_bytes(MAX_BYTES)} of memory", path=where, fix="a smaller network"
            )
        read = found[()]
        return read.decode("utf8", "replace") if isinstance(read, bytes) else read

    def text(self, group: Any, name: str, where: str) -> str:
        found = self.value(group, name, where)
        if not isinstance(found, str):
            raise ConfigError(f"'{name}' is not a text", path=where, fix=_DAMAGE)
        return found

    def graph(self, group: Any, name: str, depth: int) -> dict[str, Any]:
        """A graph with its sub-graphs: "nodes" by name, "edges" as pairs of names."""
        where = f"node '{name}'" if name else ""
        kind = self.text(group, "type", where)
        if kind != "NIRGraph":
            raise ConfigError(f"the top node is a {shown(kind)}", path=where, fix="write an nir.NIRGraph")
        if depth > MAX_DEPTH:
            raise ConfigError(f"sub-graphs within sub-graphs, more than {MAX_DEPTH} deep", path=where, fix=_DAMAGE)
        inside = self.group(group, "nodes", where)
        nodes: dict[str, dict[str, Any]] = {}
        for key in inside:
            self.nodes += 1
            if self.nodes > MAX_NODES:
                raise ConfigError(f"more than {MAX_NODES:,} nodes", path=where, fix="a smaller network")
            full = f"{name}.{key}" if name else key
            node = self.group(inside, key, f"node '{full}'")
            if self.text(node, "type", f"node '{full}'") == "NIRGraph":
                nodes[key] = self.graph(node, full, depth + 1)
            else:
                nodes[key] = self.node(node, full)
        return {"nodes": nodes, "edges": self.edges(group, where)}

    def edges(self, group: Any, where: str) -> list[tuple[str, str]]:
        found = np.asarray(self.value(group, "edges", where))
        if found.size == 0:
            return []
        if found.ndim != 2 or found.shape[1] != 2 or found.dtype.kind not in "OSU":
            raise ConfigError(f"edges are {shown(found)}, not pairs of names", path=where, fix=_DAMAGE)
        names = [item.decode("utf8", "replace") if isinstance(item, bytes) else str(item) for item in found.ravel()]
        return list(zip(names[::2], names[1::2], strict=True))

    def node(self, group: Any, name: str) -> dict[str, Any]:
        """A node that is no graph: "kind", and "values", checked: a text, or an array's number."""
        where = f"node '{name}'"
        kind = self.text(group, "type", where)
        if kind not in KINDS:
            raise ConfigError(f"{shown(kind)} is not a kind of node that NIR 1.0 has", path=where, fix=_DAMAGE)
        needs, may = KINDS[kind]
        names = set(group) - _IGNORED
        for missing in sorted(needs - names):
            raise ConfigError(f"{kind}: there is no '{missing}'", path=where, fix=_DAMAGE)
        for extra in sorted(names - needs - may):
            raise ConfigError(f"{kind}: the parameter {shown(extra)} is not known", path=where, fix=_DAMAGE)
        values = {key: self.value(group, key, where) for key in sorted(names)}
        if kind == "Flatten" and "input_type" in group:
            values["input_type"] = self.value(group, "input_type", where)
        return {"kind": kind, "values": {key: self.kept(kind, key, value, where) for key, value in values.items()}}

    def kept(self, kind: str, key: str, value: Any, where: str) -> Any:
        """'same' and 'valid' as they are; of numbers the place of their array."""
        checked = self.checked(kind, key, value, where)
        if isinstance(checked, str):
            return checked
        self.arrays.append(checked)
        return len(self.arrays) - 1

    @staticmethod
    def checked(kind: str, key: str, value: Any, where: str) -> Any:
        """Numbers as an array; 'same' and 'valid' as they are."""
        if key == "padding" and isinstance(value, str):
            if value not in ("same", "valid"):
                raise ConfigError(f"{kind}: padding {shown(value)}", path=where, fix="allowed: same, valid, numbers")
            return value
        array = np.asarray(value)
        if array.dtype.kind not in "biuf":
            raise ConfigError(f"{kind}: '{key}' holds {array.dtype}, not numbers", path=where, fix=_DAMAGE)
        flat = array.reshape(-1)
        for first in range(0, flat.size, _PIECE):
            part = flat[first : first + _PIECE]
            bad = np.isnan(part) if key in ("tau", "r") else ~np.isfinite(part)
            if bad.any():
                raise ConfigError(f"{kind}: '{key}' holds {part[bad][0]}", path=where, fix="finite numbers only")
            size = np.abs(part.astype(np.float64))
            bad = (size > FARTHEST) & np.isfinite(size) | (size < 1 / FARTHEST) & (size > 0)
            if bad.any():
                fix = f"0, or numbers from {1 / FARTHEST:g} to {FARTHEST:g}"
                raise ConfigError(f"{kind}: '{key}' holds {part[bad][0]}", path=where, fix=fix)
        return array
