"""All pictures of a run: drawn for any run without a warning, nothing cut, into given axes where asked."""

from __future__ import annotations

import numpy as np
import pytest
from report_cases import plain_image, random_spikes, recorded, watch, with_populations

from neurocore.network import Classify
from neurocore.noc.traffic import traffic
from neurocore.report.classifier import classify
from neurocore.report.confusion import draw_confusion
from neurocore.report.core_map import draw_core_map, per_tick
from neurocore.report.energy_bars import draw_energy
from neurocore.report.hop_histogram import draw_hops
from neurocore.report.link_map import draw_link_map
from neurocore.report.palette import new_figure
from neurocore.report.pictures import Power, pictures
from neurocore.report.placement import draw_placement
from neurocore.report.population_rates import draw_population_rates, population_rates
from neurocore.report.potentials import draw_potentials
from neurocore.report.raster import MOST_DOTS, draw_raster
from neurocore.report.rate_histogram import draw_rate_histogram
from neurocore.report.rendering import render, write_rendered


def many_populations():
    sizes = {f"population_{k}": (1, 90, 7)[k % 3] for k in range(30)}
    return with_populations(plain_image(64), sizes)


CASES = {
    "one tick": lambda: (plain_image(used=1), 1, 1, 1),
    "silent": lambda: (plain_image(2), 40, 0, 2),
    "no core used twice": lambda: (plain_image(7, grid=(1, 8), used=3), 30, 50, 0),
    "a whole chip": lambda: (plain_image(4096, grid=(64, 64), neurons=1, axons=1), 20, 3000, 0),
    "a wide array": lambda: (plain_image(300, grid=(50, 2), chips=(6, 1)), 20, 500, 0),
    "dense": lambda: (many_populations(), 300, MOST_DOTS + 9000, 12),
    "late": lambda: (with_populations(plain_image(2), {"a": 20, "b": 12}), 3_000, 800, 0),
    "strange names": lambda: (
        with_populations(
            plain_image(3, name="\u96f6 $x^{_" + "n" * 80, chips=(2, 2), grid=(2, 1)), {"_$" + "w" * 90: 48}
        ),
        9,
        60,
        3,
    ),
}
ALWAYS = ["raster", "core_map", "placement"]


def wired(image):
    """Neurons of each core send to another core, as far as there is one."""
    random = np.random.default_rng(1)
    image.target_core[:] = random.integers(0, image.cores, image.target_core.shape)
    return image


def power_of(image, scale=1e-6):
    parts = {"static": 0.03, "neuron updates": 0.02, "hops on chip": 1e-9, "chip to chip": 0.0}
    core_w = scale * (1 + np.arange(image.cores))
    return Power(parts_w=parts, total_low_w=0.04, total_high_w=0.06, core_w=core_w, idle_w=0.5 * scale)


def all_pictures(image, recording, classifier=None):
    flow = traffic(image, recording)
    return list(pictures(image, recording, classifier=classifier, traffic=flow, power=power_of(image)))


def sticks_out(figure):
    """Inches by which anything drawn reaches beyond the picture: left, bottom, right, top."""
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    reach = {"left": -box.x0, "bottom": -box.y0, "right": box.x1 - width, "top": box.y1 - height}
    return {side: round(beyond, 2) for side, beyond in reach.items() if beyond > 0.01}


@pytest.mark.filterwarnings("ignore:Glyph:UserWarning")
@pytest.mark.parametrize("case", CASES)
def test_any_run_can_be_drawn_and_no_word_is_cut(case):
    image, ticks, spikes, probed = CASES[case]()
    start = 10_000_000 if case == "late" else 0
    events = random_spikes(image, ticks, spikes, start_tick=start)
    recording = recorded(wired(image), events, ticks, start_tick=start, probe=watch(probed), synaptic_operations=77_777)
    drawn = all_pictures(image, recording)
    names = [picture.name for picture in drawn]
    assert len(set(names)) == len(names) and set(ALWAYS) <= set(names)
    assert ("potentials" in names) == (probed > 0)
    for picture in drawn:
        assert not sticks_out(picture.figure), picture.name
        assert picture.alt.endswith(".") and len(picture.alt) < 400 and picture.title


def test_a_picture_is_written_as_png_and_svg(tmp_path):
    image = plain_image(2)
    drawn = render(next(pictures(image, recorded(image, [(1, 0, 0)], 5))).figure)
    png, svg = (path.read_bytes() for path in write_rendered(drawn, tmp_path, "raster"))
    assert png.startswith(b"\x89PNG\r\n\x1a\n") and svg.startswith(b"<?xml") and b"</svg>" in svg
    assert sorted(path.name for path in tmp_path.iterdir()) == ["raster.png", "raster.svg"]


def test_pictures_that_would_be_empty_are_left_out():
    alone = plain_image(1)
    names = [picture.name for picture in all_pictures(alone, recorded(alone, [], 5))]
    assert names == ["raster", "core_map", "placement", "energy"]
    two = wired(with_populations(plain_image(2), {"a": 16, "b": 16}))
    busy = recorded(two, random_spikes(two, 30, 90), 30)
    names = [picture.name for picture in all_pictures(two, busy)]
    assert names == [
        "raster",
        "rates",
        "core_map",
        "core_spikes",
        "core_energy",
        "placement",
        "links",
        "hops",
        "energy",
    ]


def test_a_classifier_adds_its_confusion():
    image = with_populations(plain_image(2), {"hidden": 12, "digit": 20})
    recording = recorded(image, random_spikes(image, 42, 200), 42)
    scored = classify(image, recording, Classify(population="digit", labels=list(range(10)) * 4, latency=2))
    names = [picture.name for picture in pictures(image, recording, classifier=scored)]
    assert names == ["raster", "rates", "core_map", "core_spikes", "placement", "confusion"]


def test_pictures_of_the_same_run_are_the_same_bytes():
    image = wired(plain_image(3))
    recording = recorded(image, random_spikes(image, 40, 90), 40, probe=watch(2))
    first, second = (all_pictures(image, recording) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        if one.name in ("raster", "core_map", "links"):
            assert render(one.figure) == render(other.figure), one.name


def test_every_picture_draws_into_given_axes():
    image = wired(with_populations(plain_image(2), {"a": 22, "digit": 10}))
    recording = recorded(image, random_spikes(image, 42, 200), 42, probe=watch(2))
    scored = classify(image, recording, Classify(population="digit", labels=list(range(10)) * 4, latency=2))
    flow = traffic(image, recording)
    draws = [
        lambda ax: draw_raster(image, recording, ax=ax),
        lambda ax: draw_rate_histogram(image, recording, ax=ax),
        lambda ax: draw_population_rates("n", population_rates(image, recording), ax=ax),
        lambda ax: draw_potentials(image, recording, ax=ax),
        lambda ax: draw_core_map(image, per_tick(recording, "spikes"), "spikes per tick", ax=ax),
        lambda ax: draw_placement(image, ax=ax),
        lambda ax: draw_link_map("n", image.core_xy, image.spec, flow.mean_loads(), ax=ax),
        lambda ax: draw_hops("n", flow.hops_histogram, ax=ax),
        lambda ax: draw_energy("n", {"static": 1.0, "hops": 0.1}, ax=ax),
        lambda ax: draw_confusion(image, scored, ax=ax),
    ]
    for draw in draws:
        figure = new_figure(14, 6)
        left, right = figure.subplots(1, 2)
        assert draw(right) is figure
        assert figure.axes == [left, right] and right.get_title(loc="left") and not left.has_data()
        render(figure)
