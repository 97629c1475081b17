"""Sixteen int32 lanes: one value per neuron for a quarter of a crossbar word, held in vector registers.

``Lanes`` is a numba type for LLVM's <16 x i32>. LLVM makes of it one AVX-512 register, two AVX2 ones, or whatever the
machine has: the same code runs everywhere. Sixteen, not sixty-four: an update with a dozen values in hand then fits the
sixteen registers of AVX2 (measured on Zen 3, with the other changes of kernel_update.py: half the time).

Arrays are read and written through a ``Place``: the address of an element, which a kernel keeps in one register where
an array takes seven; indices count from it.

Lanes add, subtract, multiply and combine with +, -, *, &, | and ^. Comparisons give a uint64 whose bits 0..15 are set
where they hold; ``where`` looks at bits 0..15. Under NUMBA_DISABLE_JIT=1 numpy arrays of 16 values stand in.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

__all__ = [
    *(
        "WIDTH",
        "add_where",
        "any_bit",
        "ask_for",
        "further",
        "get_byte",
        "get_number",
        "get_small",
        "get_word",
        "greatest",
    ),
    *("is_less", "least", "load", "load_bytes", "load_short", "load_signed_bytes", "place", "reaches", "set_number"),
    *("set_small", "set_word", "splat", "store", "top_byte", "where"),
]

WIDTH = 16

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def place(array: Any, index: Any) -> Any:
        """Where element ``index`` of a contiguous array is."""
        return array.reshape(-1)[index:]

    def further(array: Any, size: Any) -> Any:
        """A place ``size`` bytes on."""
        return array[size // array.itemsize :]

    def get_word(array: Any, index: Any) -> Any:
        """The uint64 at array[index]."""
        return array[index]

    def set_word(array: Any, index: Any, word: Any) -> None:
        """array[index] = word, of uint64."""
        array[index] = word

    def get_number(array: Any, index: Any) -> Any:
        """The int64 at array[index]."""
        return array[index]

    def get_small(array: Any, index: Any) -> Any:
        """The uint32 at array[index] (int64)."""
        return np.int64(array[index])

    def set_small(array: Any, index: Any, number: Any) -> None:
        """array[index] = number, of uint32."""
        array[index] = number

    def get_byte(array: Any, index: Any) -> Any:
        """The uint8 at array[index] (int64)."""
        return np.int64(array[index])

    def ask_for(array: Any, index: Any) -> None:
        """Ask for the cache line of the uint64 at array[index]; never changes a result."""

    def set_number(array: Any, index: Any, number: Any) -> None:
        """array[index] = number, of int64."""
        array[index] = number

    def load(array: Any, index: Any) -> Any:
        """array[index : index + 16] of int32."""
        return array[index : index + WIDTH].copy()

    def load_short(array: Any, index: Any) -> Any:
        """array[index : index + 16] of int16."""
        return array[index : index + WIDTH].astype(np.int32)

    def load_bytes(array: Any, index: Any) -> Any:
        """array[index : index + 16] of bytes, taken as 0..255."""
        return array[index : index + WIDTH].view(np.uint8).astype(np.int32)

    def load_signed_bytes(array: Any, index: Any) -> Any:
        """array[index : index + 16] of bytes, taken as -128..127."""
        return array[index : index + WIDTH].view(np.int8).astype(np.int32)

    def store(array: Any, index: Any, lanes: Any) -> None:
        """array[index : index + 16] = lanes, of int32."""
        array[index : index + WIDTH] = lanes

    def splat(value: Any) -> Any:
        """The same value in every lane."""
        return np.full(WIDTH, value, np.int32)

    def _word(bits: Any) -> Any:
        return np.uint64(np.packbits(bits, bitorder="little").view(np.uint16)[0])

    def _bits(word: Any) -> Any:
        return np.unpackbits(np.array([word], np.uint64).view(np.uint8)[:2], bitorder="little") > 0

    def reaches(left: Any, right: Any) -> Any:
        """Where left >= right."""
        return _word(left >= right)

    def is_less(left: Any, right: Any) -> Any:
        """Where left < right."""
        return _word(left < right)

    def any_bit(lanes: Any) -> Any:
        """Whether some lane is not 0."""
        return bool(lanes.any())

    def least(left: Any, right: Any) -> Any:
        """The smaller of the two in each lane."""
        return np.minimum(left, right)

    def greatest(left: Any, right: Any) -> Any:
        """The larger of the two in each lane."""
        return np.maximum(left, right)

    def where(word: Any, this: Any, other: Any) -> Any:
        """``this`` in the lanes whose bit is set, ``other`` in the rest."""
        return np.where(_bits(word), this, other)

    def add_where(word: Any, lanes: Any, more: Any) -> Any:
        """lanes + more in the lanes whose bit is set, lanes in the rest."""
        return np.where(_bits(word), lanes + more, lanes)

    def top_byte(lanes: Any) -> Any:
        """The highest eight bits of each lane, 0..255."""
        return (lanes.view(np.uint32) >> np.uint32(24)).astype(np.int32)

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic, models, register_model

    from neurocore.emulator.lane_operators import define_operators

    _VECTOR = ir.VectorType(ir.IntType(32), WIDTH)
    _MASK = ir.VectorType(ir.IntType(1), WIDTH)
    _ZERO = ir.Constant(_VECTOR, None)
    _WORD, _SIXTEEN = ir.IntType(64), ir.IntType(16)

    class LanesType(types.Type):
        """The type of <16 x i32> values; they live in registers or on the stack, never in arrays."""

        def __init__(self) -> None:
            super().__init__(name="lanes16")

    LANES = LanesType()

    @register_model(LanesType)
    class _LanesModel(models.PrimitiveModel):
        def __init__(self, dmm, fe_type):
            super().__init__(dmm, fe_type, _VECTOR)

    class PlaceType(types.Type):
        """The type of the address of an array's element."""

        def __init__(self) -> None:
            super().__init__(name="place")

    PLACE = PlaceType()

    @register_model(PlaceType)
    class _PlaceModel(models.PrimitiveModel):
        def __init__(self, dmm, fe_type):
            super().__init__(dmm, fe_type, ir.IntType(8).as_pointer())

    @intrinsic
    def place(typingctx, array, index):
        """Where element ``index`` of a contiguous array is."""

        def codegen(context, builder, signature, args):
            data = context.make_array(signature.args[0])(context, builder, args[0]).data
            return builder.bitcast(builder.gep(data, [args[1]]), ir.IntType(8).as_pointer())

        return PLACE(array, types.intp), codegen

    @intrinsic
    def further(typingctx, start, size):
        """A place ``size`` bytes on."""

        def codegen(context, builder, signature, args):
            return builder.gep(args[0], [args[1]])

        return PLACE(PLACE, types.intp), codegen

    def address(builder, start, index, vector):
        """IR: pointer to the vector whose first element is the index-th from a place on."""
        element = vector.element if isinstance(vector, ir.VectorType) else vector
        pointer = builder.gep(builder.bitcast(start, element.as_pointer()), [index])
        return builder.bitcast(pointer, vector.as_pointer())

    def _getter(kind, bits, doc):
        def get(typingctx, start, index):
            def codegen(context, builder, signature, args):
                value = builder.load(address(builder, args[0], args[1], ir.IntType(bits)), typ=ir.IntType(bits))
                return value if bits == 64 else builder.zext(value, _WORD)

            return kind(PLACE, types.intp), codegen

        get.__doc__ = doc
        return intrinsic(get)

    def _setter(kind, bits, doc):
        def put(typingctx, start, index, value):
            def codegen(context, builder, signature, args):
                value = args[2] if bits == 64 else builder.trunc(args[2], ir.IntType(bits))
                builder.store(value, address(builder, args[0], args[1], ir.IntType(bits)))
                return context.get_dummy_value()

            return types.void(PLACE, types.intp, kind), codegen

        put.__doc__ = doc
        return intrinsic(put)

    get_word = _getter(types.uint64, 64, "The uint64 at array[index].")
    set_word = _setter(types.uint64, 64, "array[index] = word, of uint64.")
    get_number = _getter(types.int64, 64, "The int64 at array[index].")
    set_number = _setter(types.int64, 64, "array[index] = number, of int64.")
    get_small = _getter(types.int64, 32, "The uint32 at array[index] (int64).")
    set_small = _setter(types.int64, 32, "array[index] = number, of uint32.")
    get_byte = _getter(types.int64, 8, "The uint8 at array[index] (int64).")

    @intrinsic
    def ask_for(typingctx, start, index):
        """Ask for the cache line of the uint64 at array[index]; never changes a result."""

        def codegen(context, builder, signature, args):
            pointer = builder.bitcast(address(builder, args[0], args[1], _WORD), ir.IntType(8).as_pointer())
            number = ir.IntType(32)
            shape = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
            function = builder.module.declare_intrinsic("llvm.prefetch", [pointer.type], shape)
            for_reading, keep, data = (ir.Constant(number, value) for value in (0, 3, 1))
            builder.call(function, [pointer, for_reading, keep, data])
            return context.get_dummy_value()

        return types.void(PLACE, types.intp), codegen

    def _loader(bits, signed, doc):
        vector = ir.VectorType(ir.IntType(bits), WIDTH)

        def load_lanes(typingctx, start, index):
            def codegen(context, builder, signature, args):
                pointer = address(builder, args[0], args[1], vector)
                lanes = builder.load(pointer, align=bits // 8, typ=vector)
                if bits == 32:
                    return lanes
                return builder.sext(lanes, _VECTOR) if signed else builder.zext(lanes, _VECTOR)

            return LANES(PLACE, types.intp), codegen

        load_lanes.__doc__ = doc
        return intrinsic(load_lanes)

    load = _loader(32, True, "array[index : index + 16] of int32.")
    load_short = _loader(16, True, "array[index : index + 16] of int16.")
    load_bytes = _loader(8, False, "array[index : index + 16] of bytes, taken as 0..255.")
    load_signed_bytes = _loader(8, True, "array[index : index + 16] of bytes, taken as -128..127.")

    @intrinsic
    def store(typingctx, start, index, lanes):
        """array[index : index + 16] = lanes, of int32."""

        def codegen(context, builder, signature, args):
            builder.store(args[2], address(builder, args[0], args[1], _VECTOR), align=4)
            return context.get_dummy_value()

        return types.void(PLACE, types.intp, LANES), codegen

    @intrinsic
    def splat(typingctx, value):
        """The same value in every lane."""

        def codegen(context, builder, signature, args):
            first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), args[0], ir.Constant(ir.IntType(32), 0))
            return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), _ZERO)

        return LANES(types.int32), codegen

    def _binary(instruction, doc):
        def operate(typingctx, left, right):
            def codegen(context, builder, signature, args):
                return instruction(builder, *args)

            return LANES(LANES, LANES), codegen

        operate.__doc__ = doc
        return intrinsic(operate)

    def _comparison(relation, doc):
        def compare(typingctx, left, right):
            def codegen(context, builder, signature, args):
                return builder.zext(builder.bitcast(builder.icmp_signed(relation, *args), _SIXTEEN), _WORD)

            return types.uint64(LANES, LANES), codegen

        compare.__doc__ = doc
        return intrinsic(compare)

    def _mask(builder, word):
        return builder.bitcast(builder.trunc(word, _SIXTEEN), _MASK)

    reaches = _comparison(">=", "Where left >= right.")
    is_less = _comparison("<", "Where left < right.")
    least = _binary(
        lambda builder, left, right: builder.select(builder.icmp_signed("<", left, right), left, right),
        "The smaller of the two in each lane.",
    )
    greatest = _binary(
        lambda builder, left, right: builder.select(builder.icmp_signed(">", left, right), left, right),
        "The larger of the two in each lane.",
    )

    define_operators(LANES)

    @intrinsic
    def any_bit(typingctx, lanes):
        """Whether some lane is not 0."""

        def codegen(context, builder, signature, args):
            some = builder.icmp_signed("!=", args[0], _ZERO)
            return builder.icmp_signed("!=", builder.bitcast(some, _SIXTEEN), ir.Constant(_SIXTEEN, 0))

        return types.boolean(LANES), codegen

    @intrinsic
    def where(typingctx, word, this, other):
        """``this`` in the lanes whose bit is set, ``other`` in the rest."""

        def codegen(context, builder, signature, args):
            return builder.select(_mask(builder, args[0]), args[1], args[2])

        return LANES(types.uint64, LANES, LANES), codegen

    @intrinsic
    def add_where(typingctx, word, lanes, more):
        """lanes + more in the lanes whose bit is set, lanes in the rest."""

        def codegen(context, builder, signature, args):
            return builder.add(args[1], builder.select(_mask(builder, args[0]), args[2], _ZERO))

        return LANES(types.uint64, LANES, LANES), codegen

    @intrinsic
    def top_byte(typingctx, lanes):
        """The highest eight bits of each lane, 0..255."""

        def codegen(context, builder, signature, args):
            return builder.lshr(args[0], ir.Constant(_VECTOR, [24] * WIDTH))

        return LANES(LANES), codegen
