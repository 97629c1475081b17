"""Running many cases on some processes: blocks of all targets in turn, and what came of them."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from tools.fuzz.cases import Watch, case_bytes, limited_memory, prepare, save_defect, try_case
from tools.fuzz.targets import targets

__all__ = ["Tally", "fuzz", "plan", "run_block", "table"]

FOUND: Final = Path(__file__).with_name("found")
BLOCK: Final = 1000
_watch: Watch | None = None


@dataclass
class Tally:
    """What came of a target's cases."""

    cases: int = 0
    refused: int = 0
    defects: int = 0
    seconds: float = 0.0
    examples: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add another's numbers."""
        self.cases, self.refused = self.cases + other.cases, self.refused + other.refused
        self.defects, self.seconds = self.defects + other.defects, self.seconds + other.seconds
        self.examples = (self.examples + other.examples)[:5]


def run_block(name: str, first: int, count: int) -> tuple[str, Tally]:
    """Cases first, first + 1 ... of a target, in a folder of their own in memory."""
    global _watch
    _watch = _watch or Watch()
    target, tally, start = targets()[name], Tally(), time.perf_counter()
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=memory) as folder, limited_memory(), _watch:
        path = prepare(target, Path(folder))
        for seed in target.seeds:
            verdict, told = try_case(target, seed, path, _watch)
            if verdict != "read":
                raise RuntimeError(f"a valid file of target '{name}' is not read: {told or 'refused'}")
        for number in range(first, first + count):
            data = case_bytes(target, number)
            verdict, told = try_case(target, data, path, _watch)
            tally.cases += 1
            tally.refused += verdict == "refused"
            if verdict == "defect":
                tally.defects += 1
                if len(tally.examples) < 5:
                    kept = save_defect(FOUND, target, number, data, told)
                    tally.examples.append(f"{kept.name}: {told.strip().splitlines()[-1][:150]}")
    tally.seconds = time.perf_counter() - start
    return name, tally


def plan(cases: int, first: int, only: Sequence[str] | None) -> Iterator[tuple[str, int, int]]:
    """Blocks of all targets by their shares, taking turns, so that a run cut short has touched all of them."""
    chosen = [target for target in targets().values() if not only or target.name in only]
    shares = sum(target.share for target in chosen)
    left = {target.name: -(-cases * target.share // shares) for target in chosen}
    done = dict.fromkeys(left, first)
    while any(left.values()):
        for target in chosen:
            count = min(left[target.name], BLOCK * target.share // 10)
            if count:
                yield target.name, done[target.name], count
                done[target.name] += count
                left[target.name] -= count


def fuzz(
    cases: int, first: int, jobs: int, only: Sequence[str] | None, minutes: float, log: Path | None = None
) -> tuple[dict[str, Tally], bool]:
    """Run the plan on some processes. Returns the tallies, and whether all of it was done.

    log : gets a line of JSON for each block that is done, so that a run which is killed has counted what it did
    """
    tallies = {name: Tally() for name in targets() if not only or name in only}
    blocks, stop = plan(cases, first, only), time.monotonic() + 60 * minutes
    running: dict[Future[tuple[str, Tally]], tuple[str, int, int]] = {}
    whole, reported = True, time.monotonic()
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        try:
            while True:
                while len(running) < jobs + 1 and whole and (block := next(blocks, None)):
                    running[pool.submit(run_block, *block)] = block
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    block = running.pop(future)
                    name, tally = future.result()
                    tallies[name].add(tally)
                    if log:
                        with log.open("a", encoding="utf-8") as lines:
                            lines.write(json.dumps({"target": name, "first": block[1]} | asdict(tally)) + "\n")
                whole = whole and time.monotonic() < stop
                if time.monotonic() > reported + 30:
                    reported = time.monotonic()
                    done, wrong = (sum(getattr(t, what) for t in tallies.values()) for what in ("cases", "defects"))
                    print(f"{done:,} cases, {wrong} defects", file=sys.stderr, flush=True)
        except KeyboardInterrupt:
            whole = False
            pool.shutdown(wait=False, cancel_futures=True)
        except BrokenProcessPool:
            tallies[block[0]].defects += 1
            tallies[block[0]].examples.append(
                f"a process died or hung in cases {block[1]} to {block[1] + block[2] - 1}"
            )
    return tallies, whole


def table(tallies: dict[str, Tally]) -> str:
    """Target, cases, errors of ours, anything else."""
    total = Tally()
    for tally in tallies.values():
        total.add(tally)
    lines = [f"{'target':14}{'cases':>11}{'errors of ours':>16}{'anything else':>15}{'cases/s':>10}"]
    for name, tally in (*tallies.items(), ("all", total)):
        rate = tally.cases / tally.seconds if tally.seconds else 0
        lines.append(f"{name:14}{tally.cases:11,}{tally.refused:16,}{tally.defects:15,}{rate:10,.0f}")
    return "\n".join(lines)
