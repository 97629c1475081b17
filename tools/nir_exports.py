"""Writes the .nir files under tests/data/nir with the exporters of snnTorch, Norse and Sinabs themselves.

Needs torch, snntorch, norse, sinabs, nirtorch and nir; none of them is needed to read what comes out. Weights are drawn
from a fixed seed, so that the files' contents are the same every time. frameworks.npz holds what each framework itself
did with random spikes: NAME_in and NAME_out, bool[T, members].

    python tools/nir_exports.py tests/data/nir
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nir
import numpy as np
import torch

STEPS = 40

Made = tuple[torch.nn.Module, torch.Tensor, nir.NIRGraph]
"""A network, a sample of its input, and its export."""


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    spikes: dict[str, Any] = {}
    for name, make in EXPORTS.items():
        torch.manual_seed(1)
        with torch.no_grad():
            net, sample, graph = make()
            given = (torch.rand(STEPS, *sample.shape[1:]) < 0.3).float()
            came = torch.stack(_steps(name, net, given)).reshape(STEPS, -1)
        assert set(came.unique().tolist()) <= {0.0, 1.0}, name
        spikes |= {f"{name}_in": given.reshape(STEPS, -1).numpy() > 0, f"{name}_out": came.numpy() > 0}
        nir.write(folder / f"{name}.nir", graph, compression=None)  # Norse's scalars cannot be compressed
        print(name, [f"{key}:{type(node).__name__}" for key, node in graph.nodes.items()], graph.edges)
    np.savez_compressed(folder / "frameworks.npz", **spikes)


def _steps(name: str, net: torch.nn.Module, given: torch.Tensor) -> list[torch.Tensor]:
    """What leaves a network in each step, from its start."""
    if name.startswith("sinabs"):
        from sinabs.utils import reset_states

        reset_states(net)
        return list(net(given))
    if name.startswith("norse"):
        found, state = [], None
        for now in given:
            out, state = net(now[None], state)
            found.append(out)
        return found
    from snntorch import utils

    utils.reset(net)
    made = [net(now[None]) for now in given]
    return [out[0] if isinstance(out, tuple) else out for out in made]


def _whole(layer: torch.nn.Module, low: int, high: int, step: float) -> torch.nn.Module:
    """Weights that are multiples of a step."""
    layer.weight.copy_(torch.randint(low, high + 1, layer.weight.shape) * step)
    if layer.bias is not None:
        layer.bias.copy_(torch.randint(-1, 2, layer.bias.shape) * step)
    return layer


def _leaky(shape: tuple[int, ...], beta: float, threshold: float = 1.0, **more: Any) -> torch.nn.Module:
    """snnTorch's exporter wants beta and threshold for each neuron.

    Its reset takes the threshold off a step later, after the leak: with beta = 0 that is no reset of NIR's, so none.
    """
    more |= {} if beta else {"reset_mechanism": "none"}
    import snntorch as snn

    beta_of, threshold_of = torch.full(shape, beta), torch.full(shape, threshold)
    return snn.Leaky(beta=beta_of, threshold=threshold_of, init_hidden=True, **more)


def snntorch_if() -> Made:
    """beta = 1 is an integrate-and-fire neuron: exact."""
    from snntorch.export_nir import export_to_nir

    net = torch.nn.Sequential(
        _whole(torch.nn.Linear(12, 16), -2, 3, 0.25),
        _leaky((16,), 1.0),
        _whole(torch.nn.Linear(16, 4, bias=False), -2, 3, 0.25),
        _leaky((4,), 1.0, output=True),
    )
    sample = torch.zeros(1, 12)
    return net, sample, export_to_nir(net, sample, ignore_dims=[0])


def snntorch_leaky() -> Made:
    """Exponential leak: only with --approximate lif=linear-leak,weights=8 and --dt 1e-4."""
    from snntorch.export_nir import export_to_nir

    net = torch.nn.Sequential(
        torch.nn.Linear(12, 16),
        _leaky((16,), 0.9, 0.5),
        torch.nn.Linear(16, 4),
        _leaky((4,), 0.9, 0.5, output=True),
    )
    sample = torch.zeros(1, 12)
    return net, sample, export_to_nir(net, sample, ignore_dims=[0])


def snntorch_conv() -> Made:
    """Convolution, average pool, flatten; memoryless neurons (beta = 0), exact with --dt 1e-4."""
    from snntorch.export_nir import export_to_nir

    net = torch.nn.Sequential(
        _whole(torch.nn.Conv2d(1, 2, 3, padding=1), -1, 1, 0.5),
        _leaky((2, 6, 6), 0.0, 0.5),
        torch.nn.AvgPool2d(2),
        torch.nn.Flatten(),
        _whole(torch.nn.Linear(18, 3), -1, 1, 1.0),
        _leaky((3,), 0.0, 0.5, output=True),
    )
    sample = torch.zeros(1, 1, 6, 6)
    return net, sample, export_to_nir(net, sample, ignore_dims=[0])


def snntorch_recurrent() -> Made:
    """A recurrent layer as a sub-graph; beta = 0."""
    import snntorch as snn
    from snntorch.export_nir import export_to_nir

    class Net(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = _whole(torch.nn.Linear(6, 8), -1, 2, 0.5)
            self.lif = snn.RLeaky(
                beta=0.0, all_to_all=True, linear_features=8, init_hidden=True, reset_mechanism="none"
            )
            _whole(self.lif.recurrent, -1, 1, 0.5)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.lif(self.fc(x))

    net, sample = Net(), torch.zeros(1, 6)
    return net, sample, export_to_nir(net, sample, ignore_dims=[0])


def snntorch_synaptic() -> Made:
    """A synaptic current: refused."""
    import snntorch as snn
    from snntorch.export_nir import export_to_nir

    alpha, beta = torch.full((3,), 0.8), torch.full((3,), 0.9)
    layer = snn.Synaptic(alpha=alpha, beta=beta, threshold=torch.ones(3), init_hidden=True, output=True)
    net = torch.nn.Sequential(torch.nn.Linear(4, 3), layer)
    sample = torch.zeros(1, 4)
    return net, sample, export_to_nir(net, sample, ignore_dims=[0])


def norse_if() -> Made:
    """Norse's integrate-and-fire cells: exact."""
    import norse.torch as norse

    net = norse.SequentialState(
        _whole(torch.nn.Linear(10, 12), -2, 3, 0.5),
        norse.IAFCell(),
        _whole(torch.nn.Linear(12, 3), -2, 3, 0.5),
        norse.IAFCell(),
    )
    sample = torch.zeros(1, 10)
    return net, sample, norse.to_nir(net, sample)


def norse_lif() -> Made:
    """Norse's LIFBoxCell: exponential leak."""
    import norse.torch as norse

    net = norse.SequentialState(torch.nn.Linear(10, 6), norse.LIFBoxCell())
    sample = torch.zeros(1, 10)
    return net, sample, norse.to_nir(net, sample)


def sinabs_cnn() -> Made:
    """Convolutions, sum pools, IAF: exact, weights and biases multiples of 1/4; one spike in a step at most."""
    import sinabs.layers as sl
    from sinabs.activation import SingleSpike
    from sinabs.nir import to_nir

    net = torch.nn.Sequential(
        _whole(torch.nn.Conv2d(2, 4, 3, stride=2, padding=1, bias=False), -1, 1, 0.5),
        sl.IAFSqueeze(batch_size=1, spike_fn=SingleSpike),
        sl.SumPool2d(2),
        _whole(torch.nn.Conv2d(4, 4, 3, padding=1, groups=2, bias=False), -1, 1, 0.5),
        sl.IAFSqueeze(batch_size=1, spike_fn=SingleSpike),
        torch.nn.Flatten(),
        _whole(torch.nn.Linear(16, 3), -1, 1, 0.5),
        sl.IAFSqueeze(batch_size=1, spike_fn=SingleSpike),
    )
    sample = torch.zeros(1, 2, 8, 8)
    net(sample)
    graph = to_nir(net, sample)
    graph.infer_types()  # nir cannot write a Flatten without the shape of its input
    return net, sample, graph


EXPORTS: dict[str, Callable[[], Made]] = {
    make.__name__: make
    for make in (
        snntorch_if,
        snntorch_leaky,
        snntorch_conv,
        snntorch_recurrent,
        snntorch_synaptic,
        norse_if,
        norse_lif,
        sinabs_cnn,
    )
}

if __name__ == "__main__":
    main(Path(sys.argv[1]))
