"""Graphs in NIR, written by nir itself, become networks; what is not exact is refused with the node's name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocore import api
from neurocore.errors import ConfigError, NeurocoreError
from neurocore.formats.nir.options import NirOptions, read_approximations
from neurocore.verbs.sources import open_source

nir = pytest.importorskip("nir", reason="the extra nir is not installed")
DATA = Path(__file__).parents[1] / "data" / "nir"


def if_node(n: int, threshold: float = 1.0, reset: float = 0.0) -> Any:
    return nir.IF(r=np.ones(n), v_threshold=np.full(n, threshold), v_reset=np.full(n, reset))


def chain(path: Path, **nodes: Any) -> Path:
    """Nodes one after the other."""
    names = list(nodes)
    nir.write(path, nir.NIRGraph(nodes=nodes, edges=list(zip(names, names[1:], strict=False))))
    return path


def shape(n: int, key: str = "input") -> Any:
    made = nir.Input if key == "input" else nir.Output
    return made(**{f"{key}_type": {key: np.array([n])}})


def wrap(path: Path, pins: int, outs: int, **nodes: Any) -> Path:
    return chain(path, input=shape(pins), **nodes, output=shape(outs, "output"))


def network(path: Path, **options: Any) -> Any:
    return open_source(path, nir=NirOptions(**options)).network


def test_a_neuron_fires_above_its_threshold_and_at_it_only_if_asked(tmp_path: Path):
    path = wrap(tmp_path / "a.nir", 1, 1, w=nir.Linear(weight=np.ones((1, 1))), n=if_node(1, 2.0))
    assert network(path).populations["n"].neuron.threshold == 3
    assert network(path, fires="at").populations["n"].neuron.threshold == 2


def test_two_spikes_by_pencil(tmp_path: Path):
    path = wrap(tmp_path / "a.nir", 1, 1, w=nir.Linear(weight=np.full((1, 1), 2.0)), n=if_node(1, 3.0))
    given = {"run.stimulus.input": {"regular": {"period": 1}}}
    result = api.run(path, ticks=9, overrides=given)
    # Each spike adds 2; 4 > 3 in every second step, a tick later on the chip.
    assert result.recording.spike_tick.tolist() == [2, 4, 6, 8]


@pytest.mark.parametrize("reset", ["value", "subtract"])
@pytest.mark.parametrize("seed", range(3))
def test_random_whole_networks_lose_no_spike(tmp_path: Path, seed: int, reset: str):
    draw = np.random.default_rng(seed)
    path = wrap(
        tmp_path / "a.nir",
        10,
        5,
        a=nir.Affine(weight=draw.integers(-2, 4, (8, 10)) * 0.5, bias=draw.integers(-1, 2, 8) * 0.5),
        b=if_node(8, 1.5),
        c=nir.Linear(weight=draw.integers(-2, 4, (5, 8)) * 1.0),
        d=if_node(5, 2.0),
    )
    result = api.verify(path, ticks=60, reference_ticks=20, nir=NirOptions(reset=reset))
    assert result.passed and all(check.exact and not check.wrong for check in result.checks)
    assert sum(column.spikes_float for column in result.columns) > 20
    assert all(column.rounding_wrong == column.mapping_wrong == 0 for column in result.columns)


EXACT = [
    ("snntorch_if", None),
    ("snntorch_conv", 1e-4),
    ("snntorch_recurrent", 1e-4),
    ("norse_if", None),
    ("sinabs_cnn", None),
]


@pytest.mark.parametrize(("name", "dt"), EXACT)
def test_real_exports_lose_no_spike(name: str, dt: float | None):
    options = NirOptions(dt=dt) if dt else None
    result = api.verify(DATA / f"{name}.nir", ticks=40, reference_ticks=5, nir=options)
    assert result.passed and result.columns
    for column in result.columns:
        assert column.spikes_float == column.spikes_integer == column.spikes_chip > 0
        assert column.rounding_wrong == column.mapping_wrong == 0


def test_what_is_approximated_is_measured_and_mapping_still_loses_nothing():
    asked = NirOptions(dt=1e-4, approximate=read_approximations("lif=linear-leak,weights=8"))
    path = DATA / "snntorch_leaky.nir"
    assert any(remark.startswith("measured in") for remark in open_source(path, nir=asked).remarks)
    result = api.verify(path, ticks=60, reference_ticks=5, nir=asked)
    assert sum(column.rounding_wrong for column in result.columns) > 0
    assert all(column.mapping_wrong == 0 for column in result.columns)


def test_rounded_delays_are_measured_against_the_delays_as_they_are(tmp_path: Path):
    def late() -> Any:
        return nir.Delay(delay=np.array([1.3e-3]))

    path = wrap(tmp_path / "a.nir", 1, 1, d=late(), n=if_node(1, 0.5), e=late(), m=if_node(1, 0.5))
    asked = NirOptions(dt=1e-3, approximate={"delay": "round"})
    given = {"run.stimulus.input": {"spikes": [[3, 0], [11, 0], [20, 0]]}}
    opened = open_source(path, nir=asked, overrides=given)
    assert any("node 'd': delays are rounded, at most 0.3 of a step off" in remark for remark in opened.remarks)
    first, second = api.verify(opened, ticks=40, reference_ticks=2).columns
    # 1.3 steps are 1, in floats too once a spike is put into the nearest step; 2.6 steps are 3, and 1 + 1 are 2.
    assert (first.spikes_float, first.rounding_wrong) == (3, 0)
    assert (second.spikes_float, second.spikes_integer, second.rounding_wrong) == (3, 3, 6)
    assert (second.rounding_counts, second.mapping_wrong) == (0, 0)


def test_weights_that_are_whole_but_for_float32_are_measured_too(tmp_path: Path):
    weight = (np.array([[1, 2, 3, -1]]) / 10).astype(np.float32)
    path = wrap(tmp_path / "a.nir", 4, 1, w=nir.Linear(weight=weight), n=if_node(1, 0.45))
    with pytest.raises(ConfigError, match="weights=rounding takes what is whole"):
        network(path)
    opened = open_source(path, nir=NirOptions(approximate={"weights": "rounding"}))
    assert any(remark.startswith("measured in") for remark in opened.remarks)
    (column,) = api.verify(opened, ticks=60, reference_ticks=2).columns
    assert column.spikes_float == column.spikes_chip >= 5 and column.rounding_wrong == 0


@pytest.mark.parametrize(
    ("name", "dt", "said"),
    [
        ("snntorch_synaptic", 1e-4, "node '1': CubaLIF: it filters its input in a second state"),
        ("norse_lif", None, "node '1': LIF: its leak depends on the length of a step"),
        ("snntorch_leaky", 1e-4, "node '1': LIF: its potential decays exponentially"),
    ],
)
def test_refusals_name_file_node_and_reason(name: str, dt: float | None, said: str):
    with pytest.raises(ConfigError) as caught:
        network(DATA / f"{name}.nir", dt=dt)
    assert said in str(caught.value) and f"{name}.nir" in str(caught.value)


def test_weights_without_a_common_factor_are_refused(tmp_path: Path):
    weight = np.array([[1.0, np.pi, np.sqrt(2), 0.1234567]])
    path = wrap(tmp_path / "a.nir", 4, 1, w=nir.Linear(weight=weight), n=if_node(1))
    with pytest.raises(ConfigError, match=r"node 'n': IF: no factor makes the weights of neuron 0"):
        network(path)
    assert network(path, approximate={"weights": "6"}).populations["n"]


def test_a_file_without_v_reset_is_read_and_says_so(tmp_path: Path):
    h5py = pytest.importorskip("h5py", reason="the extra nir is not installed")
    path = wrap(tmp_path / "a.nir", 1, 1, w=nir.Linear(weight=np.ones((1, 1))), n=if_node(1))
    with h5py.File(path, "a") as file:
        del file["node/nodes/n/v_reset"]
    assert any("'n': the file has no v_reset" in remark for remark in open_source(path).remarks)


@pytest.mark.parametrize("content", [b"", b"neurocore: 1\n", b"\x89HDF\r\n\x1a\n" + b"\0" * 90])
def test_what_is_no_hdf5_is_refused(tmp_path: Path, content: bytes):
    path = tmp_path / "a.nir"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match="not a sound HDF5 file"):
        network(path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("lfi=linear-leak", "no approximation 'lfi'\n  fix: did you mean 'lif'?"),
        ("dely=round", "no approximation 'dely'\n  fix: did you mean 'delay'?"),
        ("delay=rounding", "'rounding' is not a way to approximate 'delay'\n  fix: did you mean 'round'?"),
        ("weights=roundin", "'roundin' is not a way to approximate 'weights'\n  fix: did you mean 'rounding'?"),
        ("lif", "'' is not a way to approximate 'lif'"),
        ("weights=4,weights=5", "'weights' is given twice"),
    ],
)
def test_approximations_that_do_not_exist_are_guessed(given: str, said: str):
    with pytest.raises(NeurocoreError) as caught:
        read_approximations(given)
    assert said in str(caught.value)


def test_options_are_checked():
    with pytest.raises(NeurocoreError, match="no such length"):
        NirOptions(dt=0)
    with pytest.raises(NeurocoreError, match="another source"):
        api.check("configs/hello.yaml", nir=NirOptions())
