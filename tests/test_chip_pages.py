"""The pictures of docs/chip_in_ten_minutes.md show what the chip did, and the page shows each of them with a text."""

from __future__ import annotations

import re

import numpy as np

from neurocore.verbs.running import run
from tools.chip_pages.inside import CONFIG as HELLO
from tools.chip_pages.inside import SHOWN_TICK, WATCHED
from tools.chip_pages.life import CONFIG, draw_life, life_steps
from tools.chip_pages.routes import CONFIG as ROUTES
from tools.chip_pages.routes import draw_routes, packets
from tools.chip_pages.steps import mapped, neuron_steps, play
from tools.draw_chip_pages import PICTURES, ROOT


def test_the_drawn_lives_are_those_that_the_chip_recorded() -> None:
    recorded = run(CONFIG).recording
    _, both = life_steps()
    ends = np.array([[step.end for step in steps] for steps in both])
    assert np.array_equal(ends, recorded.potential.T)
    fired = sorted((tick, neuron) for neuron, steps in enumerate(both) for tick, step in enumerate(steps) if step.fired)
    assert fired == sorted(zip(recorded.spike_tick.tolist(), recorded.spike_neuron.tolist(), strict=True))


def test_the_drawn_tick_is_as_the_page_tells_it() -> None:
    """Silent with one input, touched the threshold before the leak with two, fired with three and kept the rest."""
    image = mapped(HELLO)
    ticks = play(HELLO, image, SHOWN_TICK + 1)
    first, second, third = neuron_steps(image, ticks, WATCHED)[-3:]
    assert [len(step.added) for step in (first, second, third)] == [1, 2, 3]
    assert (second.start + 2, second.peak, second.fired) == (3, 2, False)
    assert (third.peak, third.fired, third.end) == (4, True, 1)
    assert (len(ticks[-1].active), len(ticks[-1].fired)) == (6, 4)


def test_drawn_packets_go_along_x_first_and_count_after_their_delay() -> None:
    done = run(ROUTES)
    found = packets(done)
    for packet in found:
        assert packet.counted == packet.sent + packet.delay
        turns = [tuple(np.subtract(there, here)) for here, there in zip(packet.way[:-1], packet.way[1:], strict=True)]
        assert turns == sorted(turns, key=lambda step: step[0] == 0)
    assert sum(len(packet.way) - 1 for packet in found) == done.recording.total("hops")


def test_the_page_shows_every_picture_with_a_text() -> None:
    page = (ROOT / "docs/chip_in_ten_minutes.md").read_text(encoding="utf-8")
    shown = re.findall(r"!\[([^\]]{40,})\]\(images/(\w+)\.png\)", page)
    assert [name for _, name in shown] == list(PICTURES)
    assert all((ROOT / f"docs/images/{name}.png").is_file() for name in PICTURES)


def test_pictures_are_drawn() -> None:
    for draw, panels in ((draw_life, 3), (draw_routes, 2)):
        assert len([axes for axes in draw().axes if axes.has_data()]) == panels
