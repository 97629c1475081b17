"""How the readers are called on a damaged file, where that takes more than its path."""

from __future__ import annotations

from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from unittest import mock

import numpy as np

from neurocore.errors import NeurocoreError
from neurocore.formats.array_files import load_array
from neurocore.formats.checkpoint_file import load_checkpoint
from neurocore.formats.events.files import addresses_axons, read_events_file
from neurocore.formats.image_file import load_image
from neurocore.formats.model_kind import model_kind
from neurocore.formats.network_yaml import read_network
from neurocore.formats.ranc import read_ranc
from neurocore.formats.recording_stream import spikes_in
from neurocore.formats.segment_file import load_segment
from neurocore.formats.spike_tables import read_axon_events, read_pin_spikes
from neurocore.formats.sweep_values import read_settings
from neurocore.image import ChipImage
from neurocore.network import EventFile
from tools.fuzz.seeds_unfinished import RUN


def read_as_settings(path: Path) -> object:
    """``--set`` options, applied to a network."""
    texts = path.read_text(encoding="utf-8", errors="replace").split("\n")
    settings = read_settings([text for text in texts if text])
    changes = {key: value[0] if isinstance(value, list) and value else value for key, value in settings.items()}
    return read_network(path.parent / "network.yaml", changes)


def read_as_ranc(path: Path) -> object:
    """The file and its config, whichever of them is damaged; and whose the file is."""
    return model_kind(path), read_ranc(path.parent / "input.json")


def read_as_point(path: Path) -> object:
    from neurocore.verbs.sweep_folder import kept_points

    return kept_points(path.parent.parent, [path.stem])


def read_as_run_folder(path: Path) -> object:
    from neurocore.verbs.comparing import compare
    from neurocore.verbs.report_files import EstimateOptions
    from neurocore.verbs.reporting import load_reported

    reported, _ = load_reported(path.parent, EstimateOptions())
    return reported.text(), reported.as_dict(), compare(path.parent, path.parent)


def read_as_bench(path: Path) -> object:
    from neurocore.verbs.bench_result import read_bench

    return read_bench(path)


def read_as_sweep(path: Path) -> object:
    from neurocore.verbs.run_folder import read_json

    return read_json(path)


def read_as_pins(path: Path) -> object:
    """A table is of pins or of axons, and is read as both."""
    try:
        pins = read_pin_spikes(path)
    except NeurocoreError:
        return read_axon_events(path)
    with suppress(NeurocoreError):
        read_axon_events(path)
    return pins


def read_as_events(path: Path) -> object:
    """A file of events, for the pins of an input; what it is, its content says."""
    with suppress(NeurocoreError):
        addresses_axons(path)
    wanted = (
        EventFile(file=path.name, polarity="merged") if path.name.startswith("camera") else EventFile(file=path.name)
    )
    return read_events_file(path, wanted, (3, 4), "i", 1e-3)


def read_as_one_array(path: Path) -> object:
    return load_array(path, "w")


def read_as_beside_network(path: Path) -> object:
    return read_network(path.parent / "network.yaml")


def read_as_checkpoint(path: Path) -> object:
    """Of the image beside it."""
    image, digest = _image_in(path.parent)
    return load_checkpoint(path, image, image_digest=digest, run=RUN)


@lru_cache(maxsize=1)
def _image_in(folder: Path) -> tuple[ChipImage, str]:
    """Read once: another target damages it."""
    image = load_image(folder / "image.npz")
    return image, image.digest()


def read_as_segment(path: Path) -> object:
    """Of a tiny image of one core, with two neurons probed."""
    return load_segment(path, run=RUN, width=64, cores=1, probe_core=np.zeros(2, np.int32))


def read_as_learning(path: Path) -> object:
    """An image that learns, and what it is after learning nothing."""
    image = load_image(path)
    return image.after_learning(image.crossbar)


def read_as_stream(path: Path) -> object:
    """A recording, some spikes at a time."""
    return list(spikes_in(path, 3))


class _Fits:
    """Equal to everything: the digest of a plan by whose author it was made to fit."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def read_as_unfinished(path: Path) -> object:
    """What ``resume`` reads first, in the folder of a run that was stopped; the plan's digest is taken as right."""
    from neurocore.verbs import unfinished

    with mock.patch.object(unfinished, "_digest", lambda plan: _Fits()):
        return unfinished.open_unfinished(path.parent.parent)
