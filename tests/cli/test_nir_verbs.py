"""Every verb that reads a network reads a graph in NIR; convert writes it as a network or an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurocore import api
from neurocore.cli.main import main
from neurocore.formats.image_file import load_image

pytest.importorskip("h5py", reason="the extra nir is not installed")
DATA = Path(__file__).parents[1] / "data" / "nir"
NET = str(DATA / "norse_if.nir")


def test_check_compile_run_and_verify_read_graphs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["check", NET]) == 0
    assert main(["compile", NET, "-o", str(tmp_path / "a.npz")]) == 0
    assert main(["run", NET, "--ticks", "30", "-q", "--no-report", "--out", str(tmp_path / "run")]) == 0
    assert (tmp_path / "run" / "spikes.npz").is_file()
    capsys.readouterr()
    assert main(["verify", NET, "--ticks", "30", "--reference-ticks", "5", "-q"]) == 0
    out = capsys.readouterr().out
    assert "lost to rounding" in out and "float = integer, population if_1" in out


def test_a_converted_graph_runs_as_the_graph_itself(tmp_path: Path):
    assert main(["convert", NET, "-o", str(tmp_path / "n.yaml"), "-q"]) == 0
    assert main(["convert", NET, "-o", str(tmp_path / "n.npz"), "-q"]) == 0
    graph, yaml = api.run(NET, ticks=50), api.run(tmp_path / "n.yaml", ticks=50)
    assert len(graph.recording.spike_tick) > 0
    np.testing.assert_array_equal(graph.recording.spike_tick, yaml.recording.spike_tick)
    np.testing.assert_array_equal(graph.recording.spike_neuron, yaml.recording.spike_neuron)
    assert load_image(tmp_path / "n.npz").digest() == graph.image.digest()


def test_options_reach_the_reader_and_belong_to_graphs(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    conv = str(DATA / "snntorch_conv.nir")
    assert main(["check", conv]) == 2
    assert "give --dt SECONDS" in capsys.readouterr().err
    assert main(["check", conv, "--dt", "1e-4"]) == 0
    assert main(["convert", conv, "-o", str(tmp_path / "c.yaml"), "--dt", "1e-4", "-q"]) == 0
    assert main(["check", str(tmp_path / "c.yaml"), "--dt", "1e-4"]) == 2
    assert "--dt is for graphs in NIR" in capsys.readouterr().err
    assert main(["convert", NET, "-o", str(tmp_path / "c.csv")]) == 2
