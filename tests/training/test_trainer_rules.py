"""The rules of the trainer's layers: hysteresis, surrogate gradient, normalisation that folds, gathering, sparsity."""

from __future__ import annotations

import numpy as np
import pytest
from small_plans import plan_of, small_data

torch = pytest.importorskip("torch", reason="training needs torch, which is not installed")
from neurocore.training import torch_layers as layers  # noqa: E402
from neurocore.training.torch_training import train_member  # noqa: E402


def units(number: int = 0, hysteresis: float = 0.1, **changes: object) -> layers.Units:
    plan = plan_of(**changes)
    order = np.arange(int(np.prod(plan.shapes()[number])))
    return layers.Units(plan, number, order, torch.Generator().manual_seed(1), hysteresis)


def settled(layer: layers.Units, hidden: float) -> float:
    """The deployed weight once every hidden weight has this value."""
    with torch.no_grad():
        layer.weight.fill_(hidden)
    layer.settle()
    assert len(layer.deployed.unique()) == 1
    return float(layer.deployed.flatten()[0])


def test_a_weight_changes_late_and_changes_back_late():
    layer = units(hysteresis=0.1)
    way = [0.0, 0.59, 0.61, 0.5, 0.41, 0.39, 0.5, 0.59, 0.61, -0.59, -0.61, -0.41, -0.39, -0.61, 0.39, 0.7]
    assert [settled(layer, hidden) for hidden in way] == [0, 0, 1, 1, 1, 0, 0, 0, 1, 0, -1, -1, 0, -1, 0, 1]


def test_without_hysteresis_a_weight_is_the_nearest_whole_number():
    layer = units(hysteresis=0.0)
    assert [settled(layer, hidden) for hidden in (0.49, 0.51, 0.49, -0.51, -0.49)] == [0, 1, 0, -1, 0]


def test_hidden_weights_are_kept_between_minus_one_and_one():
    layer = units()
    settled(layer, 1.7)
    assert float(layer.weight.detach().max()) == 1
    settled(layer, -3.0)
    assert float(layer.weight.detach().min()) == -1


def normalised(total: torch.Tensor, gain: torch.Tensor, shift: torch.Tensor) -> torch.Tensor:
    """The same by torch's own operations, before the step."""
    mean = total.mean(2, keepdim=True)
    deviation = (total.var(2, unbiased=False, keepdim=True) + layers.SPREAD).sqrt()
    return gain * (total - mean) / deviation + shift


class Triangle(torch.autograd.Function):
    """A step with the derivative max(0, 1 - |x|)."""

    @staticmethod
    def forward(ctx, edge):
        ctx.save_for_backward(edge)
        return (edge >= 0).to(edge.dtype)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * torch.clamp(1 - ctx.saved_tensors[0].abs(), min=0)


def test_spikes_and_their_gradient_are_those_of_normalisation_and_a_triangle():
    generator = torch.Generator().manual_seed(7)
    total = torch.randint(-6, 7, (3, 4, 25), generator=generator).double()
    gain = torch.randn((3, 4, 1), generator=generator, dtype=torch.float64)
    shift = torch.randn((3, 4, 1), generator=generator, dtype=torch.float64) / 3
    weigh = torch.randn((3, 4, 25), generator=generator, dtype=torch.float64)
    found, wanted = [], []
    for results, step in (
        (found, lambda *parts: layers._NormalisedSpikes.apply(*parts)[0]),
        (wanted, lambda *parts: Triangle.apply(normalised(*parts))),
    ):
        parts = [part.clone().requires_grad_() for part in (total, gain, shift)]
        fired = step(*parts)
        (fired * weigh).sum().backward()
        results += [fired.detach(), *(part.grad for part in parts)]
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)
    assert 0 < float(found[0].mean()) < 1
    assert all(float(gradient.abs().max()) > 0 for gradient in found[1:])


def test_far_from_the_edge_there_is_no_gradient():
    total = torch.tensor([[[-1.0, 1.0]]], requires_grad=True)
    fired, _, _ = layers._NormalisedSpikes.apply(total, torch.ones(1, 1, 1), torch.full((1, 1, 1), 9.0))
    fired.sum().backward()
    assert fired.tolist() == [[[1, 1]]] and total.grad.tolist() == [[[0, 0]]]


def test_the_gradient_goes_straight_through_to_the_hidden_weights_and_back_by_the_deployed():
    hidden = torch.full((1, 2, 3), 0.3, requires_grad=True)
    deployed = torch.tensor([[[1.0, 0, -1], [0, 1, 1]]])
    spikes = torch.tensor([[[1.0], [1], [0]]], requires_grad=True)
    total = layers.product(hidden, deployed, spikes)
    assert total.tolist() == [[[1], [1]]]
    (total * torch.tensor([[[2.0], [5.0]]])).sum().backward()
    assert hidden.grad.tolist() == [[[2, 2, 0], [5, 5, 0]]]
    assert spikes.grad.tolist() == [[[2], [5], [3]]]


@pytest.mark.parametrize("padding", [0, 1])
@pytest.mark.parametrize("shared", [True, False])
def test_gathered_rows_have_the_gradient_of_torchs_own_indexing(padding, shared):
    between = {"channels": 6, "kernel": 3, "stride": 2, "padding": padding, "groups": 2, "shared": shared}
    last = {"channels": 3, "kernel": 3 + padding, "groups": 3}
    layer = units(1, layers=[{"channels": 4, "kernel": 2}, between, last])
    generator = torch.Generator().manual_seed(2)
    spikes = torch.randint(0, 2, (layer.sources, 5), generator=generator).float()
    weigh = torch.randn((layer.batches, layer.inputs, 5 * (layer.places if shared else 1)), generator=generator)
    ours, theirs = spikes.clone().requires_grad_(), spikes.clone().requires_grad_()
    one = layer._seen(ours)
    other = torch.cat([theirs, torch.zeros(1, 5)])[layer.reads].reshape(one.shape)
    assert torch.equal(one.detach(), other.detach())
    (one * weigh).sum().backward()
    (other * weigh).sum().backward()
    torch.testing.assert_close(ours.grad, theirs.grad)
    assert bool((layer.reads == layer.sources).any()) == (padding > 0)


def test_folded_units_fire_for_the_same_sums_as_normalised_ones():
    layer = units()
    generator = torch.Generator().manual_seed(4)
    shape = layer.gain.shape
    with torch.no_grad():
        layer.gain.copy_(torch.randn(shape, generator=generator))
        layer.gain[0, :2] = 0  # fires always or never, as the shift says
        layer.shift.copy_(torch.randn(shape, generator=generator))
        layer.mean.copy_(torch.randn(shape, generator=generator) * 4)
        layer.inverse.copy_(torch.rand(shape, generator=generator) + 0.1)
        layer.shift[0, 0], layer.shift[0, 1] = 0.5, -0.5
        layer.deployed.copy_(torch.randint(-1, 2, layer.deployed.shape, generator=generator))
    made = layer.integers()
    spikes = torch.randint(0, 2, (layer.sources, 400), generator=generator).float()
    total = torch.bmm(layer.deployed, layer._seen(spikes)).double()
    edge = layer.gain.double() * (total - layer.mean.double()) * layer.inverse.double() + layer.shift.double()
    wanted = (edge >= 0).reshape(-1, 400)
    found = layer.exact(spikes, made) == 1
    assert int((found != wanted).sum()) == 0
    rows = found.reshape(*shape[:2], -1)
    assert bool(rows[0, 0].all()) and not bool(rows[0, 1].any())
    assert float(layer.gain.detach().min()) < 0 and 0.2 < float(found.float().mean()) < 0.8
    assert made.weight.dtype == np.int8 and set(np.unique(made.weight)) == {-1, 0, 1}


def test_statistics_are_the_mean_of_the_first_batches_and_then_follow_the_last():
    layer = units()
    generator = torch.Generator().manual_seed(9)
    means = []
    for _ in range(40):
        spikes = torch.randint(0, 2, (layer.sources, 30), generator=generator).float()
        means.append(torch.bmm(layer.deployed, layer._seen(spikes)).mean(2, keepdim=True))
        layer(spikes)
    torch.testing.assert_close(layer.mean, torch.stack(means).mean(0), rtol=1e-4, atol=1e-5)
    for _ in range(300):
        layer(torch.zeros(layer.sources, 30))
    assert float(layer.mean.abs().max()) < 0.1 < float(torch.stack(means).mean(0).abs().max())


def test_a_bias_beyond_the_leak_is_cut_to_it():
    layer = units()
    with torch.no_grad():
        layer.mean.fill_(1e6)
        layer.mean[0, 0] = -1e6
    bias = layer.integers().bias.reshape(-1)
    assert bias[0] == 255 and set(bias[1:].tolist()) == {-255}


def test_a_sparsity_penalty_lowers_activity(tmp_path):
    data, active = small_data(), []
    for sparsity in (0.0, 20.0):
        epochs = []
        train_member(plan_of(training__sparsity=sparsity), data, 0, tmp_path / f"{sparsity}.npz", say=epochs.append)
        active.append(epochs[-1].active)
    assert active[1] < active[0] / 2
