"""How far packings are from the best there is, on networks small enough to try everything."""

from __future__ import annotations

import numpy as np
import pytest
from optimum import fewest_cores

from neurocore.arch import PRESETS
from neurocore.graph import Group, NeuronGraph
from neurocore.mapper.partition import lower_bounds, partition, task_of
from neurocore.mapper.realise import realise
from neurocore.mapper.wiring import Wiring
from neurocore.neuron import NeuronParameters

CHIP = PRESETS["tiny"].model_copy(update={"axons": 5, "neurons": 6, "grid": (8, 8)})


def small(seed: int) -> tuple[NeuronGraph, Wiring]:
    """Eight neurons that hear one to four random others and pins, in loops for odd seeds."""
    rng = np.random.default_rng(seed)
    neurons, pins = 8, 5
    pairs = []
    for target in range(neurons):
        fan_in = int(rng.integers(1, 5))
        allowed = [s for s in range(neurons + pins) if seed % 2 or s >= neurons or s < target]
        pairs += [(int(source), target) for source in rng.permutation(allowed)[:fan_in]]
    source, target = np.array(sorted(pairs)).T
    graph = NeuronGraph(
        name="small",
        populations=(Group(name="p", start=0, shape=(neurons,)),),
        inputs=(Group(name="i", start=0, shape=(pins,)),),
        outputs=("p",) if seed % 3 == 0 else (),
        neurons=NeuronParameters.unused((neurons,)),
        source=source.astype(np.int32),
        target=target.astype(np.int32),
        weight=np.ones(len(source), np.int32),
        delay=np.ones(len(source), np.uint8),
        stochastic=np.zeros(len(source), bool),
    )
    return graph, realise(graph, CHIP)[0]


def measured(seeds: range) -> list[tuple[int, int, int]]:
    """(lower bound, optimum, packed) cores for each network whose optimum could be proven."""
    rows = []
    for seed in seeds:
        graph, wiring = small(seed)
        placed, zone = np.ones(graph.neuron_count, bool), np.zeros(graph.neuron_count, np.int32)
        found = partition(graph, CHIP, wiring, placed)
        if found.driven.max() > CHIP.neurons:
            continue  # relays come first
        best, proven = fewest_cores(task_of(graph, CHIP, wiring, placed, 0, zone), found.cores)
        if proven:
            rows.append((max(lower_bounds(graph, CHIP, wiring, placed)), best, found.cores))
    return rows


def test_packings_are_near_the_optimum() -> None:
    rows = np.array(measured(range(40)))
    assert len(rows) >= 30
    assert (rows[:, 0] <= rows[:, 1]).all()
    assert (rows[:, 1] <= rows[:, 2]).all()
    gap = rows[:, 2].sum() / rows[:, 1].sum()
    print(f"{len(rows)} networks: optimum {rows[:, 1].sum()} cores, packed {rows[:, 2].sum()}, gap {gap:.3f}")
    print(f"packed optimally: {(rows[:, 1] == rows[:, 2]).sum()}")
    assert gap <= 1.2


@pytest.mark.parametrize("seed", [3, 8])
def test_the_search_finds_what_trying_everything_finds(seed: int) -> None:
    """Against all assignments of five neurons to at most three cores."""
    graph, wiring = small(seed)
    placed = np.arange(graph.neuron_count) < 5
    task = task_of(graph, CHIP, wiring, placed, 0, np.zeros(graph.neuron_count, np.int32))
    best = 6
    for number in range(5**5):
        cores = [number // 5**k % 5 for k in range(5)]
        reads = [task.reads[task.start[n] : task.start[n + 1]].tolist() for n in task.order]
        carried = [{a for one, c in zip(reads, cores, strict=True) if c == k for a in one} for k in range(5)]
        driven = task.outputs.copy()
        for axons in carried:
            for axon in axons:
                if task.axon_source[axon] < len(driven):
                    driven[task.axon_source[axon]] += 1
        slots = np.minimum(np.maximum(driven, 1), task.most)
        load = np.bincount(cores, weights=slots[task.order], minlength=5)
        if max(len(axons) for axons in carried) <= task.axons and load.max() <= task.neurons:
            best = min(best, len(set(cores)))
    assert fewest_cores(task, 6) == (best, True)
