"""Training with torch: ternary weights by straight-through rounding, binary units with a triangular surrogate slope."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn

from tools.mnist.layout import CLASSES, CORES, GREY, UNITS, VOTES, neighbourhoods, patches, spread


class Fire(torch.autograd.Function):
    """1 where x >= 0; backwards a triangle of width 2."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.save_for_backward(x)
        return (x >= 0).to(x.dtype)

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        (x,) = ctx.saved_tensors
        return gradient * (1 - x.abs()).clamp_min(0)


class Ternary(torch.autograd.Function):
    """Round to -1, 0, 1; backwards the identity."""

    @staticmethod
    def forward(ctx, weight: Tensor) -> Tensor:
        return weight.round()

    @staticmethod
    def backward(ctx, gradient: Tensor) -> Tensor:
        return gradient


class CoreLayer(nn.Module):
    """One layer of cores: each reads its own inputs, so the weights are [core, input, unit]."""

    def __init__(self, reads: np.ndarray, units: int, generator: torch.Generator) -> None:
        super().__init__()
        self.register_buffer("reads", torch.from_numpy(reads.reshape(-1)))
        self.shape = reads.shape
        start = torch.rand((*reads.shape, units), generator=generator) * 2 - 1
        self.weight = nn.Parameter(start)
        self.shift = nn.Parameter(torch.zeros(reads.shape[0], units))
        self.register_buffer("mean", torch.zeros(reads.shape[0], units))
        self.register_buffer("deviation", torch.ones(reads.shape[0], units))

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes float[batch, sources] to spikes float[batch, core * unit]."""
        seen = spikes[:, self.reads].reshape(len(spikes), *self.shape).transpose(0, 1)
        total = torch.bmm(seen, Ternary.apply(self.weight))
        if self.training:
            mean, deviation = total.mean(1), total.std(1) + 0.5
            with torch.no_grad():
                self.mean.lerp_(mean, 0.02)
                self.deviation.lerp_(deviation, 0.02)
        else:
            mean, deviation = self.mean, self.deviation
        normal = (total - mean[:, None]) / deviation[:, None] + self.shift[:, None]
        return Fire.apply(normal).transpose(0, 1).reshape(len(spikes), -1)

    def integers(self, sources: int) -> tuple[np.ndarray, np.ndarray]:
        """Weights int8[source, target], biases int16[target]: fire where sum + bias >= 1, as the shifted mean says."""
        ternary = self.weight.detach().round().numpy().astype(np.int8)
        cores, _, units = ternary.shape
        dense = np.zeros((sources, cores * units), np.int8)
        reads = self.reads.numpy().reshape(self.shape)
        for core in range(cores):
            dense[reads[core], core * units : (core + 1) * units] = ternary[core]
        threshold = (self.mean - self.shift.detach() * self.deviation).double().numpy()
        bias = np.clip(1 - np.ceil(threshold), -255, 255).astype(np.int16)
        return dense, bias.reshape(-1)


class Digits(nn.Module):
    """The whole network."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        generator = torch.Generator().manual_seed(seed)
        self.layers = nn.ModuleList(
            [
                CoreLayer(patches(), UNITS, generator),
                CoreLayer(neighbourhoods(), UNITS, generator),
                CoreLayer(spread(), VOTES * CLASSES, generator),
            ]
        )

    def forward(self, spikes: Tensor) -> Tensor:
        """Spikes float[batch, 784] to the share of votes that each class wins, float[batch, classes]."""
        for layer in self.layers:
            spikes = layer(spikes)
        return spikes.reshape(len(spikes), CORES * VOTES, CLASSES).mean(1)

    def integers(self) -> dict[str, np.ndarray]:
        """The arrays of weights.npz."""
        arrays = {}
        for number, (layer, sources) in enumerate(
            zip(self.layers, (28 * 28, CORES * UNITS, CORES * UNITS), strict=True), start=1
        ):
            arrays[f"weights{number}"], arrays[f"bias{number}"] = layer.integers(sources)
        return arrays


def shifted(images: Tensor, reach: int, generator: torch.Generator) -> Tensor:
    """Each batch moved by up to ``reach`` pixels, a cheap way to more data."""
    dy, dx = torch.randint(-reach, reach + 1, (2,), generator=generator).tolist()
    return torch.roll(images, (dy, dx), (1, 2))


def train(
    images: np.ndarray,
    labels: np.ndarray,
    *,
    epochs: int,
    seed: int,
    batch: int = 125,
    rate: float = 0.01,
    say: Callable[[str], None] = print,
) -> Digits:
    """Train on uint8[n, 28, 28] and labels uint8[n]."""
    torch.set_num_threads(1)  # small matrices: more threads are slower
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    pixels, wanted = (torch.from_numpy(images) >= GREY).float(), torch.from_numpy(labels).long()
    model = Digits(seed)
    optimiser = torch.optim.Adam(model.parameters(), lr=rate)
    steps = math.ceil(len(pixels) / batch) * epochs
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, rate, total_steps=steps, pct_start=0.1)
    started = time.perf_counter()
    for epoch in range(epochs):
        model.train()
        right = 0
        for rows in torch.randperm(len(pixels), generator=generator).split(batch):
            share = model(shifted(pixels[rows], 1, generator).reshape(len(rows), -1))
            loss = nn.functional.cross_entropy(share * 16, wanted[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            with torch.no_grad():
                for layer in model.layers:
                    layer.weight.clamp_(-1, 1)
            right += int((share.argmax(1) == wanted[rows]).sum())
        seconds = time.perf_counter() - started
        say(
            f"epoch {epoch + 1:3d} of {epochs}: {right / len(pixels):.4f} of the training images right, {seconds:.0f} s"
        )
    return model.eval()
