"""Before the workers of a whole run start, the kernels are compiled once: each would compile all of them for itself.

That takes some 40 s of processor time a kernel where the cache is empty, as in a fresh clone, and 3 s where it is not.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("ordinary", "others")


def pytest_sessionstart(session: pytest.Session) -> None:
    """Compile, unless this is a worker or only some tests were named."""
    config = session.config
    whole = config.args_source == pytest.Config.ArgsSource.TESTPATHS
    workers = getattr(config.option, "numprocesses", None)
    if not whole or not workers or hasattr(config, "workerinput") or os.environ.get("NUMBA_DISABLE_JIT", "0") != "0":
        return
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    command = [sys.executable, str(ROOT / "tests/compile_kernels.py")]
    for process in [subprocess.Popen([*command, part], env=environment) for part in PARTS]:
        process.wait()  # what fails here fails in a test, too, and is shown there
