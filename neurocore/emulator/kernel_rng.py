"""Philox4x32-10 for the kernels: the same numbers as neurocore.rng, some blocks at a time in vector registers.

Eight blocks are 32 words of 32 bits: one for each of 32 neurons, or a byte for each of 128. They are held in eight
lanes of 64 bits, because a product needs all of them; four such vectors and the products in hand fit AVX2's registers.
In the first rounds half of the words are the same in all blocks, and are worked out once (a fifth of the products).

With AVX-512 two such groups are worked out side by side, step by step: each step waits for the one before, and of one
group at a time the processor finds too little to work at. A loop of nothing else takes 0.91 of the time.

Source: Salmon et al., SC11; the counter's layout is ours (neurocore.rng): (tick low, second, third, kind + 4 * tick
high), keyed by the seed.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from neurocore.emulator.machine_code import adds_bytes_where

__all__ = ["BLOCKS", "DRAWN", "TOGETHER", "draw_keys", "draw_run", "draw_two"]

_LANES = 8
_GROUPS = 2 if adds_bytes_where() else 1
BLOCKS = _GROUPS * _LANES
"""Blocks drawn at a time."""
DRAWN = 4 * BLOCKS
"""Their words."""
TOGETHER = 12
"""Events of a core whose random bytes are drawn together: few cores of a chip at 20 Hz have more in a tick."""

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
    from neurocore.rng import philox_blocks

    def _draw(draws: Any, at: Any, seed: Any, tick: Any, kind: Any, second: Any, third: Any) -> None:
        blocks = philox_blocks(int(seed), int(tick), int(kind), second, np.full(BLOCKS, third, np.uint64))
        draws[at : at + DRAWN] = blocks.ravel().view(np.int32)

    def draw_run(draws: Any, at: Any, seed: Any, tick: Any, kind: Any, first: Any, third: Any) -> None:
        """The words of BLOCKS blocks, second = first + b, to draws[at :]: word j of block b to at + 4 * b + j."""
        _draw(draws, at, seed, tick, kind, np.uint64(first) + np.arange(BLOCKS, dtype=np.uint64), third)

    def draw_two(draws: Any, at: Any, seed: Any, tick: Any, kind: Any, first: Any, third: Any, other: Any) -> None:
        """The same for two values of ``third``, one behind the other."""
        draw_run(draws, at, seed, tick, kind, first, third)
        draw_run(draws, at + DRAWN, seed, tick, kind, first, other)

    def draw_keys(
        draws: Any, at: Any, seed: Any, tick: Any, kind: Any, keys: Any, i: Any, shift: Any, third: Any
    ) -> None:
        """The same for BLOCKS blocks anywhere: second = keys[i + b] >> shift."""
        second = keys[i : i + BLOCKS].astype(np.uint64) >> np.uint64(shift)
        _draw(draws, at, seed, tick, kind, second, third)

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    from neurocore.emulator.lanes import PLACE, address

    _WORD, _INT = ir.IntType(64), ir.IntType(32)
    _WIDE = ir.VectorType(_WORD, _LANES)
    _NARROW = ir.VectorType(_INT, _LANES)
    _WORDS = _PLACES = ir.VectorType(_INT, 2 * _LANES)
    _BLOCKS_IN_ORDER = ir.VectorType(_WORD, 2 * _LANES)
    _HIGH = ir.Constant(_PLACES, [lane | 1 for lane in range(2 * _LANES)])
    _M0, _M1, _W0, _W1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85

    def _constant(kind, value):
        return ir.Constant(_WIDE, [value] * _LANES) if kind == _WIDE else ir.Constant(_WORD, value)

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
        """factor * (the low 32 bits of value): (all 64 bits, the high 32 of them, maybe with others above)."""
        product = builder.mul(_constant(value.type, factor), _low(builder, value))
        if value.type == _WORD:
            return product, builder.lshr(product, ir.Constant(_WORD, 32))
        # not shifted: with AVX-512 shifts and products share a unit that shuffles leave alone
        words = builder.bitcast(product, _WORDS)
        return product, builder.bitcast(builder.shuffle_vector(words, words, _HIGH), _WIDE)

    def _philox(builder, seed, tick, kind, groups):
        """IR for some groups of blocks, a <16 x i64> for each. seed, tick, kind : i64; groups : (<8 x i64>, i64) each

        Only the low 32 bits of c0..c3 count until the end; scalars stay scalars as long as they are the same for all.
        """
        high_tick = builder.shl(builder.lshr(tick, ir.Constant(_WORD, 32)), ir.Constant(_WORD, 2))
        high_seed = builder.lshr(seed, ir.Constant(_WORD, 32))
        last = builder.add(kind, high_tick)
        counters = [(tick, second, third, last) for second, third in groups]
        for turn in range(10):
            k0 = builder.add(seed, ir.Constant(_WORD, turn * _W0 % 2**32))
            k1 = builder.add(high_seed, ir.Constant(_WORD, turn * _W1 % 2**32))
            products = [(_product(builder, _M0, c0), _product(builder, _M1, c2)) for c0, _, c2, _ in counters]
            counters = [
                (
                    _xor(builder, high1, _xor(builder, c1, k0)),
                    p1,
                    _xor(builder, high0, _xor(builder, c3, k1)),
                    p0,
                )
                for ((p0, high0), (p1, high1)), (_, c1, _, c3) in zip(products, counters, strict=True)
            ]
        return [_in_order(builder, *group) for group in counters]

    def _in_order(builder, c0, c1, c2, c3):
        """The four words of each block one behind the other."""
        lower = ir.Constant(_PLACES, [lane // 2 * 2 + lane % 2 * 2 * _LANES for lane in range(2 * _LANES)])
        halves = [builder.bitcast(value, _WORDS) for value in (c0, c1, c2, c3)]
        # not shifted: LLVM would make one slow multiplication of 64 bits of a product and a shift
        pairs = [builder.bitcast(builder.shuffle_vector(*two, lower), _WIDE) for two in (halves[:2], halves[2:])]
        order = [part * _LANES + b for b in range(_LANES) for part in range(2)]
        return builder.shuffle_vector(*pairs, ir.Constant(_PLACES, order))

    def _keep(context, builder, draws, at, groups):
        first = builder.bitcast(address(builder, draws, at, _INT), _BLOCKS_IN_ORDER.as_pointer())
        for number, blocks in enumerate(groups):
            builder.store(blocks, builder.gep(first, [ir.Constant(_INT, number)]), align=4)
        return context.get_dummy_value()

    def _run(builder, first, third):
        """Groups of consecutive blocks."""
        start = _spread(builder, first)
        groups = [range(group * _LANES, (group + 1) * _LANES) for group in range(_GROUPS)]
        return [(builder.add(start, ir.Constant(_WIDE, list(group))), third) for group in groups]

    @intrinsic
    def draw_run(typingctx, draws, at, seed, tick, kind, first, third):
        """The words of BLOCKS blocks, second = first + b, to draws[at :]: word j of block b to at + 4 * b + j."""

        def codegen(context, builder, signature, args):
            draws, at, seed, tick, kind, first, third = args
            groups = _run(builder, first, third)
            return _keep(context, builder, draws, at, _philox(builder, seed, tick, kind, groups))

        word = types.uint64
        return types.void(PLACE, types.intp, word, word, word, word, word), codegen

    @intrinsic
    def draw_two(typingctx, draws, at, seed, tick, kind, first, third, other):
        """The same for two values of ``third``, one behind the other."""

        def codegen(context, builder, signature, args):
            draws, at, seed, tick, kind, first, third, other = args
            groups = _run(builder, first, third) + _run(builder, first, other)
            return _keep(context, builder, draws, at, _philox(builder, seed, tick, kind, groups))

        word = types.uint64
        return types.void(PLACE, types.intp, word, word, word, word, word, word), codegen

    @intrinsic
    def draw_keys(typingctx, draws, at, seed, tick, kind, keys, i, shift, third):
        """The same for BLOCKS blocks anywhere: second = keys[i + b] >> shift."""

        def codegen(context, builder, signature, args):
            draws, at, seed, tick, kind, keys, i, shift, third = args
            by, groups = _spread(builder, shift), []
            for group in range(_GROUPS):
                place = builder.add(i, ir.Constant(_WORD, group * _LANES))
                own = builder.load(address(builder, keys, place, _NARROW), align=4, typ=_NARROW)
                groups.append((builder.lshr(builder.zext(own, _WIDE), by), third))
            return _keep(context, builder, draws, at, _philox(builder, seed, tick, kind, groups))

        word = types.uint64
        return types.void(PLACE, types.intp, word, word, word, PLACE, types.intp, word, word), codegen
