"""The peers' own virtual environment: made once, with what can be installed of them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ENVIRONMENT = Path(__file__).parent / ".peers-venv"
PYTHON = ENVIRONMENT / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
NUMPY = "numpy==2.2.6"
"""Brian2 2.9 does not import with numpy 2.4."""


def last_words(text: str) -> str:
    """The last line of a program's messages, which says why it ended; or pip's first error."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors or lines[-1:] or ["it ended without a message"])[0][:200]


def make_environment() -> str | None:
    """Make it if there is none. Returns why that failed."""
    if PYTHON.exists():
        return None
    made = subprocess.run([sys.executable, "-m", "venv", str(ENVIRONMENT)], capture_output=True, text=True)
    return last_words(made.stderr or made.stdout) if made.returncode else None


def install(packages: tuple[str, ...]) -> str | None:
    """Install packages that are not there yet. Returns why that failed."""
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NUMPY, *packages]
    done = subprocess.run(command, capture_output=True, text=True)
    return f"not installed: {last_words(done.stderr)}" if done.returncode else None


def no_compiler() -> str | None:
    """Why programs in C++ cannot be compiled, or None."""
    return None if shutil.which("g++") or shutil.which("c++") else "no C++ compiler (g++) found"
