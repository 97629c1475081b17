"""Every block that ships is spike-exact on the chip: logical = mapped for one case each, all populations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from block_cases import block_network, random_spikes
from test_mapped_equals_logical import assert_mapped_equals_logical

from neurocore.formats.block_files import builtin_blocks
from neurocore.formats.located_yaml import load_yaml
from neurocore.formats.network_yaml import read_network
from neurocore.mapper.pipeline import compile_network

SHIPPED = Path(__file__).parents[2] / "neurocore/presets/blocks"
KERNEL = [[[[1, -1], [2, 1]]], [[[-1, 1], [1, 0]]]]
OPTIONS: dict[str, dict[str, Any]] = {
    "conv_filter": {"height": 5, "width": 4, "kernel": KERNEL, "padding": 1},
    "delay_line": {"size": 4, "ticks": 50},
    "majority": {"size": 4, "inputs": 1},
    "median_filter": {"height": 5, "width": 4},
    "poisson_source": {"size": 4, "rate": [10, 200, 500, 900]},
    "threshold": {"size": 4, "at_least": 1},
}


@pytest.mark.parametrize("use", builtin_blocks())
def test_a_block_on_the_chip_is_the_block_described(use: str, tmp_path: Path) -> None:
    ports = load_yaml(SHIPPED / f"{use}.yaml").value["ports"].get("in", {})
    shape = (1, 5, 4) if use in ("conv_filter", "median_filter") else (4,)
    trains = {port: [random_spikes(number, 60, *shape)] for number, port in enumerate(ports)}
    network = block_network(tmp_path, use, trains, 7, OPTIONS.get(use, {"size": 4}))
    assert assert_mapped_equals_logical(network, compile_network(network)) > 0


@pytest.mark.parametrize("use", ["poisson_source", "rate_scaler", "low_pass"])
def test_a_stochastic_block_may_be_an_output_and_feed_another(use: str, tmp_path: Path) -> None:
    ports = {} if use == "poisson_source" else {"in": [random_spikes(1, 60, 4)]}
    path = tmp_path / "alone.yaml"
    network = block_network(tmp_path, use, ports, 7, {"size": 4})
    text = path.read_text().replace('"blocks": {', '"blocks": {"next": {"use": "or", "with": {"size": 4}}, ')
    path.write_text(text.replace('"projections": [', '"projections": [{"from": "b.out", "to": "next.a"}, ', 1))
    both = read_network(path).model_copy(update={"run": network.run, "outputs": ["b.out", "next.out"]})
    assert assert_mapped_equals_logical(both, compile_network(both)) > 0
