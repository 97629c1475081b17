"""The long versions of property tests, and the largest network that one chip holds. ``make test-slow`` runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from test_mapped_equals_logical import assert_limits_hold, assert_mapped_equals_logical, compiled_or_none

from neurocore.errors import NeurocoreError
from neurocore.verbs.remapping import remap
from neurocore.verbs.verifying import verify
from tests.network_strategies import random_network

pytestmark = pytest.mark.slow

BENCH = Path(__file__).parents[1] / "tools/bench/mapping.py"


@pytest.mark.parametrize("stochastic", [False, True])
def test_mapped_equals_logical_on_a_thousand_networks(stochastic: bool) -> None:
    spikes = fitting = 0
    for seed in range(100_000, 101_000):
        network = random_network(seed, stochastic)
        compiled = compiled_or_none(network)
        if compiled is not None:
            assert_limits_hold(compiled)
            spikes += assert_mapped_equals_logical(network, compiled)
            fitting += 1
    assert fitting > 500
    assert spikes > 80_000


def test_remapped_equals_mapped_on_hundreds_of_networks() -> None:
    done = 0
    for seed in range(200_000, 200_600):
        network = random_network(seed, stochastic=True)
        network = network.model_copy(update={"outputs": list(network.populations)})
        if compiled_or_none(network) is None:
            continue  # often because a stochastic output drives axons too
        assert remap(network, ticks=60, seed=seed).passed
        done += 1
    assert done > 150


def test_verify_passes_on_hundreds_of_networks() -> None:
    done = 0
    for seed in range(300_000, 300_150):
        try:
            assert verify(random_network(seed, stochastic=True), ticks=40).passed
            done += 1
        except NeurocoreError:
            continue
    assert done > 75


def test_a_full_chip_is_mapped_within_its_limits() -> None:
    told = subprocess.run(
        [sys.executable, str(BENCH), "--one", "full crossbars"], capture_output=True, text=True, check=True
    )
    facts = json.loads(told.stdout.splitlines()[-1])
    assert (facts["cores"], facts["crossbar_bits"]) == (4096, 2**28)
    assert facts["peak_gib"] < 4


def test_an_array_of_chips_is_mapped_from_its_file_not_copied(tmp_path: Path) -> None:
    """Sixteen chips: crossbars of 537 MB and more besides, of which loading copies little."""
    command = [sys.executable, str(BENCH.with_name("large_image.py")), "--chips", "4", "--ticks", "5"]
    said = subprocess.run([*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=True).stdout
    rows = {line[:20].strip(): line[20:].split() for line in said.splitlines()[1:-1]}
    assert list(rows) == ["build", "save", "load", "lay out, first tick", "run"]
    built, loaded = (float(rows[step][2]) for step in ("build", "load"))  # GB that no file holds
    assert built - loaded > 0.4
