"""How many cores more than needed the mapper takes, on networks tiny enough for an exact search; JSON to results/.

Columns: networks measured (those that need relays are left out); cores by the lower bound that mapping reports, by
exact search, by the mapper's packing and by packing in order; for the last two the mean of cores / optimum; how many
packings are optimal; the most cores too many.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
RESULTS = Path(__file__).parent / "results"
sys.path.insert(0, str(ROOT / "tests/mapper"))

from tiny_networks import CHIPS, Measured, chip, measure, tiny  # noqa: E402

NODES = 1_000_000


def row(axons: int, neurons: int, size: int, loops: bool, seeds: int) -> dict[str, float | str]:
    """One kind of network on one kind of core."""
    spec = chip(axons, neurons)
    found = [one for seed in range(seeds) if (one := measure(tiny(seed, size, loops), spec, NODES))]
    return {"core": f"{axons} x {neurons}", "neurons": size, "loops": "yes" if loops else "no"} | summary(found)


def summary(found: list[Measured]) -> dict[str, float | str]:
    """Totals and gaps."""
    gaps = [one.packed / one.optimum for one in found]
    return {
        "networks": len(found),
        "bound": sum(one.bound for one in found),
        "optimum": sum(one.optimum for one in found),
        "packed": sum(one.packed for one in found),
        "linear": sum(one.linear for one in found),
        "gap": statistics.fmean(gaps),
        "gap_linear": statistics.fmean(one.linear / one.optimum for one in found),
        "optimal": sum(one.packed == one.optimum for one in found),
        "worst": max(one.packed - one.optimum for one in found),
        "nodes": max(one.nodes for one in found),
    }


def line(one: dict[str, float | str]) -> str:
    """A row of the table."""
    return (
        f"{one['core']:>7} {one['neurons']:>7} {one['loops']:>5} {one['networks']:>8} {one['bound']:>6} "
        f"{one['optimum']:>7} {one['packed']:>6} {one['linear']:>8} {one['gap']:>6.3f} {one['gap_linear']:>8.3f} "
        f"{one['optimal']:>7} {one['worst']:>6}"
    )


def total(rows: list[dict[str, float | str]]) -> dict[str, float | str]:
    """All rows together; gaps are means over networks."""
    networks = sum(int(one["networks"]) for one in rows)
    summed = {key: sum(int(one[key]) for one in rows) for key in ("bound", "optimum", "packed", "linear", "optimal")}
    means = {
        key: sum(float(one[key]) * int(one["networks"]) for one in rows) / networks for key in ("gap", "gap_linear")
    }
    worst = {key: max(int(one[key]) for one in rows) for key in ("worst", "nodes")}
    return {"core": "all", "neurons": "", "loops": "", "networks": networks} | summed | means | worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40, help="networks of each kind")
    arguments = parser.parse_args()
    begin = time.perf_counter()
    print("   core neurons loops networks  bound optimum packed in order    gap in order optimal  worst")
    rows = []
    for axons, neurons in CHIPS:
        for size in (6, 8, 10, 12):
            for loops in (False, True):
                rows.append(row(axons, neurons, size, loops, arguments.seeds))
                print(line(rows[-1]))
    rows.append(total(rows))
    print(line(rows[-1]))
    RESULTS.mkdir(exist_ok=True)
    report = {"seeds": arguments.seeds, "seconds": time.perf_counter() - begin, "rows": rows}
    (RESULTS / "optimality.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
