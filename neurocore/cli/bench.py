"""``neurocore bench``: how fast the emulator is on this machine."""

from __future__ import annotations

import argparse
import json

from neurocore.cli.options import add_json, add_overrides, add_quiet, overrides, print_json, talk

__all__ = ["add"]

INTERRUPTED = 130


def add(parser: argparse.ArgumentParser) -> None:
    """Measure the emulator: a core, a full chip, an array of chips, or a config of your own."""
    parser.add_argument("preset", help="core, chip, array (of chips) or config FILE")
    parser.add_argument("source", nargs="?", metavar="FILE", help="with config: network, image, IBM model, run folder")
    parser.add_argument("--side", type=int, help="cores along each side of a chip (default: 64; core: 1)")
    parser.add_argument("--chips", type=int, help="chips along each side of the array (default: 1; array: 2)")
    parser.add_argument("--rate", type=float, default=20.0, metavar="HZ", help="mean rate of a neuron (default: 20)")
    parser.add_argument("--synapses", type=int, default=128, help="mean synapses of an axon (default: 128)")
    parser.add_argument("--stochastic", action="store_true", help="make every synapse, leak and threshold stochastic")
    parser.add_argument(
        "--ticks", type=int, help="ticks of each repeat (default: about half a second's; a config's own)"
    )
    parser.add_argument("--warmup", type=int, default=50, help="ticks before the first repeat (default: 50)")
    parser.add_argument("--repeats", type=int, default=5, help="repeats; the median is reported (default: 5)")
    parser.add_argument("--threads", type=int, help="worker threads (default: all processors)")
    parser.add_argument("--seed", type=int, help="seed of the network and of stochastic modes (default: 0)")
    parser.add_argument("--out", help="write the result as JSON to this file")
    parser.add_argument("--compare", metavar="OLD.json", help="say how the result differs from an older one")
    parser.add_argument(
        "--fail-below", type=float, metavar="X", help="exit code 1 where the real-time factor is below X"
    )
    add_overrides(parser)
    add_json(parser)
    add_quiet(parser)
    parser.set_defaults(do=do)


def do(options: argparse.Namespace) -> int:
    """Measure, print, compare."""
    from neurocore.formats.file_writing import write_atomically
    from neurocore.verbs.bench_result import compare_bench, read_bench
    from neurocore.verbs.benchmarking import bench

    old = read_bench(options.compare) if options.compare else None
    result = bench(
        options.preset,
        options.source,
        side=options.side,
        chips=options.chips,
        rate_hz=options.rate,
        synapses=options.synapses,
        stochastic=options.stochastic,
        ticks=options.ticks,
        warmup=options.warmup,
        repeats=options.repeats,
        threads=options.threads,
        seed=options.seed,
        quiet=options.quiet,
        overrides=overrides(options) or None,
    )
    compared = compare_bench(result, old) if old is not None else []
    facts = result.as_dict() | ({"compared": compared} if compared else {})
    if options.json:
        print_json(facts)
    else:
        print("\n".join([result.text(), *(f"  {line}" for line in compared)]))
    if options.out:
        with write_atomically(options.out, "w") as file:
            json.dump(facts, file, indent=1)
            file.write("\n")
        talk(options, f"wrote {options.out}")
    if result.interrupted:
        talk(options, f"interrupted; {len(result.ms_per_tick_runs)} repeats were done")
        return INTERRUPTED
    if options.fail_below is not None and result.real_time_factor < options.fail_below:
        talk(options, f"{result.real_time_factor:.3g} x real time is below {options.fail_below:g}")
        return 1
    return 0
