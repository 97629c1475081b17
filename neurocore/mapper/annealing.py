"""Swapping cores until their packets travel less: simulated annealing, plain Python that numba can compile."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.arch import ChipSpec
from neurocore.mapper.traffic import CROSSING, CoreTraffic

__all__ = ["anneal"]

MOVES_PER_CORE = 600
MOST_MOVES = 6_000_000
MOST_VISITS = 1_200_000_000
"""Neighbours looked at, some ten seconds' worth: where every core sends to hundreds there is little to gain."""
COMPILE_FROM = 4_000
"""Moves; fewer are quicker in plain Python than loading a compiler takes."""


def anneal(traffic: CoreTraffic, places: npt.NDArray[np.int32], spec: ChipSpec, cores: int) -> npt.NDArray[np.int32]:
    """Move cores among places. Deterministic; the result never costs more than the start.

    places : int32[F, 2]  places to use, F >= cores; core c starts at places[c]
    Returns int32[cores, 2].
    """
    both = np.concatenate([traffic.source, traffic.target])
    other = np.concatenate([traffic.target, traffic.source])
    order = np.argsort(both, kind="stable")
    start = np.zeros(cores + 1, np.int64)
    np.cumsum(np.bincount(both, minlength=cores), out=start[1:])
    weight = np.concatenate([traffic.weight, traffic.weight])[order]
    moves = min(MOVES_PER_CORE * cores, MOST_MOVES, MOST_VISITS * cores // (2 * max(1, len(weight))))
    swap = _compiled() if moves >= COMPILE_FROM else _swap
    at = np.full(len(places), -1, np.int64)
    at[:cores] = np.arange(cores)
    where = np.arange(cores)
    span = places.max(axis=0) - places.min(axis=0) + 1 if len(places) else np.ones(2)
    swap(
        start,
        other[order],
        weight,
        places[:, 0].astype(np.int64),
        places[:, 1].astype(np.int64),
        where,
        at,
        spec.grid[0],
        spec.grid[1],
        CROSSING,
        moves,
        float(weight.mean() * span.sum() / 4) if len(weight) else 0.0,
    )
    return places[where]


@cache
def _compiled() -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True)(_swap)
    return compiled


def _swap(  # type: ignore[no-untyped-def]
    start, other, weight, x, y, where, at, grid_x, grid_y, crossing, moves, heat
):
    """Anneal; ``where`` (place of each core) and ``at`` (core at each place, or -1) are changed in place.

    heat : temperature at the start; it falls to 1/1000 of that, and the last tenth of the moves goes downhill only.
    """
    cores, free = len(where), len(at)
    best = where.copy()
    now, lowest = 0, 0
    state = 88172645463325252
    for move in range(moves):
        temperature = heat * math.exp(-6.9 * move / moves)
        if move * 10 > moves * 9:
            temperature = 0.0
        # xorshift64, kept within 63 bits so that plain Python and compiled code draw alike
        state ^= (state << 13) & 0x7FFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= (state << 17) & 0x7FFFFFFFFFFFFFFF
        first = (state >> 3) % cores
        place = (state >> 33) % free
        second = at[place]
        if second == first:
            continue
        old = where[first]
        change = 0
        for turn in range(2):
            core = first if turn == 0 else second
            if core < 0:
                continue
            here = old if turn == 0 else place
            there = place if turn == 0 else old
            for edge in range(start[core], start[core + 1]):
                neighbour = other[edge]
                if neighbour in (first, second):
                    continue
                p = where[neighbour]
                change += weight[edge] * (
                    abs(x[there] - x[p])
                    + abs(y[there] - y[p])
                    - abs(x[here] - x[p])
                    - abs(y[here] - y[p])
                    + crossing
                    * (
                        abs(x[there] // grid_x - x[p] // grid_x)
                        + abs(y[there] // grid_y - y[p] // grid_y)
                        - abs(x[here] // grid_x - x[p] // grid_x)
                        - abs(y[here] // grid_y - y[p] // grid_y)
                    )
                )
        if change > 0:
            if temperature <= 0.0:
                continue
            chance = ((state >> 11) & 0xFFFFF) / 1048576.0
            if chance >= math.exp(-change / temperature):
                continue
        where[first] = place
        at[place] = first
        at[old] = second
        if second >= 0:
            where[second] = old
        now += change
        if now < lowest:
            lowest = now
            best[:] = where
    where[:] = best
