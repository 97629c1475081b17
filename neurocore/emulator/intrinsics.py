"""Single machine instructions that numba does not spell: trailing zeros, popcount, atomic OR and ADD on array elements.

Under NUMBA_DISABLE_JIT=1 plain Python stands in for each, so that kernels can be stepped through and measured for
coverage; one interpreter thread needs no atomics.
"""

from __future__ import annotations

import os
from typing import Any

__all__ = ["fetch_add", "fetch_or", "popcount", "trailing_zeros"]

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def trailing_zeros(word: Any) -> Any:
        """Index of the lowest set bit of a uint64 that is not 0."""
        value = int(word)
        return (value & -value).bit_length() - 1

    def popcount(word: Any) -> Any:
        """Number of set bits of a uint64."""
        return int(word).bit_count()

    def fetch_or(array: Any, index: Any, bits: Any) -> Any:
        """``array[index] |= bits`` on a 1-D uint64 array; returns the old value."""
        old = array[index]
        array[index] = old | bits
        return old

    def fetch_add(array: Any, index: Any, amount: Any) -> Any:
        """``array[index] += amount`` on a 1-D int64 array; returns the old value."""
        old = array[index]
        array[index] = old + amount
        return old

else:
    from llvmlite import ir
    from numba import types
    from numba.core import cgutils
    from numba.extending import intrinsic

    @intrinsic
    def trailing_zeros(typingctx, word):
        """Index of the lowest set bit of a uint64 that is not 0 (int64)."""

        def codegen(context, builder, signature, args):
            return builder.cttz(args[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(types.uint64), codegen

    @intrinsic
    def popcount(typingctx, word):
        """Number of set bits of a uint64 (int64)."""

        def codegen(context, builder, signature, args):
            return builder.ctpop(args[0])

        return types.int64(types.uint64), codegen

    def _element_pointer(context, builder, signature, args):
        array = context.make_array(signature.args[0])(context, builder, args[0])
        return cgutils.get_item_pointer(context, builder, signature.args[0], array, [args[1]])

    @intrinsic
    def fetch_or(typingctx, array, index, bits):
        """Atomic ``array[index] |= bits`` on a 1-D uint64 array; returns the old value (uint64)."""

        def codegen(context, builder, signature, args):
            pointer = _element_pointer(context, builder, signature, args)
            return builder.atomic_rmw("or", pointer, args[2], "monotonic")

        return types.uint64(array, types.intp, types.uint64), codegen

    @intrinsic
    def fetch_add(typingctx, array, index, amount):
        """Atomic ``array[index] += amount`` on a 1-D int64 array; returns the old value (int64)."""

        def codegen(context, builder, signature, args):
            pointer = _element_pointer(context, builder, signature, args)
            return builder.atomic_rmw("add", pointer, args[2], "monotonic")

        return types.int64(array, types.intp, types.int64), codegen
