"""Two hundred and fifty-six bits: a row of a crossbar, or one binary digit of a number for each of 256 neurons.

``Row`` is a numba type for LLVM's <4 x i64>, one AVX2 register; see lanes.py. Rows combine with &, | and ^.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

__all__ = ["load_four", "no_bits", "store_four"]

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def no_bits() -> Any:
        """No bit set."""
        return np.zeros(4, np.uint64)

    def load_four(array: Any, index: Any) -> Any:
        """array[index : index + 4] of uint64."""
        return array[index : index + 4].copy()

    def store_four(array: Any, index: Any, row: Any) -> None:
        """array[index : index + 4] = row, of uint64."""
        array[index : index + 4] = row

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, models, register_model

    from neurocore.emulator.lane_operators import define_operators
    from neurocore.emulator.lanes import PLACE, address

    _VECTOR = ir.VectorType(ir.IntType(64), 4)

    class RowType(types.Type):
        """The type of <4 x i64> values; they live in registers or on the stack."""

        def __init__(self) -> None:
            super().__init__(name="row256")

    ROW = RowType()

    @register_model(RowType)
    class _RowModel(models.PrimitiveModel):
        def __init__(self, dmm, fe_type):
            super().__init__(dmm, fe_type, _VECTOR)

    @intrinsic
    def no_bits(typingctx):
        """No bit set."""

        def codegen(context, builder, signature, args):
            return ir.Constant(_VECTOR, None)

        return ROW(), codegen

    @intrinsic
    def load_four(typingctx, start, index):
        """array[index : index + 4] of uint64."""

        def codegen(context, builder, signature, args):
            return builder.load(address(builder, args[0], args[1], _VECTOR), align=8, typ=_VECTOR)

        return ROW(PLACE, types.intp), codegen

    @intrinsic
    def store_four(typingctx, start, index, row):
        """array[index : index + 4] = row, of uint64."""

        def codegen(context, builder, signature, args):
            builder.store(args[2], address(builder, args[0], args[1], _VECTOR), align=8)
            return context.get_dummy_value()

        return types.void(PLACE, types.intp, ROW), codegen

    define_operators(ROW)
