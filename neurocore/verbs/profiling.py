"""A run as a profile: how often each neuron of a network fired, for placement by traffic."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from neurocore.errors import NeurocoreError
from neurocore.image import ChipImage
from neurocore.mapper.split import PARTIAL_SUMS
from neurocore.network import Network
from neurocore.recording import Recording
from neurocore.verbs.run_loading import load_run

__all__ = ["profile_of"]


def profile_of(folder: str | Path, network: Network) -> npt.NDArray[np.int64]:
    """Spikes of each neuron of a network in an earlier run of it. Returns int64[L].

    folder : run folder of the same populations; its seed, ticks, stimulus and mapping may differ
    Raises NeurocoreError where the run is of another network.
    """
    place = Path(folder)
    if not place.is_dir():
        raise NeurocoreError(f"{place}: not a run folder", fix="name a folder that 'neurocore run' wrote")
    profiled = load_run(place)
    image = profiled.image
    ran = [(group.name, group.shape) for group in image.logical.populations]
    described = [(name, item.shape) for name, item in network.populations.items()]
    rest = ran[len(described) :]
    if ran[: len(described)] != described or not all(name.endswith(PARTIAL_SUMS) for name, _ in rest):
        raise NeurocoreError(
            f"{place}: a run of {_listed(ran)}, the network has {_listed(described)}",
            fix="profile with a run of the same populations",
        )
    return spike_counts(image, profiled.recording)


def spike_counts(image: ChipImage, recording: Recording) -> npt.NDArray[np.int64]:
    """Spikes of each logical neuron, read from its first instance; int64[L]."""
    table = image.logical
    neurons = table.populations[-1].stop if table.populations else 0
    logical = np.full(image.neuron_used.shape, -1, np.int64)
    placed, first = np.unique(table.instance_logical, return_index=True)
    logical[table.instance_core[first], table.instance_neuron[first]] = placed
    fired = logical[recording.spike_core, recording.spike_neuron]
    return np.bincount(fired[fired >= 0], minlength=neurons)


def _listed(populations: list[tuple[str, tuple[int, ...]]]) -> str:
    return ", ".join(f"{name} {list(shape)}" for name, shape in populations[:6]) or "an imported model"
