"""``neurocore verify``: logical = mapped, one thread = many, reference = kernels."""

from __future__ import annotations

import argparse

from neurocore.cli.options import add_json, add_nir, add_overrides, add_quiet, opened, print_json, talk

__all__ = ["add"]


def add(parser: argparse.ArgumentParser) -> None:
    """Prove that mapping and kernels changed nothing, tick by tick. Exit code 1 at the first difference."""
    parser.add_argument("source", help="network (.yaml, .nir), chip image (.npz), other model (.json) or run folder")
    parser.add_argument("--ticks", type=int, help="ticks to compare (default: the network's run.ticks; 100 for images)")
    parser.add_argument("--reference-ticks", type=int, help="ticks for the slow scalar reference (default: ~10 s)")
    parser.add_argument("--seed", type=int, help="seed of everything random")
    parser.add_argument("--threads", type=int, help="worker threads of the kernels")
    parser.add_argument("--input", help="spikes addressed to axons, instead of the network's stimulus")
    add_nir(parser)
    add_overrides(parser)
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Verify, print one line per comparison."""
    from neurocore.verbs.three_columns import columns_text
    from neurocore.verbs.verifying import verify

    source, changes = opened(options)
    if not isinstance(source, str):
        talk(options, *source.remarks)
    result = verify(
        source,
        ticks=options.ticks,
        seed=options.seed,
        threads=options.threads,
        input=options.input,
        reference_ticks=options.reference_ticks,
        quiet=options.quiet,
        overrides=changes,
    )
    if options.json:
        print_json(result.as_dict())
    else:
        for check in result.checks:
            verdict = "FAIL" if not check.passed else "ok  " if check.exact or not check.wrong else "near"
            print(f"{verdict}  {check.what}: {check.spikes:,} spikes in {check.ticks:,} ticks, {check.wrong:,} wrong")
            if check.first:
                print(f"      {'first: ' if check.exact else ''}{check.first}")
        if result.columns:
            print(f"\nspikes in {result.checks[0].ticks:,} ticks:\n{columns_text(result.columns)}")
    return 0 if result.passed else 1
