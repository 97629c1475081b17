"""The command line's front door: parse, dispatch to one verb, turn our errors into messages and exit codes."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from neurocore.cli import (
    batch,
    bench,
    blocks,
    check,
    compare,
    compile,
    convert,
    estimate,
    remap,
    report,
    resume,
    run,
    show,
    sweep,
    train,
    verify,
)
from neurocore.errors import NeurocoreError

__all__ = ["build_parser", "entry", "main"]

VERBS = (
    check,
    compile,
    run,
    resume,
    verify,
    show,
    report,
    estimate,
    compare,
    convert,
    remap,
    batch,
    bench,
    sweep,
    train,
    blocks,
)
INTERRUPTED = 130
DEFECT = 3


def build_parser() -> argparse.ArgumentParser:
    """The whole command line. Each verb's help is the first line of its module's ``add``."""
    from neurocore import __version__

    parser = argparse.ArgumentParser(
        prog="neurocore",
        description="Compile spiking networks to a TrueNorth-style chip and run them, tick by tick, exactly.",
        epilog="exit codes: 0 ok, 1 a check failed or the network does not fit, 2 bad input, 130 interrupted",
    )
    parser.add_argument("--version", action="version", version=f"neurocore {__version__}")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for verb in VERBS:
        text = (verb.add.__doc__ or "").strip()
        name = verb.__name__.rpartition(".")[2]
        verb.add(verbs.add_parser(name, help=text.splitlines()[0].rstrip("."), description=text))
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = build_parser().parse_args(arguments)
    try:
        return int(options.do(options))
    except NeurocoreError as error:
        print(f"neurocore: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("neurocore: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except MemoryError:
        print("neurocore: out of memory\n  fix: a smaller network, fewer probes or fewer ticks", file=sys.stderr)
        return 2
    except Exception as error:
        if isinstance(error, OSError) and error.filename is not None:
            fix = "check the path, and that you may read and write there"
            print(f"neurocore: {error.filename}: {error.strerror}\n  fix: {fix}", file=sys.stderr)
            return 2
        if os.environ.get("NEUROCORE_DEBUG"):
            raise
        print(
            f"neurocore: a defect in neurocore: {type(error).__name__}: {error}\n"
            "  fix: please report it, with the traceback that NEUROCORE_DEBUG=1 shows",
            file=sys.stderr,
        )
        return DEFECT


def entry() -> None:
    """The ``neurocore`` command."""
    raise SystemExit(main())
