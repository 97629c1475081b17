"""The pictures: drawn for any run without a warning, and what they show is counted right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from neurocore.report.figures import write_figures
from report_cases import plain_image, random_spikes, recorded, watch, with_populations

from neurocore.arch import ChipSpec
from neurocore.graph import Group
from neurocore.network import Classify
from neurocore.report.classifier import classify
from neurocore.report.core_map import crop_of, draw_core_map
from neurocore.report.potentials import MOST_NEURONS, choose, draw_potentials
from neurocore.report.raster import MOST_DOTS, band_edges, density, draw_raster
from neurocore.report.rows import rows_of, spike_rows
from neurocore.report.words import counted, number, short


def texts(figure):
    """Every word on a figure."""
    from matplotlib.text import Text

    return "\n".join(item.get_text() for item in figure.findobj(Text))


def size_of(path):
    header = path.read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    return int.from_bytes(header[16:20], "big"), int.from_bytes(header[20:24], "big")


def many_populations():
    sizes = {f"population_{k}": (1, 90, 7)[k % 3] for k in range(30)}
    return with_populations(plain_image(64), sizes)


CASES = {
    "one tick": lambda: (plain_image(used=1), 1, 1, 1),
    "silent": lambda: (plain_image(2), 40, 0, 2),
    "no core used twice": lambda: (plain_image(7, grid=(1, 8), used=3), 30, 50, 0),
    "a whole chip": lambda: (plain_image(4096, grid=(64, 64), neurons=1, axons=1), 20, 3000, 0),
    "dense": lambda: (many_populations(), 300, MOST_DOTS + 9000, 12),
    "strange names": lambda: (plain_image(3, name="\u96f6 $x^{_" + "n" * 80, chips=(2, 2), grid=(2, 1)), 9, 60, 3),
}


@pytest.mark.parametrize("case", CASES)
def test_any_run_can_be_drawn(case, tmp_path):
    image, ticks, spikes, probed = CASES[case]()
    recording = recorded(image, random_spikes(image, ticks, spikes), ticks, probe=watch(probed))
    written = write_figures(tmp_path, image, recording)
    names = ["raster.png", "core_map.png", "placement.png"] + ["potentials.png"] * (probed > 0)
    assert [path.name for path in written] == names
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(names)
    assert all(size_of(path)[0] == 1200 for path in written)


def test_a_classified_run_has_its_confusion_matrix(tmp_path):
    image = with_populations(plain_image(2), {"hidden": 12, "digit": 20})
    recording = recorded(image, random_spikes(image, 42, 200), 42)
    scored = classify(image, recording, Classify(population="digit", labels=list(range(10)) * 4, latency=2))
    written = write_figures(tmp_path, image, recording, classifier=scored)
    assert [path.name for path in written] == ["raster.png", "core_map.png", "placement.png", "confusion.png"]


def test_pictures_of_the_same_run_are_the_same_bytes(tmp_path):
    image = plain_image(3)
    recording = recorded(image, random_spikes(image, 40, 90), 40, probe=watch(2))
    first = [path.read_bytes() for path in write_figures(tmp_path, image, recording)]
    assert first == [path.read_bytes() for path in write_figures(tmp_path, image, recording)]


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
    assert "(a dot is a spike)" in texts(draw_raster(image, few))
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


@settings(max_examples=30, deadline=None, derandomize=True)
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


@settings(max_examples=60, deadline=None, derandomize=True)
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


def test_the_core_map_says_what_it_colours_and_which_core_is_busiest():
    image = plain_image(5)
    image.crossbar[3, 2, 0] = 1
    recording = recorded(image, random_spikes(image, 10, 50), 10, synaptic_operations=4200)
    said = texts(draw_core_map(image, recording))
    assert "case: 5 of 64 cores used (white: unused)\nbusiest: core 4, 420 synaptic operations per tick" in said
    assert "core 3\n16/16 neurons\n1/8 axons" in said
    without = texts(draw_core_map(image, recorded(image, [(0, 2, 1)], 10)))
    assert "busiest: core 2, 0.1 spikes per tick" in without
    assert "no synaptic operations" in texts(draw_core_map(image, recorded(image, [], 10)))


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
    assert figure.axes[0].get_ylim()[1] < 20
    assert "threshold 200,000" in texts(figure)


def test_counts_and_numbers_in_words():
    assert (counted(1, "tick"), counted(1000, "tick")) == ("1 tick", "1,000 ticks")
    assert (number(4.4444), number(12345.6), number(0.00123)) == ("4.44", "12,346", "0.00123")
    assert short("abc") == "abc"
    assert short("a" * 30 + "z" * 30, 21) == "a" * 9 + "..." + "z" * 9
