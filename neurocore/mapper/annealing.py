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

MOVES_PER_CORE = 5000
MOST_MOVES = 30_000_000
MOST_VISITS = 1_200_000_000
"""Neighbours looked at, some ten seconds' worth: where every core sends to hundreds there is little to gain."""
NEAR = 5
"""Side of the square around a core in which its neighbours are tried."""
SLICE = 200_000
COMPILE_FROM = 4_000
"""Moves; fewer are quicker in plain Python than loading a compiler takes."""


def anneal(
    traffic: CoreTraffic,
    places: npt.NDArray[np.int32],
    spec: ChipSpec,
    cores: int,
    zone: npt.NDArray[np.int32] | None = None,
    allowed: npt.NDArray[np.bool_] | None = None,
) -> npt.NDArray[np.int32]:
    """Move cores among places. Deterministic; the result never costs more than the start.

    places  : int32[F, 2]  places to use, F >= cores; core c starts at places[c]
    zone    : int32[C]  zone of each core; allowed : bool[Z, F], whether a zone's cores may be at a place
    Returns int32[cores, 2].
    """
    zone = np.zeros(cores, np.int32) if zone is None else zone
    allowed = np.ones((1, len(places)), bool) if allowed is None else allowed
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
    best = where.copy()
    spots = np.concatenate([places, places // np.array(spec.grid)], axis=1).astype(np.int32)
    crossing = CROSSING if (spots[:, 2:] != spots[:1, 2:]).any() else 0
    span = np.ptp(places, axis=0).sum() + 2 if len(places) else 2
    heat = float(weight.mean() * span / 2) if len(weight) else 0.0
    memory = np.array([88172645463325252, 0, 0])
    for first in range(0, moves, SLICE):  # between slices Ctrl-C is heard
        swap(
            *(start, other[order].astype(np.int32), weight, _lookup(places), zone, allowed),
            *(spots, spots[where], where, at, best, memory, crossing, heat, first, min(first + SLICE, moves), moves),
        )
    return places[best]


def _lookup(places: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Number of the place at each (x, y), -1 where there is none; int32[width, height]."""
    width, height = places.max(axis=0, initial=0) + 1
    number = np.full((width, height), -1, np.int32)
    number[places[:, 0], places[:, 1]] = np.arange(len(places))
    return number


@cache
def _compiled() -> Callable[..., Any]:
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=True)(_swap)
    return compiled


def _swap(  # type: ignore[no-untyped-def]
    start,
    other,
    weight,
    lookup,
    zone,
    allowed,
    spots,
    cores_at,
    where,
    at,
    best,
    memory,
    crossing,
    heat,
    begin,
    end,
    moves,
):
    """Moves begin..end-1 of an annealing of ``moves``.

    Every other move takes a core next to one that it talks to, every other to any place.

    lookup   : place at (x, y); zone, allowed : as in anneal
    spots    : int32[F, 4]  x, y, chip x, chip y of places; cores_at : int32[C, 4], the same of cores, kept up to date
    where, at, best : place of each core; core at each place, or -1; the cheapest ``where`` so far: changed in place
    memory   : state of the random numbers, cost so far, lowest cost (both against the start): changed in place
    heat     : temperature at the start; it falls to 1/1000 of that, and the last tenth of the moves goes downhill only
    """
    cores, free = len(where), len(at)
    state, now, lowest = memory[0], memory[1], memory[2]
    for move in range(begin, end):
        temperature = heat * math.exp(-6.9 * move / moves)
        if move * 10 > moves * 9:
            temperature = 0.0
        # xorshift64, kept within 63 bits so that plain Python and compiled code draw alike
        state ^= (state << 13) & 0x7FFFFFFFFFFFFFFF
        state ^= state >> 7
        state ^= (state << 17) & 0x7FFFFFFFFFFFFFFF
        first = (state >> 3) % cores
        place = (state >> 33) % free
        edges = start[first + 1] - start[first]
        if move % 2 == 1 and edges > 0:
            neighbour = other[start[first] + (state >> 37) % edges]
            goal_x = cores_at[neighbour, 0] + (state >> 13) % NEAR - NEAR // 2
            goal_y = cores_at[neighbour, 1] + (state >> 23) % NEAR - NEAR // 2
            if goal_x < 0 or goal_y < 0 or goal_x >= lookup.shape[0] or goal_y >= lookup.shape[1]:
                continue
            place = lookup[goal_x, goal_y]
            if place < 0:
                continue
        second = at[place]
        old = where[first]
        if second == first or not allowed[zone[first], place] or (second >= 0 and not allowed[zone[second], old]):
            continue
        change = 0
        for turn in range(2):
            core = first if turn == 0 else second
            if core < 0:
                continue
            here = old if turn == 0 else place
            there = place if turn == 0 else old
            for edge in range(start[core], start[core + 1]):
                neighbour = other[edge]
                if neighbour == first or neighbour == second:  # noqa: SIM109 (a tuple is slow when compiled)
                    continue
                x, y = cores_at[neighbour, 0], cores_at[neighbour, 1]
                nearer = abs(spots[here, 0] - x) + abs(spots[here, 1] - y)
                change += weight[edge] * (abs(spots[there, 0] - x) + abs(spots[there, 1] - y) - nearer)
                if crossing:
                    x, y = cores_at[neighbour, 2], cores_at[neighbour, 3]
                    nearer = abs(spots[here, 2] - x) + abs(spots[here, 3] - y)
                    change += weight[edge] * crossing * (abs(spots[there, 2] - x) + abs(spots[there, 3] - y) - nearer)
        if change > 0:
            if temperature <= 0.0:
                continue
            chance = ((state >> 11) & 0xFFFFF) / 1048576.0
            if chance >= math.exp(-change / temperature):
                continue
        where[first] = place
        at[place] = first
        at[old] = second
        cores_at[first] = spots[place]
        if second >= 0:
            where[second] = old
            cores_at[second] = spots[old]
        now += change
        if now < lowest:
            lowest = now
            best[:] = where
    memory[0], memory[1], memory[2] = state, now, lowest
