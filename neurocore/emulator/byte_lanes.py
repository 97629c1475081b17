"""Sixty-four byte lanes: what a tick adds to each neuron of a crossbar word, while it fits a byte.

A crossbar word becomes the mask of an addition as it is. ``Bytes`` is a numba type for LLVM's <64 x i8>: one AVX-512
register, two AVX2 ones; see lanes.py. Measured on Zen 3: 5 to 8 ns to add a row of 256 weights.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

__all__ = ["add_bytes", "add_taken", "count_where", "load_row", "no_bytes", "splat_bytes", "store_row"]

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def _bits(word: Any) -> Any:
        return np.unpackbits(np.array([word], np.uint64).view(np.uint8), bitorder="little")

    def no_bytes() -> Any:
        """0 in every lane."""
        return np.zeros(64, np.uint8)

    def splat_bytes(value: Any) -> Any:
        """The same value, 0..255, in every lane."""
        return np.full(64, value, np.uint8)

    def load_row(array: Any, index: Any) -> Any:
        """array[index : index + 64] of bytes."""
        return array[index : index + 64].view(np.uint8)

    def store_row(array: Any, index: Any, row: Any) -> None:
        """array[index : index + 64] = row, of bytes."""
        array[index : index + 64] = row.view(array.dtype)

    def count_where(word: Any, counts: Any) -> Any:
        """counts + 1 in the lanes whose bit is set, counts in the rest. Wraps around at 256."""
        return counts + _bits(word)

    def add_bytes(word: Any, sums: Any, more: Any) -> Any:
        """sums + more in the lanes whose bit is set, sums in the rest. Wraps around at 256."""
        return sums + _bits(word) * more

    def add_taken(word: Any, sums: Any, more: Any, chance: Any, rho: Any) -> Any:
        """sums + more in the lanes whose bit is set and whose chance reaches rho (0..255), sums in the rest."""
        return sums + _bits(word) * (chance >= rho) * more

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, models, register_model

    from neurocore.emulator.lanes import PLACE, address

    _VECTOR = ir.VectorType(ir.IntType(8), 64)
    _MASK = ir.VectorType(ir.IntType(1), 64)
    _NOTHING = ir.Constant(_VECTOR, None)

    class BytesType(types.Type):
        """The type of <64 x i8> values; they live in registers or on the stack."""

        def __init__(self) -> None:
            super().__init__(name="bytes64")

    BYTES = BytesType()

    @register_model(BytesType)
    class _BytesModel(models.PrimitiveModel):
        def __init__(self, dmm, fe_type):
            super().__init__(dmm, fe_type, _VECTOR)

    @intrinsic
    def no_bytes(typingctx):
        """0 in every lane."""

        def codegen(context, builder, signature, args):
            return _NOTHING

        return BYTES(), codegen

    @intrinsic
    def splat_bytes(typingctx, value):
        """The same value, 0..255, in every lane."""

        def codegen(context, builder, signature, args):
            number, undefined = ir.IntType(32), ir.Constant(_VECTOR, ir.Undefined)
            first = builder.insert_element(undefined, builder.trunc(args[0], ir.IntType(8)), ir.Constant(number, 0))
            return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(number, 64), None))

        return BYTES(types.int64), codegen

    @intrinsic
    def load_row(typingctx, start, index):
        """array[index : index + 64] of bytes."""

        def codegen(context, builder, signature, args):
            return builder.load(address(builder, args[0], args[1], _VECTOR), align=1, typ=_VECTOR)

        return BYTES(PLACE, types.intp), codegen

    @intrinsic
    def store_row(typingctx, start, index, row):
        """array[index : index + 64] = row, of bytes."""

        def codegen(context, builder, signature, args):
            builder.store(args[2], address(builder, args[0], args[1], _VECTOR), align=1)
            return context.get_dummy_value()

        return types.void(PLACE, types.intp, BYTES), codegen

    @intrinsic
    def count_where(typingctx, word, counts):
        """counts + 1 in the lanes whose bit is set, counts in the rest. Wraps around at 256."""

        def codegen(context, builder, signature, args):
            return builder.sub(args[1], builder.sext(builder.bitcast(args[0], _MASK), _VECTOR))

        return BYTES(types.uint64, BYTES), codegen

    @intrinsic
    def add_bytes(typingctx, word, sums, more):
        """sums + more in the lanes whose bit is set, sums in the rest. Wraps around at 256."""

        def codegen(context, builder, signature, args):
            return builder.add(args[1], builder.select(builder.bitcast(args[0], _MASK), args[2], _NOTHING))

        return BYTES(types.uint64, BYTES, BYTES), codegen

    @intrinsic
    def add_taken(typingctx, word, sums, more, chance, rho):
        """sums + more in the lanes whose bit is set and whose chance reaches rho (0..255), sums in the rest."""

        def codegen(context, builder, signature, args):
            word, sums, more, chance, rho = args
            taken = builder.icmp_unsigned(">=", chance, rho)
            drawn = builder.select(taken, more, _NOTHING)  # an AND of masks would be made bit by bit
            return builder.add(sums, builder.select(builder.bitcast(word, _MASK), drawn, _NOTHING))

        return BYTES(types.uint64, BYTES, BYTES, BYTES, BYTES), codegen
