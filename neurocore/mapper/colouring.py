"""One axon type for each source: sources share a type where no neuron hears two of them with different weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.mapper.incoming import Incoming

__all__ = ["by_colouring"]

COMPILE_FROM = 300_000
"""Below this many synapses plain Python is quicker than loading a compiler."""


def by_colouring(synapses: Incoming, types: int) -> npt.NDArray[np.uint8] | None:
    """A type for each (source, delay), first fit, those with most synapses first; None where ``types`` do not do.

    That is how IBM's corelets use types: each neuron has four weights of its own, and each axon picks one of them for
    all neurons of the core. Returns uint8[S].
    """
    stop = np.append(synapses.pair_start[1:], len(synapses))
    order = np.argsort(synapses.pair_start - stop, kind="stable")
    colour = np.zeros(len(stop), np.uint8)
    taken = np.full((synapses.size, types), -1, np.int32)
    fill = _compiled() if len(synapses) >= COMPILE_FROM else _fill
    if not fill(order, synapses.pair_start, stop, synapses.target, synapses.code, taken, colour):
        return None
    return np.repeat(colour, stop - synapses.pair_start)


@cache
def _compiled() -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True)(_fill)
    return compiled


def _fill(order, start, stop, target, code, taken, colour):  # type: ignore[no-untyped-def]
    """See by_colouring; ``taken`` (weight of each neuron and type, -1 while free) and ``colour`` are filled in."""
    types = taken.shape[1]
    for pair in order:
        found = False
        for kind in range(types):
            fits = True
            for at in range(start[pair], stop[pair]):
                here = taken[target[at], kind]
                if here >= 0 and here != code[at]:
                    fits = False
                    break
            if fits:
                for at in range(start[pair], stop[pair]):
                    here = taken[target[at], kind]
                    if here >= 0 and here != code[at]:
                        return False  # a deterministic and a stochastic synapse join the same two neurons
                    taken[target[at], kind] = code[at]
                colour[pair] = kind
                found = True
                break
        if not found:
            return False
    return True
