"""A few frames, the spikes that each causes in the layers of the network, and the votes it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.recording import Recording
from neurocore.report.classifier import ClassifierResult
from neurocore.report.palette import GRID, INK, QUIET, SERIES, WARM, framed_axes, title
from neurocore.report.rows import rows_of, spike_rows
from neurocore.report.words import short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "MOST_EXAMPLES",
    "ShownFrames",
    "choose_examples",
    "draw_examples",
    "examples_of",
    "layers_shown",
    "spikes_in_frame",
]

MOST_EXAMPLES: Final = 6
_MOST_LAYERS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownFrames:
    """The first images of a run.

    pixels : uint8[n, height, width] or uint8[n, height, width, colours]
    depth  : by population, ticks from a frame's first tick to the population's first spike that it causes
    """

    pixels: npt.NDArray[np.uint8]
    depth: Mapping[str, int]


def choose_examples(result: ClassifierResult, frames: int) -> list[int]:
    """Numbers of frames to show, among the first ``frames``: wrong ones, at most half of them, then right ones.

    Right ones are of different classes as far as there are. In ascending order.
    """
    known = min(frames, result.frames)
    right = result.predictions[:known] == result.labels[:known]
    wrong = np.flatnonzero(~right)[: MOST_EXAMPLES // 2].tolist()
    candidates = np.flatnonzero(right)
    _, first = np.unique(result.labels[candidates], return_index=True)
    ordered = [*sorted(candidates[first].tolist()), *candidates.tolist()]
    chosen = list(dict.fromkeys(ordered))[: MOST_EXAMPLES - len(wrong)]
    return sorted(chosen) + sorted(wrong)


def examples_of(recording: Recording, result: ClassifierResult, shown: ShownFrames) -> list[int]:
    """The examples among the frames whose images are known and whose spikes are all in the recording."""
    whole = (recording.ticks - max(shown.depth.values(), default=0)) // result.ticks_each
    return choose_examples(result, min(len(shown.pixels), whole))


def layers_shown(image: ChipImage, shown: ShownFrames) -> list[Group]:
    """The first population of each depth, the shallowest first; at most four, the deepest among them."""
    found: dict[int, Group] = {}
    for group in image.logical.populations:
        if group.name in shown.depth:
            found.setdefault(shown.depth[group.name], group)
    layers = [found[depth] for depth in sorted(found)]
    return layers if len(layers) <= _MOST_LAYERS else [*layers[: _MOST_LAYERS - 1], layers[-1]]


def spikes_in_frame(
    tick: npt.NDArray[np.int64], row: npt.NDArray[np.int32], group: Group, first_tick: int, ticks_each: int
) -> npt.NDArray[np.int64]:
    """int64[neurons of the population]: spikes of each in the ticks of a frame.

    tick, row : of report.rows.spike_rows; first_tick : of the frame's spikes in this population
    """
    low, high = np.searchsorted(tick, [first_tick, first_tick + ticks_each])
    member = row[low:high]
    member = member[(member >= group.start) & (member < group.stop)] - group.start
    return np.bincount(member, minlength=group.size)


def draw_examples(
    image: ChipImage, recording: Recording, result: ClassifierResult, shown: ShownFrames, *, ax: Axes | None = None
) -> Figure:
    """A column for each example: its pixels, a dot for each neuron that fires in each layer, and bars of its votes.

    The recording begins at tick 0, its frame k shows image k. ax : whose room to share; a figure of its own if left out
    """
    layers = layers_shown(image, shown)
    chosen = examples_of(recording, result, shown)
    tick, row = spike_rows(rows_of(image), recording)
    if ax is None:
        ax = framed_axes(
            1.35 * MOST_EXAMPLES, 1.35 * (len(layers) + 2) + 0.2, left=1.25, right=0.2, above=0.9, below=0.3
        )
    ax.spines[:].set_visible(False)
    ax.set_xticks([])
    ax.set_yticks([])
    down = len(layers) + 2
    for place, frame in enumerate(chosen):
        panels = [_panel(ax, place, line, down) for line in range(down)]
        _pixels(panels[0], shown.pixels[frame], frame, result)
        for panel, group in zip(panels[1:-1], layers, strict=True):
            first = frame * result.ticks_each + shown.depth[group.name]
            counts = spikes_in_frame(tick, row, group, first, result.ticks_each)
            _dots(panel, counts)
            if place == 0:
                _name(panel, f"{short(group.name, 16)}\n{group.size:,} neurons")
        _votes(panels[-1], result.votes[frame], int(result.labels[frame]), int(result.predictions[frame]))
        if place == 0:
            _name(panels[0], "pixels")
            _name(panels[-1], "votes")
    wrong = int((result.predictions[chosen] != result.labels[chosen]).sum())
    right = len(np.unique(result.labels[chosen][result.predictions[chosen] == result.labels[chosen]]))
    said = f"the first frames of {right} classes" + (f" and the first {wrong} that are wrong" if wrong else "")
    title(ax, f"{short(image.name)}: what an image causes\n{said}; a dark square is a neuron that fires", pad=24)
    return ax.figure.figure


def square_of(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """A population's counts in reading order on a square as small as can be; nan where there is no neuron."""
    side = max(1, int(np.ceil(np.sqrt(len(counts)))))
    square = np.full(side * side, np.nan)
    square[: len(counts)] = counts
    return square.reshape(side, side)


def _panel(ax: Axes, column: int, line: int, down: int) -> Axes:
    wide, high = 1 / MOST_EXAMPLES, 1 / down
    return ax.inset_axes((column * wide + 0.05 * wide, 1 - (line + 1) * high + 0.1 * high, 0.9 * wide, 0.76 * high))


def _name(panel: Axes, text: str) -> None:
    panel.set_ylabel(text, rotation=0, ha="right", va="center", fontsize=9, color=INK, parse_math=False)


def _pixels(panel: Axes, pixels: npt.NDArray[np.uint8], frame: int, result: ClassifierResult) -> None:
    label, said = int(result.labels[frame]), int(result.predictions[frame])
    panel.imshow(visible(pixels), cmap="gray", vmin=0, vmax=255)
    good = label == said
    words = f"frame {frame:,}\n" + (f"{label}" if good else f"{label}, read as {said}")
    panel.set_title(words, fontsize=9, color=INK if good else WARM, pad=4)
    _bare(panel)


def visible(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """An image as it can be drawn: grey or red, green and blue as it is, of other channels the brightest.

    An image of few grey levels, such as counts of an event camera, is stretched to the full range.
    """
    if pixels.ndim == 2 or pixels.shape[2] == 3:
        return pixels
    brightest = pixels.max(axis=2)
    return (brightest.astype(np.int64) * 255 // max(1, int(brightest.max()))).astype(np.uint8)


def _dots(panel: Axes, counts: npt.NDArray[np.int64]) -> None:
    from matplotlib.colors import LinearSegmentedColormap

    colours = LinearSegmentedColormap.from_list("spikes", ("#eef3f7", SERIES[0])).with_extremes(bad="white")
    panel.imshow(np.ma.masked_invalid(square_of(counts)), cmap=colours, vmin=0, vmax=max(1, int(counts.max(initial=0))))
    fired = int(np.count_nonzero(counts))
    panel.set_title(f"{fired:,} fire", fontsize=8, color=QUIET, pad=2)
    _bare(panel)


def _votes(panel: Axes, votes: npt.NDArray[np.int64], label: int, said: int) -> None:
    colours = [SERIES[0] if k == said == label else WARM if k == said else SERIES[2] if k == label else "#b9c6d0"
               for k in range(len(votes))]  # fmt: skip
    panel.bar(range(len(votes)), votes, color=colours, width=0.8)
    panel.set_title(f"{int(votes[said]):,} for {said}", fontsize=8, color=QUIET, pad=2)
    panel.set_ylim(0, max(1, int(votes.max())) * 1.05)
    panel.set_yticks([])
    panel.set_xticks(range(len(votes)) if len(votes) <= 10 else [said])
    panel.tick_params(length=0, labelsize=7, labelcolor=QUIET, pad=1)
    panel.spines[["top", "right", "left"]].set_visible(False)
    panel.spines["bottom"].set_color(GRID)


def _bare(panel: Axes) -> None:
    panel.set_xticks([])
    panel.set_yticks([])
    panel.spines[:].set_color(GRID)
