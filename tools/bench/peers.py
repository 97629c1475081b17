"""neurocore beside other simulators on one network: ms per tick of each, and whether their spikes are the same.

The network is neurocore/workloads/peers.py: cores of 256 neurons, 128 synapses each, 2 % firing per tick. The peers are
installed into an environment of their own, tools/bench/.peers-venv; one that does not install or run is named with the
reason, and the rest goes on. Every simulator has a process of its own, built and warmed up before the first repeat;
repeats take turns, so that all meet the same noise of the machine. Writes JSON to results/peers.json.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from peer_environment import PYTHON, install, make_environment, no_compiler
from peer_process import PeerError, PeerProcess

from neurocore.verbs.machine import machine_facts
from neurocore.verbs.run_folder import versions
from neurocore.workloads.peers import FAN_OUT, THRESHOLD, peer_image, synapses_of

RESULTS = Path(__file__).parent / "results"
CHECKED_TICKS = 200


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A simulator: its script in peer_runs, what pip installs for it, the thread counts it is run with."""

    name: str
    script: str
    packages: tuple[str, ...] = ()
    threads: tuple[int, ...] = (1,)
    compiles: bool = False


BRIAN2 = ("brian2==2.9.0", "cython", "setuptools")
OWN = Tool(name="neurocore", script="run_neurocore.py", threads=(1, 2))
TOOLS = (
    Tool(name="brian2-cpp", script="run_brian2_cpp.py", packages=BRIAN2, threads=(1, 2), compiles=True),
    Tool(name="brian2-cython", script="run_brian2.py", packages=BRIAN2, compiles=True),
    Tool(name="superneuromat", script="run_superneuromat.py", packages=("superneuromat==3.5.0",)),
    Tool(name="nest", script="run_nest.py", packages=("nest-simulator==3.10.0",), threads=(1, 2)),
    Tool(name="sanafe", script="run_sanafe.py", packages=("sanafe==2.2.9",), threads=(1, 2)),
)
GOALS = {"brian2-cpp": 5, "sanafe": 300}
"""How many times as fast as this peer, one thread each, neurocore should be with GOAL_CORES cores."""
GOAL_CORES = 64


def say(text: str) -> None:
    """Progress: to standard error, so that the table can be kept alone."""
    print(text, file=sys.stderr, flush=True)


def reasons_not_to_run(tools: list[Tool], skip_install: bool) -> dict[str, str]:
    """Install the tools. Returns why a tool cannot run, by name."""
    problem = None if skip_install else make_environment()
    if not PYTHON.exists():
        return {
            tool.name: problem or "there is no tools/bench/.peers-venv: run without --skip-install" for tool in tools
        }
    reasons: dict[str, str] = {}
    for tool in tools:
        say(f"{tool.name}: {'not installing' if skip_install else 'installing ' + ' '.join(tool.packages)}")
        reason = (no_compiler() if tool.compiles else None) or (None if skip_install else install(tool.packages))
        if reason:
            reasons[tool.name] = reason
            say(f"{tool.name}: {reason}")
    return reasons


def write_network(cores: int, seed: int, path: Path) -> None:
    """What peer_runs/child.py reads."""
    image = peer_image(cores, seed)
    target, weight = synapses_of(image)
    drive, potential = image.neurons.leak.ravel().astype(np.int32), image.neurons.initial_potential.ravel()
    whole = {"cores": cores, "seed": seed, "threshold": THRESHOLD}
    np.savez(path, **whole, drive=drive, potential=potential, target=target, weight=weight)


def label(row: dict[str, Any]) -> str:
    """A tool's name, with its number of threads if it has several."""
    return row["tool"] if row["threads"] == 1 else f"{row['tool']} ({row['threads']} threads)"


class Comparison:
    """All simulators on one network: checked, then built, then timed in turns."""

    def __init__(self, cores: int, network: Path, ticks: int | None) -> None:
        self.cores, self.network, self.ticks = cores, network, ticks
        self.rows: list[dict[str, Any]] = []
        self.not_run: dict[str, str] = {}
        self._right: dict[str, Any] = {}
        self._processes: list[PeerProcess] = []
        self._timed: list[tuple[dict[str, Any], PeerProcess]] = []

    def _start(self, tool: Tool, threads: int, *more: str) -> PeerProcess:
        own = tool is OWN
        python = sys.executable if own else str(PYTHON)
        folder = self.network.parent
        return PeerProcess(python, tool.script, str(self.network), *more, threads=threads, folder=folder, own=own)

    def check(self, tool: Tool) -> str:
        """Run some ticks with spikes recorded. Returns how they compare with those of the first, neurocore's."""
        process = self._start(tool, 1, "--check", str(CHECKED_TICKS))
        try:
            found = process.answer()
        finally:
            process.end()
        self._right = self._right or found
        right, spikes = (np.array(one["spikes"]) for one in (self._right, found))
        if tool is OWN:
            return ""
        if found["checksum"] == self._right["checksum"]:
            return "all the same"
        if (right == spikes).all():
            return "same number in every tick"
        off = np.abs(right - spikes)
        return f"{off.max()} off, {(off > 0).mean():.0%} of ticks"

    @property
    def events_per_tick(self) -> float:
        """Synaptic events, as neurocore's spikes give them."""
        return statistics.mean(self._right["spikes"]) * FAN_OUT

    def add(self, tool: Tool) -> None:
        """Check a tool and build it with each number of threads. Where that fails, note why."""
        say(f"{self.cores} cores: {tool.name}")
        try:
            spikes = self.check(tool)
        except PeerError as error:
            self._give_up(tool.name, error)
            return
        for threads in tool.threads:
            process = self._start(tool, threads, *(["--ticks", str(self.ticks)] if self.ticks else []))
            self._processes.append(process)
            row = {"cores": self.cores, "tool": tool.name, "threads": threads, "spikes": spikes}
            try:
                row |= process.answer()
            except PeerError as error:
                self._give_up(label(row), error)
                continue
            self._timed.append((row | {"ms_per_tick_runs": []}, process))

    def _give_up(self, name: str, error: PeerError) -> None:
        say(f"{name}: {error}")
        self.not_run[name] = str(error)

    def time(self, repeats: int) -> None:
        """One repeat of every simulator after the other, so many times."""
        for repeat in range(repeats):
            say(f"{self.cores} cores: repeat {repeat + 1} of {repeats}")
            for row, process in self._timed:
                if label(row) in self.not_run:
                    continue
                try:
                    found = process.repeat()
                except PeerError as error:
                    self._give_up(label(row), error)
                    continue
                row["ms_per_tick_runs"].append(found["seconds"] / row["ticks"] * 1e3)
                row["memory_bytes"] = found["memory_bytes"]
        self.rows = [row for row, _ in self._timed if label(row) not in self.not_run]
        if not self.rows or label(self.rows[0]) != OWN.name:
            sys.exit(f"neurocore did not run: {self.not_run}")
        own = self.rows[0]["ms_per_tick_runs"]
        for row in self.rows:
            runs = row["ms_per_tick_runs"]
            row["ms_per_tick"] = statistics.median(runs)
            row["events_per_s"] = self.events_per_tick / row["ms_per_tick"] * 1e3
            # Repeats of one turn met the same noise: their ratio is steadier than a ratio of medians.
            row["times_neurocore"] = statistics.median(run / ours for run, ours in zip(runs, own, strict=True))
            row["times_neurocore_fewest"] = min(runs) / min(own)

    def end(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.end()


def table(rows: list[dict[str, Any]]) -> str:
    """A line per simulator and number of threads."""
    lines = [
        f"{'cores':>5} {'tool':<14}{'threads':>7}{'ms/tick':>10}{'(fewest - most)':>21}{'M events/s':>12}"
        f"{'x neurocore':>13}{'build s':>9}{'GB':>7}  spikes"
    ]
    for row in rows:
        runs = row["ms_per_tick_runs"]
        spread = f"{min(runs):.4g} - {max(runs):.4g}"
        lines.append(
            f"{row['cores']:>5} {row['tool']:<14}{row['threads']:>7}{row['ms_per_tick']:>10.4g}{spread:>21}"
            f"{row['events_per_s'] / 1e6:>12.4g}{row['times_neurocore']:>13.4g}{row['build_s']:>9.1f}"
            f"{row['memory_bytes'] / 1e9:>7.2f}  {row['spikes']}"
        )
    return "\n".join(lines)


def goals(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """How the goals stand, where their tool was run."""
    found = {row["tool"]: row for row in rows if (row["cores"], row["threads"]) == (GOAL_CORES, 1)}
    return [
        {
            "tool": tool,
            "goal": goal,
            "reached": found[tool]["times_neurocore"],
            "reached_fewest": found[tool]["times_neurocore_fewest"],
            "met": found[tool]["times_neurocore"] >= goal,
        }
        for tool, goal in GOALS.items()
        if tool in found
    ]


def chosen_tools(text: str | None) -> list[Tool]:
    """Tools whose names begin with one of a list. Raises ArgumentTypeError for a beginning of none."""
    wanted = text.split(",") if text else [""]
    for name in wanted:
        if not any(tool.name.startswith(name) for tool in TOOLS):
            allowed = ", ".join(tool.name for tool in TOOLS)
            raise argparse.ArgumentTypeError(f"no tool named '{name}'; allowed: {allowed}")
    return [tool for tool in TOOLS if any(tool.name.startswith(name) for name in wanted)]


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--cores", type=numbers, default=[16, 64], help="sizes (default: 16,64)")
    parser.add_argument("--ticks", type=int, help="of a repeat (default: as many as take about 0.4 s)")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--only", type=chosen_tools, default=list(TOOLS), help="beginnings of names, as brian2,sanafe")
    parser.add_argument("--skip-install", action="store_true", help="take the environment as it is")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    not_run = reasons_not_to_run(arguments.only, arguments.skip_install)
    rows: list[dict[str, Any]] = []
    for cores in arguments.cores:
        with tempfile.TemporaryDirectory() as folder:
            network = Path(folder) / "network.npz"
            write_network(cores, arguments.seed, network)
            comparison = Comparison(cores, network, arguments.ticks)
            try:
                for tool in [OWN, *arguments.only]:
                    if tool.name not in not_run:
                        comparison.add(tool)
                comparison.time(arguments.repeats)
            finally:
                comparison.end()
        rows += comparison.rows
        not_run |= {name: f"{reason} ({cores} cores)" for name, reason in comparison.not_run.items()}
    print(table(rows))
    for name, reason in not_run.items():
        print(f"not run: {name}: {reason}")
    reached = goals(rows)
    for goal in reached:
        print(
            f"goal: {goal['goal']} x {goal['tool']} at {GOAL_CORES} cores, one thread each: "
            f"{goal['reached']:.3g} x, {'met' if goal['met'] else 'NOT met'} "
            f"({goal['reached_fewest']:.3g} x between the fastest repeats)"
        )
    RESULTS.mkdir(exist_ok=True)
    report = {"machine": machine_facts(), "versions": versions(), "rows": rows, "not_run": not_run, "goals": reached}
    (RESULTS / "peers.json").write_text(json.dumps(report, indent=1))


if __name__ == "__main__":
    main()
