"""A kernel reads a bundle's arrays and numbers as it reads the named tuple's."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pytest
from numba import njit

from neurocore.emulator.bundles import bundle


class Parts(NamedTuple):
    words: npt.NDArray[np.uint64]
    table: npt.NDArray[np.int16]
    cube: npt.NDArray[np.int64]
    marks: npt.NDArray[np.bool_]
    width: int
    wide: bool


def parts() -> Parts:
    return Parts(
        np.array([2**63 + 5, 7], np.uint64),
        np.arange(-6, 6, dtype=np.int16).reshape(3, 4),
        np.arange(24).reshape(2, 3, 4),
        np.array([True, False, True]),
        2**40,
        True,
    )


@njit
def read(given: Any) -> Any:
    total = given.width + (1 if given.wide else 0) + given.table[2, 3] + given.table[-1, 0] + given.cube[1, 2, 0]
    return total + given.marks[2] + given.table.shape[1] + given.cube[1].shape[0], given.words[0]


@njit
def write(given: Any) -> None:
    row = given.table[1]
    row[0] = 99
    given.cube[1, :, 2] = -1
    given.words[:] = given.words[::-1].copy()


def test_a_bundle_reads_as_the_named_tuple_does():
    assert read(bundle(parts())) == (2**40 + 1 + 5 + 2 + 20 + 1 + 4 + 3, 2**63 + 5)


def test_what_a_kernel_writes_is_in_the_arrays():
    own, wanted = parts(), parts()
    write(bundle(own))
    write.py_func(wanted)
    for ours, theirs in zip(own[:4], wanted[:4], strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_memory_that_only_reads_is_no_other_kernel():
    frozen = parts()
    frozen.words.flags.writeable = False
    assert read(bundle(frozen)) == read(bundle(parts()))
    assert len(read.signatures) == 1


def test_scattered_arrays_are_refused():
    with pytest.raises(AssertionError):
        bundle(parts()._replace(table=np.zeros((4, 4), np.int16).T[:3]))
