"""Single machine instructions that numba does not spell: trailing zeros, popcount, the cycle counter.

Under NUMBA_DISABLE_JIT=1 plain Python stands in for each, so that kernels can be stepped through and measured for
coverage.
"""

from __future__ import annotations

import os
import platform
import time
from typing import Any

import numpy as np

__all__ = ["clock", "popcount", "trailing_zeros", "without_lowest"]

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def trailing_zeros(word: Any) -> Any:
        """Index of the lowest set bit of a uint64; 64 where there is none."""
        value = int(word)
        return (value & -value).bit_length() - 1 if value else 64

    def without_lowest(word: Any) -> Any:
        """A uint64 without its lowest set bit; 0 where there is none."""
        value = int(word)
        return np.uint64(value & (value - 1) if value else 0)

    def popcount(word: Any) -> Any:
        """Number of set bits of a uint64."""
        return int(word).bit_count()

    def clock() -> Any:
        """A counter that runs at a steady rate, for shares of time; 0 where the machine has none."""
        return time.perf_counter_ns()

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    _BIT, _WORD = ir.IntType(1), ir.IntType(64)
    _COUNTED = platform.machine().lower() in ("x86_64", "amd64")
    """Whether user code may read a cycle counter; elsewhere the instruction may be forbidden."""

    @intrinsic
    def trailing_zeros(typingctx, word):
        """Index of the lowest set bit of a uint64; 64 where there is none (int64)."""

        def codegen(context, builder, signature, args):
            return builder.cttz(args[0], ir.Constant(_BIT, 0))

        return types.int64(types.uint64), codegen

    @intrinsic
    def without_lowest(typingctx, word):
        """A uint64 without its lowest set bit; 0 where there is none."""

        def codegen(context, builder, signature, args):
            return builder.and_(args[0], builder.sub(args[0], ir.Constant(_WORD, 1)))

        return types.uint64(types.uint64), codegen

    @intrinsic
    def popcount(typingctx, word):
        """Number of set bits of a uint64 (int64)."""

        def codegen(context, builder, signature, args):
            return builder.ctpop(args[0])

        return types.int64(types.uint64), codegen

    @intrinsic
    def clock(typingctx):
        """A counter that runs at a steady rate, for shares of time (int64); 0 where the machine has none."""

        def codegen(context, builder, signature, args):
            if not _COUNTED:
                return ir.Constant(_WORD, 0)
            function = builder.module.declare_intrinsic("llvm.readcyclecounter", [], ir.FunctionType(_WORD, []))
            return builder.call(function, [])

        return types.int64(), codegen
