"""What the mapper makes of the yardstick networks: cores against bounds, hops against baselines, time, memory.

Each network is compiled in a process of its own, so that its peak memory is its own. A table goes to the screen and, as
JSON, to results/mapping.json.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any

from mapping_networks import NETWORKS

from neurocore.emulator.threads import processors
from neurocore.mapper.pipeline import compile_network
from neurocore.network import Network
from neurocore.verbs.machine import peak_memory_bytes

RESULTS = Path(__file__).parent / "results"


def baseline(network: Network) -> Network:
    """The same network packed and placed in the order of its description."""
    linear = network.mapping.model_copy(update={"packing": "linear", "placement": "linear"})
    return network.model_copy(update={"mapping": linear})


def measure(name: str, plain: bool) -> dict[str, Any]:
    """Compile one network. plain : in order instead"""
    network = NETWORKS[name]()
    report = compile_network(baseline(network) if plain else network).report
    facts = {
        key: getattr(report, key)
        for key in (
            *("neurons", "synapses", "copies", "cores", "bound", "bound_neurons", "bound_axons", "packing", "packets"),
            *(
                "hops_mean",
                "hops_max",
                "hops_in_order",
                "hops_random",
                "crossings",
                "chips",
                "crossbar_bits",
                "seconds",
            ),
        )
    }
    passes = {note.stage: round(note.seconds, 3) for note in report.passes}
    peak = (peak_memory_bytes() or 0) / 2**30
    return {"network": name, **facts, "passes": passes, "peak_gib": round(peak, 2)}


def apart(name: str, plain: bool) -> dict[str, Any]:
    """Measure in a process of its own. Raises RuntimeError with its last words where it fails."""
    command = [sys.executable, __file__, "--one", name, *(["--plain"] if plain else [])]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        raise RuntimeError(last[0])
    return json.loads(done.stdout.splitlines()[-1])


def row(name: str, repeats: int) -> dict[str, Any]:
    """One network: the run of median time, and the baseline in order where it fits the chip."""
    runs = [apart(name, plain=False) for _ in range(repeats)]
    seconds = statistics.median(run["seconds"] for run in runs)
    chosen = min(runs, key=lambda run: abs(run["seconds"] - seconds))
    try:
        plain = apart(name, plain=True)
        chosen["in_order"] = {key: plain[key] for key in ("cores", "packets", "hops_mean", "copies")}
    except RuntimeError as error:
        chosen["in_order"] = {"does_not_fit": str(error)}
    return chosen


def line(one: dict[str, Any]) -> str:
    """A line of the table."""
    plain = one["in_order"]
    fits = "cores" in plain
    travelled = one["hops_mean"] * one["packets"]
    gain = f"{plain['hops_mean'] * plain['packets'] / travelled:.1f}" if fits and travelled else "-"
    return (
        f"{one['network']:<18}{one['neurons']:>10,}{one['synapses']:>13,}{one['cores']:>7,}"
        f"{one['cores'] / one['bound']:>8.2f}{plain['cores'] if fits else '-':>9}{one['hops_mean']:>8.2f}"
        f"{one['hops_in_order']:>9.2f}{one['hops_random']:>9.2f}{gain:>7}{one['seconds']:>8.1f}{one['peak_gib']:>7.2f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="without the full chips")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--plain", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(measure(arguments.one, arguments.plain)))
        return
    print(
        f"{'network':<18}{'neurons':>10}{'synapses':>13}{'cores':>7}{'x bound':>8}{'in order':>9}{'hops':>8}"
        f"{'ordered':>9}{'random':>9}{'gain':>7}{'seconds':>8}{'GiB':>7}"
    )
    rows = []
    for name in NETWORKS:
        if arguments.quick and name.startswith("full"):
            continue
        rows.append(row(name, arguments.repeats))
        print(line(rows[-1]), flush=True)
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": platform.processor() or platform.machine(), "threads": processors(), "rows": rows}
    (RESULTS / "mapping.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
