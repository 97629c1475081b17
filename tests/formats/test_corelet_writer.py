"""Chip images as IBM's corelet models: what IBM's own files hold comes back, and what they cannot say is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import random_image
from trace_cases import data, names

from neurocore.arch import PRESETS, ChipSpec
from neurocore.emulator.backends import run
from neurocore.errors import ImageError
from neurocore.formats.ibm_corelet import places_of, read_model
from neurocore.formats.ibm_corelet_writer import write_model
from neurocore.formats.ibm_neurons import FIELDS, RANGES
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.formats.loose_json import load_loose_json
from neurocore.formats.run_lengths import collapse_runs, expand_runs
from neurocore.graph import Group
from neurocore.image import OUTPUT_BASE, UNWIRED, ChipImage

MODELS = [name for name in names("nscs", "*.json") if name in ("absent", "mnist_neil2", "patternMatch")]
SPIKES = {
    "patternMatch": ("patternMatch_inputSpikes.sfti", 48, 24),
    "mnist_neil2": ("mnist_neil2_spikes.sfci", 1000, 118_086),
}


@pytest.mark.parametrize("name", MODELS)
def test_ibms_own_models_come_back(name, tmp_path):
    image, _ = read_model(data("nscs", f"{name}.json"))
    assert write_model(image, tmp_path / "again.json") == ()
    again, remarks = read_model(tmp_path / "again.json")
    assert again.digest() == image.digest()
    assert [group.shape for group in again.outputs] == [group.shape for group in image.outputs]
    assert remarks == ()
    before, after = (meaning(path) for path in (data("nscs", f"{name}.json"), tmp_path / "again.json"))
    assert after == before


def meaning(path: Path) -> tuple:
    """Every field of a model that matters, with names of types and crossbars and ways of writing lists resolved.

    Of an unused neuron (type 0 or destCore -1) nothing matters.
    """
    document, _ = load_loose_json(path, frozenset({"core"}), lambda entry: entry)
    kinds = {int(kind["name"][1:], 16): fields_of(kind) for kind in document["neuronTypes"]}
    protos = {entry["name"]: entry["crossbar"] for entry in document["crossbarTypes"]}
    cores = {}
    for core in document["core"]:
        lists = [expand_runs(core["neurons"][name]).tolist() for name in LISTS]
        crossbar = protos[core["crossbar"]["name"]] if "name" in core["crossbar"] else core["crossbar"]
        rows = [(row["type"], bytes.fromhex(row["synapses"])) for row in crossbar["rows"]]
        neurons = []
        for dendrite, kind, to, axon, delay in zip(*lists, strict=True):
            wired = (axon, delay) if to >= 0 else (axon,) if to <= -32 else ()
            neurons.append((dendrite, kinds[kind], to, wired) if kind and to != -1 else (dendrite, "unused"))
        cores[core["id"]] = rows, neurons
    return document["model"]["coreCount"], document["model"]["crossbarSize"], cores


LISTS = ("dendrites", "types", "destCores", "destAxons", "destDelays")


def fields_of(kind: dict) -> dict:
    """A neuron type's fields; the sign of 0 does not matter."""
    values = {field: kind[field] for field in FIELDS}
    for sign, size in [*((f"sigma{g}", f"s{g}") for g in range(4)), ("sigma_lambda", "lambda"), ("sigma_VR", "VR")]:
        values[sign] = 0 if values[size] == 0 else values[sign]
    return values


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n == "mnist_neil2" else n for n in MODELS])
def test_ibms_own_models_written_again_fire_what_ibm_recorded(name, tmp_path):
    write_model(read_model(data("nscs", f"{name}.json"))[0], tmp_path / "again.json")
    image, _ = read_model(tmp_path / "again.json")
    file, ticks, count = SPIKES[name]
    found = run(image, read_spikes(data("nscs", file)), ticks)
    assert int((image.target_core[found.spike_core, found.spike_neuron] <= OUTPUT_BASE).sum()) == count


def corelet_image(seed: int) -> ChipImage:
    """A random TrueNorth image with every mode, values within IBM's ranges, cores and keys as a reader makes them."""
    image, rng = random_image(ChipSpec(), seed), np.random.default_rng([seed, 7])
    cores, shape = image.cores, image.neuron_used.shape
    neurons = image.neurons
    neurons.reset_potential[:] = rng.choice([0, 1, -1, 7, -127, 2**18 - 1], shape)
    unused = image.neuron_used == 0
    idle = ChipImage.blank("idle", image.spec, image.core_xy)
    for name, array in image.arrays().items():
        if array.shape[:2] == shape and name not in ("neuron_key", "axon_key", "axon_type", "crossbar"):
            array[unused] = idle.arrays()[name][unused]
    nowhere = image.target_core == UNWIRED
    image.target_axon[nowhere], image.delay[nowhere] = 0, 1
    return replace(
        image,
        core_xy=places_of(cores, image.spec),
        neuron_key=idle.neuron_key,
        axon_key=idle.axon_key,
        outputs=(Group(name="connector0", start=0, shape=(1,)),),
    )


@settings(max_examples=examples(8), deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_truenorth_image_comes_back_with_the_same_digest(tmp_path_factory, seed):
    image, file = corelet_image(seed), tmp_path_factory.mktemp("ibm") / "m.json"
    assert write_model(image, file) == ()
    assert read_model(file)[0].digest() == image.digest()
    before = file.read_bytes()
    write_model(image, file)
    assert file.read_bytes() == before


def small(spec: ChipSpec, **fields: int) -> ChipImage:
    image = ChipImage.blank("small", spec, np.array([[0, 0]], np.int32))
    image.neuron_used[0, 3] = 1
    for name, value in fields.items():
        array = getattr(image, name, None)
        (array if array is not None else getattr(image.neurons, name))[0, 3] = value
    return image


RANC = PRESETS["ranc"].model_copy(update={"axons": 16, "neurons": 8})


@pytest.mark.parametrize(
    ("spec", "fields", "told"),
    [
        (RANC, {"weight": 256}, "core 0, neuron 3: s0 would be 256\n  fix: allowed: 0..255"),
        (RANC, {"leak": -256}, "core 0, neuron 3: lambda would be 256"),
        (RANC, {"threshold": 2**18}, "alpha would be 262144"),
        (RANC, {"initial_potential": -(2**20)}, "V would be -1048576"),
        (ChipSpec(), {"reset_potential": 5}, "VR would be 5\n  fix: 0 or 2^VR - 1"),
        (ChipSpec(noise_bits_limit=24), {"threshold_noise_bits": 18}, "TM would be 18"),
        (RANC, {"leak_reversal": 1, "leak": -1}, "the chip's stop_at_zero is False, TrueNorth's is True"),
        (RANC, {"reset_mode": 2}, "the chip's nonreset_ceiling is False"),
        (ChipSpec(negative_inclusive=True), {"negative_saturation": 0}, "the chip's negative_inclusive is True"),
        (ChipSpec(axons=257), {}, "axons: the chip's cores have 257"),
        (ChipSpec(neurons=300), {}, "neurons: the chip's cores have 300"),
        (ChipSpec(axon_types=5), {}, "axon_types: the chip's cores have 5"),
    ],
)
def test_what_a_corelet_model_cannot_say_is_refused(spec, fields, told, tmp_path):
    with pytest.raises(ImageError) as error:
        write_model(small(spec, **fields), tmp_path / "m.json")
    assert told in str(error.value)
    assert error.value.fix
    assert list(tmp_path.iterdir()) == []


def test_a_smaller_core_is_part_of_one(tmp_path):
    image = small(RANC, reset_mode=1, threshold=2, negative_saturation=0)
    image.crossbar[0, 0] = 0b1000
    image.weight[0, 3, 0] = 5
    remarks = write_model(image, tmp_path / "m.json")
    assert remarks == (
        "TrueNorth holds potentials within 393,216: spikes are the same for at least 131,071 ticks whatever comes in",
    )
    back, _ = read_model(tmp_path / "m.json")
    assert (back.spec.name, back.neuron_used.sum(), back.weight[0, 3].tolist()) == ("truenorth", 1, [5, 0, 0, 0])


def test_what_gets_lost_is_said(tmp_path):
    image = small(ChipSpec(), threshold_noise_bits=2)
    image.core_xy[:] = 5
    image.neuron_key[:] += 1
    assert write_model(image, tmp_path / "m.json") == (
        "the format does not say where cores lie: read again, they lie row by row",
        "1 stochastic neurons: the format has no keys of their draws; read again, they follow the same distributions, "
        "not the same draws",
    )


@given(st.lists(st.integers(-40, 40), max_size=30))
def test_run_length_lists_come_back(values):
    assert expand_runs(collapse_runs(values)).tolist() == values


def test_run_length_lists_are_short():
    assert collapse_runs([0, 1, 2, 3, 5, 5, 5, 9, -2, -2]) == ["0:3", "5x3", "9", "-2x2"]
    assert set(RANGES) == set(FIELDS)
