"""Images shown for several ticks: even rates, integrate-and-fire units, potentials cleared between images."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from small_plans import bars, drawn, plan_of, small

import neurocore
from neurocore.errors import ConfigError
from neurocore.training.deploy import network_of
from neurocore.training.integer_model import IntegerLayer, fire, predict, rate_coded, spikes_of
from neurocore.training.plan import FAN_IN
from neurocore.training.plan_yaml import read_plan

RATES = {"ticks": 4, "input": {"size": [8, 8]}}


def test_a_pixel_fires_its_share_of_the_ticks_evenly_spread():
    spikes = rate_coded(np.arange(256, dtype=np.uint8).reshape(1, 16, 16), 10)
    assert spikes.shape == (1, 10, 1, 16, 16) and set(np.unique(spikes)) == {0, 1}
    counts = spikes.sum(axis=1).reshape(256)
    np.testing.assert_array_equal(counts, np.arange(256) * 10 // 255)
    assert spikes.reshape(10, 256)[:, 128].tolist() == [0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
    assert (np.diff(counts) >= 0).all() and (counts[0], counts[255]) == (0, 10)


def test_colours_are_channels():
    images, _ = bars(3, 1, colours=3)
    spikes = rate_coded(images, 4)
    for colour in range(3):
        np.testing.assert_array_equal(spikes[:, :, colour], rate_coded(images[..., colour], 4)[:, :, 0])


def test_a_unit_adds_up_fires_starts_anew_and_is_never_below_zero():
    plan = plan_of(
        ticks=6,
        classes=2,
        input={"size": [1, 1]},
        layers=[{"channels": 2, "kernel": 1, "threshold": 3}],
    )
    layers = [IntegerLayer(weight=np.array([[[1], [-1]]], np.int8), bias=np.array([[1, 2]], np.int16))]
    spikes = np.array([1, 0, 1, 1, 1, 0], np.uint8).reshape(1, 6, 1, 1, 1)
    # first unit: 2, 3 fires, 2, 4 fires, 2, 3 fires; second: 1, 3 fires, 1, 2, 3 fires, 2
    assert fire(plan, layers, spikes)[0].T.tolist() == [[0, 1, 0, 1, 0, 1], [0, 1, 0, 0, 1, 0]]
    below = [IntegerLayer(weight=layers[0].weight, bias=np.array([[-9, 4]], np.int16))]
    assert fire(plan, below, spikes)[0].T.tolist() == [[0] * 6, [1] * 6]


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"ticks": 2, "views": [[0, 0], [1, 1]]},
        {
            "layers": [
                {"channels": 6, "kernel": 4, "stride": 2, "threshold": 128},
                {"channels": 6, "kernel": 2, "padding": 1, "shared": False, "threshold": 1},
                {"channels": 6, "kernel": 4, "groups": 2, "threshold": 1},
            ]
        },
    ],
    ids=["two layers", "two views", "thresholds and biases at their bounds"],
)
def test_any_weights_and_biases_do_on_the_chip_what_the_integer_model_says(change):
    plan = plan_of(**(RATES | change))
    layers = drawn(plan, 5)
    images, labels = bars(12, 2)
    network = network_of(plan, [layers], images, labels)
    result = neurocore.run(network)
    each, depth = plan.ticks + 1, len(plan.layers)
    for number, view in enumerate(plan.views):
        wanted = fire(plan, layers, spikes_of(plan, images), view)[-1].reshape(len(images), plan.ticks, -1)
        name = f"view{number + 1}.votes" if len(plan.views) > 1 else "votes"
        found = result.spikes_of(name).to_dense().reshape(network.run.ticks, -1)[depth:].reshape(len(images), each, -1)
        assert (found[:, 1:] != wanted).sum() == 0 and not found[:, 0].any()
        assert 0 < wanted.mean() < 1
    assert result.classifier.predictions.tolist() == predict(plan, [layers], images).tolist()
    assert neurocore.verify(network, ticks=20, reference_ticks=1).passed


def test_a_core_needs_an_axon_to_clear_its_units(tmp_path):
    fits = [{"channels": 127, "kernel": 8, "shared": False}, {"channels": 3, "kernel": 1}]
    assert plan_of(ticks=2, input={"size": [8, 8]}, layers=fits).inputs(1) == FAN_IN - 1
    fits[0]["channels"] = 128
    with pytest.raises(ConfigError, match=r"layers\[1\].kernel: 128 inputs a unit") as caught:
        plan_of(ticks=2, input={"size": [8, 8]}, layers=fits)
    assert "at most 127 fit a core (two axons for a ternary weight, one to clear)" in caught.value.fix
    assert plan_of(input={"size": [8, 8]}, layers=fits).inputs(1) == FAN_IN


def test_keys_that_have_no_meaning_are_refused(tmp_path):
    def refused(**changes: object) -> str:
        (tmp_path / "plan.yaml").write_text(yaml.safe_dump(small(**changes)))
        with pytest.raises(ConfigError) as caught:
            read_plan(tmp_path / "plan.yaml")
        assert caught.value.line and caught.value.fix
        return f"{caught.value.path}: {caught.value.problem}"

    assert refused(ticks=4).startswith("input.thresholds: pixels shown for 4 ticks become rates")
    layers = [{"channels": 3, "kernel": 8, "threshold": 4}]
    assert refused(layers=layers).startswith("layers[0].threshold: units that see an image for one tick")
    assert refused(ticks=65).startswith("ticks: ")


def test_thresholds_left_out_grow_with_the_inputs():
    plan = plan_of(**RATES)
    assert [plan.inputs(number) for number in range(2)] == [16, 36]
    assert [plan.threshold(number) for number in range(2)] == [2, 3]
    assert [plan_of().threshold(number) for number in range(2)] == [1, 1]


def test_in_torch_potentials_and_gradients_are_those_of_the_rule_written_out(tmp_path):
    torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
    from neurocore.training.torch_rate import RateUnits

    plan = plan_of(
        ticks=3,
        input={"size": [8, 8]},
        layers=[{"channels": 4, "kernel": 5, "threshold": 3}] + [{"channels": 3, "kernel": 4}],
    )
    generator = torch.Generator().manual_seed(1)
    layer = RateUnits(plan, 0, np.arange(64), generator, 0.1)
    with torch.no_grad():
        layer.shift.copy_(torch.rand(layer.shift.shape, generator=generator) * 2 - 0.6)
    spikes = torch.randint(0, 2, (64, 3 * 5), generator=generator).float()
    weigh = torch.randn((4 * 16, 15), generator=generator)
    fired = layer(spikes)
    (fired * weigh).sum().backward()
    assert torch.equal(fired.detach(), layer.exact(spikes, layer.integers()))

    total = torch.bmm(layer.deployed, layer._seen(spikes)).reshape(4, 16, 3, 5).requires_grad_()
    bias = (layer.shift.detach() * 3).round().reshape(4, 1, 1).requires_grad_()
    potential, out = torch.zeros(4, 16, 5), []
    for tick in range(3):
        potential = potential + total[:, :, tick] + bias
        hard = (potential >= 3).float()
        height = torch.clamp(1 - (potential.detach() - 3).abs() / 3, min=0) / 3
        soft = potential * height
        spike = hard.detach() + soft - soft.detach()  # a step whose slope is a triangle
        out.append(spike)
        potential = torch.clamp(potential, min=0) * (1 - spike)
    (torch.stack(out, dim=2).reshape(-1, 15) * weigh).sum().backward()
    torch.testing.assert_close(layer.shift.grad.reshape(4, 1, 1), bias.grad * 3, rtol=1e-4, atol=1e-5)
    seen = layer._seen(spikes)
    torch.testing.assert_close(
        layer.weight.grad, torch.bmm(total.grad.reshape(1, 4, -1), seen.transpose(1, 2)), rtol=1e-4, atol=1e-4
    )
    assert float(layer.weight.grad.abs().max()) > 0


def test_in_torch_biases_stay_where_clearing_undoes_them():
    torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
    from neurocore.training.torch_rate import RateUnits

    plan = plan_of(**RATES)
    layer = RateUnits(plan, 1, np.arange(8 * 9), torch.Generator().manual_seed(1), 0.1)
    with torch.no_grad():
        layer.shift.fill_(1e4)
        layer.shift[:, 0] = -1e4
    assert set(layer.integers().bias.reshape(-1).tolist()) == {-255, 256 - plan.threshold(1)}
