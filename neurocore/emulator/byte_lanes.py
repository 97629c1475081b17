"""Sixty-four uint8 lanes: how many events reached each neuron of a word. Takes a quarter of lanes.py's registers.

``Counts`` is a numba type for LLVM's <64 x i8>, as ``Lanes`` is for <64 x i32>; see lanes.py.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

__all__ = ["add_products", "count_where", "counted", "no_counts"]

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def no_counts() -> Any:
        """0 in every lane."""
        return np.zeros(64, np.uint8)

    def count_where(word: Any, counts: Any) -> Any:
        """counts + 1 in the lanes whose bit is set, counts in the rest. Wraps around at 256."""
        return counts + np.unpackbits(np.array([word], np.uint64).view(np.uint8), bitorder="little")

    def add_products(lanes: Any, counts: Any, more: Any) -> Any:
        """lanes + counts * more, of Lanes."""
        return lanes + counts.astype(np.int32) * more

    def counted(counts: Any) -> Any:
        """The sum of all lanes."""
        return int(counts.sum(dtype=np.int64))

else:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic, models, register_model

    from neurocore.emulator.lanes import LANES

    _VECTOR = ir.VectorType(ir.IntType(8), 64)
    _WIDE = ir.VectorType(ir.IntType(32), 64)
    _MASK = ir.VectorType(ir.IntType(1), 64)
    _INT = ir.IntType(32)

    class CountsType(types.Type):
        """The type of <64 x i8> values; they live in registers or on the stack, never in arrays."""

        def __init__(self) -> None:
            super().__init__(name="counts64")

    COUNTS = CountsType()

    @register_model(CountsType)
    class _CountsModel(models.PrimitiveModel):
        def __init__(self, dmm, fe_type):
            super().__init__(dmm, fe_type, _VECTOR)

    @intrinsic
    def no_counts(typingctx):
        """0 in every lane."""

        def codegen(context, builder, signature, args):
            return ir.Constant(_VECTOR, None)

        return COUNTS(), codegen

    @intrinsic
    def count_where(typingctx, word, counts):
        """counts + 1 in the lanes whose bit is set, counts in the rest. Wraps around at 256."""

        def codegen(context, builder, signature, args):
            return builder.add(args[1], builder.zext(builder.bitcast(args[0], _MASK), _VECTOR))

        return COUNTS(types.uint64, COUNTS), codegen

    @intrinsic
    def add_products(typingctx, lanes, counts, more):
        """lanes + counts * more, of Lanes."""

        def codegen(context, builder, signature, args):
            return builder.add(args[0], builder.mul(builder.zext(args[1], _WIDE), args[2]))

        return LANES(LANES, COUNTS, LANES), codegen

    @intrinsic
    def counted(typingctx, counts):
        """The sum of all lanes."""

        def codegen(context, builder, signature, args):
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(_INT, [_WIDE]), "llvm.vector.reduce.add.v64i32"
            )
            return builder.sext(builder.call(function, [builder.zext(args[0], _WIDE)]), ir.IntType(64))

        return types.int64(COUNTS), codegen
