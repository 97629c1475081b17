"""Fuzz every reader with numbered cases: ``python -m tools.fuzz --cases 1000000 --jobs 2``.

Case n of a target is always the same file, so a run can be gone on with (``--first``) and a defect made again
(``--target NAME --case N``). Exits 1 where anything but a value or a NeurocoreError came out.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tools.fuzz.cases import Watch, case_bytes, limited_memory, prepare, try_case
from tools.fuzz.runner import fuzz, table
from tools.fuzz.targets import targets

MILLION: Final = 1_000_000


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--cases", type=int, default=MILLION, help="of all targets together (default: a million)")
    parser.add_argument("--first", type=int, default=0, help="number of each target's first case (default: 0)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: one a processor)")
    parser.add_argument("--minutes", type=float, default=60, help="start nothing new after this time (default: 60)")
    parser.add_argument("--target", choices=sorted(targets()), action="append", help="only this one; may come again")
    parser.add_argument("--case", type=int, help="make one case of --target again and show what it does")
    parser.add_argument("--log", type=Path, help="add a line of JSON for each block of cases done to this file")
    options = parser.parse_args()
    if options.case is not None:
        if len(options.target or []) != 1:
            parser.error("--case needs one --target")
        return _again(options.target[0], options.case)
    start = time.monotonic()
    tallies, whole = fuzz(options.cases, options.first, options.jobs, options.target, options.minutes, options.log)
    print(table(tallies))
    print(f"{time.monotonic() - start:.0f} s on {options.jobs} processes" + ("" if whole else "; stopped early"))
    for tally in tallies.values():
        for example in tally.examples:
            print(f"  {example}")
    return int(any(tally.defects for tally in tallies.values()))


def _again(name: str, number: int) -> int:
    target = targets()[name]
    data = case_bytes(target, number)
    sys.stdout.write(ascii(data[:2000]) + "\n")
    with tempfile.TemporaryDirectory() as folder, limited_memory(), Watch() as watch:
        verdict, told = try_case(target, data, prepare(target, Path(folder)), watch)
    print(verdict, told)
    return int(verdict == "defect")


if __name__ == "__main__":
    raise SystemExit(main())
