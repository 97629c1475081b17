"""The chip fires as snnTorch, Norse and Sinabs themselves did with the same spikes, which frameworks.npz holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurocore import api
from neurocore.formats.nir.options import NirOptions
from neurocore.verbs.sources import open_source

pytest.importorskip("h5py", reason="the extra nir is not installed")
DATA = Path(__file__).parents[1] / "data" / "nir"

SNNTORCH = {"dt": 1e-4, "reset": "subtract"}
SINABS = {"reset": "subtract", "fires": "at"}
RULES = {
    "norse_if": {},
    "snntorch_if": SNNTORCH,
    "snntorch_conv": SNNTORCH,
    "snntorch_recurrent": SNNTORCH,
    "sinabs_cnn": SINABS,
}
"""What each framework's graphs are read with, as docs/nir.md says."""


def chip_and_framework(name: str, **given: object) -> tuple[set[tuple[int, int]], set[tuple[int, int]]]:
    """(step, member) of the last layer's spikes: on the chip, and in the framework."""
    with np.load(DATA / "frameworks.npz") as kept:
        pins, right = kept[f"{name}_in"], kept[f"{name}_out"]
    stimulus = {"run.stimulus.input": {"spikes": np.argwhere(pins).tolist()}}
    opened = open_source(DATA / f"{name}.nir", nir=NirOptions(**given), overrides=stimulus)  # type: ignore[arg-type]
    assert opened.imported is not None
    (last,) = opened.imported.graph.outputs
    late = opened.imported.graph.shift[last]
    spikes = api.run(opened, ticks=len(right) + late).spikes_of(last)
    return {(t - late, n) for t, n in zip(spikes.tick.tolist(), spikes.neuron.tolist(), strict=True)}, {
        (step, member) for step, member in np.argwhere(right).tolist()
    }


@pytest.mark.parametrize("name", RULES)
def test_the_chip_fires_as_the_framework_did(name: str):
    chip, framework = chip_and_framework(name, **RULES[name])
    assert chip == framework and len(framework) >= 40


@pytest.mark.parametrize("name", ["snntorch_if", "sinabs_cnn"])
def test_another_reset_is_another_network(name: str):
    chip, framework = chip_and_framework(name, **(RULES[name] | {"reset": "value"}))
    assert chip != framework
