"""Every kind of node that NIR has, written by nir itself: naive run = floats = integers = chip, spike for spike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocore.emulator.backends import run
from neurocore.emulator.logical import run_logical
from neurocore.errors import ConfigError
from neurocore.formats.nir.options import NirOptions
from neurocore.verbs.graph_spikes import both_spikes
from neurocore.verbs.importing import float_spikes
from neurocore.verbs.sources import compile_source, open_source
from neurocore.verbs.stimulate import network_events
from neurocore.verbs.three_columns import three_columns

nir = pytest.importorskip("nir", reason="the extra nir is not installed")
from nir_oracle import run_nir  # noqa: E402  needs nir

STEPS = 20


def whole(*shape: int, step: float = 0.5) -> Any:
    """Weights that are multiples of a power of two."""
    return np.random.default_rng(shape).integers(-2, 4, shape) * step


def source(*shape: int) -> Any:
    return nir.Input(input_type={"input": np.array(shape)})


def sink(*shape: int) -> Any:
    return nir.Output(output_type={"output": np.array(shape)})


def neurons(*shape: int, threshold: Any = 1.0, reset: Any = 0.0, r: Any = 1.0) -> Any:
    spread = (np.broadcast_to(np.asarray(value, float), shape).copy() for value in (r, threshold, reset))
    return nir.IF(**dict(zip(("r", "v_threshold", "v_reset"), spread, strict=True)))


def row(**nodes: Any) -> Any:
    """Nodes one after the other."""
    names = list(nodes)
    return nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:], strict=False)), type_check=False)


def written(graph: Any, folder: Path) -> Path:
    nir.write(folder / "a.nir", graph, compression=None)  # nir cannot compress scalars
    return folder / "a.nir"


def agree(
    graph: Any, folder: Path, *, back: set[tuple[str, str]] | None = None, rate: float = 0.4, **given: Any
) -> None:
    """The naive run, the float graph, the integer network and the chip have the same spikes, and enough of them."""
    path = written(graph, folder)
    graph = nir.read(path, type_check=False)
    pins = {
        name: np.random.default_rng(9).random((STEPS, *map(int, node.input_type["input"]))) < rate
        for name, node in graph.inputs.items()
    }
    spikes = {name: np.argwhere(rows.reshape(STEPS, -1)).tolist() for name, rows in pins.items()}
    changes = {f"run.stimulus.{name}": {"spikes": rows} for name, rows in spikes.items()}
    opened = open_source(path, nir=NirOptions(**given), overrides=changes)
    rules = {"subtract": given.get("reset") == "subtract", "at": given.get("fires") == "at"}
    naive = run_nir(graph, pins, STEPS, dt=given.get("dt", 1.0), back=frozenset(back or ()), **rules)
    assert opened.imported is not None and opened.network is not None
    assert any("every spike exact" in remark for remark in opened.remarks)
    floats = float_spikes(opened.imported.graph, opened.network, STEPS)
    for stage in opened.imported.graph.stages:
        right = np.argwhere(naive[stage.node].reshape(STEPS, -1)) + [opened.imported.graph.shift[stage.name], 0]
        np.testing.assert_array_equal(floats[stage.name], right[right[:, 0] < STEPS], stage.name)
    compiled = compile_source(opened, quiet=True)
    pinned, events = network_events(opened, compiled.image, STEPS)
    logical = run_logical(compiled.graph, compiled.image.spec, pinned, STEPS)
    chip = run(compiled.image, events, STEPS, threads=1)
    groups = compiled.image.logical.populations
    columns = three_columns(both_spikes(opened.imported, opened.network, logical, groups, STEPS), chip, compiled.image)
    assert len(columns) == sum(stage.kind != "input" for stage in opened.imported.graph.stages)
    for column in columns:
        assert column.spikes_float > 0 and column.rounding_wrong == column.mapping_wrong == 0, column


def convolution(kind: Any, out: int, **more: Any) -> Any:
    """A convolution of 2 channels with everything that is not said at its plainest."""
    sides = 1 if kind is nir.Conv1d else 2
    plain: dict[str, Any] = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1} | more
    weight = whole(out, 2 // plain["groups"], *(3, 2)[:sides])
    side = 7 if sides == 1 else (5, 6)
    return kind(input_shape=side, weight=weight, bias=np.arange(out) % 3 * 0.5 - 0.5, **plain)


def convolved(kind: Any, out: int, sides: tuple[int, ...], **more: Any) -> Any:
    node = convolution(kind, out, **more)
    before = (2, 7) if kind is nir.Conv1d else (2, 5, 6)
    return row(i=source(*before), c=node, n=neurons(out, *sides), o=sink(out, *sides))


def pooled(kind: Any, size: int, stride: int, padding: int, side: int) -> Any:
    pool = kind(**{k: np.array([v, v]) for k, v in (("kernel_size", size), ("stride", stride), ("padding", padding))})
    flat = nir.Flatten(input_type={"input": np.array([2, side, side])}, start_dim=0, end_dim=-1)
    linear = nir.Linear(weight=whole(3, 2 * side * side))
    return row(i=source(2, 6, 6), p=pool, f=flat, w=linear, n=neurons(3), o=sink(3))


def both(step: float = 0.5) -> Any:
    return nir.Affine(weight=whole(4, 6, step=step), bias=np.array([0.0, 0.5, -0.25, 1.0]))


def heavy() -> Any:
    """Biases that a leak on the chip cannot hold, or that fire by themselves."""
    return nir.Affine(weight=whole(4, 6, step=1.0), bias=np.array([5.0, -2, 3, 300]))


def with_loop() -> Any:
    """A layer with a connection to itself, as snnTorch's RLeaky is exported."""
    inside = {"input": source(4), "n": neurons(4), "again": nir.Linear(weight=whole(4, 4)), "output": sink(4)}
    edges = [("input", "n"), ("n", "again"), ("again", "n"), ("n", "output")]
    return nir.NIRGraph(nodes=inside, edges=edges, type_check=False)


def late(*steps: int) -> Any:
    return nir.Delay(delay=np.array(steps) * 1e-3)


def forked() -> Any:
    """Two inputs, two outputs, an edge that skips a layer."""
    nodes = {"i": source(3), "j": source(2), "w": nir.Linear(weight=whole(4, 3)), "u": nir.Linear(weight=whole(4, 2))}
    nodes |= {"n": neurons(4), "m": nir.Linear(weight=whole(2, 4)), "s": nir.Linear(weight=whole(2, 3, step=1.0))}
    nodes |= {"k": neurons(2), "o": sink(4), "q": sink(2)}
    pairs = "iw ju wn un nm mk is sk no kq"
    return nir.NIRGraph(nodes=nodes, edges=[(a, b) for a, b in pairs.split()], type_check=False)


NODES: dict[str, tuple[Any, dict[str, Any]]] = {
    "affine, leak and unit": (row(i=source(6), w=both(), n=neurons(4), o=sink(4)), {}),
    "affine, subtract, at": (
        row(i=source(6), w=both(), n=neurons(4), o=sink(4)),
        {"reset": "subtract", "fires": "at"},
    ),
    "scale of each, no weights": (
        row(i=source(4), s=nir.Scale(scale=np.array([1, 2, 0.5, 3.0])), n=neurons(4), o=sink(4)),
        {},
    ),
    "one scale": (row(i=source(4), s=nir.Scale(scale=np.array(2.0)), n=neurons(4, threshold=3), o=sink(4)), {}),
    "blocks of weights": (row(i=source(2, 6), w=nir.Linear(weight=whole(2, 4, 6)), n=neurons(2, 4), o=sink(2, 4)), {}),
    "conv1d, stride, dilation": (convolved(nir.Conv1d, 4, (3,), stride=2, padding=1, dilation=2), {}),
    "conv1d, same, groups": (convolved(nir.Conv1d, 4, (7,), padding="same", groups=2), {}),
    "conv2d, stride, padding": (convolved(nir.Conv2d, 2, (5, 3), stride=(1, 2), padding=(1, 0)), {}),
    "conv2d, same, dilation": (convolved(nir.Conv2d, 2, (5, 6), padding="same", dilation=(2, 1)), {}),
    "conv2d, valid, groups": (convolved(nir.Conv2d, 2, (3, 5), padding="valid", groups=2), {}),
    "sum pool": (pooled(nir.SumPool2d, 2, 2, 0, 3), {}),
    "mean of four": (pooled(nir.AvgPool2d, 2, 2, 0, 3), {"reset": "subtract"}),
    "mean of nine": (pooled(nir.AvgPool2d, 3, 2, 1, 3), {"fires": "at", "reset": "subtract"}),
    "threshold": (
        row(i=source(6), w=both(), n=nir.Threshold(threshold=np.array([0.5, 1.0, 0.0, -1.0])), o=sink(4)),
        {},
    ),
    "r and v_reset of each": (
        row(
            i=source(6),
            w=nir.Linear(weight=np.abs(whole(4, 6))),
            n=neurons(4, threshold=[1, 2, 0.5, 1], reset=[0, -1, 0.25, 0.5], r=[1, 2, 0.5, 1]),
            o=sink(4),
        ),
        {},
    ),
    "delays, one beyond the chip's": (
        row(i=source(6), d=late(0, 1, 2, 3, 14, 20), w=nir.Linear(weight=whole(4, 6)), n=neurons(4), o=sink(4)),
        {"dt": 1e-3},
    ),
    "delays of biases and of outputs": (
        row(i=source(6), w=both(), d=late(0, 1, 2, 3), n=neurons(4), e=late(3, 0, 1, 2), o=sink(4)),
        {"dt": 1e-3},
    ),
    "biases of a stage that is not late": (
        row(i=source(6), d=late(1, 2, 1, 1, 3, 1), w=heavy(), e=late(0, 1, 2, 0), n=neurons(4, threshold=4), o=sink(4)),
        {"dt": 1e-3},
    ),
    "biases without memory, not late": (
        row(
            i=source(6),
            d=late(1, 2, 1, 1, 3, 1),
            w=heavy(),
            n=nir.Threshold(threshold=np.array([1.0, 3, 2, -1])),
            o=sink(4),
        ),
        {"dt": 1e-3},
    ),
    "sub-graphs with a loop": (
        row(
            i=source(6),
            w=nir.Linear(weight=whole(4, 6)),
            s=row(input=source(4), t=with_loop(), output=sink(4)),
            o=sink(4),
        ),
        {"back": {("s.t.again", "s.t.n")}},
    ),
    "two inputs, two outputs, a skip": (forked(), {}),
    "powers of two": (row(i=source(6), w=nir.Linear(weight=2.0 ** -whole(4, 6, step=1)), n=neurons(4), o=sink(4)), {}),
}


@pytest.mark.parametrize("name", NODES)
def test_no_spike_is_lost(name: str, tmp_path: Path):
    graph, given = NODES[name]
    agree(graph, tmp_path, **given)


PICK = nir.AvgPool2d(kernel_size=np.array([2, 2]), stride=np.array([2, 2]), padding=np.array([0, 0]))
REFUSED: dict[str, tuple[Any, str]] = {
    "means as output": (
        row(i=source(1, 4, 4), n=neurons(1, 4, 4), p=PICK, o=sink(1, 2, 2)),
        "node 'p': AvgPool2d: sends weighted sums to 'o', and a line of the chip carries one spike or none",
    ),
    "a delay and no dt": (
        row(i=source(2), d=late(1, 3), n=neurons(2), o=sink(2)),
        "node 'd': Delay: a delay of 0.003 s, and NIR does not say how long a step is",
    ),
    "a delay that no step divides": (
        row(i=source(1), d=nir.Delay(delay=np.array([0.5e-3])), n=neurons(1), o=sink(1)),
        "node 'd': Delay: a delay of 0.0005 s is 0.5 steps of 0.001 s",
    ),
    "firing for ever": (
        row(i=source(2), n=neurons(2, threshold=-1.0), o=sink(2)),
        "node 'n': IF: neuron 0 has v_threshold -1 and fires without input",
    ),
    "a filter": (
        row(i=source(1), n=nir.LI(tau=np.ones(1), r=np.ones(1), v_leak=np.zeros(1)), o=sink(1)),
        "node 'n': LI: its output is a potential, and the chip's lines carry spikes",
    ),
    "in a sub-graph": (
        row(i=source(4), s=row(input=source(4), n=neurons(4, threshold=-1.0), output=sink(4)), o=sink(4)),
        "node 's.n': IF: neuron 0",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_exact_form_is_refused_by_name(name: str, tmp_path: Path):
    graph, said = REFUSED[name]
    given = NirOptions(dt=1e-3) if "no step divides" in name else NirOptions()
    with pytest.raises(ConfigError) as caught:
        open_source(written(graph, tmp_path), nir=given)
    assert said in str(caught.value)
