"""What is fuzzed: for each reader the valid files to start from, how to damage them, and how to read what comes out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from random import Random

from neurocore.errors import NeurocoreError
from neurocore.estimate.coefficients import read_coefficients
from neurocore.formats.array_files import load_array
from neurocore.formats.events.files import addresses_axons, read_events_file
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.formats.image_file import load_image
from neurocore.formats.located_yaml import parse_yaml
from neurocore.formats.model_kind import model_kind
from neurocore.formats.network_yaml import read_network
from neurocore.formats.ranc import read_ranc
from neurocore.formats.ranc_output import read_ranc_output
from neurocore.formats.recording_file import load_recording
from neurocore.formats.spike_tables import read_axon_events, read_pin_spikes
from neurocore.formats.sweep_values import read_settings
from neurocore.network import EventFile
from tools.fuzz import seeds
from tools.fuzz.mutate_npz import members_of, mutate_npy, mutate_npz
from tools.fuzz.mutate_text import mutate_bytes, mutate_lines
from tools.fuzz.mutate_tree import Pairs, dump, mutate_tree, parse

__all__ = ["Target", "mutated", "targets"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One reader under attack.

    file   : name of the file that is damaged
    kind   : of damage: yaml, json, text, binary, npy or npz
    seeds  : valid contents of it
    read   : reads the file at a path; anything but a value or a NeurocoreError is a defect
    share  : of all cases, relative: quick readers get more
    beside : other files of the folder, by name
    """

    name: str
    file: str
    kind: str
    seeds: tuple[bytes, ...]
    read: Callable[[Path], object]
    share: int
    beside: dict[str, bytes] = field(default_factory=dict)


def mutated(target: Target, random: Random) -> bytes:
    """A damaged file."""
    seed = random.choice(target.seeds)
    match target.kind:
        case "npz":
            return mutate_npz(_members(seed), random)
        case "npy":
            return mutate_npy(seed, random)
        case "binary":
            return mutate_bytes(seed, random) if random.random() < 0.7 else mutate_lines(seed, random)
        case "text":
            return mutate_lines(seed, random) if random.random() < 0.7 else mutate_bytes(seed, random)
    way = random.random()
    if way < 0.15:
        return mutate_bytes(seed, random)
    if way < 0.5:
        return mutate_lines(seed, random)
    tree = parse(_as_json(seed) if target.kind == "yaml" else _bare(seed))
    return dump(mutate_tree(tree, random, yaml=target.kind == "yaml")).encode("utf-8", "surrogatepass")


_members = cache(members_of)


@cache
def _as_json(seed: bytes) -> str:
    return dump(_pairs(parse_yaml(seed.decode(), "seed").value))


def _pairs(value: object) -> object:
    if isinstance(value, dict):
        return Pairs([key, _pairs(item)] for key, item in value.items())
    return [_pairs(item) for item in value] if isinstance(value, list) else value


def _bare(seed: bytes) -> bytes:
    return seed[seed.index(b"{") :]


def _settings(path: Path) -> object:
    """``--set`` options, applied to a network."""
    texts = path.read_text(encoding="utf-8", errors="replace").split("\n")
    settings = read_settings([text for text in texts if text])
    changes = {key: value[0] if isinstance(value, list) and value else value for key, value in settings.items()}
    return read_network(path.parent / "network.yaml", changes)


def _ranc(path: Path) -> object:
    """The file and its config, whichever of them is damaged; and whose the file is."""
    return model_kind(path), read_ranc(path.parent / "input.json")


def _point(path: Path) -> object:
    from neurocore.verbs.sweep_folder import kept_points

    return kept_points(path.parent.parent, [path.stem])


def _run_folder(path: Path) -> object:
    from neurocore.verbs.comparing import compare
    from neurocore.verbs.report_files import EstimateOptions
    from neurocore.verbs.reporting import load_reported

    reported, _ = load_reported(path.parent, EstimateOptions())
    return reported.text(), reported.as_dict(), compare(path.parent, path.parent)


def _bench(path: Path) -> object:
    from neurocore.verbs.benchmarking import read_bench

    return read_bench(path)


def _sweep(path: Path) -> object:
    from neurocore.verbs.run_folder import read_json

    return read_json(path)


def _pins(path: Path) -> object:
    """A table is of pins or of axons, and is read as both."""
    try:
        pins = read_pin_spikes(path)
    except NeurocoreError:
        return read_axon_events(path)
    with suppress(NeurocoreError):
        read_axon_events(path)
    return pins


def _events(path: Path) -> object:
    """A file of events, for the pins of an input; what it is, its content says."""
    with suppress(NeurocoreError):
        addresses_axons(path)
    wanted = (
        EventFile(file=path.name, polarity="merged") if path.name.startswith("camera") else EventFile(file=path.name)
    )
    return read_events_file(path, wanted, (3, 4), "i", 1e-3)


@cache
def targets(*, verbs: bool = True) -> dict[str, Target]:
    """Every target by name. verbs : with those that need the emulator's packages to be there"""
    arrays, chip, ibm, other = seeds.array_files(), seeds.chip_files(), seeds.ibm_files(), seeds.other_files()
    ranc = seeds.ranc_files()
    events = seeds.event_files()
    beside = arrays | {"chip.yaml": seeds.CHIP}
    named = beside | {"network.yaml": seeds.NETWORKS[1]}
    found = [
        Target(
            name="network", file="n.yaml", kind="yaml", seeds=seeds.NETWORKS, read=read_network, share=12, beside=beside
        ),
        Target(
            name="chip", file="chip.yaml", kind="yaml", seeds=(seeds.CHIP,), share=4, beside=named, read=_beside_network
        ),
        Target(
            name="settings",
            file="s.txt",
            kind="text",
            seeds=(other["settings.txt"],),
            read=_settings,
            share=3,
            beside={"network.yaml": seeds.NETWORKS[0]},
        ),
        Target(
            name="coefficients",
            file="e.yaml",
            kind="yaml",
            seeds=(other["energy.yaml"],),
            read=read_coefficients,
            share=8,
        ),
        Target(name="image", file="i.npz", kind="npz", seeds=(chip["image.npz"],), read=load_image, share=10),
        Target(name="recording", file="r.npz", kind="npz", seeds=(chip["spikes.npz"],), read=load_recording, share=10),
        Target(name="array npz", file="a.npz", kind="npz", seeds=(arrays["w.npz"],), read=_one_array, share=12),
        Target(
            name="array npy",
            file="a.npy",
            kind="npy",
            seeds=(arrays["w.npy"], arrays["fortran.npy"]),
            read=load_array,
            share=20,
        ),
        Target(
            name="array csv",
            file="a.csv",
            kind="text",
            seeds=(arrays["v.csv"], b"1,-2\n0.5,1e3\n"),
            read=load_array,
            share=20,
        ),
        Target(
            name="table csv", file="t.csv", kind="text", seeds=(arrays["s.csv"], arrays["e.csv"]), read=_pins, share=20
        ),
        Target(
            name="table npz", file="t.npz", kind="npz", seeds=(arrays["s.npz"], arrays["e.npz"]), read=_pins, share=12
        ),
        Target(
            name="events text",
            file="e.csv",
            kind="text",
            seeds=(events["nest.dat"], events["sanafe.csv"], events["sonata.csv"], events["own.csv"]),
            read=_events,
            share=20,
        ),
        Target(
            name="camera csv", file="camera.csv", kind="text", seeds=(events["camera.csv"],), read=_events, share=12
        ),
        Target(name="camera npz", file="camera.npz", kind="npz", seeds=(events["camera.npz"],), read=_events, share=8),
        Target(
            name="aedat4",
            file="camera.aedat4",
            kind="binary",
            seeds=tuple(events[f"c{packing}.aedat4"] for packing in (0, 1, 3)),
            read=_events,
            share=20,
        ),
        Target(name="sonata", file="s.h5", kind="binary", seeds=(events["s.h5"],), read=_events, share=8),
        Target(name="nir data", file="d.nir", kind="binary", seeds=(events["d.nir"],), read=_events, share=8),
        Target(name="ibm json", file="m.json", kind="json", seeds=(seeds.ibm_model(),), read=read_model, share=8),
        Target(name="ibm sfti", file="a.sfti", kind="text", seeds=(ibm["a.sfti"],), read=_pins, share=16),
        Target(name="ibm sfci", file="a.sfci", kind="text", seeds=(ibm["a.sfci"],), read=read_spikes, share=16),
        Target(name="ibm sfcp", file="a.sfcp", kind="binary", seeds=(ibm["a.sfcp"],), read=read_spikes, share=20),
        Target(name="ibm sfro", file="a.sfro", kind="binary", seeds=(ibm["a.sfro"],), read=read_spikes, share=20),
        Target(
            name="ranc input",
            file="input.json",
            kind="json",
            seeds=(ranc["input.json"],),
            read=_ranc,
            share=12,
            beside=ranc,
        ),
        Target(
            name="ranc config",
            file="config.json",
            kind="json",
            seeds=(ranc["config.json"],),
            read=_ranc,
            share=8,
            beside=ranc,
        ),
        Target(
            name="ranc alone",
            file="input.json",
            kind="json",
            seeds=(ranc["input.json"].replace(b'_threshold": -2', b'_threshold": 0'),),
            read=_ranc,
            share=8,
        ),
        Target(
            name="ranc output", file="o.txt", kind="text", seeds=(ranc["out.txt"],), read=read_ranc_output, share=16
        ),
    ]
    if verbs:
        import neurocore.verbs.benchmarking  # now, not in the first case: numba looks for its cache  # noqa: F401

        point = {"points/point.json": other["point.json"]}
        found += [
            Target(name="bench json", file="b.json", kind="json", seeds=(other["bench.json"],), read=_bench, share=16),
            Target(
                name="sweep json", file="sweep.json", kind="json", seeds=(other["sweep.json"],), read=_sweep, share=16
            ),
            Target(
                name="sweep point",
                file="points/p.json",
                kind="json",
                seeds=(other["point.json"],),
                read=_point,
                share=16,
                beside=point,
            ),
            Target(
                name="run json",
                file="run.json",
                kind="json",
                seeds=(chip["run.json"],),
                read=_run_folder,
                share=2,
                beside=chip,
            ),
            Target(
                name="run spikes",
                file="spikes.npz",
                kind="npz",
                seeds=(chip["spikes.npz"],),
                read=_run_folder,
                share=4,
                beside=chip,
            ),
        ]
    return {target.name: target for target in found}


def _one_array(path: Path) -> object:
    return load_array(path, "w")


def _beside_network(path: Path) -> object:
    return read_network(path.parent / "network.yaml")
