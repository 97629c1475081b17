"""The pictures of activity: rasters, rates over time, potentials, confusion; what they show is counted right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from report_cases import plain_image, random_spikes, recorded, texts, watch, with_populations

from neurocore.arch import ChipSpec
from neurocore.graph import Group
from neurocore.network import Classify
from neurocore.report.classifier import classify
from neurocore.report.core_map import crop_of
from neurocore.report.potentials import MOST_NEURONS, choose, draw_potentials
from neurocore.report.raster import MOST_DOTS, band_edges, density, draw_raster
from neurocore.report.rate_histogram import draw_rate_histogram, rates_over_time, tick_bins
from neurocore.report.rows import rows_of, spike_rows
from neurocore.report.words import counted, number, short


def test_the_confusion_matrix_shows_its_counts_and_accuracy():
    from neurocore.report.confusion import draw_confusion

    image = with_populations(plain_image(1), {"digit": 16})
    recording = recorded(image, [(tick, 0, 15) for tick in range(1, 38)], 41)
    scored = classify(image, recording, Classify(population="digit", classes=2, labels=[1] * 30 + [0] * 10, latency=1))
    said = texts(draw_confusion(image, scored))
    assert "accuracy 82.50%\n33 of 40 frames right, 1 tick a frame; 3 silent, read as class 0" in said
    assert {"30", "7", "3"} <= set(said.splitlines())


def test_the_raster_says_when_dots_have_become_a_density():
    image = plain_image(4)
    few = recorded(image, random_spikes(image, 1000, 100), 1000)
    assert "a dot is a spike" in texts(draw_raster(image, few))
    many = recorded(image, random_spikes(image, 2000, MOST_DOTS * 2), 2000)
    assert len(many.spike_tick) > MOST_DOTS
    assert "too many for dots: colour is their density" in texts(draw_raster(image, many))


def test_the_raster_names_its_bands():
    image = with_populations(plain_image(4), {"retina": 40, "readout": 3})
    said = texts(draw_raster(image, recorded(image, [(1, 0, 0)], 5)))
    assert "retina (40)" in said and "readout (3)" in said
    assert "1 spike of 43 neurons in 5 ticks" in said


def test_copies_have_no_row():
    image = with_populations(plain_image(1), {"all": 5}, copies=4)
    rows = rows_of(image)
    assert rows.count == 5
    recording = recorded(image, [(0, 0, neuron) for neuron in range(16)], 1)
    assert spike_rows(rows, recording)[1].tolist() == [0, 1, 2, 3, 4]


def test_imported_images_have_a_band_for_each_core_with_used_neurons():
    image = plain_image(3)
    image.neuron_used[1] = 0
    image.neuron_used[2, ::2] = 0
    rows = rows_of(image)
    assert [(band.name, band.start, band.size) for band in rows.bands] == [("core 0", 0, 16), ("core 2", 16, 8)]
    assert rows.row[2, 3] == 17 and rows.row[1].max() == -1


@settings(max_examples=examples(30), deadline=None, derandomize=True)
@given(st.integers(1, 40), st.integers(1, 3000), st.integers(1, 50), st.integers(0, 5000), st.integers(0, 99))
def test_a_density_counts_every_spike_once(size, ticks, most_rows, begin, seed):
    rng = np.random.default_rng(seed)
    band = Group(name="some", start=7, shape=(size,))
    tick, row = rng.integers(begin, begin + ticks, 500), rng.integers(0, 60, 500).astype(np.int32)
    grid = density(band, begin, begin + ticks, tick, row, most_rows)
    assert grid.shape[0] <= most_rows and grid.shape[1] <= 900
    rows = np.diff(np.unique(np.linspace(7, 7 + size, min(size, most_rows) + 1).astype(int)))
    columns = np.diff(np.unique(np.linspace(begin, begin + ticks, grid.shape[1] + 1).astype(int)))
    inside = (row >= 7) & (row < 7 + size)
    assert (grid * rows[:, None] * columns[None, :]).sum() == pytest.approx(inside.sum())


def test_bands_fill_the_picture_and_small_ones_stay_visible():
    bands = (Group(name="a", start=0, shape=(1000,)), Group(name="b", start=1000, shape=(10,)))
    edges = band_edges(bands)
    assert (edges[0], edges[-1]) == (0, 1)
    assert edges[2] - edges[1] > 0.09


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(st.integers(0, 23), st.integers(0, 5)), min_size=1, max_size=9),
    st.sampled_from([((24, 6), (1, 1)), ((4, 3), (6, 2)), ((64, 64), (2, 2))]),
)
def test_the_crop_shows_every_used_core_and_stays_on_the_array(places, sizes):
    spec = ChipSpec(grid=sizes[0], chips=sizes[1])
    crop = crop_of(np.array(places), spec)
    assert 0 <= crop.x0 < crop.x1 <= spec.extent[0] and 0 <= crop.y0 < crop.y1 <= spec.extent[1]
    assert all(crop.x0 <= x < crop.x1 and crop.y0 <= y < crop.y1 for x, y in places)
    assert crop.width >= min(4, spec.extent[0]) and crop.height >= min(4, spec.extent[1])


def test_probed_populations_take_turns():
    image = with_populations(plain_image(2), {"many": 14, "few": 2, "rest": 16})
    recording = recorded(image, [], 30, probe=watch(16))
    chosen = choose(rows_of(image), recording)
    assert chosen == [0, 1, 2, 3, 4, 5, 14, 15]
    assert len(chosen) == MOST_NEURONS
    said = texts(draw_potentials(image, recording))
    assert "8 of 16 recorded neurons" in said and "few[1]" in said and "threshold 1" in said


def test_long_traces_are_cut_and_the_picture_says_so():
    image = plain_image()
    recording = recorded(image, [(3, 0, 0)], 5000, probe=watch(1))
    assert "first 2,000 of 5,000 samples" in texts(draw_potentials(image, recording))


def test_a_far_threshold_does_not_flatten_the_trace():
    image = plain_image()
    threshold = image.neurons.threshold.copy()
    threshold[:] = 200_000
    image = replace(image, neurons=replace(image.neurons, threshold=threshold))
    figure = draw_potentials(image, recorded(image, [], 100, probe=watch(1)))
    assert figure.axes[0].child_axes[0].get_ylim()[1] < 20
    assert "threshold 200,000" in texts(figure)


def test_counts_and_numbers_in_words():
    assert (counted(1, "tick"), counted(1000, "tick")) == ("1 tick", "1,000 ticks")
    assert (number(4.4444), number(12345.6), number(0.00123)) == ("4.44", "12,346", "0.00123")
    assert short("abc") == "abc"
    assert short("a" * 30 + "z" * 30, 21) == "a" * 9 + "..." + "z" * 9


def test_dots_are_where_the_spikes_are():
    image = with_populations(plain_image(1), {"a": 4, "b": 4})
    figure = draw_raster(image, recorded(image, [(3, 0, 0), (5, 0, 7)], 9))
    (dots,) = figure.axes[0].collections
    assert dots.get_offsets().tolist() == [[3, pytest.approx(1 / 16)], [5, pytest.approx(1 - 1 / 16)]]


def test_rates_over_time_count_every_spike_once():
    image = with_populations(plain_image(2), {"a": 20, "b": 12})
    recording = recorded(image, random_spikes(image, 130, 400, start_tick=7), 130, start_tick=7)
    rows = rows_of(image)
    edges = tick_bins(7, 130)
    assert (edges[0], edges[-1]) == (7, 137) and len(edges) <= 51
    rates = rates_over_time(rows, spike_rows(rows, recording), edges, 1e-3)
    spikes = {name: (rate * np.diff(edges) * 1e-3).sum() for name, rate in rates.items()}
    assert 20 * spikes["a"] + 12 * spikes["b"] == pytest.approx(len(recording.spikes))


def test_the_drawn_rates_are_those_of_the_bins():
    image = with_populations(plain_image(1), {"a": 4, "b": 8})
    figure = draw_rate_histogram(image, recorded(image, [(2, 0, 0), (2, 0, 1), (2, 0, 5)], 5))
    steps = [patch.get_data() for patch in figure.axes[0].patches]
    assert [step.values.tolist() for step in steps] == [[0, 0, 500, 0, 0], [0, 0, 125, 0, 0]]
    assert steps[0].edges.tolist() == [-0.5, 0.5, 1.5, 2.5, 3.5, 4.5]


def test_potentials_are_drawn_as_recorded():
    image = plain_image()
    recording = recorded(image, [(3, 0, 0)], 40, probe=watch(2))
    panels = draw_potentials(image, recording).axes[0].child_axes
    for column, panel in enumerate(panels):
        trace = panel.lines[0]
        assert trace.get_xdata().tolist() == recording.probe_tick.tolist()
        assert trace.get_ydata().tolist() == recording.potential[:, column].tolist()
    marks = [line for line in panels[0].lines if line.get_marker() == "v"]
    assert [line.get_xdata().tolist() for line in marks] == [[3]]
