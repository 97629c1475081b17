"""RANC's C++ simulator as a slow, separate model: it reads input.json and config.json, and shares no code with ours.

Written from the behaviour of the public simulator (UA-RCL/RANC): which keys it asks for and what it refuses, when it
lets packets in, how it tests and resets potentials, what it writes to its output file and when.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

DEFAULT = {
    "reset_potential": 0,
    "weights": [],
    "leak": 0,
    "positive_threshold": 1,
    "negative_threshold": 0,
    "destination_core_offset": [0, 0],
    "destination_axon": 0,
    "destination_tick": 0,
    "current_potential": 0,
    "reset_mode": 0,
}


@dataclass(frozen=True)
class RancRun:
    """What a run leaves.

    lines     : of the output file
    spikes    : (tick from 0, core's number in the file, neuron), in the order fired
    potential : int64[ticks, cores, neurons], after every tick
    """

    lines: list[str]
    spikes: list[tuple[int, int, int]]
    potential: np.ndarray


class Refused(Exception):
    """RANC's reader would throw, or its simulator crash."""


def simulate(input_json: Path, config_json: Path, ticks: int) -> RancRun:
    config, model = json.loads(config_json.read_text()), json.loads(input_json.read_text())
    width, height = config["num_cores_x"], config["num_cores_y"]
    words, axons, neurons = config["max_tick_offset"], config["num_axons"], config["num_neurons"]
    at = {tuple(core["coordinates"]): number for number, core in enumerate(model["cores"])}
    bus, outputs = tuple(model["output_bus"]["coordinates"]), [0] * model["output_bus"]["num_outputs"]
    for x, y in [*at, bus]:
        need(0 <= x < width and 0 <= y < height, "coordinates")
    need(bus not in at and len(at) == len(model["cores"]), "two things at one place")
    cores = [listed(core, config) for core in model["cores"]]
    for core, raw in zip(cores, model["cores"], strict=True):
        x, y = raw["coordinates"]
        for neuron in core["neurons"]:
            dx, dy = neuron["destination_core_offset"]
            place = (x + dx, y + dy)
            need(0 <= place[0] < width and 0 <= place[1] < height, "off the grid")
            need(0 <= neuron["destination_axon"] < (len(outputs) if place == bus else axons), "destination_axon")
            need(0 <= neuron["destination_tick"] < words, "destination_tick")
            neuron["place"] = place
    ring = [[set() for _ in range(words)] for _ in cores]
    pins: set[int] = set()

    def deliver(place: tuple[int, int], axon: int, offset: int, word: int) -> None:
        """A packet reaches a router's own core: word + 1 + offset, unless that is the word being read."""
        if place == bus:
            pins.add(axon)
        elif place in at and (offset + 1) % words:
            ring[at[place]][(word + 1 + offset) % words].add(axon)

    def inject(batch: int, word: int) -> None:
        if batch < min(ticks, len(model["packets"])):
            for packet in model["packets"][batch]:
                need(packet["destination_tick"] < words and packet["destination_axon"] < axons, "packet")
                place = tuple(packet["destination_core"])
                need(0 <= place[0] < width and 0 <= place[1] < height, "packet off the grid")
                deliver(place, packet["destination_axon"], packet["destination_tick"], word)

    lines, spikes = [], []
    potential = np.zeros((ticks, len(cores), neurons), np.int64)
    state = [[neuron["current_potential"] for neuron in core["neurons"]] for core in cores]
    inject(0, words - 1)
    for tick in range(1, ticks + 1):
        word = (tick - 1) % words
        lines.append("".join(f"{int(pin in pins)} " for pin in range(len(outputs))))
        pins.clear()
        inject(tick, word)
        for number in sorted(range(len(cores)), key=lambda n: order(model, n, width)):
            core, active = cores[number], ring[number][word]
            for index, neuron in enumerate(core["neurons"]):
                v = state[number][index] + neuron["leak"]
                v += sum(neuron["weights"][core["axons"][axon]] for axon in active if core["connections"][index][axon])
                if v >= neuron["positive_threshold"]:
                    spikes.append((tick - 1, number, index))
                    deliver(neuron["place"], neuron["destination_axon"], neuron["destination_tick"], word)
                state[number][index] = v = settle(neuron, v, config["neuron_reset_type"])
                potential[tick - 1, number, index] = v
            active.clear()
    return RancRun(lines, spikes, potential)


def settle(neuron: dict, v: int, symmetric: int) -> int:
    if v >= neuron["positive_threshold"]:
        return neuron["reset_potential"] if neuron["reset_mode"] == 0 else v - neuron["positive_threshold"]
    if v < neuron["negative_threshold"] or (symmetric and v == neuron["negative_threshold"]):
        return -neuron["reset_potential"] if neuron["reset_mode"] == 0 else v - neuron["negative_threshold"]
    return v


def order(model: dict, number: int, width: int) -> int:
    x, y = model["cores"][number]["coordinates"]
    return x + width * y


def listed(core: dict, config: dict) -> dict:
    """A core as RANC fills it: rows, weights and types that are not listed are 0."""
    axons, weights = config["num_axons"], config["num_weights"]
    need(len(core["axons"]) <= axons and len(core["neurons"]) <= config["num_neurons"], "sizes")
    need(all(0 <= kind < weights for kind in core["axons"]), "axons")
    kinds = core["axons"] + [0] * (axons - len(core["axons"]))
    neurons, connections = [], []
    for index, neuron in enumerate(core["neurons"]):
        need(set(DEFAULT) <= set(neuron), "a key is missing")
        need(all(type(neuron[key]) is type(DEFAULT[key]) for key in DEFAULT), "types")
        need(len(neuron["weights"]) <= weights and neuron["reset_mode"] in (0, 1), "weights, reset_mode")
        row = core["connections"][index]
        need(len(row) <= axons and set(row) <= {0, 1}, "connections")
        neurons.append(neuron | {"weights": neuron["weights"] + [0] * (weights - len(neuron["weights"]))})
        connections.append(row + [0] * (axons - len(row)))
    return {"axons": kinds, "neurons": neurons, "connections": connections}


def need(right: bool, what: str) -> None:
    if not right:
        raise Refused(what)
