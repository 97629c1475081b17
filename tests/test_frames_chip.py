"""Networks of `neurocore train`: the chip gives every vote of the integer model; fields wire what they say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import neurocore
from neurocore.mapper.fields import receptive_fields
from neurocore.training.integer_model import IntegerLayer, fire
from neurocore.training.plan_yaml import read_plan

FRAMES = Path(__file__).parents[1] / "configs/frames"
SHOWN = 200


@pytest.mark.parametrize("name", ["digits_a", "digits_b"])
def test_every_vote_of_the_shipped_network_is_the_integer_models(name):
    plan = read_plan(FRAMES / f"plans/{name}.yaml", None)
    depth = len(plan.layers)
    with np.load(FRAMES / f"{name}.arrays.npz", allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    layers = []
    for number in range(depth):
        weight = arrays[f"projections.{number}.weights"]
        assert set(np.unique(weight).tolist()) == {-1, 0, 1}
        places, groups, units, _ = weight.shape
        population = "votes" if number == depth - 1 else f"layer{number + 1}"
        leak = arrays[f"populations.{population}.neuron.leak"].reshape(groups, units, places)
        layers.append(IntegerLayer(weight=weight, bias=leak.transpose(2, 0, 1)))
    images = arrays["run.stimulus.pixels.images.values"][:SHOWN].reshape(SHOWN, 1, 32, 32)
    wanted = fire(plan, layers, (images >= 128).astype(np.uint8))[-1]

    result = neurocore.run(FRAMES / f"{name}.yaml", ticks=SHOWN + depth)
    found = result.spikes_of("votes").to_dense().reshape(SHOWN + depth, -1)[depth:]
    assert wanted.any(axis=1).all()
    np.testing.assert_array_equal(found, wanted)


@pytest.mark.slow  # maps and runs 4,000 cores
def test_every_vote_of_the_full_chip_is_the_integer_models():
    from tools.frames import measure

    facts = measure(FRAMES / "digits_c.yaml", None, check=True, threads=None)
    assert (facts["cores"], facts["compared_frames"], facts["mismatches"]) == (4000, 100, 0)


def test_fields_read_the_squares_of_their_group():
    reads = receptive_fields((4, 5, 6), (6, 2, 2), groups=2, kernel=3, stride=2, padding=1, offset=(0, 1))
    assert reads.shape == (2, 2 * 9, 4)
    for group in range(2):
        for place, (y, x) in enumerate((y, x) for y in range(2) for x in range(2)):
            wanted = []
            for channel in (group, group + 2):
                for row in range(3):
                    for column in range(3):
                        at_y, at_x = y * 2 - 1 + row, x * 2 - 1 + 1 + column
                        inside = 0 <= at_y < 5 and 0 <= at_x < 6
                        wanted.append(channel * 30 + at_y * 6 + at_x if inside else 120)
            np.testing.assert_array_equal(reads[group, :, place], wanted)
