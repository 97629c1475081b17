"""Philox4x32-10 for the kernels: the same numbers as neurocore.rng, sixteen blocks at a time in vector registers.

Sixteen blocks are 64 words of 32 bits: one for each neuron of a crossbar word, or a byte for each of 256 neurons.

Source: Salmon et al., SC11; the counter's layout is ours (neurocore.rng): (tick low, second, third, kind + 4 * tick
high), keyed by the seed.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

__all__ = ["draws_of_keys", "draws_of_run"]

if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
    from neurocore.rng import philox_blocks

    def _draws(seed: Any, tick: Any, kind: Any, second: Any, third: Any) -> Any:
        return (
            philox_blocks(int(seed), int(tick), int(kind), second, np.full(16, third, np.uint64)).ravel().view(np.int32)
        )

    def draws_of_run(seed: Any, tick: Any, kind: Any, first: Any, third: Any) -> Any:
        """The words of 16 consecutive blocks, second = first .. first + 15: lane 4*b + j is word j of block b."""
        return _draws(seed, tick, kind, np.uint64(first) + np.arange(16, dtype=np.uint64), third)

    def draws_of_keys(seed: Any, tick: Any, kind: Any, keys: Any, index: Any, shift: Any, third: Any) -> Any:
        """The same for 16 blocks anywhere: second = keys[index + b] >> shift."""
        return _draws(seed, tick, kind, keys[index : index + 16].astype(np.uint64) >> np.uint64(shift), third)

else:
    from llvmlite import ir
    from numba import types
    from numba.extending import intrinsic

    from neurocore.emulator.lanes import LANES

    _WORD = ir.IntType(64)
    _WIDE = ir.VectorType(_WORD, 16)  # 32-bit words in 64-bit lanes: their products need all of them
    _NARROW = ir.VectorType(ir.IntType(32), 16)
    _M0, _M1, _W0, _W1 = 0xD2511F53, 0xCD9E8D57, 0x9E3779B9, 0xBB67AE85

    def _all(value):
        return ir.Constant(_WIDE, [value] * 16)

    def _spread(builder, scalar):
        first = builder.insert_element(ir.Constant(_WIDE, ir.Undefined), scalar, ir.Constant(ir.IntType(32), 0))
        picks = ir.Constant(ir.VectorType(ir.IntType(32), 16), None)
        return builder.shuffle_vector(first, ir.Constant(_WIDE, ir.Undefined), picks)

    def _low(builder, scalar):
        return builder.and_(scalar, ir.Constant(_WORD, 0xFFFFFFFF))

    def _philox(builder, seed, tick, kind, second, third):
        """IR for sixteen blocks; seed, tick, kind, third are i64 values, second is <16 x i64>. Returns <64 x i32>."""
        half, mask = _all(32), _all(0xFFFFFFFF)
        high_tick = builder.shl(builder.lshr(tick, ir.Constant(_WORD, 32)), ir.Constant(_WORD, 2))
        c0, c1, c2 = _spread(builder, _low(builder, tick)), second, _spread(builder, third)
        c3 = _spread(builder, _low(builder, builder.add(kind, high_tick)))
        for turn in range(10):
            k0 = _low(builder, builder.add(seed, ir.Constant(_WORD, turn * _W0 % 2**32)))
            k1 = _low(builder, builder.add(builder.lshr(seed, ir.Constant(_WORD, 32)), ir.Constant(_WORD, turn * _W1)))
            p0, p1 = builder.mul(_all(_M0), c0), builder.mul(_all(_M1), c2)
            c0 = builder.xor(builder.xor(builder.lshr(p1, half), c1), _spread(builder, k0))
            c2 = builder.xor(builder.xor(builder.lshr(p0, half), c3), _spread(builder, k1))
            c1, c3 = builder.and_(p1, mask), builder.and_(p0, mask)
        words = [builder.trunc(c, _NARROW) for c in (c0, c1, c2, c3)]
        lanes32 = ir.VectorType(ir.IntType(32), 32)
        in_order = ir.Constant(lanes32, list(range(32)))
        pairs = [builder.shuffle_vector(words[j], words[j + 1], in_order) for j in (0, 2)]
        interleave = ir.Constant(ir.VectorType(ir.IntType(32), 64), [16 * j + b for b in range(16) for j in range(4)])
        return builder.shuffle_vector(*pairs, interleave)

    @intrinsic
    def draws_of_run(typingctx, seed, tick, kind, first, third):
        """The words of 16 consecutive blocks, second = first .. first + 15: lane 4*b + j is word j of block b."""

        def codegen(context, builder, signature, args):
            seed, tick, kind, first, third = args
            second = builder.add(_spread(builder, first), ir.Constant(_WIDE, list(range(16))))
            return _philox(builder, seed, tick, kind, second, third)

        return LANES(types.uint64, types.uint64, types.uint64, types.uint64, types.uint64), codegen

    @intrinsic
    def draws_of_keys(typingctx, seed, tick, kind, keys, index, shift, third):
        """The same for 16 blocks anywhere: second = keys[index + b] >> shift."""

        def codegen(context, builder, signature, args):
            seed, tick, kind, keys, index, shift, third = args
            data = context.make_array(signature.args[3])(context, builder, keys).data
            pointer = builder.bitcast(builder.gep(data, [index]), _NARROW.as_pointer())
            second = builder.zext(builder.load(pointer, align=4, typ=_NARROW), _WIDE)
            second = builder.lshr(second, _spread(builder, shift))
            return _philox(builder, seed, tick, kind, second, third)

        word = types.uint64
        return LANES(word, word, word, keys, types.intp, word, word), codegen
