"""Chip images as RANC's input.json and config.json, with the spikes that drive them as its packets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.arch import RING_SLOTS
from neurocore.bits import unpack_words
from neurocore.errors import ImageError, SpikeFileError
from neurocore.formats.file_writing import write_atomically
from neurocore.formats.ranc_config import RancConfig, config_name, write_ranc_config
from neurocore.formats.ranc_neurons import RancNeurons, ranc_neurons
from neurocore.image import OUTPUT_BASE, ChipImage
from neurocore.learning import refuse_learning
from neurocore.spikes import AxonEvents

__all__ = ["bus_offsets", "write_ranc"]

_FPGA: Final = (
    # RANC's width parameter: which of the neuron's values must fit it
    ("potential_width", ("current_potential", "reset_potential")),
    ("weight_width", ("weight",)),
    ("leak_width", ("leak",)),
    ("threshold_width", ("positive_threshold", "negative_threshold")),
)
_FPGA_BITS: Final = 9
"""Width of each of these in RANC's hardware project unless it is built with another."""
_LONG_TICKS: Final = 10**6
"""What takes so long, a quarter of an hour of the chip's time at full drive, is not remarked on."""
_MOST_PACKET_TICKS: Final = 2**24


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where RANC puts things: the place of each core, the grid, the bus, and a place that swallows spikes."""

    places: list[tuple[int, int]]
    size: tuple[int, int]
    bus: tuple[int, int]
    sink: tuple[int, int] | None


def bus_offsets(image: ChipImage) -> list[int]:
    """RANC has one output bus: connector k's pin p is its output offsets[k] + p. One more entry: all outputs."""
    return [0, *np.cumsum([group.size for group in image.outputs], dtype=np.int64).tolist()]


def write_ranc(image: ChipImage, path: str | Path, events: AxonEvents | None = None) -> tuple[str, ...]:
    """Write input.json and its config.json beside it. Returns remarks.

    events : the packets; each is put into the list of the tick in which it is integrated, with destination_tick 0
    Raises RunError for an image that learns, ImageError naming the neuron that RANC cannot be, SpikeFileError for
    events it cannot take, NeurocoreError where a file cannot be written. The same image gives the same bytes.
    """
    file = Path(path)
    refuse_learning(image.learning, "RANC's chip")
    if not image.cores:
        raise ImageError("the image has no cores", file=str(file), fix="RANC's files have at least one")
    neurons = ranc_neurons(image)
    layout = _layout(image)
    packets = _packets(image, layout, events)
    spec = image.spec
    config = RancConfig(
        num_neurons=spec.neurons,
        num_axons=spec.axons,
        num_cores_x=layout.size[0],
        num_cores_y=layout.size[1],
        num_weights=spec.axon_types,
        max_tick_offset=RING_SLOTS,
        neuron_reset_type=neurons.reset_type,
    )
    bus = {"coordinates": list(layout.bus), "num_outputs": bus_offsets(image)[-1]}
    with write_atomically(file, "w") as out:
        out.write('{"packets": [\n')
        out.writelines(packets)
        out.write(f'],\n"output_bus": {json.dumps(bus)},\n"cores": [\n')
        for core in range(image.cores):
            out.write(_core(image, core, neurons, layout))
            out.write("\n" if core == image.cores - 1 else ",\n")
        out.write("]}\n")
    write_ranc_config(config, config_name(file))
    return (f"wrote {config_name(file)}", *_remarks(image, neurons, layout))


def _layout(image: ChipImage) -> _Layout:
    """Cores keep their places on a chip of RANC's; others move to the grid's corner, as RANC pays for empty places.

    The bus takes the last empty place, spikes that go nowhere the first other one; columns are added for them.
    """
    low = (0, 0) if image.spec.name == "ranc" else tuple(image.core_xy.min(axis=0).tolist())
    places = [(x - low[0], y - low[1]) for x, y in image.core_xy.tolist()]
    width, height = max(x for x, _ in places) + 1, max(y for _, y in places) + 1
    if image.spec.name == "ranc":
        width, height = max(width, image.spec.extent[0]), max(height, image.spec.extent[1])
    nowhere = bool(((image.target_core == -1) & (image.neuron_used > 0)).any())
    taken = set(places)
    if width * height < len(taken) + 1 + nowhere:
        width += 1
    if width * height < len(taken) + 1 + nowhere:
        width += 1
    bus = next((x, y) for y in reversed(range(height)) for x in reversed(range(width)) if (x, y) not in taken)
    empty = ((x, y) for y in range(height) for x in range(width) if (x, y) not in taken and (x, y) != bus)
    return _Layout(places, (width, height), bus, next(empty, None))


def _packets(image: ChipImage, layout: _Layout, events: AxonEvents | None) -> Iterator[str]:
    """The lines of the packets' lists, one tick a line."""
    if events is None or not len(events.tick):
        return iter(())
    last = int(events.tick[-1])
    if last >= _MOST_PACKET_TICKS:
        raise SpikeFileError(
            f"a spike comes at tick {last:,}, and RANC's file has a list for every tick",
            fix=f"leave out what comes at tick {_MOST_PACKET_TICKS:,} and later",
        )
    for name, found, most in (("core", events.core, image.cores), ("axon", events.axon, image.spec.axons)):
        if int(found.min()) < 0 or int(found.max()) >= most:
            raise SpikeFileError(f"a spike goes to {name} {int(found.max())}", fix=f"allowed: 0..{most - 1}")
    return _packet_lines(layout, events, last)


def _packet_lines(layout: _Layout, events: AxonEvents, last: int) -> Iterator[str]:
    rows = np.unique(np.stack([events.tick, events.core, events.axon], axis=1), axis=0)
    starts = np.searchsorted(rows[:, 0], np.arange(last + 2))
    for tick in range(last + 1):
        packets = [
            {"destination_core": list(layout.places[core]), "destination_axon": axon, "destination_tick": 0}
            for _, core, axon in rows[starts[tick] : starts[tick + 1]].tolist()
        ]
        yield json.dumps(packets) + ("\n" if tick == last else ",\n")


def _core(image: ChipImage, core: int, neurons: RancNeurons, layout: _Layout) -> str:
    """One object of the list of cores: neurons up to the last used one, one a line."""
    used = np.flatnonzero(image.neuron_used[core])
    count = int(used[-1]) + 1 if len(used) else 0
    mask = unpack_words(image.crossbar[core], image.spec.neurons)[:, :count].T & (
        image.neuron_used[core, :count, None] > 0
    )
    rows = [str(row).replace(" ", "") for row in mask.astype(np.uint8).tolist()]
    listed = [json.dumps(_neuron(image, core, number, neurons, layout)) for number in range(count)]
    return (
        f'{{"coordinates": {list(layout.places[core])},\n"axons": {image.axon_type[core].tolist()},\n"neurons": [\n'
        + ",\n".join(listed)
        + '],\n"connections": [\n'
        + ",\n".join(rows)
        + "]}"
    )


def _neuron(image: ChipImage, core: int, number: int, neurons: RancNeurons, layout: _Layout) -> dict[str, Any]:
    place = core, number
    target, axon, delay = (int(array[place]) for array in (image.target_core, image.target_axon, image.delay))
    x, y = layout.places[core]
    to, tick = (x, y), 0
    if not image.neuron_used[place]:
        axon = 0
    elif target <= OUTPUT_BASE:
        to, axon = layout.bus, bus_offsets(image)[OUTPUT_BASE - target] + axon
    elif target >= 0:
        to, tick = layout.places[target], delay - 1
    else:
        assert layout.sink is not None
        to, axon = layout.sink, 0
    return {
        "reset_potential": int(neurons.reset_potential[place]),
        "weights": neurons.weight[place].tolist(),
        "leak": int(neurons.leak[place]),
        "positive_threshold": int(neurons.positive_threshold[place]),
        "negative_threshold": int(neurons.negative_threshold[place]),
        "destination_core_offset": [to[0] - x, to[1] - y],
        "destination_axon": axon,
        "destination_tick": tick,
        "current_potential": int(neurons.current_potential[place]),
        "reset_mode": int(neurons.reset_mode[place]),
    }


def _remarks(image: ChipImage, neurons: RancNeurons, layout: _Layout) -> list[str]:
    remarks = [f"the output bus is at {list(layout.bus)}, on a grid of {layout.size[0]} x {layout.size[1]} cores"]
    offsets = bus_offsets(image)
    if len(image.outputs) > 1:
        spans = ", ".join(
            f"{group.name} {start}..{stop - 1}"
            for group, start, stop in zip(image.outputs, offsets, offsets[1:], strict=False)
        )
        remarks.append(f"RANC has one output bus; its outputs are {spans}")
    if neurons.reset_type != int(image.spec.negative_inclusive):
        remarks.append(f"neuron_reset_type is {neurons.reset_type}: some floors need it")
    if neurons.moved:
        remarks.append(f"{neurons.moved:,} neurons count V from another zero, or in halves: their floors need it")
    if neurons.ticks < _LONG_TICKS:
        remarks.append(
            f"spikes are the same for at least {neurons.ticks:,} ticks whatever comes in; later only while no "
            "potential is driven to the end of our register or to a floor that was left out"
        )
    wide = []
    for parameter, names in _FPGA:
        values = [getattr(neurons, name) for name in names]
        bits = max(int(max(array.max(), -array.min() - 1)).bit_length() for array in values) + 1
        wide += [f"{parameter} {bits}"] if bits > _FPGA_BITS else []
    if wide:
        remarks.append(f"RANC's hardware has {_FPGA_BITS} bits unless told otherwise; build it with {', '.join(wide)}")
    return remarks
