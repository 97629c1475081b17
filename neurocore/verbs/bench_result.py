"""What a benchmark found: as lines, as JSON, read back, beside an older one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from neurocore.errors import NeurocoreError
from neurocore.formats.json_text import parse_json
from neurocore.units import counted, human, human_bytes, human_seconds

__all__ = ["BenchResult", "compare_bench", "read_bench"]

BENCH_FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult:
    """What a benchmark found. Times are of whole ticks, spikes recorded and counters on; medians over repeats.

    rate_hz, synapses       : measured: mean rate of a used neuron; synaptic operations per axon event
    ms_per_tick_runs        : of each repeat; ``ms_per_tick`` is their median
    real_time_factor        : nominal tick over time per tick; above 1 is faster than the chip
    gsops, gsops_nominal    : 1e9 synaptic operations per second of wall time, and of model time
    phases_ms               : ms per tick in each phase, of the median repeat
    build_s, load_s         : to make (or read and compile) the image; to lay it out for the kernels
    first_tick_s            : from the start of the process to the end of its first tick; None where not known
    bytes_per_neuron        : image, tables and state without crossbars, per neuron of the cores in use
    bytes_per_synapse       : crossbars per synapse
    peak_memory_bytes       : of the whole process
    goal, goal_met          : what this benchmark should reach, if the project has set a goal for it
    """

    preset: str
    name: str
    cores: int
    neurons: int
    synapses_total: int
    rate_hz: float
    synapses: float
    threads: int
    seed: int
    ticks: int
    warmup: int
    ms_per_tick_runs: tuple[float, ...]
    ms_per_tick: float
    ticks_per_s: float
    real_time_factor: float
    gsops: float
    gsops_nominal: float
    spikes_per_s: float
    phases_ms: dict[str, float]
    build_s: float
    load_s: float
    first_tick_s: float | None
    bytes_per_neuron: float
    bytes_per_synapse: float | None
    peak_memory_bytes: int | None
    goal: str | None
    goal_met: bool | None
    interrupted: bool
    machine: dict[str, Any]
    versions: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON data."""
        facts = asdict(self)
        return {"neurocore_bench": BENCH_FORMAT} | facts | {"ms_per_tick_runs": list(self.ms_per_tick_runs)}

    def text(self) -> str:
        """Aligned lines for a terminal."""
        spread = f"{min(self.ms_per_tick_runs):.4g}..{max(self.ms_per_tick_runs):.4g}"
        runs = f"median of {counted(len(self.ms_per_tick_runs), 'run')} of {counted(self.ticks, 'tick')}, {spread}"
        memory = human_bytes(self.peak_memory_bytes) if self.peak_memory_bytes else "unknown"
        synapse = f", {self.bytes_per_synapse:.3g} B a synapse" if self.bytes_per_synapse is not None else ""
        first = human_seconds(self.first_tick_s) if self.first_tick_s is not None else "unknown"
        machine = self.machine
        rows = [
            ("network", f"{counted(self.cores, 'core')}, {self.neurons:,} neurons, {self.synapses_total:,} synapses"),
            ("activity", f"{self.rate_hz:.4g} Hz a neuron, {self.synapses:.4g} synapses an axon event"),
            ("threads", f"{self.threads} on {machine['processor']} ({machine['processors']} processors)"),
            ("time", f"{self.ms_per_tick:.4g} ms a tick ({runs})"),
            ("speed", f"{self.real_time_factor:.3g} x real time, {self.ticks_per_s:,.0f} ticks/s"),
            ("SOPS", f"{self.gsops:.4g} GSOPS of wall time, {self.gsops_nominal:.4g} GSOPS of model time"),
            ("spikes", f"{human(self.spikes_per_s, 'spikes/s')}"),
            ("phases", ", ".join(f"{phase} {ms:.3g} ms" for phase, ms in self.phases_ms.items())),
            ("start", f"build {human_seconds(self.build_s)}, load {human_seconds(self.load_s)}, first tick {first}"),
            ("memory", f"{memory} at most, {self.bytes_per_neuron:.4g} B a neuron{synapse}"),
        ]
        if self.goal is not None:
            rows.append(("goal", f"{self.goal}: {'met' if self.goal_met else 'not met'}"))
        return "\n".join([f"{self.preset}: {self.name}", *(f"  {label:<10}{value}" for label, value in rows)])


def read_bench(path: str | Path) -> dict[str, Any]:
    """Read what ``bench --json`` or ``--out`` wrote. Raises NeurocoreError naming the file where it is none."""
    try:
        data = parse_json(Path(path).read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("neurocore_bench") != BENCH_FORMAT:
            raise ValueError("it has no neurocore_bench")
        float(data["ms_per_tick"])
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise NeurocoreError(
            f"{path}: not the result of a benchmark: {error}", fix="write one with: neurocore bench chip --out FILE"
        ) from None
    return data


def compare_bench(new: BenchResult, old: dict[str, Any]) -> list[str]:
    """How a result differs from an older one, a line each: the speed, then what makes them hard to compare."""
    ratio = float(old["ms_per_tick"]) / new.ms_per_tick
    lines = [f"{ratio:.3g} times as fast as before ({old['ms_per_tick']:.4g} -> {new.ms_per_tick:.4g} ms a tick)"]
    now = new.as_dict()
    for key in ("preset", "name", "cores", "threads", "seed", "machine", "versions"):
        if old.get(key) != now[key]:
            lines.append(f"not the same {key}: {_short(old.get(key))} before, {_short(now[key])} now")
    return lines


def _short(value: Any) -> str:
    return ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
