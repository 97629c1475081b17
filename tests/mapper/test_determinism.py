"""The same description gives the same bytes, in any process; compiling changes nothing that it is given."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from neurocore.errors import NeurocoreError
from neurocore.mapper.pipeline import compile_network
from tests.network_strategies import random_network

CONFIGS = Path(__file__).parents[2] / "configs"
NAMES = ["two_layer", "recurrent", "relays"]
SCRIPT = (
    "import sys; from neurocore.api import check\n"
    "print(*(check(path).image.digest() for path in sys.argv[1:]), sep='\\n')"
)


def digests(**environment: str) -> list[str]:
    """Of the examples, compiled in a fresh process."""
    paths = [str(CONFIGS / f"{name}.yaml") for name in NAMES]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *paths],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def test_neither_hashing_nor_threads_matter() -> None:
    first = digests(PYTHONHASHSEED="1", NUMBA_NUM_THREADS="1")
    assert len(set(first)) == len(NAMES)
    assert digests(PYTHONHASHSEED="2", NUMBA_NUM_THREADS="2") == first


@pytest.mark.parametrize("seed", range(12))
def test_the_network_given_is_left_as_it_was(seed: int) -> None:
    network = random_network(seed, stochastic=True)
    before = copy.deepcopy(network.model_dump())
    try:
        first, second = compile_network(network), compile_network(network)
    except NeurocoreError:
        pytest.skip("this network does not fit its chip")
    assert first.image.digest() == second.image.digest()
    assert first.image.name == second.image.name
    np.testing.assert_equal(network.model_dump(), before)
