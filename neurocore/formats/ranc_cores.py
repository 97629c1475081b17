"""The cores of RANC's input.json, filled into a chip image."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from neurocore.arch import RING_SLOTS, ChipSpec
from neurocore.bits import pack_words
from neurocore.formats.ranc_config import RancConfig
from neurocore.formats.ranc_document import SCALARS, RancDocument
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage

__all__ = ["RancGrid", "fill_core", "late", "reset_type_matters"]

_Columns = dict[str, npt.NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class RancGrid:
    """Where things are: the index of each core by place, and the output bus."""

    index: dict[tuple[int, int], int]
    bus: tuple[int, int]
    outputs: int
    size: tuple[int, int]


def fill_core(image: ChipImage, number: int, document: RancDocument, sizes: RancConfig, grid: RancGrid) -> _Columns:
    """Fill one core of the image. Returns its neurons' columns. Raises ImageError naming file, line and path."""
    core, path, spec = document.cores[number], f"cores[{number}]", image.spec
    kinds, neurons, rows = core["axons"], core["neurons"], core["connections"]
    if len(kinds) > spec.axons:
        raise document.error(f"{len(kinds)} axons are listed", f"{path}.axons", f"at most {spec.axons} (num_axons)")
    for axon, kind in enumerate(kinds):
        if type(kind) is not int or not 0 <= kind < spec.axon_types:
            allowed = f"allowed here: 0..{spec.axon_types - 1} (num_weights)"
            raise document.error(f"found {str(kind)[:40]}", f"{path}.axons[{axon}]", allowed)
    if len(neurons) > spec.neurons:
        fix = f"at most {spec.neurons} (num_neurons)"
        raise document.error(f"{len(neurons)} neurons are listed", f"{path}.neurons", fix)
    if len(rows) < len(neurons):
        problem = f"{len(rows)} rows for {len(neurons)} neurons"
        raise document.error(problem, f"{path}.connections", "one row for each neuron")
    mask = np.zeros((spec.neurons, spec.axons), bool)
    for index, row in enumerate(rows[: len(neurons)]):
        if len(row) > spec.axons:
            fix = f"at most {spec.axons} (num_axons)"
            raise document.error(f"{len(row)} axons are listed", f"{path}.connections[{index}]", fix)
        mask[index, : len(row)] = np.frombuffer(row, np.uint8)
    image.axon_type[number, : len(kinds)] = kinds
    columns = _columns(document, number, spec)
    used = _used(columns, mask[: len(neurons)])
    n = np.flatnonzero(used)
    image.crossbar[number] = pack_words((mask & np.pad(used, (0, spec.neurons - len(used)))[:, None]).T)
    image.neuron_used[number, n] = 1
    image.weight[number, n] = np.stack([columns[f"weight{g}"] for g in range(spec.axon_types)], axis=1)[n]
    image.neurons.negative_saturation[number, n] = 0
    for ours, theirs, sign in (
        ("threshold", "positive_threshold", 1),
        ("negative_threshold", "negative_threshold", -1),
        ("reset_mode", "reset_mode", 1),
        ("reset_potential", "reset_potential", 1),
        ("leak", "leak", 1),
        ("initial_potential", "current_potential", 1),
    ):
        getattr(image.neurons, ours)[number, n] = sign * columns[theirs][n]
    _targets(image, number, document, columns, n, sizes, grid)
    return columns


def _columns(document: RancDocument, number: int, spec: ChipSpec) -> _Columns:
    """Every field of the core's neurons, int64[neurons], within what the emulator takes."""
    neurons = document.cores[number]["neurons"]
    rest = len(SCALARS) + 2
    before = document.neurons_before(number)
    for index, neuron in enumerate(neurons):
        if len(neuron) - rest > spec.axon_types:
            path = f"cores[{number}].neurons[{index}].weights"
            fix = f"at most {spec.axon_types} (num_weights)"
            raise document.error(f"{len(neuron) - rest} weights", path, fix, key="weights", occurrence=before + index)
    width = rest + spec.axon_types
    table = np.array([(*neuron, *(0,) * (width - len(neuron))) for neuron in neurons], np.int64).reshape(-1, width)
    names = [*SCALARS, "dx", "dy", *(f"weight{g}" for g in range(spec.axon_types))]
    columns = dict(zip(names, table.T, strict=True))
    limit = spec.potential_limit
    ranges = {
        "positive_threshold": (0, spec.threshold_limit),
        "negative_threshold": (-spec.threshold_limit, 0),
        "leak": (-spec.leak_limit, spec.leak_limit),
        "reset_potential": (-limit, limit),
        "current_potential": (-limit, limit),
        "reset_mode": (0, 1),
    } | {f"weight{g}": (-spec.weight_limit, spec.weight_limit) for g in range(spec.axon_types)}
    for name, (low, high) in ranges.items():
        key = "weights" if name.startswith("weight") else name
        place = f"[{name[6:]}]" if key == "weights" else ""
        _require(document, number, columns[name], low, high, key, place)
    return columns


def _require(
    document: RancDocument, core: int, found: npt.NDArray[np.int64], low: int, high: int, key: str, place: str = ""
) -> None:
    wrong = (found < low) | (found > high)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise document.error(
            f"found {found[first]}",
            f"cores[{core}].neurons[{first}].{key}{place}",
            f"neurocore takes {low}..{high}",
            key=key,
            occurrence=document.neurons_before(core) + first,
        )


def _used(columns: _Columns, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Which neurons are more than RANC's default one, which never fires."""
    idle = ~mask.any(axis=1) & (columns["positive_threshold"] == 1)
    for name, values in columns.items():
        if name != "positive_threshold":
            idle &= values == 0
    return ~idle


def reset_type_matters(columns: _Columns) -> npt.NDArray[np.bool_]:
    """Which neurons do something else at V = negative_threshold when it is tested with <= instead of <."""
    floor = columns["negative_threshold"]
    return np.where(columns["reset_mode"] == 1, floor != 0, -columns["reset_potential"] != floor)


def _targets(
    image: ChipImage,
    number: int,
    document: RancDocument,
    columns: _Columns,
    used: npt.NDArray[np.int64],
    sizes: RancConfig,
    grid: RancGrid,
) -> None:
    x, y = (int(v) for v in image.core_xy[number])
    before = document.neurons_before(number)
    for n in used.tolist():
        path = f"cores[{number}].neurons[{n}]"
        place = (x + int(columns["dx"][n]), y + int(columns["dy"][n]))
        axon, tick = int(columns["destination_axon"][n]), int(columns["destination_tick"][n])
        if not (0 <= place[0] < grid.size[0] and 0 <= place[1] < grid.size[1]):
            raise document.error(
                f"it leads to {list(place)}, which is off the grid of {grid.size[0]} x {grid.size[1]} cores",
                f"{path}.destination_core_offset",
                "RANC would crash; an offset is counted from the neuron's own core",
                key="destination_core_offset",
                occurrence=before + n,
            )
        most = grid.outputs if place == grid.bus else sizes.num_axons
        if not 0 <= axon < most:
            raise document.error(
                f"found {axon}",
                f"{path}.destination_axon",
                f"allowed: 0..{most - 1} ({'num_outputs' if place == grid.bus else 'num_axons'})",
                key="destination_axon",
                occurrence=before + n,
            )
        if place == grid.bus:
            image.target_core[number, n], image.target_axon[number, n] = OUTPUT_BASE, axon
        elif place in grid.index:
            if fix := late(tick, sizes):
                raise document.error(
                    f"found {tick}", f"{path}.destination_tick", fix, key="destination_tick", occurrence=before + n
                )
            image.target_core[number, n], image.target_axon[number, n] = grid.index[place], axon
            image.delay[number, n] = tick + 1
        else:
            image.target_core[number, n] = UNWIRED


def late(tick: int, sizes: RancConfig) -> str:
    """Why a destination_tick cannot be, or an empty string."""
    most = min(sizes.max_tick_offset, RING_SLOTS) - 2
    if 0 <= tick <= most:
        return ""
    dropped = " (RANC drops a packet with max_tick_offset - 1)" if tick == sizes.max_tick_offset - 1 else ""
    return f"allowed: 0..{most}, which is a delay of 1..{most + 1} ticks{dropped}"
