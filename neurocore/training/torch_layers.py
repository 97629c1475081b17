"""Layers of deployable units in torch: ternary weights with hysteresis, binary spikes, normalisation that folds."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurocore.training.integer_model import IntegerLayer
from neurocore.training.plan import Plan

__all__ = ["LARGEST_LEAK", "Reading", "Units", "product"]

SPREAD = 0.25
"""Added to a unit's variance: sums are whole numbers, less than this is no spread at all."""

_MOMENTUM = 0.02
LARGEST_LEAK = 255


class _Gather(torch.autograd.Function):
    """Rows of a matrix, some of them more than once; backwards the sum over the places where each went.

    silent : whether ``reads`` may name the row after the last, of zeros; it has no gradient
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, reads: Tensor, back: Tensor, silent: bool) -> Tensor:
        ctx.save_for_backward(back)
        return _with_silence(rows, silent).index_select(0, reads)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None, None, None]:
        (back,), gradient = ctx.saved_tensors, gradients[0]
        if back.shape[0] > 1 or bool((back == len(gradient)).any()):
            gradient = torch.cat([gradient, gradient.new_zeros(1, gradient.shape[1])])
        total = gradient.index_select(0, back[0])
        for more in back[1:]:
            total += gradient.index_select(0, more)
        return total, None, None, None


def _with_silence(rows: Tensor, silent: bool) -> Tensor:
    return torch.cat([rows, rows.new_zeros(1, rows.shape[1])]) if silent else rows


class _Product(torch.autograd.Function):
    """Deployed ternary weights times spikes; the gradient goes straight through to the hidden weights."""

    @staticmethod
    def forward(ctx: Any, hidden: Tensor, deployed: Tensor, spikes: Tensor) -> Tensor:
        ctx.save_for_backward(deployed, spikes)
        return torch.bmm(deployed, spikes)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, None, Tensor | None]:
        (deployed, spikes), gradient = ctx.saved_tensors, gradients[0]
        below = torch.bmm(deployed.transpose(1, 2), gradient) if ctx.needs_input_grad[2] else None
        return torch.bmm(gradient, spikes.transpose(1, 2)), None, below


def product(hidden: Tensor, deployed: Tensor, spikes: Tensor) -> Tensor:
    """float[N, O, .]: deployed weights [N, O, K] times spikes [N, K, .]; hidden weights get the gradient."""
    made: Tensor = _Product.apply(hidden, deployed, spikes)
    return made


class _NormalisedSpikes(torch.autograd.Function):
    """1 where gain * (x - mean) / deviation + shift >= 0; backwards a triangle of width 2 around that edge.

    One function, as its parts would keep five arrays of the size of x.
    """

    @staticmethod
    def forward(ctx: Any, total: Tensor, gain: Tensor, shift: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        mean = total.mean(2, keepdim=True)
        normal = total - mean
        inverse = (normal.square().mean(2, keepdim=True) + SPREAD).rsqrt()
        normal *= inverse
        edge = torch.addcmul(shift, normal, gain)
        ctx.save_for_backward(normal, edge, inverse, gain)
        ctx.mark_non_differentiable(mean, inverse)
        return (edge >= 0).to(total.dtype), mean, inverse

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        normal, edge, inverse, gain = ctx.saved_tensors
        slope = gradients[0] * edge.abs().neg_().add_(1).clamp_min_(0)
        along = slope * normal
        mean, mean_along = slope.mean(2, keepdim=True), along.mean(2, keepdim=True)
        count = slope.shape[2]
        total = (slope - mean).addcmul_(normal, mean_along, value=-1).mul_(gain * inverse)
        return total, mean_along * count, mean * count


class Reading(nn.Module):
    """What the layers of every kind have: what their units read, and ternary weights that follow hidden ones.

    Spikes are float[units, images]: a unit's spikes lie together. Where an image is shown for several ticks, the
    columns are ticks * images, tick after tick.

    Batches of matrices [N, O, .]: N runs over places and groups where each place has weights of its own, else over
    groups. ``order`` says in which row the units come out: int64[channels * places], by (channel, place).
    """

    def __init__(
        self, plan: Plan, number: int, order: np.ndarray, generator: torch.Generator, hysteresis: float
    ) -> None:
        super().__init__()
        layer = plan.layers[number]
        self.sources, self.padded, self.shared = int(np.prod(plan.shapes()[number])), layer.padding > 0, layer.shared
        self.hysteresis = hysteresis
        reads = plan.reads(number)
        groups, inputs, places = reads.shape
        units = layer.channels // groups
        physical = np.append(order, self.sources)[reads]
        flat = (physical if layer.shared else physical.transpose(2, 0, 1)).reshape(-1)
        self.batches, self.inputs, self.units, self.places = (
            (groups if layer.shared else groups * places),
            inputs,
            units,
            places,
        )
        self.groups = groups
        at = np.arange(layer.channels * places)
        if layer.shared:
            self.order = at
        else:
            self.order = at.reshape(places, groups * units).T.reshape(-1)
        self.register_buffer("reads", torch.from_numpy(flat))
        self.register_buffer("back", torch.from_numpy(_back(flat, self.sources)))
        start = torch.rand((self.batches, units, inputs), generator=generator) * 2 - 1
        self.weight = nn.Parameter(start)
        self.register_buffer("deployed", start.round())

    def _seen(self, spikes: Tensor) -> Tensor:
        if spikes.requires_grad:
            rows = _Gather.apply(spikes, self.reads, self.back, self.padded)
        else:
            rows = _with_silence(spikes, self.padded).index_select(0, self.reads)
        return rows.reshape(self.batches, self.inputs, -1)

    @torch.no_grad()
    def settle(self) -> None:
        """After a step: hidden weights back into -1..1, deployed weights follow them with hysteresis."""
        self.weight.clamp_(-1, 1)
        late = 0.5 - self.hysteresis
        room = 2 * self.hysteresis
        up = self.weight >= torch.where(self.deployed > 0, late, late + room)
        down = self.weight <= torch.where(self.deployed < 0, -late, -late - room)
        self.deployed.copy_(up.to(self.deployed.dtype) - down.to(self.deployed.dtype))

    def shaped(self, weight: np.ndarray, bias: np.ndarray) -> IntegerLayer:
        """The deployed layer of weights [N, O, K] and biases [N, O, 1]."""
        shape = (self.groups,) if self.shared else (self.places, self.groups)
        return IntegerLayer(
            weight=weight.astype(np.int8).reshape(*shape, self.units, self.inputs),
            bias=bias.astype(np.int16).reshape(*shape, self.units),
        )

    def totals(self, spikes: Tensor, made: IntegerLayer) -> Tensor:
        """Sums and biases float[N, O, .] of the deployed layer: whole numbers in float32, so no rounding."""
        weight = torch.from_numpy(made.weight.reshape(self.batches, self.units, self.inputs)).float()
        bias = torch.from_numpy(made.bias.reshape(self.batches, self.units, 1)).float()
        return torch.bmm(weight, self._seen(spikes)) + bias


def _back(reads: np.ndarray, sources: int) -> np.ndarray:
    """int64[r, sources]: the places in ``reads`` where each source went, filled up with len(reads)."""
    kept = np.flatnonzero(reads < sources)
    order = kept[np.argsort(reads[kept], kind="stable")]
    counts = np.bincount(reads[order], minlength=sources)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(counts) - counts, counts)
    back = np.full((max(1, int(counts.max())), sources), len(reads), np.int64)
    back[rank, reads[order]] = order
    return back


class Units(Reading):
    """A layer of units without memory: an image is shown for one tick."""

    def __init__(
        self, plan: Plan, number: int, order: np.ndarray, generator: torch.Generator, hysteresis: float
    ) -> None:
        super().__init__(plan, number, order, generator, hysteresis)
        shape = (self.batches, self.units, 1)
        self.gain = nn.Parameter(torch.ones(shape))
        self.shift = nn.Parameter(torch.zeros(shape))
        self.register_buffer("mean", torch.zeros(shape))
        self.register_buffer("inverse", torch.ones(shape))
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes of the layer below to spikes of this one, with the statistics of the batch."""
        images = spikes.shape[1]
        total = product(self.weight, self.deployed, self._seen(spikes))
        fired, mean, inverse = _NormalisedSpikes.apply(total, self.gain, self.shift)
        with torch.no_grad():
            self.seen += 1
            share = max(
                _MOMENTUM, 1 / float(self.seen)
            )  # at first the plain mean: short trainings are deployed well too
            self.mean.lerp_(mean, share)
            self.inverse.lerp_(inverse, share)
        return fired.reshape(-1, images)

    def integers(self) -> IntegerLayer:
        """The layer as the chip has it: normalisation becomes a whole bias, a negative gain turns the weights round."""
        gain, shift = self.gain.detach().double().numpy(), self.shift.detach().double().numpy()
        mean, inverse = self.mean.double().numpy(), self.inverse.double().numpy()
        flat = np.abs(gain) < 1e-9
        edge = mean - shift / (np.where(flat, 1, gain) * inverse)
        edge = np.where(flat, np.where(shift >= 0, -np.inf, np.inf), edge)
        turned = (gain < 0) & ~flat
        bias = np.clip(1 - np.ceil(np.where(turned, -edge, edge)), -LARGEST_LEAK, LARGEST_LEAK)
        weight = self.deployed.numpy() * np.where(turned, -1, 1)
        return self.shaped(weight, bias)

    @torch.no_grad()
    def exact(self, spikes: Tensor, made: IntegerLayer) -> Tensor:
        """The deployed layer on spikes float[sources, images]."""
        return (self.totals(spikes, made) >= 1).float().reshape(-1, spikes.shape[1])
