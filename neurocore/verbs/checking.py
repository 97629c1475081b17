"""Checking and compiling: does a network read well, does it fit the chip, and how full does it make it?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neurocore.emulator.stimulus_size import expected_events
from neurocore.formats.image_file import save_image
from neurocore.formats.nir.options import NirOptions
from neurocore.image import ChipImage
from neurocore.mapper.mapping_report import MappingReport
from neurocore.markup import html_table
from neurocore.network import Network
from neurocore.report.classifier import check_classify
from neurocore.verbs.needs import Needs, needs_of
from neurocore.verbs.probes import find_probe
from neurocore.verbs.profiling import profile_of
from neurocore.verbs.showing import Occupancy, occupancy
from neurocore.verbs.sources import Source, compile_source, located, open_source

__all__ = ["Checked", "check", "compile"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A source that read well and fits its chip.

    notes   : one line per mapping pass; what a reader remarked, for imported models
    mapping : what mapping made of a network; None for images and models
    needs   : memory and disk of running it as long as it asks for; None for images and models
    remarks : what a network's reader remarked, such as how many camera events merged
    """

    image: ChipImage
    occupancy: Occupancy
    notes: tuple[str, ...]
    mapping: MappingReport | None = None
    needs: Needs | None = None
    remarks: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "name": self.image.name,
            "chip": self.image.spec.name,
            "fits": True,
            "digest": self.image.digest(),
            **self.occupancy.as_dict(),
            "notes": [*self.remarks, *self.notes],
            "mapping": self.mapping.as_dict() if self.mapping else None,
            "needs": self.needs.as_dict() if self.needs else None,
        }

    def text(self) -> str:
        """For a terminal."""
        rows = self.mapping.lines() if self.mapping else [*self.occupancy.lines(), *self.notes]
        rows = [*rows, *(self.needs.lines() if self.needs else []), *self.remarks]
        return "\n".join([f"{self.image.name}: fits {self.image.spec.name}", *(f"  {row}".rstrip() for row in rows)])

    def _repr_html_(self) -> str:
        """For notebooks: how full the chip is, and what each pass did."""
        facts = {name: value for name, value in self.occupancy.as_dict().items() if isinstance(value, int)}
        rows = [(name.replace("_", " "), f"{value:,}") for name, value in facts.items()]
        rows += [(head, rest.strip()) for head, _, rest in (note.partition(":") for note in self.notes)]
        return html_table(f"{self.image.name}: fits {self.image.spec.name}", rows)


def check(
    source: str | Path | Network | ChipImage | Source,
    *,
    overrides: dict[str, Any] | None = None,
    nir: NirOptions | None = None,
    profile: str | Path | None = None,
) -> Checked:
    """Read a network (or image, or model) and map it; nothing is run or written.

    profile : folder of an earlier run of the network; cores are placed by the spikes between them
    Raises ConfigError for a description that is wrong, CapacityError for one that does not fit.
    """
    opened = open_source(source, overrides=overrides, nir=nir)
    if opened.image is not None:
        return Checked(image=opened.image, occupancy=occupancy(opened.image), notes=opened.remarks)
    assert opened.network is not None
    compiled = compile_source(opened, spikes=profile_of(profile, opened.network) if profile else None)
    with located(opened):
        probe = find_probe(compiled.image, opened.network.run.probes)
        driven = expected_events(compiled.image, opened.network, opened.network.run.ticks)
        if opened.network.run.classify:
            check_classify(compiled.image, opened.network.run.classify, opened.network.run.ticks)
    notes = tuple(str(note) for note in compiled.notes)
    return Checked(
        image=compiled.image,
        occupancy=occupancy(compiled.image),
        notes=notes,
        mapping=compiled.report,
        needs=needs_of(compiled.image, probe, opened.network.run.ticks, driven),
        remarks=opened.remarks,
    )


def compile(
    source: str | Path | Network | Source,
    out: str | Path | None = None,
    *,
    overrides: dict[str, Any] | None = None,
    nir: NirOptions | None = None,
    profile: str | Path | None = None,
) -> Checked:
    """Compile a network to a chip image and, with ``out``, write it as .npz.

    profile : folder of an earlier run of the network; cores are placed by the spikes between them
    Raises ConfigError, CapacityError, or NeurocoreError where the file cannot be written.
    """
    checked = check(source, overrides=overrides, nir=nir, profile=profile)
    if out is not None:
        save_image(checked.image, Path(out))
    return checked
