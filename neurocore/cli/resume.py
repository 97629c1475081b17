"""``neurocore resume``: go on with a run that was killed or interrupted."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from neurocore.cli.options import add_json, add_quiet, print_json, talk

if TYPE_CHECKING:
    from neurocore.verbs.rank_running import Ranks

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Go on with a run that had --checkpoint and was killed or interrupted; it comes out as if it had not been."""
    parser.add_argument("run", help="run folder")
    parser.add_argument("--checkpoint", metavar="every=N|seconds=S", help="another schedule than the run's own")
    parser.add_argument("--threads", type=int, help="another number than the run's own; never changes a spike")
    parser.add_argument("--rank-bounds", metavar="CORES", help="under mpiexec: see `neurocore run --help`")
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Go on, print the summary; under mpiexec with all ranks, of which the first does the rest."""
    from neurocore.verbs.rank_running import on_ranks

    return on_ranks(lambda ranks: _do(options, ranks), options.rank_bounds)


def _do(options: argparse.Namespace, ranks: Ranks) -> int:
    from neurocore.verbs.resuming import resume

    result = resume(
        options.run,
        checkpoint=options.checkpoint,
        threads=options.threads,
        quiet=options.quiet,
        recorder=ranks.recorder(),
        ranks=ranks.count,
    )
    print_json(result.reported.as_dict()) if options.json else print(result.reported.text())
    talk(options, f"{options.run}/ is complete")
    return 0
