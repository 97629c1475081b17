"""A finished run: its recording, and what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.estimate.estimate import Estimate
from neurocore.image import ChipImage
from neurocore.network import Classify
from neurocore.recording import Recording
from neurocore.report.classifier import ClassifierResult, classify
from neurocore.report.example_frames import ShownFrames
from neurocore.report.summary import Summary, summarize
from neurocore.synapses import synapses_of
from neurocore.trains import PopulationSpikes, spikes_of
from neurocore.verbs.report_files import EstimateOptions, Reported, estimated
from neurocore.verbs.three_columns import GraphColumns

__all__ = ["RunResult", "result_of", "score"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResult:
    """A finished run.

    folder      : where it was written, or None
    interrupted : True when Ctrl-C ended it early; the recording then covers the ticks that were done
    estimate    : what it would cost on silicon, where a report was asked for
    graph       : of a graph in NIR: float graph, integer network and chip side by side, where a report was asked for
    stream      : of a run that showed images: how all of them went; the recording is of the first ones
    shown       : the first images that a classifier saw, where it sees images
    """

    folder: Path | None
    image: ChipImage
    recording: Recording
    summary: Summary
    classifier: ClassifierResult | None
    interrupted: bool
    remarks: tuple[str, ...] = ()
    estimate: Estimate | None = None
    graph: GraphColumns | None = None
    stream: dict[str, Any] | None = None
    shown: ShownFrames | None = None

    @property
    def ticks_per_frame(self) -> int | None:
        """Ticks from one frame to the next, where the run has frames."""
        if self.stream is not None:
            return int(self.stream["ticks_per_frame"])
        return None if self.classifier is None else self.classifier.ticks_each

    @property
    def reported(self) -> Reported:
        """The run as its report sees it."""
        return Reported(
            image=self.image,
            recording=self.recording,
            summary=self.summary,
            classifier=self.classifier,
            estimate=self.estimate,
            graph=self.graph,
            stream=self.stream,
            shown=self.shown,
        )

    @property
    def learned(self) -> ChipImage | None:
        """The image after the run, with learning off; None where nothing learns."""
        return None if self.recording.learned is None else self.image.after_learning(self.recording.learned)

    def spikes_of(self, population: str) -> PopulationSpikes:
        """The spikes of one population: trains, counts, a dense raster. Raises RunError for an unknown name."""
        return spikes_of(self.image, self.recording, population)

    def synapses_of(self, source: str, target: str) -> npt.NDArray[np.bool_]:
        """bool[sources, targets]: the synapses between two populations after the run, learned ones included.

        Raises RunError for an unknown name.
        """
        return synapses_of(self.learned or self.image, source, target)

    def _repr_html_(self) -> str:
        """For notebooks: the summary."""
        return self.summary._repr_html_()


def result_of(
    folder: Path | None,
    image: ChipImage,
    recording: Recording,
    plan: dict[str, Any],
    wanted: Classify | None,
    remarks: tuple[str, ...],
    report: bool,
    shown: ShownFrames | None = None,
) -> RunResult:
    """What to say of a recording."""
    scored = score(image, recording, wanted)
    notes, each = tuple(plan["notes"]), scored.ticks_each if scored else None
    return RunResult(
        folder=folder,
        image=image,
        recording=recording,
        summary=summarize(image, recording, threads=plan["threads"], notes=notes, classifier=scored),
        classifier=scored,
        interrupted=recording.ticks < plan["planned"],
        remarks=remarks,
        estimate=estimated(image, recording, each, EstimateOptions()) if report else None,
        shown=shown,
    )


def score(image: ChipImage, recording: Recording, wanted: Classify | None) -> ClassifierResult | None:
    """The classification, or None where none is wanted or the run was interrupted before its first frame."""
    if wanted is None or recording.ticks < wanted.latency + wanted.ticks_each:
        return None
    return classify(image, recording, wanted)
