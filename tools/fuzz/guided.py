"""Coverage-guided fuzzing with atheris, one target a process: ``python -m tools.fuzz.guided --runs 20000``.

Runs in an environment of its own (tools/fuzz/.venv, made by ``make fuzz-guided``); says so and ends well where atheris
is not installed. Every input starts from the target's valid files and is read under the same watch as ``make fuzz``.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

_ERRORS = "errors of ours: "
_ARTIFACTS = ("crash-", "timeout-", "oom-", "leak-")


def one_target(name: str, runs: int, corpus: Path) -> None:
    """Fuzz one target until ``runs`` inputs were tried; ends the process. A defect is an exception to atheris."""
    import atheris

    with atheris.instrument_imports(include=["neurocore", "yaml", "zipfile", "json"]):
        from tools.fuzz.cases import Watch, limited_memory, prepare, try_case
        from tools.fuzz.targets import targets
    target = targets(verbs=False)[name]
    for number, seed in enumerate(target.seeds):
        (corpus / f"seed{number}").write_bytes(seed)
    folder = Path(tempfile.mkdtemp(prefix="guided"))
    path, watch, refused, tried = prepare(target, folder), Watch(), 0, 0

    def test_one(data: bytes) -> None:
        nonlocal refused, tried
        verdict, told = try_case(target, data, path, watch)
        refused, tried = refused + (verdict == "refused"), tried + 1
        if tried == runs:
            print(f"{_ERRORS}{refused}", flush=True)
        if verdict == "defect":
            raise AssertionError(told)

    longest = max(4096, 2 * max(map(len, target.seeds)))
    options = [f"-runs={runs}", "-seed=1", f"-max_len={longest}", "-timeout=70", f"-artifact_prefix={corpus}/"]
    with limited_memory(2**30), watch:  # atheris keeps its corpus in the same process
        atheris.Setup([sys.argv[0], *options, str(corpus)], test_one)
        atheris.Fuzz()


def main() -> int:
    """The command line: every target in turn, a table at the end."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=20_000, help="inputs of each target (default: 20000)")
    parser.add_argument("--target", help="only this one")
    parser.add_argument("--corpus", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("atheris is not installed here: coverage-guided fuzzing is skipped")
        return 0
    if options.corpus:
        one_target(options.target, options.runs, options.corpus)
        return 0
    from tools.fuzz.runner import FOUND
    from tools.fuzz.targets import targets

    names = [name for name in targets(verbs=False) if options.target in (None, name)]
    print(f"{'target':14}{'inputs':>10}{'errors of ours':>16}{'anything else':>15}{'coverage':>10}{'s':>6}")
    wrong = 0
    for name in names:
        with tempfile.TemporaryDirectory() as corpus:
            start = time.monotonic()
            command = [sys.executable, "-m", "tools.fuzz.guided", "--target", name, "--runs", str(options.runs)]
            done = subprocess.run([*command, "--corpus", corpus], capture_output=True, text=True, errors="replace")
            told = done.stdout + done.stderr
            inputs = max((int(n) for n in re.findall(r"^#(\d+)\t", told, re.M)), default=0)
            coverage = max((int(n) for n in re.findall(r" cov: (\d+)", told)), default=0)
            refused = re.search(rf"{_ERRORS}(\d+)", told)
            wrong += done.returncode != 0
            counts = f"{inputs:10,}{refused[1] if refused else '?':>16}{int(done.returncode != 0):15}{coverage:10,}"
            print(f"{name:14}{counts}{time.monotonic() - start:6.0f}", flush=True)
            if done.returncode:
                print(told[-3000:])
                FOUND.mkdir(exist_ok=True)
                for kept in (path for path in Path(corpus).iterdir() if path.name.startswith(_ARTIFACTS)):
                    print(f"kept: {shutil.copy(kept, FOUND / f'{name}-{kept.name}')}")
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
