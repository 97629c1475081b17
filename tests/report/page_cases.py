"""Pages made of small hand-made runs, and a reader of HTML that tells what is in them."""

from __future__ import annotations

from html.parser import HTMLParser
from types import SimpleNamespace

from report_cases import plain_image, random_spikes, recorded, watch, with_populations

from neurocore.network import Classify
from neurocore.report.classifier import classify
from neurocore.report.html import FIGURE_BYTES
from neurocore.report.summary import summarize
from neurocore.verbs.report_files import EstimateOptions, Reported, estimated, run_view

EVIL = "<script>alert(1)</script>"
VOID = {"meta", "link", "img", "br"}


def reported(*, name="case", populations=None, classified=False, spikes=300, ticks=42, cores=3):
    """A run, reported."""
    image = plain_image(cores, name=name)
    image = with_populations(image, populations or {"hidden": 12, "digit": 20})
    image.target_core[:, ::2] = cores - 1
    image.target_core[0, 1] = -2
    recording = recorded(
        image, random_spikes(image, ticks, spikes), ticks, probe=watch(2), synaptic_operations=999, hops=5
    )
    wanted = Classify(population="digit", labels=list(range(10)) * 4, latency=2)
    scored = classify(image, recording, wanted) if classified else None
    return Reported(
        image=image,
        recording=recording,
        summary=summarize(image, recording, threads=1, notes=("place: in order",), classifier=scored),
        classifier=scored,
        estimate=estimated(image, recording, 1 if scored else None, EstimateOptions()),
    )


def view_of(folder, run, facts=None, config=""):
    """What a page says of it."""
    if config:
        (folder / "config.yaml").write_text(config)
    return run_view(folder, facts or {"image_digest": "abc", "seed": 0}, run, most_bytes=FIGURE_BYTES)


class Reader(HTMLParser):
    """Every tag with its attributes, and the text outside of style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.style = ""
        self._open: list[str] = []
        self.feed(page)
        self.close()
        assert not self._open, f"left open: {self._open}"

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag):
        assert self._open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data):
        if "style" in self._open:
            self.style += data
        else:
            self.words.append(data)

    def all(self, tag):
        """The attributes of every such tag."""
        return [SimpleNamespace(**{"get": attributes.get}) for name, attributes in self.tags if name == tag]

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())
