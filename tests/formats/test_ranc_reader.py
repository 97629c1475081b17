"""Reading RANC's files: what is taken, what is refused with its place, and which .json file is whose."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neurocore.errors import ImageError, NeurocoreError, SpikeFileError
from neurocore.formats.model_kind import model_kind
from neurocore.formats.ranc import read_ranc
from neurocore.formats.ranc_output import read_ranc_output, write_ranc_output
from neurocore.image import OUTPUT_BASE, UNWIRED
from neurocore.spikes import OutputSpikes
from neurocore.verbs.sources import open_source

NEURON: dict[str, Any] = {
    "reset_potential": 1,
    "weights": [1, -2],
    "leak": -1,
    "positive_threshold": 2,
    "negative_threshold": -3,
    "destination_core_offset": [1, 0],
    "destination_axon": 3,
    "destination_tick": 14,
    "current_potential": 0,
    "reset_mode": 1,
}
MODEL: dict[str, Any] = {
    "packets": [[{"destination_core": [0, 0], "destination_axon": 2, "destination_tick": 1}], []],
    "output_bus": {"coordinates": [2, 0], "num_outputs": 4},
    "cores": [
        {"coordinates": [0, 0], "axons": [0, 1, 0], "neurons": [NEURON], "connections": [[0, 1, 1]]},
        {
            "coordinates": [1, 0],
            "axons": [],
            "neurons": [NEURON, NEURON | {"destination_core_offset": [0, 1]}],
            "connections": [[1], []],
        },
    ],
}
CONFIG: dict[str, Any] = {
    "num_neurons": 3,
    "num_axons": 5,
    "num_cores_x": 3,
    "num_cores_y": 2,
    "num_weights": 2,
    "max_tick_offset": 16,
    "neuron_block_trace_verbosity": 0,
    "core_controller_trace_verbosity": 0,
    "scheduler_trace_verbosity": 0,
    "neuron_reset_type": 1,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "input.json").write_text(json.dumps(MODEL, indent=1))
    (tmp_path / "config.json").write_text(json.dumps(CONFIG, indent=1))
    return tmp_path


def test_every_field_arrives_where_it_should(folder):
    model = read_ranc(folder / "input.json")
    image, spec = model.image, model.image.spec
    assert (spec.name, spec.axons, spec.neurons, spec.axon_types, spec.grid) == ("ranc", 5, 3, 2, (3, 2))
    assert (spec.negative_inclusive, spec.delay_limit) == (True, 15)
    assert image.core_xy.tolist() == [[0, 0], [1, 0]]
    assert image.axon_type.tolist() == [[0, 1, 0, 0, 0], [0] * 5]
    assert image.crossbar[:, :, 0].tolist() == [[0, 1, 1, 0, 0], [1, 0, 0, 0, 0]]
    assert image.neuron_used.tolist() == [[1, 0, 0], [1, 1, 0]]
    assert image.weight[0, 0].tolist() == [1, -2]
    neurons = {name: int(array[0, 0]) for name, array in image.neurons.arrays().items()}
    assert neurons == {
        "threshold": 2,
        "threshold_noise_bits": 0,
        "negative_threshold": 3,
        "negative_saturation": 0,
        "reset_mode": 1,
        "reset_potential": 1,
        "leak": -1,
        "leak_reversal": 0,
        "stochastic_leak": 0,
        "initial_potential": 0,
    }
    assert image.target_core[:, :2].tolist() == [[1, UNWIRED], [OUTPUT_BASE, UNWIRED]]  # [1, 1] is not listed
    assert (image.target_axon[0, 0], image.delay[0, 0]) == (3, 15)
    assert [(group.name, group.shape) for group in image.outputs] == [("bus", (4,))]
    assert [c.tolist() for c in (model.events.tick, model.events.core, model.events.axon)] == [[1], [0], [2]]
    assert (model.ticks, model.remarks) == (2, ())


def edited(change: str, value: Any) -> dict[str, Any]:
    """MODEL or CONFIG with one value, at a path of keys and numbers, put in place (None: taken out)."""
    whole = {"model": copy.deepcopy(MODEL), "config": dict(CONFIG)}
    *way, last = [int(word) if word.isdigit() else word for word in change.split("/")]
    at: Any = whole
    for word in way:
        at = at[word]
    if value is None:
        del at[last]
    else:
        at[last] = value
    return whole


@pytest.mark.parametrize(
    ("change", "value", "told"),
    [
        ("model/cores/0/neurons/0/leak", 40_000, ":40: cores[0].neurons[0].leak: found 40000"),
        ("model/cores/0/neurons/0/leak", "x", ":40: cores[0].neurons[0].leak: found 'x'"),
        ("model/cores/0/neurons/0/leak", None, "cores[0].neurons[0]: it has no 'leak'"),
        ("model/cores/0/neurons/0/leek", 1, "cores[0].neurons[0]: unknown key 'leek'\n  fix: did you mean 'leak'"),
        ("model/cores/0/neurons/0/weights/1", 2**31, "cores[0].neurons[0].weights: found [1, 2147483648]"),
        ("model/cores/0/neurons/0/weights/1", 2**20, "cores[0].neurons[0].weights[1]: found 1048576"),
        ("model/cores/0/neurons/0/weights", [1, 2, 3], "cores[0].neurons[0].weights: 3 weights"),
        ("model/cores/0/neurons/0/positive_threshold", -1, "positive_threshold: found -1\n  fix: neurocore takes 0.."),
        ("model/cores/0/neurons/0/negative_threshold", 1, "negative_threshold: found 1"),
        ("model/cores/0/neurons/0/reset_mode", 2, "cores[0].neurons[0].reset_mode: found 2"),
        ("model/cores/0/neurons/0/destination_tick", 15, "RANC drops a packet with max_tick_offset - 1"),
        ("model/cores/0/neurons/0/destination_axon", 5, "destination_axon: found 5\n  fix: allowed: 0..4 (num_axons)"),
        (
            "model/cores/1/neurons/0/destination_axon",
            4,
            "cores[1].neurons[0].destination_axon: found 4\n  fix: allowed: 0..3",
        ),
        ("model/cores/0/neurons/0/destination_axon", -1, "destination_axon: found -1"),
        (
            "model/cores/0/neurons/0/destination_core_offset",
            [-1, 0],
            "it leads to [-1, 0], which is off the grid of 3 x 2",
        ),
        ("model/cores/0/neurons/0/destination_core_offset", [1], "destination_core_offset: found [1]"),
        ("model/cores/0/axons/1", 2, "cores[0].axons[1]: found 2\n  fix: allowed here: 0..1 (num_weights)"),
        ("model/cores/0/axons", [0] * 6, "cores[0].axons: 6 axons are listed"),
        ("model/cores/0/connections", [], "cores[0].connections: 0 rows for 1 neurons"),
        ("model/cores/0/connections/0", [0, 2], "cores[0].connections[0]: found [0, 2]"),
        ("model/cores/0/connections/0", [0] * 6, "cores[0].connections[0]: 6 axons are listed"),
        ("model/cores/0/coordinates", [1, 0], "cores[1].coordinates: [1, 0] is the place of cores[0] too"),
        ("model/cores/0/coordinates", [2, 0], "cores[0].coordinates: [2, 0] is the place of the output bus too"),
        ("model/cores/0/coordinates", [3, 0], "cores[0].coordinates: found [3, 0]"),
        ("model/cores/0/coordinates", "a", "cores[0].coordinates: found 'a'"),
        ("model/cores/0/name", "a", "cores[0]: unknown key 'name'"),
        ("model/cores/0", 3, "cores[0]: found 3, an object is needed"),
        ("model/cores", {}, "cores: found {}"),
        ("model/cores", None, "it has no 'cores'"),
        ("model/output_bus/num_outputs", 1.5, "output_bus.num_outputs: found 1.5"),
        ("model/output_bus/coordinates", [0, 2], "output_bus.coordinates: found [0, 2]"),
        ("model/output_bus/width", 2, "output_bus: found coordinates, num_outputs, width"),
        ("model/packets/0/0/destination_tick", 15, "packets[0][0].destination_tick: found 15"),
        ("model/packets/0/0/destination_axon", 5, "packets[0][0].destination_axon: found 5"),
        ("model/packets/0/0/destination_core", [2, 0], "packets[0][0].destination_core: found [2, 0]"),
        ("model/packets/0/0/destination_core", [0, -1], "packets[0][0].destination_core: found [0, -1]"),
        ("model/packets/0/0/when", 1, "packets[0][0]: unknown key 'when'"),
        ("model/packets/0", 7, "packets[0]: found 7"),
        ("config/num_neurons", 1025, "config.json:2: num_neurons: found 1025\n  fix: allowed here: 1..1024"),
        ("config/num_neurons", 1, "cores[1].neurons: 2 neurons are listed"),
        ("config/max_tick_offset", None, "config.json: it has no 'max_tick_offset'"),
        ("config/max_tick_offset", 4, "destination_tick: found 14\n  fix: allowed: 0..2"),
        ("config/neuron_reset_type", True, "neuron_reset_type: found True"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(change, value, told, tmp_path):
    whole = edited(change, value)
    (tmp_path / "input.json").write_text(json.dumps(whole["model"], indent=1))
    (tmp_path / "config.json").write_text(json.dumps(whole["config"], indent=1))
    with pytest.raises(ImageError) as error:
        read_ranc(tmp_path / "input.json")
    assert told in str(error.value)
    assert error.value.fix


def test_a_scheduler_of_more_words_allows_what_ours_can(folder):
    whole = edited("config/max_tick_offset", 32)
    (folder / "config.json").write_text(json.dumps(whole["config"] | {"colour": 3}))
    model = read_ranc(folder / "input.json")
    assert model.image.spec.delay_limit == 15
    assert model.remarks == ("ignored: 'colour' of config.json",)
    whole = edited("model/cores/0/neurons/0/destination_tick", 15)
    (folder / "input.json").write_text(json.dumps(whole["model"]))
    with pytest.raises(ImageError, match=r"found 15\n  fix: allowed: 0..14"):
        read_ranc(folder / "input.json")


def test_packets_for_cores_that_are_not_listed_are_remarked_on(folder):
    whole = edited("model/packets/0/0/destination_core", [1, 1])
    (folder / "input.json").write_text(json.dumps(whole["model"]))
    model = read_ranc(folder / "input.json")
    assert model.remarks == ("1 packets go to cores that are not listed: they have no effect",)
    assert len(model.events.tick) == 0


def test_without_a_config_sizes_come_from_the_file_unless_the_reset_type_matters(folder):
    (folder / "config.json").unlink()
    with pytest.raises(ImageError, match="depends on neuron_reset_type"):
        read_ranc(folder / "input.json")
    whole = copy.deepcopy(MODEL)
    for core in whole["cores"]:
        core["neurons"] = [neuron | {"negative_threshold": 0} for neuron in core["neurons"]]
    (folder / "input.json").write_text(json.dumps(whole))
    model = read_ranc(folder / "input.json")
    assert model.remarks[0].startswith("no config.json is beside it: taken from the file are 3 x 2 cores of 4 axons")
    assert model.image.crossbar[:, :, 0].tolist() == [[0, 1, 1, 0], [1, 0, 0, 0]]


def test_a_default_neuron_that_is_listed_is_an_unused_one(folder):
    idle = dict.fromkeys(NEURON, 0) | {"weights": [0, 0], "destination_core_offset": [0, 0], "positive_threshold": 1}
    whole = edited("model/cores/0/neurons/0", idle)
    whole["model"]["cores"][0]["connections"] = [[0, 0]]
    (folder / "input.json").write_text(json.dumps(whole["model"]))
    assert read_ranc(folder / "input.json").image.neuron_used.tolist() == [[0, 0, 0], [1, 1, 0]]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('{"packets": []', "ranc"),
        ('/* a */ {\n// b\n "cores": [', "ranc"),
        ('{"num_neurons": 3}', "ranc config"),
        ('{"comment": 1, "cores": [], "packets": [], "output_bus": {}}', "ranc"),
        ('{"comment": 1, "num_cores_x": 3}', "ranc config"),
        ('{\n\t/* General */\n\t"model": {"coreCount": 1}', "corelet"),
        ('{"comment": 1, "model": {}}', "corelet"),
        ("[1]", "corelet"),
        ("", "corelet"),
    ],
)
def test_a_json_file_is_told_by_its_content(text, kind, tmp_path):
    (tmp_path / "m.json").write_text(text)
    assert model_kind(tmp_path / "m.json") == kind


def test_the_wrong_one_of_the_two_files_is_named(folder):
    assert open_source(folder / "input.json").events is not None
    with pytest.raises(NeurocoreError, match=r"this is RANC's config.json.*\n.*name the input.json"):
        open_source(folder / "config.json")


def test_the_output_file_tells_of_the_tick_before(tmp_path):
    spikes = OutputSpikes.sorted([0, 0, 2], [0, 1, 0], [1, 0, 1])
    write_ranc_output(spikes, [0, 2, 3], 3, tmp_path / "o.txt")
    assert (tmp_path / "o.txt").read_text() == "0 0 0 \n0 1 1 \n0 0 0 \n0 1 0 \n"
    read, ticks = read_ranc_output(tmp_path / "o.txt")
    assert (read.tick.tolist(), read.pin.tolist(), ticks) == ([0, 0, 2], [1, 2, 1], 3)
    np.testing.assert_array_equal(read.connector, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("0 1\n", "o.txt:1: the first line has spikes"),
        ("0 0\n0\n", "o.txt:2: is no line of RANC's output"),
        ("0 0\n0 2\n", "o.txt:2: is no line of RANC's output\n  fix: 2 numbers 0 or 1"),
    ],
)
def test_an_output_file_that_is_none_is_refused(text, told, tmp_path):
    (tmp_path / "o.txt").write_text(text)
    with pytest.raises(SpikeFileError) as error:
        read_ranc_output(tmp_path / "o.txt")
    assert told in str(error.value)
    with pytest.raises(SpikeFileError, match="does not exist"):
        read_ranc_output(tmp_path / "absent.txt")
