"""Mapping a compiled chip again and proving that its output spikes stayed the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from neurocore.emulator.backends import run as emulate
from neurocore.emulator.outputs import output_spikes
from neurocore.emulator.stimulus import axon_events
from neurocore.errors import NeurocoreError
from neurocore.formats.image_file import save_image
from neurocore.image import ChipImage
from neurocore.mapper.mapping_report import MappingReport
from neurocore.mapper.remap import remap_image, translated
from neurocore.network import Mapping, Network
from neurocore.rng import Stream, generator
from neurocore.spikes import AxonEvents, InputSpikes
from neurocore.verbs.counting import only_in
from neurocore.verbs.progress import pass_progress
from neurocore.verbs.sources import Source, compile_source, located, open_source
from neurocore.verbs.stimulate import read_events
from neurocore.verbs.verifying import Check

__all__ = ["RemapResult", "remap"]

RATE = 0.2
"""Chance of a spike for each input and tick where no input is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemapResult:
    """A chip mapped again.

    before, image : the chip as it was, and as it is now
    report        : what mapping made of it
    check         : output spikes before against those now
    """

    before: ChipImage
    image: ChipImage
    report: MappingReport
    check: Check

    @property
    def passed(self) -> bool:
        """True when every output spike is the same."""
        return self.check.passed

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.image.name,
            "cores_before": self.before.cores,
            "cores": self.image.cores,
            "neurons_before": int(self.before.neuron_used.sum()),
            "neurons": int(self.image.neuron_used.sum()),
            "passed": self.passed,
            "check": self.check.as_dict(),
            "mapping": self.report.as_dict(),
        }

    def text(self) -> str:
        """For a terminal."""
        neurons = int(self.before.neuron_used.sum())
        lines = [
            f"{self.image.name}: {self.before.cores:,} cores, {neurons:,} neurons before; mapped again:",
            *(f"  {line}".rstrip() for line in self.report.lines()),
            f"{'ok  ' if self.passed else 'FAIL'}  {self.check.what}: {self.check.spikes:,} spikes in "
            f"{self.check.ticks:,} ticks, {self.check.wrong:,} wrong",
        ]
        return "\n".join([*lines, f"      first: {self.check.first}"] if self.check.first else lines)


def remap(
    source: str | Path | Network | ChipImage | Source,
    out: str | Path | None = None,
    *,
    input: str | Path | AxonEvents | None = None,
    ticks: int = 200,
    seed: int = 0,
    mapping: Mapping | None = None,
    quiet: bool = True,
) -> RemapResult:
    """Forget which core each neuron is in, map again, and compare all output spikes of both chips.

    out     : image file to write, only if the output spikes are the same
    input   : spikes addressed to axons of the chip as it was; random ones for all its inputs if left out
    mapping : how to map
    Raises NeurocoreError for bad input and chips without outputs, ImageError or CapacityError for what does not map.
    """
    opened = open_source(source)
    before = opened.image or compile_source(opened, quiet=quiet).image
    if not before.outputs:
        raise NeurocoreError(
            f"'{before.name}' has no outputs, so nothing tells whether a remapped chip does the same",
            fix="name output populations in the network (outputs: [...])",
        )
    with located(opened), pass_progress(quiet) as watch:
        done = remap_image(before, mapping or Mapping(), watch)
    if input is None:
        events = _random_events(before, done.flat.pin_axon, ticks, seed)
    else:
        events = input if isinstance(input, AxonEvents) else read_events(input)
    found = [
        output_spikes(image, emulate(image, spikes, ticks, seed=seed))
        for image, spikes in ((before, events), (done.image, translated(events, done, before)))
    ]
    rows = [np.stack([one.tick, one.connector, one.pin], axis=1).astype(np.int64) for one in found]
    different = np.concatenate([only_in(rows[0], rows[1]), only_in(rows[1], rows[0])])
    first = ""
    if len(different):
        tick, connector, pin = different[np.lexsort(different.T[::-1])][0].tolist()
        first = f"tick {tick}, {before.outputs[connector].label(pin)}"
    check = Check(
        what="output spikes before = after", ticks=ticks, spikes=len(rows[0]), wrong=len(different), first=first
    )
    if out is not None and check.passed:
        save_image(done.image, Path(out))
    return RemapResult(before=before, image=done.image, report=done.report, check=check)


def _random_events(image: ChipImage, pin_axon: np.ndarray, ticks: int, seed: int) -> AxonEvents:
    """Spikes on every input, each tick with the same chance."""
    pins = image.logical.inputs[-1].stop if image.logical.inputs else len(pin_axon)
    tick, pin = np.nonzero(generator(seed, Stream.STIMULUS, 0).random((ticks, pins)) < RATE)
    if image.logical.inputs:
        return axon_events(image, InputSpikes.sorted(tick, pin), ticks)
    return AxonEvents.sorted(tick, pin_axon[pin, 0], pin_axon[pin, 1])
