"""What the kernels are compiled for: some switches lie elsewhere where the processor adds bytes under a mask."""

from __future__ import annotations

import os

__all__ = ["adds_bytes_where"]


def adds_bytes_where() -> bool:
    """Whether 64 bytes are added where the bits of a crossbar word are set by one instruction (AVX-512BW)."""
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return False
    from numba import config
    from numba.core.codegen import get_host_cpu_features

    features = get_host_cpu_features() if config.CPU_FEATURES is None else config.CPU_FEATURES
    return "+avx512bw" in features.split(",")
