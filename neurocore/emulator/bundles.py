"""A named tuple of arrays as one argument of a kernel: the address of a list of addresses and shapes.

As named tuples, the emulator's tables, state and scratch are three hundred values that numba types and copies wherever
a kernel calls another. With bundles, and typed operators (lane_operators.py), compiling all of a run's kernels takes
0.57 of the time. They run as fast.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
from functools import cache
from typing import Any

import numpy as np

__all__ = ["bundle"]

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):

    def bundle(parts: Any) -> Any:
        """The named tuple itself."""
        return parts

else:
    from llvmlite import ir
    from numba import from_dtype, types
    from numba.core.typing.templates import AttributeTemplate
    from numba.extending import NativeValue, infer_getattr, lower_getattr_generic, models, register_model, unbox
    from numba.np import arrayobj

    _WORD = ir.IntType(64)

    class BundleType(types.Type):
        """The type of bundles of the same fields. kinds : an array type of numba's for each, or int64"""

        def __init__(self, title: str, fields: tuple[str, ...], kinds: tuple[Any, ...]) -> None:
            self.kinds = dict(zip(fields, kinds, strict=True))
            self.places, at = {}, 0
            for field, kind in self.kinds.items():
                self.places[field] = at
                at += 1 + (kind.ndim if isinstance(kind, types.Array) else 0)
            shown = hashlib.sha256(repr(self.kinds).encode()).hexdigest()[:12]
            super().__init__(name=f"{title}_{shown}")  # short: it becomes part of every name

    class _Bundle:
        """What stands for the named tuple at a kernel's door; ``parts`` keeps the arrays alive."""

        __slots__ = ("_numba_type_", "address", "parts", "words")

        def __init__(self, parts: Any) -> None:
            kinds: list[tuple[Any, ...]] = []
            words: list[int] = []
            for part in parts:
                if isinstance(part, np.ndarray):
                    assert part.flags.c_contiguous
                    kinds.append((part.dtype.char, part.ndim))
                    words.append(_address(part))
                    words += part.shape
                else:
                    kinds.append(())
                    words.append(int(part))
            whole: Any = type(parts)
            self._numba_type_ = _type_of(whole, tuple(kinds))
            self.words = np.array(words, np.int64)
            self.address = _address(self.words)
            self.parts = parts

    def bundle(parts: Any) -> Any:
        """Arrays and whole numbers as one argument of a kernel, which reads them by the names of the tuple's fields.

        Arrays must be contiguous. Their elements may change, which arrays they are may not.
        """
        return _Bundle(parts)

    def _address(array: Any) -> int:
        """Where an array begins. numpy's own way takes three times as long, and a run on ranks asks every tick."""
        if array.flags.writeable and array.size:
            return ctypes.addressof(ctypes.c_char.from_buffer(array))
        return int(array.__array_interface__["data"][0])

    @cache
    def _type_of(whole: Any, kinds: tuple[Any, ...]) -> Any:
        return BundleType(whole.__name__, whole._fields, tuple(_kind(*kind) for kind in kinds))

    def _kind(dtype: str = "", axes: int = 0) -> Any:
        return types.Array(from_dtype(np.dtype(dtype)), axes, "C") if dtype else types.int64

    @register_model(BundleType)
    class _BundleModel(models.PrimitiveModel):
        def __init__(self, dmm, fe_type):
            super().__init__(dmm, fe_type, _WORD.as_pointer())

    @unbox(BundleType)
    def _unbox(kind, whole, c):
        number = c.pyapi.object_getattr_string(whole, "address")
        address = c.pyapi.long_as_longlong(number)
        c.pyapi.decref(number)
        return NativeValue(c.builder.inttoptr(address, _WORD.as_pointer()))

    def _kind_of(_template, bundle_type, field):
        return bundle_type.kinds.get(field)

    infer_getattr(type("_BundleFields", (AttributeTemplate,), {"key": BundleType, "generic_resolve": _kind_of}))

    @lower_getattr_generic(BundleType)
    def _field(context, builder, bundle_type, start, field):
        """A number, or an array made of its address and shape; what of it is not used is never read."""
        kind, first = bundle_type.kinds[field], bundle_type.places[field]

        def word(place):
            pointer = builder.gep(start, [ir.Constant(ir.IntType(32), place)])
            value = builder.load(pointer, typ=_WORD)
            value.set_metadata("invariant.load", builder.module.add_metadata([]))  # kernels never write to the list
            return value

        if not isinstance(kind, types.Array):
            return word(first)
        array = context.make_array(kind)(context, builder)
        size = context.get_abi_sizeof(context.get_data_type(kind.dtype))
        shape = [word(first + 1 + axis) for axis in range(kind.ndim)]
        strides = [ir.Constant(_WORD, size)]
        for length in reversed(shape[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        data = builder.inttoptr(word(first), context.get_data_type(kind.dtype).as_pointer())
        arrayobj.populate_array(array, data, shape, strides, ir.Constant(_WORD, size), None)
        return array._getvalue()
