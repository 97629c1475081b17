"""``neurocore run``: emulate a network or image and write a run folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from neurocore.cli.options import add_json, add_nir, add_overrides, add_quiet, opened, print_json, talk
from neurocore.cli.run_images import add_images, check_images, run_images

if TYPE_CHECKING:
    from neurocore.verbs.rank_running import Ranks

__all__ = ["add"]

INTERRUPTED = 130


def add(parser: argparse.ArgumentParser) -> None:
    """Run a network or image, or show images to a classifier; write spikes, summary and pictures to a run folder."""
    parser.add_argument("source", help="network (.yaml, .nir), chip image (.npz), other model (.json) or run folder")
    parser.add_argument("--ticks", type=int, help="ticks to run (default: the network's run.ticks, or RANC's packets)")
    parser.add_argument("--seed", type=int, help="seed of everything random (default: the network's, or 0)")
    parser.add_argument("--threads", type=int, help="worker threads (default: all processors); never changes a spike")
    parser.add_argument("--backend", default="numba", help="numba (fast, default) or reference (scalar, slow)")
    parser.add_argument(
        "--input",
        metavar="[INPUT=]FILE[,KEY=VALUE...]",
        help="spikes addressed to axons (.sfti, .sfci, or .csv, .npz with tick, core, axon), or spikes or camera "
        "events for an input in any format of docs/events.md, with the keys of stimulus.INPUT.events",
    )
    parser.add_argument("--out", help="run folder (default: runs/NAME)")
    parser.add_argument("--force", action="store_true", help="replace the run that is in the folder")
    parser.add_argument("--no-files", action="store_true", help="print the summary, write nothing")
    parser.add_argument(
        "--no-report", action="store_true", help="no estimate, pictures, spikes.csv and report.html: quicker"
    )
    parser.add_argument(
        "--checkpoint",
        metavar="every=N|seconds=S",
        help="save the state every N ticks or S seconds, stream spikes to the disk; `neurocore resume` goes on "
        "(under mpiexec: seconds=60 if not given)",
    )
    parser.add_argument(
        "--rank-bounds",
        metavar="CORES",
        help="under mpiexec: where each rank's block of cores begins and the last ends, such as 0,100,256",
    )
    add_images(parser)
    add_nir(parser)
    add_overrides(parser)
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Run, write, print the summary; under mpiexec with all ranks, of which the first does the rest."""
    check_images(options)
    from neurocore.verbs.rank_running import on_ranks

    if options.images is not None:
        return on_ranks(lambda ranks: run_images(options, ranks.count), None)
    return on_ranks(lambda ranks: _do(options, ranks), options.rank_bounds)


def _do(options: argparse.Namespace, ranks: Ranks) -> int:
    from neurocore.verbs.run_folder import check_free
    from neurocore.verbs.running import run
    from neurocore.verbs.sources import open_for_run

    given, changes = opened(options)
    source = open_for_run(given, ticks=options.ticks, seed=options.seed, overrides=changes, unpack=ranks.count > 1)
    out = None if options.no_files else Path(options.out or Path("runs") / source.name)
    if out is not None:
        check_free(out, options.force)
    talk(options, *source.remarks)
    result = run(
        source,
        ticks=options.ticks,
        seed=options.seed,
        threads=options.threads,
        backend=options.backend,
        input=options.input,
        out=out,
        force=options.force,
        quiet=options.quiet,
        report=not options.no_report,
        checkpoint=options.checkpoint,
        emulation=ranks.emulation(source),
        recorder=ranks.recorder(source),
        ranks=ranks.count,
    )
    print_json(result.reported.as_dict()) if options.json else print(result.reported.text())
    talk(options, *result.remarks[len(source.remarks) :])
    if out is not None:
        more = "" if result.estimate is None else "report.html, figures/, "
        learned = "" if result.learned is None else ", learned.npz"
        talk(options, f"wrote {out}/ ({more}summary.txt, summary.json, spikes.npz, image.npz{learned})")
    if result.interrupted:
        talk(options, f"interrupted after {result.recording.ticks} ticks; what was done is kept")
        return INTERRUPTED
    return 0
