"""Thirty-two int16 lanes: half a crossbar word of neurons whose potentials are small, held in vector registers.

``Shorts`` is a numba type for LLVM's <32 x i16>: one AVX-512 register, two AVX2 ones; see lanes.py. A potential takes
half the memory that int32 takes: 256 neurons are updated in 0.54 of the time in the cache, and a full chip at 20 Hz,
which reads and writes 4 MB a tick less, takes 0.69 of the processor time (Zen 3).

Shorts add, subtract, multiply and combine with +, -, *, &, | and ^; comparisons give a uint64 whose bits 0..31 are set
where they hold. Nothing is checked: who uses them sees to it that no value leaves -32768..32767.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

__all__ = [
    *("HALF", "any_short", "are_less", "choose", "held_difference", "high_sums", "larger", "least_short"),
    *("load_counts", "load_half", "load_low"),
    *("load_sums", "load_top", "low_sums", "same_short", "shorts_reach", "smaller", "store_half"),
]

HALF = 32

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def load_half(array: Any, index: Any) -> Any:
        """array[index : index + 32] of int16."""
        return array[index : index + HALF].copy()

    def load_sums(array: Any, index: Any) -> Any:
        """array[index : index + 32] of bytes, taken as -128..127."""
        return array[index : index + HALF].view(np.int8).astype(np.int16)

    def low_sums(row: Any) -> Any:
        """The first 32 of 64 bytes, taken as -128..127."""
        return row[:HALF].view(np.int8).astype(np.int16)

    def high_sums(row: Any) -> Any:
        """The last 32 of 64 bytes, taken as -128..127."""
        return row[HALF:].view(np.int8).astype(np.int16)

    def load_counts(array: Any, index: Any) -> Any:
        """array[index : index + 32] of bytes, taken as 0..255."""
        return array[index : index + HALF].view(np.uint8).astype(np.int16)

    def load_low(array: Any, index: Any) -> Any:
        """The lower half of each of array[index : index + 32] of int32."""
        return array[index : index + HALF].astype(np.int16)

    def load_top(array: Any, index: Any) -> Any:
        """The highest eight bits of each of array[index : index + 32] of int32, 0..255."""
        return (array[index : index + HALF].view(np.uint32) >> np.uint32(24)).astype(np.int16)

    def store_half(array: Any, index: Any, lanes: Any) -> None:
        """array[index : index + 32] = lanes, of int16."""
        array[index : index + HALF] = lanes

    def same_short(value: Any) -> Any:
        """The same value in every lane."""
        return np.full(HALF, value, np.int16)

    def _word(bits: Any) -> Any:
        return np.uint64(np.packbits(bits, bitorder="little").view(np.uint32)[0])

    def are_less(left: Any, right: Any) -> Any:
        """Where left < right."""
        return _word(left < right)

    def shorts_reach(left: Any, right: Any) -> Any:
        """Where left >= right."""
        return _word(left >= right)

    def smaller(left: Any, right: Any) -> Any:
        """The smaller of the two in each lane."""
        return np.minimum(left, right)

    def larger(left: Any, right: Any) -> Any:
        """The larger of the two in each lane."""
        return np.maximum(left, right)

    def choose(word: Any, this: Any, other: Any) -> Any:
        """``this`` in the lanes whose bit is set, ``other`` in the rest."""
        bits = np.unpackbits(np.array([word], np.uint64).view(np.uint8)[:4], bitorder="little") > 0
        return np.where(bits, this, other)

    def any_short(lanes: Any) -> Any:
        """Whether some lane is not 0."""
        return bool(lanes.any())

    def held_difference(left: Any, right: Any) -> Any:
        """left - right, or the nearest that 16 bits hold."""
        return np.clip(left.astype(np.int32) - right, -(2**15), 2**15 - 1).astype(np.int16)

    def least_short(lanes: Any) -> Any:
        """The smallest of all lanes."""
        return int(lanes.min())

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, models, register_model

    from neurocore.emulator.byte_lanes import BYTES
    from neurocore.emulator.lane_operators import define_operators
    from neurocore.emulator.lanes import PLACE, address

    _VECTOR = ir.VectorType(ir.IntType(16), HALF)
    _MASK = ir.VectorType(ir.IntType(1), HALF)
    _ZERO = ir.Constant(_VECTOR, None)
    _WORD, _BITS = ir.IntType(64), ir.IntType(HALF)

    class ShortsType(types.Type):
        """The type of <32 x i16> values; they live in registers or on the stack."""

        def __init__(self) -> None:
            super().__init__(name="shorts32")

    SHORTS = ShortsType()

    @register_model(ShortsType)
    class _ShortsModel(models.PrimitiveModel):
        def __init__(self, dmm, fe_type):
            super().__init__(dmm, fe_type, _VECTOR)

    def _loader(bits, change, doc):
        """``change`` turns <32 x i(bits)> into the lanes."""
        vector = ir.VectorType(ir.IntType(bits), HALF)

        def load_lanes(typingctx, start, index):
            def codegen(context, builder, signature, args):
                pointer = address(builder, args[0], args[1], vector)
                return change(builder, builder.load(pointer, align=bits // 8, typ=vector))

            return SHORTS(PLACE, types.intp), codegen

        load_lanes.__doc__ = doc
        return intrinsic(load_lanes)

    def _top(builder, words):
        return builder.trunc(builder.lshr(words, ir.Constant(words.type, [24] * HALF)), _VECTOR)

    load_half = _loader(16, lambda builder, shorts: shorts, "array[index : index + 32] of int16.")
    load_sums = _loader(
        8,
        lambda builder, sums: builder.sext(sums, _VECTOR),
        "array[index : index + 32] of bytes, taken as -128..127.",
    )
    load_counts = _loader(
        8, lambda builder, counts: builder.zext(counts, _VECTOR), "array[index : index + 32] of bytes, taken as 0..255."
    )
    load_low = _loader(
        32,
        lambda builder, words: builder.trunc(words, _VECTOR),
        "The lower half of each of array[index : index + 32] of int32.",
    )
    load_top = _loader(32, _top, "The highest eight bits of each of array[index : index + 32] of int32, 0..255.")

    def _part(first, doc):
        """32 of 64 bytes from number ``first`` on, sign-extended."""
        places = ir.Constant(ir.VectorType(ir.IntType(32), HALF), [first + lane for lane in range(HALF)])

        def widen(typingctx, row):
            def codegen(context, builder, signature, args):
                return builder.sext(builder.shuffle_vector(args[0], args[0], places), _VECTOR)

            return SHORTS(BYTES), codegen

        widen.__doc__ = doc
        return intrinsic(widen)

    low_sums = _part(0, "The first 32 of 64 bytes, taken as -128..127.")
    high_sums = _part(HALF, "The last 32 of 64 bytes, taken as -128..127.")

    @intrinsic
    def store_half(typingctx, start, index, lanes):
        """array[index : index + 32] = lanes, of int16."""

        def codegen(context, builder, signature, args):
            builder.store(args[2], address(builder, args[0], args[1], _VECTOR), align=2)
            return context.get_dummy_value()

        return types.void(PLACE, types.intp, SHORTS), codegen

    @intrinsic
    def same_short(typingctx, value):
        """The same value in every lane."""

        def codegen(context, builder, signature, args):
            undefined, number = ir.Constant(_VECTOR, ir.Undefined), ir.IntType(32)
            first = builder.insert_element(undefined, builder.trunc(args[0], ir.IntType(16)), ir.Constant(number, 0))
            return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(number, HALF), None))

        return SHORTS(types.int64), codegen

    def _binary(instruction, doc):
        def operate(typingctx, left, right):
            def codegen(context, builder, signature, args):
                return instruction(builder, *args)

            return SHORTS(SHORTS, SHORTS), codegen

        operate.__doc__ = doc
        return intrinsic(operate)

    def _comparison(relation, doc):
        def compare(typingctx, left, right):
            def codegen(context, builder, signature, args):
                return builder.zext(builder.bitcast(builder.icmp_signed(relation, *args), _BITS), _WORD)

            return types.uint64(SHORTS, SHORTS), codegen

        compare.__doc__ = doc
        return intrinsic(compare)

    are_less = _comparison("<", "Where left < right.")
    shorts_reach = _comparison(">=", "Where left >= right.")
    smaller = _binary(
        lambda builder, left, right: builder.select(builder.icmp_signed("<", left, right), left, right),
        "The smaller of the two in each lane.",
    )
    larger = _binary(
        lambda builder, left, right: builder.select(builder.icmp_signed(">", left, right), left, right),
        "The larger of the two in each lane.",
    )

    @intrinsic
    def choose(typingctx, word, this, other):
        """``this`` in the lanes whose bit is set, ``other`` in the rest."""

        def codegen(context, builder, signature, args):
            mask = builder.bitcast(builder.trunc(args[0], _BITS), _MASK)
            return builder.select(mask, args[1], args[2])

        return SHORTS(types.uint64, SHORTS, SHORTS), codegen

    @intrinsic
    def any_short(typingctx, lanes):
        """Whether some lane is not 0."""

        def codegen(context, builder, signature, args):
            some = builder.icmp_signed("!=", args[0], _ZERO)
            return builder.icmp_signed("!=", builder.bitcast(some, _BITS), ir.Constant(_BITS, 0))

        return types.boolean(SHORTS), codegen

    def _of_vectors(builder, name, result, arguments):
        """IR: a call of one of LLVM's intrinsics, whose name ends in the vectors' type."""
        name = f"llvm.{name}.v{HALF}i16"
        shape = ir.FunctionType(result, [argument.type for argument in arguments])
        function = builder.module.globals.get(name) or ir.Function(builder.module, shape, name)
        return builder.call(function, arguments)

    held_difference = _binary(
        lambda builder, left, right: _of_vectors(builder, "ssub.sat", _VECTOR, [left, right]),
        "left - right, or the nearest that 16 bits hold.",
    )

    @intrinsic
    def least_short(typingctx, lanes):
        """The smallest of all lanes (int64)."""

        def codegen(context, builder, signature, args):
            return builder.sext(_of_vectors(builder, "vector.reduce.smin", ir.IntType(16), args), _WORD)

        return types.int64(SHORTS), codegen

    define_operators(SHORTS)
