"""The whole network of one member in torch: pixels to the share of each class's voters that fires."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from neurocore.training.integer_model import IntegerLayer
from neurocore.training.plan import Plan
from neurocore.training.torch_layers import Units
from neurocore.training.torch_rate import RateUnits

__all__ = ["Voters", "coded"]


def coded(plan: Plan, images: Tensor) -> Tensor:
    """Images [images, colours, height, width] to spikes float[pins, ticks * images]: see integer_model.spikes_of."""
    if plan.ticks == 1:
        channels = torch.cat([images >= threshold for threshold in plan.input.thresholds], dim=1)
        return channels.reshape(len(images), -1).T.contiguous().float()
    pixels = images.to(torch.int32).reshape(len(images), -1)
    fired = [torch.div(pixels * tick, 255, rounding_mode="floor") for tick in range(plan.ticks + 1)]
    return torch.cat([after - before for before, after in zip(fired, fired[1:], strict=False)]).T.contiguous().float()


class Voters(nn.Module):
    """One member."""

    def __init__(self, plan: Plan, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        order = np.arange(int(np.prod(plan.input.shape)))
        layers: list[Units | RateUnits] = []
        for number in range(len(plan.layers)):
            kind = Units if plan.ticks == 1 else RateUnits
            layers.append(kind(plan, number, order, generator, plan.training.hysteresis))
            order = layers[-1].order
        self.layers = nn.ModuleList(layers)
        self.classes, self.ticks = plan.classes, plan.ticks

    def forward(self, spikes: Tensor) -> tuple[Tensor, Tensor]:
        """Spikes float[pins, images] to (shares float[images, classes], mean share of hidden units that fire)."""
        fired = []
        for layer in self.layers:
            spikes = layer(spikes)
            fired.append(spikes)
        hidden = fired[:-1] or fired
        active = torch.stack([one.mean() for one in hidden]).mean()
        return self._shares(spikes), active

    def _shares(self, spikes: Tensor) -> Tensor:
        return self._by_class(spikes).mean(dim=(0, 2)).T

    def _by_class(self, spikes: Tensor) -> Tensor:
        """float[voters of a class, classes, ticks, images]."""
        # one place: the rows of the last layer are its channels in order, whoever shares weights
        return spikes.reshape(-1, self.classes, self.ticks, spikes.shape[1] // self.ticks)

    def integers(self) -> list[IntegerLayer]:
        """Every layer as deployed."""
        return [layer.integers() for layer in self.layers]

    @torch.no_grad()
    def exact_votes(self, spikes: Tensor, made: list[IntegerLayer] | None = None) -> Tensor:
        """Votes int64[images, classes] of the deployed network for spikes float[pins, ticks * images]."""
        for layer, integers in zip(self.layers, made or self.integers(), strict=True):
            spikes = layer.exact(spikes, integers)
        return self._by_class(spikes).sum(dim=(0, 2)).T.long()
