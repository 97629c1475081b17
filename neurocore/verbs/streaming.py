"""Streaming images through a classifier: one enters each tick, its votes leave a few ticks later."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.batch import map_batch
from neurocore.emulator.checks import check_seed, check_threads
from neurocore.emulator.engine import Emulator
from neurocore.emulator.stimulus import axon_events, input_spikes
from neurocore.emulator.threads import default_threads, processors
from neurocore.formats.nir.options import NirOptions
from neurocore.image import ChipImage
from neurocore.network import Classify, Network
from neurocore.recording import Recording
from neurocore.report.classifier import check_classify, count_votes, score, voters_of
from neurocore.report.summary import summarize
from neurocore.spikes import AxonEvents, InputSpikes
from neurocore.verbs.cutting import why_whole
from neurocore.verbs.frames_file import frames_shown
from neurocore.verbs.predictions_file import write_predictions
from neurocore.verbs.progress import tick_progress
from neurocore.verbs.report_files import EstimateOptions, estimated
from neurocore.verbs.run_folder import check_free
from neurocore.verbs.run_lock import locked
from neurocore.verbs.run_result import RunResult
from neurocore.verbs.run_writing import write_new_run
from neurocore.verbs.shown_frames import Frames, frames_for, showing
from neurocore.verbs.sources import Source, compile_source, located, open_for_run
from neurocore.verbs.stream_result import StreamResult, stream_facts

__all__ = ["stream"]

FRAMES_EACH: Final = 100
"""Frames in one piece of a stream, at most: few ticks are lost to filling and emptying the layers."""
FEWEST_MEASURED, MOST_MEASURED = 200, 1000
"""Frames at the beginning of the stream whose spikes are kept and that the estimate is reckoned from."""
_NEURON_TICKS: Final = 2**25
"""Neurons times ticks of a piece, about: bounds the room that a worker sets aside for its spikes (four bytes each)."""

Votes = npt.NDArray[np.int64]


def stream(
    source: str | Path | Network | Source,
    images: str | Path | npt.NDArray[Any],
    *,
    labels: str | Path | npt.NDArray[Any] | None = None,
    first: int = 0,
    count: int | None = None,
    pad: int = 0,
    seed: int | None = None,
    threads: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
    quiet: bool = True,
    overrides: dict[str, Any] | None = None,
    nir: NirOptions | None = None,
    report: bool | None = None,
) -> StreamResult:
    """Show images to a classifier, one after the other, read its votes and, with ``out``, write a run folder.

    source : network with run.classify and one input driven by ``images``, which says how pixels become spikes
    images : .npz with ``images`` (or ``test_images``), IDX file, folder of .png files, or an array
             uint8[N, height, width(, colours)]
    labels : a file or whole numbers [N], instead of those that come with the images
    first, count : which of the images
    pad    : dark pixels to add at each side of an image
    out    : run folder: predictions.csv, predictions.npz and what ``run`` writes, of its first frames
    seed, threads, force, overrides, nir, report : as in ``run``
    Raises NeurocoreError (one of its kinds) for bad input.
    """
    folder = Path(out) if out is not None else None
    check_threads(threads)
    with nullcontext() if folder is None else locked(folder):
        if folder is not None:
            check_free(folder, force)
        opened = open_for_run(source, seed=seed, overrides=overrides, nir=nir)
        with located(opened):
            frames = frames_for(opened.network, images, labels, first=first, count=count, pad=pad)
        network = opened.network
        assert network is not None
        check_seed(network.seed)
        known = np.zeros(len(frames), np.int64) if frames.labels is None else frames.labels
        wanted = network.run.classify
        assert wanted is not None
        ticks = len(frames) * wanted.ticks_each + wanted.latency
        shown = replace(opened, network=showing(network, frames.input, frames.pixels, ticks, known))
        compiled = compile_source(shown, quiet=quiet)
        image = compiled.image
        with located(opened):
            check_classify(image, wanted.model_copy(update={"labels": known}), ticks)
            input_spikes(showing(network, frames.input, frames.pixels[:1], 1, known[:1]), 1)  # do they fit the input?
        show = _Show(network, image, frames, wanted)
        excerpt = _excerpt(show, threads)
        whole = why_whole(network, image, frames.input)
        each = _frames_each(image, wanted, len(frames), threads or processors())
        parts = (_in_one_piece if whole else _in_pieces)(show, each, threads)  # compiles the kernels, or loads them
        began = time.perf_counter()
        with tick_progress(ticks, quiet) as progress:
            votes = _collected(parts, progress, wanted.ticks_each)
        done = len(votes)
        plan: dict[str, Any] = {
            "name": image.name,
            "source": opened.path.name if opened.path else None,
            "changes": opened.changes,
            "planned": excerpt.ticks,
            "seed": network.seed,
            "backend": "numba",
            "image_digest": image.digest() if folder is not None else "",
            "threads": default_threads(image) if threads is None else threads,
            "ranks": 1,
            "notes": [str(note) for note in compiled.notes],
            "mapping": compiled.report.as_dict(),
            "classify": None,
            "report": report if report is not None else folder is not None,
        }
        scored = None
        if frames.labels is not None:
            plan["classify"] = wanted.model_dump() | {"labels": frames.labels[:done].tolist()}
            scored = score(votes, frames.labels[:done], wanted)
        facts = stream_facts(
            frames,
            votes,
            wanted,
            whole=whole,
            wall_s=time.perf_counter() - began,
            threads=threads or (default_threads(image) if whole else min(processors(), -(-len(frames) // each))),
            frames_each=done if whole else each,
            measured=(excerpt.ticks - wanted.latency) // wanted.ticks_each,
        )
        summary = summarize(
            image,
            excerpt,
            threads=plan["threads"],
            notes=tuple(plan["notes"]),
            classifier=scored,
            frames_per_s=facts["emulator"]["frames_per_s"],
        )
        run = RunResult(
            folder=folder,
            image=image,
            recording=excerpt,
            summary=summary,
            classifier=scored,
            interrupted=done < len(frames),
            remarks=opened.remarks + frames.told,
            estimate=estimated(image, excerpt, wanted.ticks_each, EstimateOptions()),
            stream=facts,
            shown=frames_shown(shown.network),
        )
        result = StreamResult(
            run=run,
            names=frames.names[:done],
            votes=votes,
            labels=None if frames.labels is None else frames.labels[:done],
            interrupted=run.interrupted,
        )
        if folder is not None:

            def predictions(aside: Path) -> None:
                write_predictions(aside, votes, result.labels, first=frames.first, names=result.names)

            write_new_run(folder, force, run, plan, opened.config, predictions)
        return result


class _Show:
    """What frames put on the chip's axons, and which neurons vote."""

    def __init__(self, network: Network, image: ChipImage, frames: Frames, wanted: Classify) -> None:
        self.network, self.image, self.frames, self.wanted = network, image, frames, wanted
        self.voters = voters_of(image, wanted)

    def spikes(self, pixels: npt.NDArray[np.uint8], ticks: int) -> InputSpikes:
        """Spikes of the input pins, with these frames from tick 0 on."""
        blank = np.zeros(len(pixels), np.int64)
        return input_spikes(showing(self.network, self.frames.input, pixels, ticks, blank), ticks)

    def events(self, pixels: npt.NDArray[np.uint8], ticks: int) -> AxonEvents:
        """The same at the chip's axons."""
        return axon_events(self.image, self.spikes(pixels, ticks), ticks)

    def ticks_of(self, frames: int) -> int:
        """Ticks from the first input spike of some frames to the last vote."""
        return frames * self.wanted.ticks_each + self.wanted.latency

    @property
    def following(self) -> int:
        """Frames that enter while the votes of an earlier one are on their way."""
        return -(-self.wanted.latency // self.wanted.ticks_each)


def _frames_each(image: ChipImage, wanted: Classify, frames: int, workers: int) -> int:
    """Frames of a piece: all workers have one, and its spikes do not take much room."""
    neurons = max(1, image.cores * 64 * image.spec.neuron_words)
    fitting = _NEURON_TICKS // neurons // wanted.ticks_each - wanted.latency
    return max(1, min(FRAMES_EACH, max(8, fitting), -(-frames // workers)))


def _in_pieces(show: _Show, each: int, threads: int | None) -> Iterator[Votes]:
    """Votes of the frames in order, the stream cut into pieces that run side by side."""
    pixels, frames = show.frames.pixels, len(show.frames)

    def stimulus(piece: range) -> AxonEvents:  # what enters while its last votes are on their way comes with it
        return show.events(pixels[piece.start : piece.stop + show.following], ticks)

    def read(piece: range, recording: Recording) -> Votes:
        return count_votes(show.voters, recording, show.wanted, range(len(piece)))

    pieces = [range(begin, min(begin + each, frames)) for begin in range(0, frames, each)]
    ticks = show.ticks_of(each)
    return map_batch(show.image, pieces, ticks, stimulus, read, seed=show.network.seed, threads=threads)


def _in_one_piece(show: _Show, each: int, threads: int | None) -> Iterator[Votes]:
    """Votes of the frames in order, from one chip that sees them all."""
    wanted, frames = show.wanted, len(show.frames)
    spikes = show.spikes(show.frames.pixels, show.ticks_of(frames))
    emulator = Emulator(show.image, seed=show.network.seed, threads=threads)

    def go(ticks: int) -> Recording:
        begin, end = np.searchsorted(spikes.tick, [emulator.tick - 15, emulator.tick + ticks])  # delays reach 15
        part = InputSpikes(tick=spikes.tick[begin:end], pin=spikes.pin[begin:end])
        return emulator.run(ticks, axon_events(show.image, part, emulator.tick + ticks))

    def pieces() -> Iterator[Votes]:
        if wanted.latency and go(wanted.latency).ticks < wanted.latency:
            return
        for begin in range(0, frames, each):
            piece = range(begin, min(begin + each, frames))
            recording = go(len(piece) * wanted.ticks_each)
            done = recording.ticks // wanted.ticks_each
            yield count_votes(show.voters, recording, wanted, range(begin, begin + done))
            if done < len(piece):
                return

    emulator.warm_up()
    return pieces()


def _collected(parts: Iterator[Votes], progress: Callable[[int], None] | None, ticks_each: int) -> Votes:
    """All votes, int64[F, K]. Raises KeyboardInterrupt where there are none."""
    found: list[Votes] = []
    for part in parts:
        found.append(part)
        if progress:
            progress(sum(map(len, found)) * ticks_each)
    if not sum(map(len, found)):
        raise KeyboardInterrupt
    return np.concatenate(found)


def _excerpt(show: _Show, threads: int | None) -> Recording:
    """The first frames in one piece, from the initial state; a shorter stream begins again and again.

    The layers fill in its first ticks, so it must have many frames if its mean is to be that of a long stream. Raises
    KeyboardInterrupt where Ctrl-C ends it.
    """
    pixels, wanted, image = show.frames.pixels, show.wanted, show.image
    neurons = max(1, image.cores * 64 * image.spec.neuron_words)
    most = min(MOST_MEASURED, max(16, 2 * _NEURON_TICKS // neurons // wanted.ticks_each))
    frames = min(most, max(len(pixels), FEWEST_MEASURED))
    ticks = show.ticks_of(frames)
    events = show.events(pixels[np.arange(frames + show.following) % len(pixels)], ticks)
    recording = Emulator(image, seed=show.network.seed, threads=threads).run(ticks, events)
    if recording.ticks < ticks:
        raise KeyboardInterrupt
    return recording
