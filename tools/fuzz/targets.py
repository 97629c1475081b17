"""What is fuzzed: for each reader the valid files to start from and its share of the cases."""

from __future__ import annotations

from functools import cache

from neurocore.estimate.coefficients import read_coefficients
from neurocore.formats.array_files import load_array
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.formats.idx import read_idx
from neurocore.formats.image_file import load_image
from neurocore.formats.network_yaml import read_network
from neurocore.formats.ranc_output import read_ranc_output
from neurocore.formats.recording_file import load_recording
from tools.fuzz import seeds
from tools.fuzz import seeds_more as more
from tools.fuzz.readings import (
    read_as_bench,
    read_as_beside_network,
    read_as_checkpoint,
    read_as_events,
    read_as_learning,
    read_as_one_array,
    read_as_pins,
    read_as_point,
    read_as_ranc,
    read_as_run_folder,
    read_as_segment,
    read_as_settings,
    read_as_stream,
    read_as_sweep,
    read_as_unfinished,
)
from tools.fuzz.seeds_nir import nir_files, read_as_graph
from tools.fuzz.seeds_unfinished import stopped_run, unfinished_files
from tools.fuzz.target import Target, mutated
from tools.fuzz.training_targets import training_targets

__all__ = ["Target", "mutated", "targets"]


@cache
def targets(*, verbs: bool = True) -> dict[str, Target]:
    """Every target by name. verbs : with those that need the emulator's packages to be there"""
    arrays, chip, ibm, other = seeds.array_files(), seeds.chip_files(), seeds.ibm_files(), seeds.other_files()
    ranc = seeds.ranc_files()
    events = seeds.event_files()
    beside = arrays | {"chip.yaml": seeds.CHIP}
    found = [
        Target(
            name="network", file="n.yaml", kind="yaml", seeds=seeds.NETWORKS, read=read_network, share=12, beside=beside
        ),
        Target(
            name="chip",
            file="chip.yaml",
            kind="yaml",
            seeds=(seeds.CHIP,),
            share=12,
            beside={"network.yaml": more.small_chip_user()},
            read=read_as_beside_network,
        ),
        Target(
            name="block",
            file="b.yaml",
            kind="yaml",
            seeds=more.BLOCKS,
            share=8,
            beside={"network.yaml": more.BLOCK_USER},
            read=read_as_beside_network,
        ),
        Target(
            name="settings",
            file="s.txt",
            kind="text",
            seeds=(other["settings.txt"],),
            read=read_as_settings,
            share=6,
            beside={"network.yaml": seeds.NETWORKS[0]},
        ),
        Target(
            name="coefficients",
            file="e.yaml",
            kind="yaml",
            seeds=(other["energy.yaml"],),
            read=read_coefficients,
            share=16,
        ),
        Target(name="image", file="i.npz", kind="npz", seeds=(chip["image.npz"],), read=load_image, share=12),
        Target(name="recording", file="r.npz", kind="npz", seeds=(chip["spikes.npz"],), read=load_recording, share=12),
        Target(
            name="learning", file="l.npz", kind="npz", seeds=(more.learning_image(),), read=read_as_learning, share=8
        ),
        Target(name="stream", file="r.npz", kind="npz", seeds=(chip["spikes.npz"],), read=read_as_stream, share=12),
        Target(name="idx", file="a.idx", kind="binary", seeds=(more.idx_file(packed=False),), read=read_idx, share=48),
        Target(
            name="idx gz", file="a.idx.gz", kind="binary", seeds=(more.idx_file(packed=True),), read=read_idx, share=48
        ),
        Target(name="array npz", file="a.npz", kind="npz", seeds=(arrays["w.npz"],), read=read_as_one_array, share=16),
        Target(
            name="array npy",
            file="a.npy",
            kind="npy",
            seeds=(arrays["w.npy"], arrays["fortran.npy"]),
            read=load_array,
            share=36,
        ),
        Target(
            name="array csv",
            file="a.csv",
            kind="text",
            seeds=(arrays["v.csv"], b"1,-2\n0.5,1e3\n"),
            read=load_array,
            share=48,
        ),
        Target(
            name="table csv",
            file="t.csv",
            kind="text",
            seeds=(arrays["s.csv"], arrays["e.csv"]),
            read=read_as_pins,
            share=48,
        ),
        Target(
            name="table npz",
            file="t.npz",
            kind="npz",
            seeds=(arrays["s.npz"], arrays["e.npz"]),
            read=read_as_pins,
            share=16,
        ),
        Target(
            name="events text",
            file="e.csv",
            kind="text",
            seeds=(events["nest.dat"], events["sanafe.csv"], events["sonata.csv"], events["own.csv"]),
            read=read_as_events,
            share=36,
        ),
        Target(
            name="camera csv",
            file="camera.csv",
            kind="text",
            seeds=(events["camera.csv"],),
            read=read_as_events,
            share=36,
        ),
        Target(
            name="camera npz",
            file="camera.npz",
            kind="npz",
            seeds=(events["camera.npz"],),
            read=read_as_events,
            share=12,
        ),
        Target(
            name="aedat4",
            file="camera.aedat4",
            kind="binary",
            seeds=tuple(events[f"c{packing}.aedat4"] for packing in (0, 1, 3)),
            read=read_as_events,
            share=36,
        ),
        Target(name="sonata", file="s.h5", kind="binary", seeds=(events["s.h5"],), read=read_as_events, share=12),
        Target(name="nir data", file="d.nir", kind="binary", seeds=(events["d.nir"],), read=read_as_events, share=12),
        Target(name="nir graph", file="g.nir", kind="binary", seeds=nir_files(), read=read_as_graph, share=3),
        Target(name="ibm json", file="m.json", kind="json", seeds=(seeds.ibm_model(),), read=read_model, share=6),
        Target(name="ibm sfti", file="a.sfti", kind="text", seeds=(ibm["a.sfti"],), read=read_as_pins, share=48),
        Target(name="ibm sfci", file="a.sfci", kind="text", seeds=(ibm["a.sfci"],), read=read_spikes, share=48),
        Target(name="ibm sfcp", file="a.sfcp", kind="binary", seeds=(ibm["a.sfcp"],), read=read_spikes, share=48),
        Target(name="ibm sfro", file="a.sfro", kind="binary", seeds=(ibm["a.sfro"],), read=read_spikes, share=48),
        Target(
            name="ranc input",
            file="input.json",
            kind="json",
            seeds=(ranc["input.json"],),
            read=read_as_ranc,
            share=16,
            beside=ranc,
        ),
        Target(
            name="ranc config",
            file="config.json",
            kind="json",
            seeds=(ranc["config.json"],),
            read=read_as_ranc,
            share=16,
            beside=ranc,
        ),
        Target(
            name="ranc alone",
            file="input.json",
            kind="json",
            seeds=(ranc["input.json"].replace(b'_threshold": -2', b'_threshold": 0'),),
            read=read_as_ranc,
            share=16,
        ),
        Target(
            name="ranc output", file="o.txt", kind="text", seeds=(ranc["out.txt"],), read=read_ranc_output, share=48
        ),
    ]
    unfinished = unfinished_files()
    found += [
        Target(
            name="checkpoint",
            file="c.npz",
            kind="npz",
            seeds=(unfinished["checkpoint.npz"],),
            read=read_as_checkpoint,
            share=12,
            beside={"image.npz": chip["image.npz"]},
        ),
        Target(
            name="segment",
            file="segment-000000000000000-0000000000.npz",
            kind="npz",
            seeds=(unfinished["segment.npz"],),
            read=read_as_segment,
            share=16,
        ),
    ]
    found += training_targets()
    if verbs:
        import neurocore.verbs.benchmarking  # now, not in the first case: numba looks for its cache  # noqa: F401

        stopped = stopped_run()
        found += [
            Target(
                name=f"unfinished {name}",
                file=f"unfinished/{file}",
                kind=kind,
                seeds=(stopped[f"unfinished/{file}"],),
                read=read_as_unfinished,
                share=4,
                beside=stopped,
            )
            for name, file, kind in (("plan", "plan.json", "json"), ("input", "input.npz", "npz"))
        ]
        point = {"points/point.json": other["point.json"]}
        found += [
            Target(
                name="bench json",
                file="b.json",
                kind="json",
                seeds=(other["bench.json"],),
                read=read_as_bench,
                share=48,
            ),
            Target(
                name="sweep json",
                file="sweep.json",
                kind="json",
                seeds=(other["sweep.json"],),
                read=read_as_sweep,
                share=48,
            ),
            Target(
                name="sweep point",
                file="points/p.json",
                kind="json",
                seeds=(other["point.json"],),
                read=read_as_point,
                share=48,
                beside=point,
            ),
            Target(
                name="run json",
                file="run.json",
                kind="json",
                seeds=(chip["run.json"],),
                read=read_as_run_folder,
                share=2,
                beside=chip,
            ),
            Target(
                name="run spikes",
                file="spikes.npz",
                kind="npz",
                seeds=(chip["spikes.npz"],),
                read=read_as_run_folder,
                share=2,
                beside=chip,
            ),
        ]
    return {target.name: target for target in found}
