"""The verbs as Python functions, the same that the command line offers.

>>> import neurocore
>>> result = neurocore.run("configs/hello.yaml")          # doctest: +SKIP
>>> print(result.summary.text())                          # doctest: +SKIP
"""

from __future__ import annotations

from neurocore.formats.network_builder import NetworkBuilder
from neurocore.network import Network
from neurocore.verbs.batching import batch
from neurocore.verbs.benchmarking import bench
from neurocore.verbs.block_list import blocks
from neurocore.verbs.checking import check, compile
from neurocore.verbs.comparing import compare
from neurocore.verbs.converting import convert
from neurocore.verbs.estimating import estimate
from neurocore.verbs.remapping import remap
from neurocore.verbs.reporting import compare_reports, report
from neurocore.verbs.resuming import resume
from neurocore.verbs.run_loading import load_run
from neurocore.verbs.running import run
from neurocore.verbs.showing import show
from neurocore.verbs.sources import read
from neurocore.verbs.streaming import stream
from neurocore.verbs.sweeping import sweep
from neurocore.verbs.training import train
from neurocore.verbs.verifying import verify
from neurocore.verbs.writing import write

__all__ = [
    "Network",
    "NetworkBuilder",
    "batch",
    "bench",
    "blocks",
    "check",
    "compare",
    "compare_reports",
    "compile",
    "convert",
    "estimate",
    "load_run",
    "read",
    "remap",
    "report",
    "resume",
    "run",
    "show",
    "stream",
    "sweep",
    "train",
    "verify",
    "write",
]
