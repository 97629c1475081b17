"""The machine that a measurement was made on, and what the process has used of it."""

from __future__ import annotations

import os
import platform
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from neurocore.emulator.threads import processors

__all__ = ["machine_facts", "peak_memory_bytes", "seconds_since_start"]


def machine_facts() -> dict[str, Any]:
    """Processor, how many of them this process may use, memory and operating system, as far as they can be told."""
    return {
        "processor": _processor(),
        "processors": processors(),
        "memory_bytes": _memory(),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError, AttributeError):
        return None


def peak_memory_bytes() -> int | None:
    """Most memory that the process has held so far, or None where the system does not say.

    getrusage alone would not do: to Linux, the peak of the process that started this one counts as this one's.
    """
    with suppress(OSError, ValueError, IndexError):
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) * 1024
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def seconds_since_start() -> float | None:
    """Age of this process: from the command to now. None where /proc does not say."""
    try:
        fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        started = int(fields[19]) / os.sysconf("SC_CLK_TCK")  # field 22, in clock ticks since boot
        return time.clock_gettime(time.CLOCK_BOOTTIME) - started
    except (OSError, ValueError, IndexError, AttributeError):
        return None
