"""What a stream of images through a classifier gave: predictions, score, cost on silicon, the emulator's own speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.estimate.estimate import Estimate
from neurocore.estimate.throughput import OperatingPoint
from neurocore.network import Classify
from neurocore.recording import COUNTERS
from neurocore.report.classifier import ClassifierResult
from neurocore.units import counted, human, human_si
from neurocore.verbs.run_result import RunResult
from neurocore.verbs.shown_frames import Frames

__all__ = ["StreamResult", "stream_facts"]

_SHOWN: Final = 40
_MOST_CLASSES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamResult:
    """A finished stream. F frames, K classes.

    run         : the chip, and the measured frames in one piece: recording, summary, estimate; its classifier is the
                  score of all frames, None where labels are not known
    names       : of the files, where each image has one
    votes       : int64[F, K]  spikes for each class
    labels      : int64[F]  or None
    interrupted : True when Ctrl-C ended it early; all this is then of the frames that were done
    """

    run: RunResult
    names: tuple[str, ...]
    votes: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int64] | None
    interrupted: bool

    @property
    def predictions(self) -> npt.NDArray[np.int64]:
        """int64[F]: the class with most votes, the lowest on a tie (0 for a frame without a vote)."""
        return self.votes.argmax(axis=1).astype(np.int64)

    @property
    def classifier(self) -> ClassifierResult | None:
        """The score, where labels are known."""
        return self.run.classifier

    @property
    def estimate(self) -> Estimate:
        """What the stream would cost on silicon."""
        assert self.run.estimate is not None
        return self.run.estimate

    @property
    def facts(self) -> dict[str, Any]:
        """How the stream went: ``stream`` of summary.json."""
        assert self.run.stream is not None
        return self.run.stream

    @property
    def operations_per_frame(self) -> float:
        """Synaptic operations per frame: mean of the measured frames, without the ticks in which the layers fill."""
        by_tick = self.run.recording.tick_counters[:, COUNTERS.index("synaptic_operations")]
        return float(by_tick[self.facts["latency_ticks"] :].sum() / self.facts["measured_frames"])

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        scored, throughput = self.classifier, self.estimate.throughput
        return self.facts | {
            "name": self.run.image.name,
            "cores": self.run.image.cores,
            "interrupted": self.interrupted,
            "accuracy": None if scored is None else scored.accuracy,
            "confusion": None if scored is None else scored.confusion.tolist(),
            "synaptic_operations_per_frame": self.operations_per_frame,
            "chip": {
                "nominal": throughput.nominal.as_dict(),
                "fastest": throughput.fastest.as_dict(),
                "limited_by": self.estimate.timing.limited_by,
            },
            "predictions": self.predictions.tolist(),
            "labels": None if self.labels is None else self.labels.tolist(),
            "files": list(self.names) or None,
        }

    def text(self) -> str:
        """Lines for a terminal."""
        rows = self._prediction_rows()
        scored = self.classifier
        if scored is not None:
            right = f"{scored.accuracy:.2%} ({scored.correct:,} of {counted(scored.frames, 'frame')})"
            rows += [("accuracy", right), *_confusion_rows(scored)]
        silent = int((self.votes.sum(axis=1) == 0).sum())
        if silent:
            rows.append(("silent", f"{counted(silent, 'frame')} without a vote, read as class 0"))
        facts, image = self.facts, self.run.image
        work = f"{human(self.operations_per_frame, 'synaptic operations')} a frame"
        each = "" if facts["ticks_per_frame"] == 1 else f", {facts['ticks_per_frame']} ticks each"
        rows.append(("work", f"{work}; {counted(facts['latency_ticks'], 'tick')} from an image to its votes{each}"))
        throughput, timing = self.estimate.throughput, self.estimate.timing
        rows += _point_rows("chip, nominal tick", throughput.nominal)
        rows += _point_rows(f"chip, fastest tick ({timing.limited_by})", throughput.fastest)
        speed = (
            f"{facts['emulator']['frames_per_s']:,.0f} frames/s with {counted(facts['emulator']['threads'], 'thread')}"
        )
        how = f"in one piece, as {facts['one_piece_because']}" if facts["one_piece_because"] else ""
        how = how or f"in pieces of up to {counted(facts['emulator']['frames_each'], 'frame')}"
        rows.append(("emulator", f"{speed}, {how}"))
        head = f"{image.name}: {counted(len(self.votes), 'frame')} through {counted(image.cores, 'core')}"
        width = max(len(label) for label, _ in rows) + 2
        return "\n".join([head, *(f"  {label:<{width}}{value}".rstrip() for label, value in rows)])

    def _prediction_rows(self) -> list[tuple[str, str]]:
        predictions = self.predictions
        more = len(predictions) - _SHOWN
        rest = f"{more:,} more in predictions.csv and with --json"
        if not self.names:
            shown = " ".join(map(str, predictions[:_SHOWN]))
            return [("predictions", shown + (f" ... {rest}" if more > 0 else ""))]
        rows = [(name, str(int(made))) for name, made in zip(self.names[:_SHOWN], predictions, strict=False)]
        return rows + ([("...", rest)] if more > 0 else [])


def stream_facts(
    frames: Frames,
    votes: npt.NDArray[np.int64],
    wanted: Classify,
    *,
    whole: str,
    wall_s: float,
    threads: int,
    frames_each: int,
    measured: int,
) -> dict[str, Any]:
    """How a stream went, for JSON.

    whole       : why it went in one piece, or nothing
    wall_s      : seconds from pixels to votes; compiling is left out
    frames_each : frames of a piece
    measured    : frames that counters, spikes and the estimate are of: the first ones, or all of them over and over
    """
    done = len(votes)
    return {
        "frames": done,
        "first_frame": frames.first,
        "planned_frames": len(frames),
        "ticks_per_frame": wanted.ticks_each,
        "latency_ticks": wanted.latency,
        "measured_frames": measured,
        "one_piece_because": whole or None,
        "emulator": {
            "frames_per_s": done / wall_s,
            "wall_s": wall_s,
            "threads": threads,
            "frames_each": frames_each,
        },
    }


def _confusion_rows(scored: ClassifierResult) -> list[tuple[str, str]]:
    classes = len(scored.confusion)
    if classes > _MOST_CLASSES:
        return []
    width = max(4, len(f"{int(scored.confusion.max())}") + 1)
    head = "".join(f"{number:>{width}}" for number in range(classes))
    rows = [("confusion", f"{'':>4}{head}   predicted (across), right (down)")]
    for number, row in enumerate(scored.confusion):
        rows.append(("", f"{number:>4}" + "".join(f"{int(value) or '.':>{width}}" for value in row)))
    return rows


def _point_rows(label: str, point: OperatingPoint) -> list[tuple[str, str]]:
    assert point.frames_per_s is not None
    assert point.energy_per_frame_j_whole_chip is not None
    assert point.energy_per_frame_j_used_cores is not None
    each = [
        f"{human_si(power, 'W')} and {human_si(joule, 'J', digits=2)} a frame ({whose})"
        for power, joule, whose in (
            (point.power_w_whole_chip, point.energy_per_frame_j_whole_chip, "whole chip"),
            (point.power_w_used_cores, point.energy_per_frame_j_used_cores, "used cores"),
        )
    ]
    return [(label, f"{human_si(point.tick_s, 's')}: {point.frames_per_s:,.0f} frames/s; {'; '.join(each)}")]
