"""What was trained is what runs: torch's integers, the integer model, the logical network and the chip agree."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_plans import CLASSES, write_small

import neurocore
from neurocore.emulator.logical import run_logical
from neurocore.training.datasets import read_dataset
from neurocore.training.deploy import voters_of
from neurocore.training.integer_model import fire, predict, spikes_of
from neurocore.verbs.sources import compile_source, open_for_run
from neurocore.verbs.stimulate import network_events
from neurocore.verbs.training import TrainResult, train

torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
from neurocore.training.torch_voters import Voters, coded  # noqa: E402

PLANS = {
    "own kernels, then a convolution in groups": {},
    "convolutions with padding": {
        "input__thresholds": [128],
        "layers": [
            {"channels": 6, "kernel": 3, "padding": 1, "stride": 2},
            {"channels": 6, "kernel": 2, "groups": 3, "padding": 1},
            {"channels": 15, "kernel": 5, "groups": 3, "shared": False},
        ],
    },
    "three colours": {"input__colours": 3, "input__thresholds": [128]},
    "rates over five ticks": {
        "ticks": 5,
        "input": {"size": [8, 8]},
        "layers": [
            {"channels": 8, "kernel": 4, "stride": 2, "shared": False},
            {"channels": 8, "kernel": 2, "padding": 1, "groups": 2, "threshold": 2},
            {"channels": 12, "kernel": 4, "groups": 2},
        ],
    },
    "two members in two views of rates in colour": {
        "ticks": 3,
        "input": {"size": [8, 8], "colours": 3},
        "members": 2,
        "views": [[0, 0], [1, -1]],
    },
    "two members in three views": {"members": 2, "views": [[0, 0], [1, -1], [0, 2]]},
}


@pytest.fixture(scope="module", params=PLANS.values(), ids=PLANS.keys())
def trained(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> TrainResult:
    folder = tmp_path_factory.mktemp("trained")
    return train(write_small(folder, **request.param), out=folder)


def shown(result: TrainResult) -> tuple[np.ndarray, np.ndarray]:
    """All test images and their labels: the network's YAML shows every one."""
    data = read_dataset(result.plan.data, Path(result.files[0]).parent / "bars.npz")
    return data.test_images, data.test_labels


def test_torch_in_integers_gives_every_spike_of_the_integer_model(trained):
    plan = trained.plan
    images, _ = shown(trained)
    pixels = torch.from_numpy(images[:, None] if images.ndim == 3 else np.moveaxis(images, 3, 1).copy())
    for layers in trained.layers:
        wanted = fire(plan, layers, spikes_of(plan, images))
        spikes = coded(plan, pixels)
        for layer, made, right in zip(Voters(plan, 0).layers, layers, wanted, strict=True):
            spikes = layer.exact(spikes, made)
            # rows come as the layer keeps them, ``order`` says where (channel, place) lies; columns are [tick, image]
            found = spikes.numpy()[layer.order].reshape(-1, plan.ticks, len(images)).transpose(2, 1, 0)
            assert (found.reshape(right.shape) != right).sum() == 0
            assert 0 < right.mean() < 1
    assert trained.mismatches == 0


def test_the_chip_and_the_logical_network_give_every_vote_of_the_integer_model(trained):
    plan = trained.plan
    images, labels = shown(trained)
    depth = len(plan.layers)
    spikes = spikes_of(plan, images)
    wanted = [fire(plan, layers, spikes, view)[-1] for layers in trained.layers for view in plan.views]
    network = trained.files[0]

    opened = open_for_run(network)
    compiled = compile_source(opened)
    pins, _ = network_events(opened, compiled.image, opened.network.run.ticks)
    graph = compiled.graph
    logical = run_logical(graph, compiled.image.spec, pins, opened.network.run.ticks)
    dense = np.zeros((opened.network.run.ticks, graph.neuron_count), np.uint8)
    dense[logical.tick, logical.neuron] = 1

    result = neurocore.run(network)
    for name, right in zip(voters_of(plan), wanted, strict=True):
        group = next(group for group in graph.populations if group.name == name)
        chip = result.spikes_of(name).to_dense().reshape(len(dense), -1)
        assert right.any()
        for found in (dense[:, group.start : group.stop], chip):
            found = found[depth:].reshape(len(images), -1, right.shape[1])
            if plan.ticks > 1:  # the tick in which potentials are cleared
                assert not found[:, 0].any()
                found = found[:, 1:]
            assert (found.reshape(right.shape) != right).sum() == 0
    predicted = predict(plan, trained.layers, images)
    assert result.classifier.correct == int((predicted == labels).sum()) == trained.correct


def test_every_population_is_the_same_mapped_and_logical(trained):
    checked = neurocore.verify(trained.files[0], ticks=30, reference_ticks=2)
    assert checked.passed, [check for check in checked.checks if not check.passed]


def test_it_has_learnt_something(trained):
    assert trained.accuracy > 0.7 > 1 / CLASSES
