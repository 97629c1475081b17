"""RANC's input.json with its config.json: read as a chip image and the packets that drive it.

What RANC would crash on, drop, or do otherwise than this emulator is refused, with field and place.
Source: UA-RCL/RANC (Mack et al. 2022), simulator and hardware; docs/ranc_and_corelets.md has the dialect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.formats.image_check import check_image
from neurocore.formats.ranc_config import RancConfig, config_beside, read_ranc_config
from neurocore.formats.ranc_cores import RancGrid, fill_core, late, reset_type_matters
from neurocore.formats.ranc_document import SCALARS, RancDocument, load_ranc
from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.spikes import AxonEvents

__all__ = ["BUS", "RancModel", "read_ranc"]

BUS: Final = "bus"
"""Name of the output connector that stands for RANC's output bus."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RancModel:
    """An input.json: its cores as an image, its packets as spikes, and how many ticks have packets."""

    image: ChipImage
    events: AxonEvents
    ticks: int
    remarks: tuple[str, ...]


def read_ranc(path: str | Path, config: str | Path | None = None) -> RancModel:
    """Read an input.json.

    config : its config.json; NAME_config.json or config.json beside it if left out. Without any, sizes are taken from
             the file itself, and it is refused where the reset type would matter
    Raises ImageError naming file, line and path.
    """
    file = Path(path)
    document = load_ranc(file)
    beside = Path(config) if config is not None else config_beside(file)
    remarks = list(document.remarks)
    if beside is None:
        sizes = _sizes_of(document)
        remarks.append(
            f"no config.json is beside it: taken from the file are {sizes.num_cores_x} x {sizes.num_cores_y} cores of "
            f"{sizes.num_axons} axons and {sizes.num_neurons} neurons"
        )
    else:
        sizes, told = read_ranc_config(beside)
        remarks += told
    grid = _grid(document, sizes)
    image = ChipImage.blank(file.stem, sizes.spec(), np.array(list(grid.index), np.int32).reshape(-1, 2))
    matters = False
    for number in range(image.cores):
        columns = fill_core(image, number, document, sizes, grid)
        matters |= bool(reset_type_matters(columns).any())
    if beside is None and matters:
        raise document.error(
            "whether a potential at the negative threshold is reset depends on neuron_reset_type, which is unknown",
            "cores",
            "put RANC's config.json beside the file",
        )
    outputs = (Group(name=BUS, start=0, shape=(grid.outputs,)),) if grid.outputs else ()
    image = replace(image, outputs=outputs)
    check_image(image, str(file))
    events, elsewhere = _events(document, sizes, grid)
    if elsewhere:
        remarks.append(f"{elsewhere:,} packets go to cores that are not listed: they have no effect")
    return RancModel(image=image, events=events, ticks=len(document.packets), remarks=tuple(dict.fromkeys(remarks)))


def _sizes_of(document: RancDocument) -> RancConfig:
    """The smallest sizes that hold the file, of at least 4 weights; RANC's scheduler of 16 words."""
    xs, ys = [0], [0]
    axons, neurons, weights = [1], [1], [4]
    corners = [document.bus.get("coordinates"), *(core["coordinates"] for core in document.cores)]
    for corner in corners:
        if isinstance(corner, list) and len(corner) == 2 and all(type(value) is int for value in corner):
            xs.append(corner[0])
            ys.append(corner[1])
    for core in document.cores:
        axons += [len(core["axons"]), *map(len, core["connections"])]
        neurons.append(len(core["neurons"]))
        for neuron in core["neurons"]:
            weights.append(len(neuron) - len(SCALARS) - 2)
            if corner := core["coordinates"][:2]:
                xs.append(_plus(corner[0], neuron[len(SCALARS)]))
                ys.append(_plus(corner[-1], neuron[len(SCALARS) + 1]))
                if [xs[-1], ys[-1]] != document.bus.get("coordinates"):
                    axons.append(neuron[SCALARS.index("destination_axon")] + 1)
    for packets in document.packets:
        xs += [packet[0] for packet in packets]
        ys += [packet[1] for packet in packets]
        axons += [packet[2] + 1 for packet in packets]
    x, y = max(xs) + 1, max(ys) + 1
    if max(x, y) > 2**15:
        raise document.error(f"its grid would have {x} x {y} cores", "cores", "put RANC's config.json beside the file")
    sizes = {"num_neurons": (max(neurons), 1024), "num_axons": (max(axons), 1024), "num_weights": (max(weights), 8)}
    for name, (found, most) in sizes.items():
        if found > most:
            raise document.error(f"{name} would be {found}", "cores", f"at most {most} are read")
    return RancConfig(num_cores_x=x, num_cores_y=y, **{name: found for name, (found, _) in sizes.items()})


def _plus(base: Any, offset: int) -> int:
    return base + offset if type(base) is int else 0


def _grid(document: RancDocument, sizes: RancConfig) -> RancGrid:
    """Places of cores and bus. RANC lets the bus replace a core, and a later core an earlier one: both are refused."""
    size = (sizes.num_cores_x, sizes.num_cores_y)
    if document.bus.keys() != {"coordinates", "num_outputs"}:
        found = ", ".join(map(str, document.bus)) or "nothing"
        raise document.error(f"found {found[:60]}", "output_bus", "exactly coordinates and num_outputs")
    outputs = document.bus["num_outputs"]
    if type(outputs) is not int or not 0 <= outputs < 2**31:
        raise document.error(f"found {str(outputs)[:40]}", "output_bus.num_outputs", "a whole number, 0 or more")
    bus = _place(document, document.bus["coordinates"], size, "output_bus.coordinates", 0)
    index: dict[tuple[int, int], int] = {}
    for number, core in enumerate(document.cores):
        path = f"cores[{number}].coordinates"
        place = _place(document, core["coordinates"], size, path, number)
        if place in index or place == bus:
            taken = "the output bus" if place == bus else f"cores[{index[place]}]"
            raise document.error(
                f"{list(place)} is the place of {taken} too",
                path,
                "give each a place of its own",
                key="coordinates",
                occurrence=number,
            )
        index[place] = number
    return RancGrid(index, bus, outputs, size)


def _place(document: RancDocument, found: Any, size: tuple[int, int], path: str, occurrence: int) -> tuple[int, int]:
    whole = isinstance(found, list) and len(found) == 2 and all(type(value) is int for value in found)
    if not whole or not all(0 <= value < most for value, most in zip(found, size, strict=True)):
        raise document.error(
            f"found {str(found)[:40]}",
            path,
            f"[x, y] with x in 0..{size[0] - 1} and y in 0..{size[1] - 1} (num_cores_x, num_cores_y)",
            key="coordinates",
            occurrence=occurrence,
        )
    return found[0], found[1]


def _events(document: RancDocument, sizes: RancConfig, grid: RancGrid) -> tuple[AxonEvents, int]:
    """The packets as events, and how many go to cores that are not there."""
    found: list[tuple[int, int, int]] = []
    elsewhere = 0
    for tick, packets in enumerate(document.packets):
        for number, (x, y, axon, offset) in enumerate(packets):
            path = f"packets[{tick}][{number}]"
            if not (0 <= x < grid.size[0] and 0 <= y < grid.size[1]) or (x, y) == grid.bus:
                fix = f"a core of the grid of {grid.size[0]} x {grid.size[1]}, not the output bus"
                raise document.error(f"found {[x, y]}", f"{path}.destination_core", fix)
            if not 0 <= axon < sizes.num_axons:
                fix = f"allowed: 0..{sizes.num_axons - 1} (num_axons)"
                raise document.error(f"found {axon}", f"{path}.destination_axon", fix)
            if fix := late(offset, sizes):
                raise document.error(f"found {offset}", f"{path}.destination_tick", fix)
            if (x, y) in grid.index:
                found.append((tick + offset, grid.index[x, y], axon))
            else:
                elsewhere += 1
    columns = np.array(found, np.int64).reshape(-1, 3).T
    return AxonEvents.sorted(*columns), elsewhere
