"""Tables for notebooks: well-formed, short, and names in them are text."""

from __future__ import annotations

from xml.etree import ElementTree

from neurocore.formats.network_builder import NetworkBuilder
from neurocore.markup import html_table
from neurocore.verbs.checking import check
from neurocore.verbs.estimating import estimate
from neurocore.verbs.running import run
from neurocore.verbs.verifying import verify


def texts(html: str) -> list[str]:
    """The texts of a table's cells, which must be well-formed XML."""
    return [text for text in ElementTree.fromstring(html).itertext() if text]


def test_markup_in_cells_is_text():
    html = html_table("<b>", [("<script>alert(1)</script>", '"&')], ("<i>", ""))
    assert "<script" not in html
    assert texts(html) == ["<b>", "<i>", "<script>alert(1)</script>", '"&']


def test_long_tables_are_cut():
    assert texts(html_table("t", [(str(k),) for k in range(18)]))[-2:] == ["15", "... 2 more"]


def test_networks_images_recordings_and_results_have_tables():
    net = NetworkBuilder("pair")
    net.input("pixels", (2, 3), regular={"period": 2})
    net.population("middle", 4)
    net.population("last", 2, output=True)
    net.connect("pixels", "middle", pattern="all_to_all", weight=1)
    net.connect("middle", "last", pattern="all_to_all", weight=1)
    network = net.build(ticks=30)
    network = network.model_copy(update={"name": "<script>"})
    result = run(network)
    assert texts(network._repr_html_())[-4:] == ["output", "last", "[2]", "middle"]
    for thing in (network, result.image, result.summary, result):
        found = texts(thing._repr_html_())
        assert "<script>" in found[0]
        assert "<script" not in thing._repr_html_()
    shown = dict(zip(*[iter(texts(result.recording._repr_html_())[1:])] * 2, strict=True))
    assert shown["ticks"] == "0 to 29"
    assert shown["spikes"] == f"{len(result.recording.spikes):,}"
    assert "last [2]" in result.image._repr_html_()
    assert texts(result.spikes_of("last")._repr_html_())[0] == "Spikes of last"


def test_what_checks_verifies_and_estimates_has_tables():
    net = NetworkBuilder("plain")
    net.input("pixels", 3, regular={"period": 2})
    net.population("cells", 4, output=True)
    net.connect("pixels", "cells", pattern="all_to_all", weight=1)
    network = net.build(ticks=20).model_copy(update={"name": "<b>"})
    found = texts(check(network)._repr_html_())
    assert found[0] == "<b>: fits truenorth" and "4" in found
    found = texts(verify(network)._repr_html_())
    assert found[0] == "<b>: all equal" and found[1:4] == ["compared", "spikes", "wrong"]
    found = texts(estimate(run(network))._repr_html_())
    assert found[0].startswith("<b>: estimate for 'truenorth' at 0.75 V")
    assert {"power, whole chip", "power, used cores", "shortest tick"} <= set(found)
