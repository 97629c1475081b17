"""Threads that wait for each other after every tick, compiled.

They look at a counter instead of sleeping, as a tick of a small chip takes 10 us, less than to wake up. A thread that
has looked for long lets others run: there may be more threads than processors.
"""

from __future__ import annotations

import os
import platform
import time
from typing import Any

from neurocore.emulator.compiled import inlined

__all__ = ["meet"]

_LOOKS = 2000
"""Looks (some 50 us) before a thread lets others run between looks."""

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
    import threading

    _ONE_AT_A_TIME = threading.Lock()

    def _arrive(met: Any) -> Any:
        """met[0] += 1, whoever else does."""
        with _ONE_AT_A_TIME:
            met[0] += 1

    def _arrived(met: Any) -> Any:
        """met[0], and all that was written before it grew."""
        return met[0]

    def _pause() -> Any:
        """Look less often."""

    def _let_others_run() -> Any:
        """Give the processor to another thread."""
        time.sleep(0)

else:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    _WORD = ir.IntType(64)
    _X86 = platform.machine().lower() in ("x86_64", "amd64")

    @intrinsic
    def _arrive(typingctx: Any, met: Any) -> Any:
        """met[0] += 1, whoever else does."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            builder.atomic_rmw("add", data, ir.Constant(_WORD, 1), "seq_cst")
            return context.get_dummy_value()

        return types.void(met), codegen

    @intrinsic
    def _arrived(typingctx: Any, met: Any) -> Any:
        """met[0], and all that was written before it grew."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            return builder.load_atomic(data, "seq_cst", 8)

        return types.int64(met), codegen

    @intrinsic
    def _pause(typingctx: Any) -> Any:
        """Look less often."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            if _X86:
                shape = ir.FunctionType(ir.VoidType(), [])
                builder.call(cgutils.get_or_insert_function(builder.module, shape, "llvm.x86.sse2.pause"), [])
            return context.get_dummy_value()

        return types.void(), codegen

    @intrinsic
    def _let_others_run(typingctx: Any) -> Any:
        """Give the processor to another thread."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            if os.name == "posix":
                shape = ir.FunctionType(ir.IntType(32), [])
                builder.call(cgutils.get_or_insert_function(builder.module, shape, "sched_yield"), [])
            return context.get_dummy_value()

        return types.void(), codegen


@inlined
def meet(met: Any, goal: Any) -> None:
    """Come to the meeting, and wait until ``goal`` threads have come since the counter was 0. met : int64[1]"""
    _arrive(met)
    looks = 0
    while _arrived(met) < goal:
        looks += 1
        if looks < _LOOKS:
            _pause()
        else:
            _let_others_run()
