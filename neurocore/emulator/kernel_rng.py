"""Philox4x32-10 for the kernels: the same numbers as neurocore.rng, eight blocks at a time in vector registers.

Eight blocks are 32 words of 32 bits: one for each of 32 neurons, or a byte for each of 128. They are held in eight
lanes of 64 bits, because a product needs all of them; four such vectors and the products in hand fit AVX2's registers.
In the first rounds half of the words are the same in all blocks, and are worked out once (a fifth of the products).

Source: Salmon et al., SC11; the counter's layout is ours (neurocore.rng): (tick low, second, third, kind + 4 * tick
high), keyed by the seed.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

__all__ = ["BLOCKS", "DRAWN", "draw_keys", "draw_run"]

BLOCKS = 8
"""Blocks drawn at a time."""
DRAWN = 4 * BLOCKS
"""Their words."""

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
    from neurocore.rng import philox_blocks

    def _draw(draws: Any, at: Any, seed: Any, tick: Any, kind: Any, second: Any, third: Any) -> None:
        blocks = philox_blocks(int(seed), int(tick), int(kind), second, np.full(BLOCKS, third, np.uint64))
        draws[at : at + DRAWN] = blocks.ravel().view(np.int32)

    def draw_run(draws: Any, at: Any, seed: Any, tick: Any, kind: Any, first: Any, third: Any) -> None:
        """The words of 8 blocks, second = first .. first + 7, to draws[at :]: word j of block b to at + 4 * b + j."""
        _draw(draws, at, seed, tick, kind, np.uint64(first) + np.arange(BLOCKS, dtype=np.uint64), third)

    def draw_keys(
        draws: Any, at: Any, seed: Any, tick: Any, kind: Any, keys: Any, i: Any, shift: Any, third: Any
    ) -> None:
        """The same for 8 blocks anywhere: second = keys[i + b] >> shift."""
        second = keys[i : i + BLOCKS].astype(np.uint64) >> np.uint64(shift)
        _draw(draws, at, seed, tick, kind, second, third)

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    from neurocore.emulator.lanes import PLACE, address

    _WORD, _INT = ir.IntType(64), ir.IntType(32)
    _WIDE = ir.VectorType(_WORD, BLOCKS)
    _NARROW = ir.VectorType(_INT, BLOCKS)
    _WORDS = _PLACES = ir.VectorType(_INT, 2 * BLOCKS)
    _BLOCKS_IN_ORDER = ir.VectorType(_WORD, 2 * BLOCKS)
    _M0, _M1, _W0, _W1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85

    def _constant(kind, value):
        return ir.Constant(_WIDE, [value] * BLOCKS) if kind == _WIDE else ir.Constant(_WORD, value)

    def _spread(builder, value):
        """A scalar in every lane; a vector as it is."""
        if value.type == _WIDE:
            return value
        first = builder.insert_element(ir.Constant(_WIDE, ir.Undefined), value, ir.Constant(_INT, 0))
        return builder.shuffle_vector(first, ir.Constant(_WIDE, ir.Undefined), ir.Constant(_NARROW, None))

    def _low(builder, value):
        """The low 32 bits; free before a product, which looks at no others."""
        return builder.and_(value, _constant(value.type, 0xFFFFFFFF))

    def _xor(builder, left, right):
        if left.type != right.type:
            left, right = _spread(builder, left), _spread(builder, right)
        return builder.xor(left, right)

    def _product(builder, factor, value):
        """factor * (the low 32 bits of value): (all 64 bits, the high 32 of them)."""
        product = builder.mul(_constant(value.type, factor), _low(builder, value))
        return product, builder.lshr(product, _constant(value.type, 32))

    def _philox(builder, seed, tick, kind, second, third):
        """IR for eight blocks; seed, tick, kind, third are i64 values, second is <8 x i64>. Returns <16 x i64>.

        Only the low 32 bits of c0..c3 count until the end; scalars stay scalars as long as they are the same for all.
        """
        high_tick = builder.shl(builder.lshr(tick, ir.Constant(_WORD, 32)), ir.Constant(_WORD, 2))
        high_seed = builder.lshr(seed, ir.Constant(_WORD, 32))
        c0, c1, c2, c3 = tick, second, third, builder.add(kind, high_tick)
        for turn in range(10):
            k0 = builder.add(seed, ir.Constant(_WORD, turn * _W0 % 2**32))
            k1 = builder.add(high_seed, ir.Constant(_WORD, turn * _W1 % 2**32))
            p0, high0 = _product(builder, _M0, c0)
            p1, high1 = _product(builder, _M1, c2)
            c0, c2 = _xor(builder, high1, _xor(builder, c1, k0)), _xor(builder, high0, _xor(builder, c3, k1))
            c1, c3 = p1, p0
        lower = ir.Constant(_PLACES, [lane // 2 * 2 + lane % 2 * 2 * BLOCKS for lane in range(2 * BLOCKS)])
        halves = [builder.bitcast(value, _WORDS) for value in (c0, c1, c2, c3)]
        pairs = [
            builder.bitcast(builder.shuffle_vector(*two, lower), _WIDE) for two in (halves[:2], halves[2:])
        ]  # not shifted: LLVM would make one slow multiplication of 64 bits of a product and a shift
        order = [part * BLOCKS + b for b in range(BLOCKS) for part in range(2)]
        return builder.shuffle_vector(*pairs, ir.Constant(_PLACES, order))

    def _keep(context, builder, draws, at, blocks):
        address_of_words = builder.bitcast(address(builder, draws, at, _INT), _BLOCKS_IN_ORDER.as_pointer())
        builder.store(blocks, address_of_words, align=4)
        return context.get_dummy_value()

    @intrinsic
    def draw_run(typingctx, draws, at, seed, tick, kind, first, third):
        """The words of 8 blocks, second = first .. first + 7, to draws[at :]: word j of block b to at + 4 * b + j."""

        def codegen(context, builder, signature, args):
            draws, at, seed, tick, kind, first, third = args
            second = builder.add(_spread(builder, first), ir.Constant(_WIDE, list(range(BLOCKS))))
            return _keep(context, builder, draws, at, _philox(builder, seed, tick, kind, second, third))

        word = types.uint64
        return types.void(PLACE, types.intp, word, word, word, word, word), codegen

    @intrinsic
    def draw_keys(typingctx, draws, at, seed, tick, kind, keys, i, shift, third):
        """The same for 8 blocks anywhere: second = keys[i + b] >> shift."""

        def codegen(context, builder, signature, args):
            draws, at, seed, tick, kind, keys, i, shift, third = args
            second = builder.zext(builder.load(address(builder, keys, i, _NARROW), align=4, typ=_NARROW), _WIDE)
            second = builder.lshr(second, _spread(builder, shift))
            return _keep(context, builder, draws, at, _philox(builder, seed, tick, kind, second, third))

        word = types.uint64
        return types.void(PLACE, types.intp, word, word, word, PLACE, types.intp, word, word), codegen
