"""``neurocore run --images``: stream images through a trained classifier."""

from __future__ import annotations

import argparse
from pathlib import Path

from neurocore.cli.options import opened, print_json, talk
from neurocore.errors import RunError

__all__ = ["add_images", "check_images", "run_images"]

INTERRUPTED = 130


def add_images(parser: argparse.ArgumentParser) -> None:
    """``--images`` and what belongs to it."""
    group = parser.add_argument_group("images for a trained classifier")
    group.add_argument(
        "--images",
        metavar="FILE|FOLDER",
        help="show these instead of the network's own: .npz (images, labels), IDX file (.idx, -idx3-ubyte, also .gz), "
        "CIFAR-10 (.bin, .mat), SVHN (.mat), or folder of .png files",
    )
    group.add_argument(
        "--labels",
        metavar="FILE",
        help="what they show, where that does not come with the images (IDX, .npz, .npy, .csv)",
    )
    group.add_argument("--first", type=int, default=0, metavar="N", help="first image to show (default: 0)")
    group.add_argument("--count", type=int, metavar="N", help="how many images to show (default: all)")
    group.add_argument(
        "--pad", type=int, default=0, metavar="N", help="dark pixels to add at each side of an image (default: 0)"
    )


def check_images(options: argparse.Namespace) -> None:
    """Raise RunError for options that do not go together."""
    belonging = {"--labels": options.labels is not None, "--first": options.first != 0}
    belonging |= {"--count": options.count is not None, "--pad": options.pad != 0}
    others = {"--ticks": options.ticks is not None, "--input": options.input is not None}
    others |= {"--checkpoint": options.checkpoint is not None, "--backend": options.backend != "numba"}
    others |= {"--rank-bounds": options.rank_bounds is not None}
    if options.images is None:
        wrong = [name for name, given in belonging.items() if given]
        if wrong:
            raise RunError(f"{wrong[0]} belongs to --images", fix="give --images FILE, or leave it out")
        return
    wrong = [name for name, given in others.items() if given]
    if wrong:
        raise RunError(f"{wrong[0]} cannot be given with --images", fix="leave one of them out")


def run_images(options: argparse.Namespace, ranks: int) -> int:
    """Stream, write, print predictions, score and cost. Raises RunError under mpiexec with several ranks."""
    if ranks > 1:
        raise RunError("images are streamed by one process", fix="leave mpiexec out: its threads share the work")
    from neurocore.verbs.run_folder import check_free
    from neurocore.verbs.sources import open_for_run
    from neurocore.verbs.streaming import stream

    given, changes = opened(options)
    source = open_for_run(given, seed=options.seed, overrides=changes)
    out = None if options.no_files else Path(options.out or Path("runs") / f"{source.name}_images")
    if out is not None:
        check_free(out, options.force)
    talk(options, *source.remarks)
    result = stream(
        source,
        options.images,
        labels=options.labels,
        first=options.first,
        count=options.count,
        pad=options.pad,
        threads=options.threads,
        out=out,
        force=options.force,
        quiet=options.quiet,
        report=not options.no_report,
    )
    print_json(result.as_dict()) if options.json else print(result.text())
    talk(options, *result.run.remarks[len(source.remarks) :])
    if out is not None:
        more = "" if options.no_report else "report.html, figures/, "
        talk(options, f"wrote {out}/ ({more}predictions.csv, predictions.npz, summary.json ...)")
    if result.interrupted:
        talk(options, f"interrupted after {len(result.votes):,} frames; what was done is kept")
        return INTERRUPTED
    return 0
