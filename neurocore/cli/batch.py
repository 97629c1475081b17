"""``neurocore batch``: many frames through many instances of one chip."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from neurocore.cli.options import add_json, add_overrides, add_quiet, overrides, print_json, talk

if TYPE_CHECKING:
    from neurocore.verbs.rank_running import Ranks

__all__ = ["add"]

INTERRUPTED = 130


def add(parser: argparse.ArgumentParser) -> None:
    """Show a classifier its frames as a batch: instances of one chip, each from the initial state."""
    parser.add_argument("source", help="network (.yaml) with run.classify")
    parser.add_argument(
        "--frames-each",
        type=int,
        default=1,
        metavar="N",
        help="frames shown to each instance, one after the other (default: 1, every frame meets the initial state)",
    )
    parser.add_argument("--seed", type=int, help="seed of everything random (default: the network's)")
    parser.add_argument("--threads", type=int, help="worker threads (default: all processors); never changes a spike")
    add_overrides(parser)
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Run the batch, print the score; under mpiexec with all ranks, of which the first does the rest."""
    from neurocore.verbs.rank_running import on_ranks

    return on_ranks(lambda ranks: _do(options, ranks))


def _do(options: argparse.Namespace, ranks: Ranks) -> int:
    from neurocore.verbs.batching import batch

    result = batch(
        options.source,
        frames_each=options.frames_each,
        seed=options.seed,
        threads=options.threads,
        quiet=options.quiet,
        overrides=overrides(options) or None,
        runner=ranks.batch(),
        ranks=ranks.count,
    )
    print_json(result.as_dict()) if options.json else print(result.text())
    if result.interrupted:
        talk(options, f"interrupted after {result.frames:,} frames; what was done is scored")
        return INTERRUPTED
    return 0
