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
from neurocore.training.integer_model import fire, predict, transduce
from neurocore.verbs.sources import compile_source, open_for_run
from neurocore.verbs.stimulate import network_events
from neurocore.verbs.training import TrainResult, train

torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
from neurocore.training.torch_layers import Voters  # noqa: E402
from neurocore.training.torch_training import transduced  # noqa: E402

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
        wanted = fire(plan, layers, transduce(images, plan.input.thresholds))
        spikes = transduced(pixels, plan.input.thresholds)
        for layer, made, right in zip(Voters(plan, 0).layers, layers, wanted, strict=True):
            spikes = layer.exact(spikes, made)
            # rows come as the layer keeps them; ``order`` says where (channel, place) lies
            assert (spikes.numpy().T[:, layer.order] != right).sum() == 0
            assert 0 < right.mean() < 1
    assert trained.mismatches == 0


def test_the_chip_and_the_logical_network_give_every_vote_of_the_integer_model(trained):
    plan = trained.plan
    images, labels = shown(trained)
    depth = len(plan.layers)
    spikes = transduce(images, plan.input.thresholds)
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
        here = dense[depth:, group.start : group.stop]
        chip = result.spikes_of(name).to_dense().reshape(len(dense), -1)[depth:]
        assert right.any()
        assert (here != right).sum() == 0
        assert (chip != right).sum() == 0
    predicted = predict(plan, trained.layers, images)
    assert result.classifier.correct == int((predicted == labels).sum()) == trained.correct


def test_every_population_is_the_same_mapped_and_logical(trained):
    checked = neurocore.verify(trained.files[0], ticks=30, reference_ticks=2)
    assert checked.passed, [check for check in checked.checks if not check.passed]


def test_it_has_learnt_something(trained):
    assert trained.accuracy > 0.7 > 1 / CLASSES
