"""RANC's and IBM's model files on the command line: from a network and back, spikes included."""

from __future__ import annotations

import json

import numpy as np


def spikes(place, run):
    with np.load(place / run / "spikes.npz", allow_pickle=False) as file:
        return [file[name].tolist() for name in ("spike_tick", "spike_core", "spike_neuron")]


def deterministic(place):
    text = (place / "small.yaml").read_text()
    (place / "small.yaml").write_text(text.replace("threshold_noise_bits: 2, ", "").replace("reset: linear, ", ""))


def test_a_network_goes_to_ranc_and_runs_from_its_files_alone(neurocore, place):
    deterministic(place)
    told = neurocore("convert", "small.yaml", "-o", "input.json")
    assert told.code == 0
    assert "wrote config.json" in told.err
    assert neurocore("check", "input.json").out.splitlines()[0] == "input: fits ranc"
    assert neurocore("show", "input.json", "--json").json()["neurons"] == 7
    assert neurocore("verify", "input.json", "--ticks", "20").code == 0
    batches = len(json.loads((place / "input.json").read_text())["packets"])
    assert neurocore("run", "input.json", "--out", "r", "--no-report").code == 0
    assert json.loads((place / "r/run.json").read_text())["ticks"] == batches
    assert neurocore("run", "small.yaml", "--ticks", str(batches), "--out", "n", "--no-report").code == 0
    assert spikes(place, "r") == spikes(place, "n")
    assert spikes(place, "r")[0]
    assert neurocore("convert", "r", "-o", "out.txt").code == 0
    assert len((place / "out.txt").read_text().splitlines()) == batches + 1
    assert neurocore("compare", "n", "out.txt").code == 0
    lines = (place / "out.txt").read_text().splitlines()
    (place / "other.txt").write_text(
        "\n".join(lines[:20] + [lines[20].translate({48: 49, 49: 48})] + lines[21:]) + "\n"
    )
    assert "first difference: " in neurocore("compare", "n", "other.txt").out
    assert neurocore("convert", "out.txt", "-o", "out.csv").code == 0
    assert "packets are not in the image" in neurocore("convert", "input.json", "-o", "i.npz").err
    assert neurocore("convert", "input.json", "-o", "packets.csv").code == 0
    told = neurocore("run", "i.npz", "--input", "packets.csv", "--ticks", str(batches), "--out", "i", "--no-report")
    assert told.code == 0
    assert spikes(place, "i") == spikes(place, "r")
    assert neurocore("convert", "i", "--input", "packets.csv", "-o", "again/input.json").code == 2  # no such folder
    assert neurocore("convert", "i", "--input", "packets.csv", "-o", "again.json").code == 0
    again, first = (json.loads((place / name).read_text()) for name in ("again.json", "input.json"))
    assert again["packets"] == first["packets"]


def test_a_network_goes_to_a_corelet_model_with_its_spikes(neurocore, place):
    deterministic(place)
    told = neurocore("convert", "small.yaml", "-o", "m.json")
    assert (told.code, "wrote m.sfti" in told.err) == (0, True)
    assert neurocore("run", "m.json", "--input", "m.sfti", "--ticks", "60", "--out", "m", "--no-report").code == 0
    assert neurocore("run", "small.yaml", "--out", "n", "--no-report").code == 0
    assert spikes(place, "m") == spikes(place, "n")


def test_what_a_format_cannot_say_and_options_without_meaning_are_refused(neurocore, place):
    told = neurocore("convert", "small.yaml", "-o", "input.json")
    assert told.code == 2
    assert "(noisy[0]): its threshold is noisy, and RANC has no random numbers (and 2 more)" in told.err
    assert not (place / "input.json").exists()
    assert neurocore("convert", "small.yaml", "--to", "ranc", "-o", "i.npz").code == 2
    (place / "config.json").write_text('{"num_neurons": 3}')
    assert "name the input.json beside it" in neurocore("run", "config.json").err
    assert neurocore("convert", "small.yaml", "-o", "m.json").code == 0
    assert "holds no spikes, only a network" in neurocore("convert", "m.json", "-o", "m.csv").err
