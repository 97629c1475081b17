"""Maps, traffic, rates and energy: the data on the picture is the data of the run."""

from __future__ import annotations

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import plain_image, random_spikes, recorded, texts, with_populations

from neurocore.arch import ChipSpec
from neurocore.noc.mesh import link_loads
from neurocore.report.chip_page import Crop
from neurocore.report.core_map import core_grid, draw_core_map, per_tick
from neurocore.report.energy_bars import draw_energy
from neurocore.report.hop_histogram import draw_hops, hop_bins
from neurocore.report.link_map import core_loads, draw_link_map, link_segments
from neurocore.report.population_rates import MOST_BARS, draw_population_rates, population_rates


def test_the_core_map_says_what_it_colours_and_where_most_is():
    image = plain_image(5)
    image.crossbar[3, 2, 0] = 1
    recording = recorded(image, random_spikes(image, 10, 50), 10, synaptic_operations=4200)
    said = texts(draw_core_map(image, per_tick(recording, "synaptic_operations"), "synaptic operations per tick"))
    assert "case: synaptic operations per tick\n5 of 64 cores used (white: unused)\nmost: 420, at (4, 0)" in said
    assert "core 3\n16/16 neurons\n1/8 axons\n0" in said
    silent = recorded(image, [], 10)
    none = texts(draw_core_map(image, per_tick(silent, "spikes"), "spikes per tick"))
    assert "case: no spikes per tick\n5 of 64" in none


def test_the_core_map_shows_each_cores_amount_at_its_place():
    image = plain_image(10)
    amount = np.arange(10) + 0.5
    drawn = draw_core_map(image, amount, "things").axes[0].get_images()[0]
    cells = core_grid(image, amount)
    assert np.ma.allequal(drawn.get_array(), cells) and (drawn.get_array().mask == cells.mask).all()
    left, _, _, top = drawn.get_extent()
    for core, (x, y) in enumerate(image.core_xy.tolist()):
        assert cells[int(y - top), int(x - left)] == amount[core]
    assert cells.count() == 10


def test_a_counter_per_tick_is_its_total_over_the_ticks():
    image = plain_image(3)
    recording = recorded(image, [(0, 1, 0), (3, 1, 2), (3, 2, 0)], 4)
    assert per_tick(recording, "spikes").tolist() == [0, 0.5, 0.25]


PLACE = st.tuples(st.integers(0, 5), st.integers(0, 3))


def loads_of(pairs):
    xy = np.array([(x, y) for x in range(6) for y in range(4)])
    number = {tuple(place): k for k, place in enumerate(xy.tolist())}
    source, target = (np.array([number[pair[end]] for pair in pairs]) for end in (0, 1))
    return link_loads(xy, source, target, (6, 4)).arrays()


@settings(max_examples=examples(40), deadline=None, derandomize=True)
@given(st.lists(st.tuples(PLACE, PLACE), min_size=1))
def test_every_link_is_drawn_once_at_a_place_of_its_own(pairs):
    loads = loads_of(pairs)
    lines, packets = link_segments(loads, Crop(0, 6, 0, 4))
    assert len(lines) == sum(amount.size for amount in loads.values()) == 2 * (5 * 4 + 6 * 3)
    assert packets.sum() == sum(abs(a[0] - b[0]) + abs(a[1] - b[1]) for a, b in pairs)
    assert len({tuple(np.round(line.mean(axis=0), 3)) for line in lines}) == len(lines)


def test_a_packet_colours_the_links_of_its_path():
    lines, packets = link_segments(loads_of([((1, 1), (3, 2))]), Crop(0, 6, 0, 4))
    middles = sorted(np.round(line.mean(axis=0), 1).tolist() for line in lines[packets > 0])
    assert middles == [[1.5, 1.1], [2.5, 1.1], [2.9, 1.5]]


def test_a_part_of_the_array_shows_its_own_links():
    loads = loads_of([((0, 0), (5, 0))])
    lines, packets = link_segments(loads, Crop(2, 5, 0, 3))
    assert len(lines) == 2 * (2 * 3 + 3 * 2) and packets.sum() == 2


def test_a_core_has_the_load_of_its_busiest_outgoing_link():
    most = core_loads(loads_of([((1, 1), (3, 2))] * 3 + [((3, 1), (0, 1))]), (6, 4))
    assert most[1].tolist() == [0, 3, 3, 3, 0, 0] and most[2].sum() == 0
    assert core_loads(loads_of([((0, 0), (0, 3))]), (6, 4))[:, 0].tolist() == [1, 1, 1, 0]


@pytest.mark.parametrize(("side", "word"), [(6, "each link by its packets"), (40, "each core by the busiest link")])
def test_the_link_map_says_what_it_colours(side, word):
    spec = ChipSpec(grid=(side, side))
    xy = np.array([(x, y) for x in range(side) for y in range(side)], np.int32)
    loads = link_loads(xy, np.array([0]), np.array([side * side - 1]), spec.extent, 5).arrays()
    figure = draw_link_map("net", xy, spec, {way: amount / 2 for way, amount in loads.items()})
    assert f"net: traffic\n{word}" in texts(figure) and "2.5 per tick" in texts(figure)
    none = {way: amount * 0.0 for way, amount in loads.items()}
    assert "no spike left its core" in texts(draw_link_map("net", xy, spec, none))


@settings(max_examples=examples(50), deadline=None, derandomize=True)
@given(st.lists(st.integers(0, 50), min_size=1, max_size=300))
def test_bars_of_hops_hold_every_packet(counts):
    packets = np.array(counts)
    edges, bars = hop_bins(packets)
    assert bars.sum() == packets.sum() and len(bars) <= 64 and len(edges) == len(bars) + 1
    for low, high, bar in zip(edges[:-1], edges[1:], bars, strict=True):
        assert bar == packets[low:high].sum()


def test_the_mean_of_the_hops_is_marked():
    figure = draw_hops("net", np.array([0, 3, 0, 1]))
    assert [patch.get_height() for patch in figure.axes[0].patches] == [0, 3, 0, 1]
    assert "mean 1.5" in texts(figure) and "hops of 4 packets" in texts(figure)


def test_rates_of_populations_are_counted_without_copies():
    image = with_populations(plain_image(1, used=12), {"a": 4, "b": 6}, copies=2)
    spikes = [(t, 0, n) for t in range(10) for n in (0, 1, 4)] + [(0, 0, 10), (0, 0, 11)]
    a, b = population_rates(image, recorded(image, spikes, 20))
    assert (a.name, a.neurons, a.spikes, a.silent) == ("a", 4, 20, 2)
    assert (a.mean_hz, a.low_hz, a.high_hz, a.most_hz) == (250, 0, 500, 500)
    assert (b.spikes, b.silent, b.most_hz) == (10, 5, 500)


def test_bars_are_the_mean_rates_and_lines_the_spread():
    image = with_populations(plain_image(1), {"a": 4, "b": 12})
    rates = population_rates(image, recorded(image, [(t, 0, 0) for t in range(10)], 20))
    ax = draw_population_rates("net", rates).axes[0]
    assert [patch.get_width() for patch in ax.patches] == [125, 0]
    assert [segment[:, 0].tolist() for segment in ax.collections[0].get_segments()] == [[0, 500], [0, 0]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]


def test_of_many_populations_the_fastest_are_drawn():
    image = with_populations(plain_image(4), {f"p{k}": 1 for k in range(40)})
    core, neuron = image.logical.instance_core, image.logical.instance_neuron
    spikes = [(t, core[k], neuron[k]) for k in range(40) for t in range(k)]
    figure = draw_population_rates("net", population_rates(image, recorded(image, spikes, 50)))
    names = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert names == [f"p{k}" for k in range(39, 39 - MOST_BARS, -1)]
    assert "24 fastest of 40" in texts(figure)


def test_bars_of_energy_have_their_lengths_and_name_what_is_zero():
    figure = draw_energy("net", {"static": 0.03, "hops": 0.01, "pads": 0.0}, bars_w=(0.03, 0.05))
    ax = figure.axes[0]
    assert [patch.get_width() for patch in ax.patches] == pytest.approx([30, 10])
    said = texts(figure)
    assert "30 mW (75.0%)" in said and "10 mW (25.0%)" in said and "0: pads" in said
    assert "estimated power\n40 mW (30 mW to 50 mW), by" in said and "estimated mean power (mW)" in said
    tiny = texts(draw_energy("net", {"static": 1.0, "hops": 1e-9}))
    assert "1 nW (< 0.1%)" in tiny
