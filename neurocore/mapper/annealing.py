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
    x, y = places[:, 0].astype(np.int32), places[:, 1].astype(np.int32)
    chips = (x // spec.grid[0], y // spec.grid[1])
    span = places.max(axis=0) - places.min(axis=0) + 1 if len(places) else np.ones(2)
    swap(
        start,
        other[order].astype(np.int32),
        weight,
        _lookup(places),
        *(x, y, *chips, x[:cores].copy(), y[:cores].copy(), chips[0][:cores].copy(), chips[1][:cores].copy()),
        where,
        at,
        CROSSING if len(np.unique(np.stack(chips, axis=1), axis=0)) > 1 else 0,
        moves,
        float(weight.mean() * span.sum() / 2) if len(weight) else 0.0,
    )
    return places[where]


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
    x,
    y,
    chip_x,
    chip_y,
    core_x,
    core_y,
    core_cx,
    core_cy,
    where,
    at,
    crossing,
    moves,
    heat,
):
    """Anneal; ``where`` (place of each core) and ``at`` (core at each place, or -1) are changed in place.

    Every other move takes a core next to one that it talks to, every other to any place.

    lookup : place at (x, y); x, y, chip_x, chip_y : int32[F] of places; core_x .. core_cy : int32[C], of cores
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
        edges = start[first + 1] - start[first]
        if move % 2 == 1 and edges > 0:
            neighbour = other[start[first] + (state >> 37) % edges]
            goal_x = core_x[neighbour] + (state >> 13) % NEAR - NEAR // 2
            goal_y = core_y[neighbour] + (state >> 23) % NEAR - NEAR // 2
            if goal_x < 0 or goal_y < 0 or goal_x >= lookup.shape[0] or goal_y >= lookup.shape[1]:
                continue
            place = lookup[goal_x, goal_y]
            if place < 0:
                continue
        second = at[place]
        if second == first:
            continue
        old = where[first]
        change = 0
        both = (first, second)
        for turn in range(2):
            core = first if turn == 0 else second
            if core < 0:
                continue
            here = old if turn == 0 else place
            there = place if turn == 0 else old
            to_x, to_y, from_x, from_y = x[there], y[there], x[here], y[here]
            for edge in range(start[core], start[core + 1]):
                neighbour = other[edge]
                if neighbour in both:
                    continue
                nx, ny = core_x[neighbour], core_y[neighbour]
                change += weight[edge] * (abs(to_x - nx) + abs(to_y - ny) - abs(from_x - nx) - abs(from_y - ny))
            if crossing:
                to_x, to_y, from_x, from_y = chip_x[there], chip_y[there], chip_x[here], chip_y[here]
                for edge in range(start[core], start[core + 1]):
                    neighbour = other[edge]
                    if neighbour in both:
                        continue
                    nx, ny = core_cx[neighbour], core_cy[neighbour]
                    away = abs(to_x - nx) + abs(to_y - ny) - abs(from_x - nx) - abs(from_y - ny)
                    change += weight[edge] * crossing * away
        if change > 0:
            if temperature <= 0.0:
                continue
            chance = ((state >> 11) & 0xFFFFF) / 1048576.0
            if chance >= math.exp(-change / temperature):
                continue
        where[first] = place
        at[place] = first
        at[old] = second
        core_x[first], core_y[first], core_cx[first], core_cy[first] = x[place], y[place], chip_x[place], chip_y[place]
        if second >= 0:
            where[second] = old
            core_x[second], core_y[second], core_cx[second], core_cy[second] = x[old], y[old], chip_x[old], chip_y[old]
        now += change
        if now < lowest:
            lowest = now
            best[:] = where
    where[:] = best
