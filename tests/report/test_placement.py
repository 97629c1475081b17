"""Which colours the placement picture shows, and how one core reads as text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from neurocore.api import check, show
from neurocore.errors import NeurocoreError
from neurocore.report.core_text import core_text, crossbar_text
from neurocore.report.placement import colours, draw_placement, placement_shares, striped

CONFIGS = Path(__file__).parents[2] / "configs"


def test_shares_count_every_neuron_once() -> None:
    image = check(CONFIGS / "relays.yaml").image
    shares = placement_shares(image)
    np.testing.assert_array_equal(shares.sum(axis=1), image.neuron_used.sum(axis=1))
    table = image.logical
    for number, group in enumerate(table.populations):
        mine = (table.instance_logical >= group.start) & (table.instance_logical < group.stop)
        np.testing.assert_array_equal(shares[:, number], np.bincount(table.instance_core[mine], minlength=image.cores))
    assert shares[:, -1].sum() == image.neuron_used.sum() - len(table.instance_logical) > 0


def test_stripes_are_in_proportion() -> None:
    shares = np.array([[4, 0, 0], [1, 1, 0], [0, 3, 9], [0, 0, 0]])
    rows = striped(shares, 12)
    assert rows[0].tolist() == [0] * 12
    assert rows[1].tolist() == [0] * 6 + [1] * 6
    assert rows[2].tolist() == [1] * 3 + [2] * 9
    assert rows.shape == (4, 12)
    assert len(set(colours(10))) == 11


def test_the_picture_shows_each_core_in_its_populations_colour() -> None:
    image = check(CONFIGS / "multi_chip.yaml").image
    figure = draw_placement(image)
    axes = figure.axes[0]
    picture = np.asarray(axes.images[0].get_array())
    from matplotlib.colors import to_rgb

    tones = colours(3)
    shares = placement_shares(image)
    for core, (x, y) in enumerate(image.core_xy.tolist()):
        number = int(shares[core].argmax())
        if shares[core, number] == shares[core].sum():
            np.testing.assert_allclose(picture[y * 12 + 5, x], to_rgb(tones[number]), atol=1e-6)
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels == ["first", "middle", "last", "unused", "broken"]
    assert axes.get_title() == "multi_chip: 12 cores on 4 chips, by population"


def test_one_core_as_text() -> None:
    facts = show(CONFIGS / "hello.yaml", core=(0, 0))
    told = core_text("hello", facts["core"]).splitlines()
    assert told[0] == "hello: core 0 at 0,0: 12 neurons, 26 axons, 100 synapses"
    assert told[1:3] == ["  8 neurons of features, between 0 and 7", "  4 neurons of readout, between 0 and 1"]
    assert told[5] == "0-7          0,1         4  features[0] (1) .. features[7]"
    assert told[7] == "10-25          0       2-6  pixels[0] (1) .. pixels[15]"
    assert told[10] == (
        "0-7            1     0     0     0  3, leak -1, reset linear, floor 0; features[0] .. features[7] "
        "-> core 0 at 0,0 axon 0 after 1 .."
    )
    assert told[11].endswith("4, reset to 0, floor -8; readout[0] -> output readout[0]")
    assert told[17] == "   0 ········████"
    assert show(CONFIGS / "hello.yaml", core=0) == facts


def test_random_modes_and_relays_are_named() -> None:
    told = core_text("s", show(CONFIGS / "stochastic.yaml", core=0)["core"])
    assert "   ~63 " in told
    assert "5, stochastic leak 127, reset to 0, floor 0; drift[0] .. drift[63] -> output drift[0] .." in told
    assert "1, noise of 6 bits, reset none, floor -262143, starts at 1..64; sigmoid[0] .. sigmoid[63]" in told
    facts = show(CONFIGS / "relays.yaml", core=51)["core"]
    assert "neurons of no population (relays)" in core_text("r", facts)


def test_a_large_crossbar_is_drawn_in_braille() -> None:
    rows = ["0" * 100 for _ in range(70)]
    rows[0] = "1" + "0" * 99
    rows[3] = "01" + "0" * 98
    drawn = crossbar_text(rows)
    assert len(drawn) == 18
    assert drawn[0] == "   0 " + chr(0x2800 | 0x01 | 0x80) + chr(0x2800) * 49


def test_long_tables_are_cut() -> None:
    facts = show(CONFIGS / "two_layer.yaml", core=0)["core"]
    axons = [axon | {"delays": [number]} for number, axon in enumerate(facts["axons"])]
    told = core_text("long", facts | {"axons": axons})
    assert len(told.splitlines()) < 150
    assert "more (--json has all)" in told


@pytest.mark.parametrize(
    ("core", "message"),
    [
        ((60, 3), "no core of 'hello' is at 60,3\n  fix: the nearest used one is 0,0"),
        ((64, 0), "the chip has no place 64,0\n  fix: allowed: 0..63,0..63"),
        (1, "'hello' has no core 1\n  fix: allowed: 0..0, or a place x,y"),
    ],
)
def test_a_core_that_is_not_there(core: int | tuple[int, int], message: str) -> None:
    with pytest.raises(NeurocoreError) as caught:
        show(CONFIGS / "hello.yaml", core=core)
    assert str(caught.value) == message
