"""``--input``: a file that drives a run, addressed to axons or to the pins of one input."""

from __future__ import annotations

import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from neurocore.emulator.stimulus import axon_events
from neurocore.errors import ConfigError, RunError, closest
from neurocore.formats.events.files import addresses_axons, read_events_file
from neurocore.formats.located_yaml import read_scalar
from neurocore.formats.network_checks import check_kinds
from neurocore.formats.validation_errors import find_problem
from neurocore.graph import Group
from neurocore.image import ChipImage
from neurocore.network import EventFile, Stimulus
from neurocore.spikes import AxonEvents, InputSpikes
from neurocore.verbs.sources import Source
from neurocore.verbs.stimulate import network_events, read_events

__all__ = ["input_events"]


def input_events(
    given: str | Path, opened: Source, image: ChipImage, ticks: int
) -> tuple[AxonEvents, tuple[str, ...], Source | None]:
    """Events at axons from a file, what to tell of it, and the source with the network that has these as its stimulus.

    Where the file is addressed to axons, or there is no network, the last is None.

    given : a file addressed to axons, which drives the run alone; or ``[INPUT=]FILE[,KEY=VALUE...]``, spikes or camera
            events for one input, in place of its stimulus; the keys are those of EventFile
    Raises RunError for the option, SpikeFileError for the file.
    """
    name, file, options = _parsed(str(given))
    if name is None and not options and addresses_axons(Path(file)):
        return read_events(file), (), None
    group = _group(image, name)
    try:
        binned = read_events_file(
            Path(file), _wanted(str(given), file, options), group.shape, group.name, image.spec.tick_s
        )
    except ConfigError as error:
        place = f": {error.path}" if error.path else ""
        raise RunError(f"--input {given}{place}: {error.problem}", fix=error.fix) from error
    told = (binned.sentence(group.name),)
    if opened.network is not None:
        run = opened.network.run
        driven = run.stimulus | {group.name: Stimulus(spikes=binned.spikes)}
        network = opened.network.model_copy(update={"run": run.model_copy(update={"stimulus": driven})})
        driven_source = replace(opened, network=network)
        return network_events(driven_source, image, ticks)[1], told, driven_source
    spikes = InputSpikes.sorted(binned.spikes[:, 0], binned.spikes[:, 1] + group.start)
    return axon_events(image, spikes, ticks), told, None


def _parsed(text: str) -> tuple[str | None, str, dict[str, Any]]:
    """Input's name, file and options; a text that is a file's name is nothing else."""
    if os.path.isfile(text):
        return None, text, {}
    first, *rest = re.split(r",(?![^\[]*\])", text)
    name, equals, file = first.partition("=")
    named = bool(equals) and not os.path.isfile(first)
    options: dict[str, Any] = {}
    for part in rest:
        key, equals, value = part.partition("=")
        if not equals or key in options:
            problem = f"'{part}' is not of the form KEY=VALUE" if not equals else f"'{key}' is there twice"
            raise RunError(f"--input {text}: {problem}", fix="for example --input retina=bar.aedat4,polarity=on,down=2")
        options[key.strip()] = read_scalar(value)
    return (name, file, options) if named else (None, first, options)


def _group(image: ChipImage, name: str | None) -> Group:
    groups = {group.name: group for group in image.logical.inputs}
    if not groups:
        raise RunError(
            f"'{image.name}' has no inputs; its spikes must be addressed to axons",
            fix="give a .sfti, .sfci, or a .csv or .npz with tick, core, axon",
        )
    if name is None and len(groups) == 1:
        return next(iter(groups.values()))
    if name is None:
        fix = f"write --input INPUT=FILE with INPUT one of {', '.join(groups)}"
        raise RunError(f"'{image.name}' has {len(groups)} inputs; which one the file drives is not said", fix=fix)
    if name not in groups:
        raise RunError(f"'{image.name}' has no input '{name}'", fix=closest(name, groups))
    return groups[name]


def _wanted(text: str, file: str, options: dict[str, Any]) -> EventFile:
    data = {"file": file} | options
    try:
        wanted = EventFile.model_validate(data)
    except ValidationError as errors:
        path, problem, fix = find_problem(errors, data, EventFile)
    else:
        found = next(check_kinds(data, wanted), None)
        if found is None:
            return wanted
        path, problem, fix = found
    raise RunError(f"--input {text}: {'.'.join(map(str, path))}: {problem}", fix=fix)
