"""The generator is Philox4x32-10 as published, in all three of its forms here."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.emulator.compiled import kernel
from neurocore.emulator.kernel_rng import BLOCKS, DRAWN, draw_keys, draw_run, draw_two
from neurocore.emulator.lanes import place
from neurocore.rng import KIND_NEURON, KIND_SYNAPSE, neuron_words, philox4x32, synapse_rhos

# Counter, key, block: the known answers that come with Random123 (Salmon et al. 2011).
KNOWN = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]
word = st.integers(0, 2**32 - 1)


def words(text: str) -> tuple[int, ...]:
    return tuple(int(part, 16) for part in text.split())


@pytest.mark.parametrize(("counter", "key", "block"), KNOWN)
def test_known_answers_of_the_scalar_form(counter, key, block):
    assert philox4x32(words(counter), words(key)) == words(block)


@pytest.mark.parametrize(("counter", "key", "block"), KNOWN)
def test_known_answers_of_the_compiled_form(counter, key, block):
    assert kernel_block(words(counter), words(key)) == words(block)


@kernel
def run_of_blocks(seed, tick, kind, first, third, out):
    draw_run(place(out, 0), 0, seed, tick, kind, first, third)
    draw_run(place(out, 0), DRAWN, seed, tick, kind, first + np.uint64(BLOCKS), third)


@kernel
def two_runs(seed, tick, kind, first, third, other, out):
    draw_two(place(out, 0), 0, seed, tick, kind, first, third, other)


@kernel
def blocks_of_keys(seed, tick, kind, keys, index, shift, third, out):
    draw_keys(place(out, 0), 0, seed, tick, kind, place(keys, 0), index, shift, third)
    draw_keys(place(out, DRAWN), 0, seed, tick, kind, place(keys, index), BLOCKS, shift, third)


def counted(counter, key):
    """The kernels build the counter from (tick, kind, second, third), as the layout in neurocore.rng says."""
    c0, c1, c2, c3 = counter
    seed, tick, kind = key[0] | key[1] << 32, c0 | (c3 >> 2) << 32, c3 & 3
    return np.uint64(seed), np.uint64(tick), np.uint64(kind), np.uint64(c1), np.uint64(c2)


def kernel_block(counter, key):
    """The first of some blocks; where it stands among scattered ones it is the same."""
    out, scattered = np.zeros((2, 2 * DRAWN), np.int32)
    seed, tick, kind, second, third = counted(counter, key)
    run_of_blocks(seed, tick, kind, second, third, out)
    keys = np.arange(2 * BLOCKS + 4, dtype=np.uint32)
    keys[7] = second
    blocks_of_keys(seed, tick, kind, keys, 3, np.uint64(0), third, scattered)
    np.testing.assert_array_equal(scattered[16:20], out[:4])
    return tuple(out[:4].view(np.uint32).tolist())


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.tuples(word, st.integers(0, 2**32 - 2 * BLOCKS), word, word), st.tuples(word, word), st.integers(0, 4))
def test_blocks_stand_in_order(counter, key, shift):
    out = np.zeros(2 * DRAWN, np.int32)
    seed, tick, kind, second, third = counted(counter, key)
    c0, c1, c2, c3 = counter
    run_of_blocks(seed, tick, kind, second, third, out)
    wanted = [philox4x32((c0, c1 + block, c2, c3), key) for block in range(2 * BLOCKS)]
    np.testing.assert_array_equal(out.view(np.uint32).reshape(-1, 4), wanted)
    two_runs(seed, tick, kind, second, third, np.uint64(c3), out)
    wanted = [philox4x32((c0, c1 + block, third, c3), key) for third in (c2, c3) for block in range(BLOCKS)]
    np.testing.assert_array_equal(out.view(np.uint32).reshape(-1, 4), wanted)
    keys = np.random.default_rng(c1).integers(0, 2**32, 2 * BLOCKS + 2, dtype=np.uint32)
    blocks_of_keys(seed, tick, kind, keys, 2, np.uint64(shift), third, out)
    wanted = [philox4x32((c0, int(k) >> shift, c2, c3), key) for k in keys[2:]]
    np.testing.assert_array_equal(out.view(np.uint32).reshape(-1, 4), wanted)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.tuples(word, word, word, word), st.tuples(word, word))
def test_the_compiled_form_equals_the_scalar_one(counter, key):
    assert kernel_block(counter, key) == philox4x32(counter, key)


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40), st.lists(word, min_size=1, max_size=9), word)
def test_the_array_form_lays_its_words_out_as_documented(seed, tick, keys, axon_key):
    key = (seed & 0xFFFFFFFF, seed >> 32)
    neurons = np.array(keys, np.uint32)
    high = 4 * (tick >> 32)
    wanted = [philox4x32((tick & 0xFFFFFFFF, k >> 2, 0, KIND_NEURON + high), key)[k & 3] for k in keys]
    assert neuron_words(seed, tick, neurons).tolist() == wanted
    axons = np.full(len(keys), axon_key, np.uint32)
    blocks = [philox4x32((tick & 0xFFFFFFFF, k >> 4, axon_key, KIND_SYNAPSE + high), key) for k in keys]
    wanted = [block[(k >> 2) & 3] >> 8 * (k & 3) & 255 for block, k in zip(blocks, keys, strict=True)]
    assert synapse_rhos(seed, tick, neurons, axons).tolist() == wanted
