"""Layers of integrate-and-fire units in torch, for images that are shown for several ticks as rates."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from neurocore.training.integer_model import IntegerLayer
from neurocore.training.plan import Plan
from neurocore.training.torch_layers import LARGEST_LEAK, Reading, product

__all__ = ["RateUnits"]


class _Fires(torch.autograd.Function):
    """1 where the potential reaches the threshold; backwards a triangle around it, as wide on either side."""

    @staticmethod
    def forward(ctx: Any, potential: Tensor, threshold: int) -> Tensor:
        ctx.save_for_backward(potential)
        ctx.threshold = threshold
        return (potential >= threshold).to(potential.dtype)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        (potential,), threshold = ctx.saved_tensors, ctx.threshold
        slope = ((potential - threshold) / threshold).abs_().neg_().add_(1).clamp_min_(0)
        return gradients[0] * slope / threshold, None


class RateUnits(Reading):
    """A layer of units that add up whole numbers, tick after tick: training and chip compute the same.

    The bias is threshold * shift, rounded; its gradient goes straight through the rounding.
    """

    def __init__(
        self, plan: Plan, number: int, order: np.ndarray, generator: torch.Generator, hysteresis: float
    ) -> None:
        super().__init__(plan, number, order, generator, hysteresis)
        self.threshold, self.ticks = plan.threshold(number), plan.ticks
        self.shift = nn.Parameter(torch.zeros(self.batches, self.units, 1))

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes of the layer below to spikes of this one, both float[units, ticks * images]."""
        exact = self.shift * self.threshold
        bias = exact + (self._bias() - exact).detach()
        return self._integrated(product(self.weight, self.deployed, self._seen(spikes)) + bias)

    def _bias(self) -> Tensor:
        # threshold - 1 + bias is the most that clearing has to undo, see deploy.network_of
        return (self.shift.detach() * self.threshold).round().clamp(-LARGEST_LEAK, LARGEST_LEAK + 1 - self.threshold)

    def _integrated(self, total: Tensor) -> Tensor:
        """Spikes for what is added to the potentials, float[N, O, places * ticks * images]."""
        added = total.reshape(self.batches, self.units, -1, self.ticks, self._images(total))
        potential, fired = torch.zeros_like(added[:, :, :, 0]), []
        for tick in range(self.ticks):
            potential = potential + added[:, :, :, tick]
            spike = _Fires.apply(potential, self.threshold)
            fired.append(spike)
            potential = potential.clamp_min(0) * (1 - spike)
        return torch.stack(fired, dim=3).reshape(-1, self.ticks * added.shape[4])

    def _images(self, total: Tensor) -> int:
        return total.shape[2] // ((self.places if self.shared else 1) * self.ticks)

    def integers(self) -> IntegerLayer:
        """The layer as the chip has it."""
        return self.shaped(self.deployed.numpy(), self._bias().numpy())

    @torch.no_grad()
    def exact(self, spikes: Tensor, made: IntegerLayer) -> Tensor:
        """The deployed layer on spikes float[sources, ticks * images]."""
        return self._integrated(self.totals(spikes, made))
