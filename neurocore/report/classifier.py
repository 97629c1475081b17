"""Reading a run as a classifier: the class whose neurons spike most in a frame's window wins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError, closest
from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.network import Classify
from neurocore.recording import Recording
from neurocore.report.rows import rows_of

__all__ = ["ClassifierResult", "check_classify", "classify", "count_votes", "score", "voters_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassifierResult:
    """The score of a run. F frames scored, K classes.

    first_frame   : number of the first frame scored; 0 unless the recording starts later
    ticks_each    : ticks per frame
    votes         : int64[F, K]  spikes for each class in each frame's window
    predictions   : int64[F]     the class with most votes, the lowest on a tie (0 for a silent frame)
    labels        : int64[F]     the right class
    confusion     : int64[K, K]  frames by right class (row) and predicted class (column)
    silent_frames : frames without a single vote; they count as predicted 0
    """

    population: str
    first_frame: int
    ticks_each: int
    votes: npt.NDArray[np.int64]
    predictions: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64]
    confusion: npt.NDArray[np.int64]
    silent_frames: int

    @property
    def frames(self) -> int:
        """F, the frames whose whole window lies in the recording."""
        return len(self.labels)

    @property
    def correct(self) -> int:
        """Frames predicted right."""
        return int(np.trace(self.confusion))

    @property
    def accuracy(self) -> float:
        """Share of frames predicted right, 0..1."""
        return self.correct / self.frames

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers and lists, for JSON."""
        return {
            "population": self.population,
            "frames": self.frames,
            "first_frame": self.first_frame,
            "ticks_per_frame": self.ticks_each,
            "correct": self.correct,
            "accuracy": self.accuracy,
            "silent_frames": self.silent_frames,
            "confusion": self.confusion.tolist(),
        }


def check_classify(image: ChipImage, wanted: Classify, ticks: int, start_tick: int = 0) -> range:
    """The frames that a recording of ``ticks`` ticks can score; call it before a long run to learn of mistakes early.

    A frame's window is frame * ticks_each + latency ... + ticks_each - 1; it must lie wholly in the recording.
    Raises ConfigError (path run.classify...) for labels that do not fit, votes that cannot be shared or no whole frame.
    """
    for group in _populations(image, wanted):
        if group.size % wanted.classes:
            raise ConfigError(
                f"{group.size} neurons cannot share their votes evenly among {wanted.classes} classes",
                path="run.classify.classes",
                fix=f"a divisor of {group.size}, or another shape of '{group.name}': "
                "its last axis runs over the classes",
            )
    labels = _labels(wanted)
    first = max(0, -(-(start_tick - wanted.latency) // wanted.ticks_each))
    stop = (start_tick + ticks - wanted.latency) // wanted.ticks_each
    if stop <= first:
        raise ConfigError(
            f"no frame of {wanted.ticks_each} ticks ends within {ticks} ticks",
            path="run.classify.latency",
            fix=f"with latency {wanted.latency}, a run of {wanted.latency + wanted.ticks_each} ticks scores one frame",
        )
    if stop > len(labels):
        raise ConfigError(
            f"{len(labels)} labels for {stop} frames",
            path="run.classify.labels",
            fix=f"give {stop} labels, or run {len(labels) * wanted.ticks_each + wanted.latency} ticks",
        )
    return range(first, stop)


def classify(image: ChipImage, recording: Recording, classify: Classify) -> ClassifierResult:
    """Count votes and compare with the labels.

    A vote is a spike of a canonical neuron of the population (the first instance of each logical neuron); neuron i
    votes for class i % classes. Raises ConfigError as check_classify does.
    """
    frames = check_classify(image, classify, recording.ticks, recording.start_tick)
    votes = count_votes(voters_of(image, classify), recording, classify, frames)
    return score(votes, _labels(classify)[frames.start : frames.stop], classify, first_frame=frames.start)


def voters_of(image: ChipImage, wanted: Classify) -> npt.NDArray[np.int32]:
    """int32[C, N]: the class that each neuron votes for, -1 for those that do not vote."""
    row = rows_of(image).row
    vote = np.full(row.shape, -1, np.int32)
    for group in _populations(image, wanted):
        member = (row >= group.start) & (row < group.stop)
        vote[member] = (row[member] - group.start) % wanted.classes
    return vote


def count_votes(
    voters: npt.NDArray[np.int32], recording: Recording, wanted: Classify, frames: range
) -> npt.NDArray[np.int64]:
    """int64[F, K]: votes for each class in the windows of some frames, which must lie in the recording.

    voters : of :func:`voters_of`
    """
    classes, each = wanted.classes, wanted.ticks_each
    # Spikes are sorted by tick: only those of the scored windows are looked at.
    begin, end = np.searchsorted(
        recording.spike_tick, [frames.start * each + wanted.latency, frames.stop * each + wanted.latency]
    )
    chosen = voters[recording.spike_core[begin:end], recording.spike_neuron[begin:end]]
    voting = chosen >= 0
    frame = (recording.spike_tick[begin:end][voting] - wanted.latency) // each - frames.start
    votes = np.bincount(frame * classes + chosen[voting], minlength=len(frames) * classes).reshape(-1, classes)
    return votes.astype(np.int64)


def score(
    votes: npt.NDArray[np.int64], labels: npt.NDArray[np.int64], wanted: Classify, *, first_frame: int = 0
) -> ClassifierResult:
    """Compare votes, int64[F, K], with labels, int64[F], each of them a class."""
    predictions, classes = votes.argmax(axis=1), wanted.classes
    confusion = np.bincount(labels * classes + predictions, minlength=classes**2).reshape(classes, classes)
    return ClassifierResult(
        population=", ".join(wanted.populations),
        first_frame=first_frame,
        ticks_each=wanted.ticks_each,
        votes=votes,
        predictions=predictions.astype(np.int64),
        labels=labels,
        confusion=confusion.astype(np.int64),
        silent_frames=int((votes.sum(axis=1) == 0).sum()),
    )


def _populations(image: ChipImage, wanted: Classify) -> list[Group]:
    groups = {group.name: group for group in image.logical.populations}
    for name in wanted.populations:
        if name not in groups:
            raise ConfigError(
                f"the image '{image.name}' has no population named '{name}'",
                path="run.classify.population",
                fix=closest(name, groups),
            )
    return [groups[name] for name in wanted.populations]


def _labels(wanted: Classify) -> npt.NDArray[np.int64]:
    """The labels as int64[frames], each checked to be a class."""
    labels = np.asarray(wanted.labels)
    if labels.dtype.kind not in "iu" or labels.ndim != 1:
        raise ConfigError(
            f"labels are {labels.dtype.name} of shape {list(labels.shape)}",
            path="run.classify.labels",
            fix="one whole number per frame is needed",
        )
    wrong = (labels < 0) | (labels >= wanted.classes)
    if wrong.any():
        first = int(np.argmax(wrong))
        raise ConfigError(
            f"label {int(labels[first])} is not one of {wanted.classes} classes",
            path=f"run.classify.labels[{first}]",
            fix=f"allowed: 0..{wanted.classes - 1}",
        )
    return labels.astype(np.int64)
