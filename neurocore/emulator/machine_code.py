"""What the kernels are compiled for: some switches lie elsewhere where the processor adds bytes under a mask."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["adds_bytes_where"]


def adds_bytes_where() -> bool:
    """Whether 64 bytes are added where the bits of a crossbar word are set by one instruction (AVX-512BW)."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return False
    from numba import config
    from numba.core.codegen import get_host_cpu_features

    chosen: Any = config  # its settings are made at run time
    features = get_host_cpu_features() if chosen.CPU_FEATURES is None else chosen.CPU_FEATURES
    return "+avx512bw" in features.split(",")
