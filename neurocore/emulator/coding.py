"""From frames of values to spikes: threshold, thermometer and rate coding, and random spikes of given probability.

Pure functions over arrays. F frames, P pins, T ticks, S spikes. Spikes come as (tick, pin), sorted by tick, then pin.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

__all__ = ["bernoulli", "even", "regular", "repeat_frames", "thermometer"]

Spikes = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

_CHUNK = 2**22
"""Random numbers drawn at a time; the result does not depend on it."""


def thermometer(values: npt.NDArray[np.generic], thresholds: npt.NDArray[np.generic]) -> npt.NDArray[np.bool_]:
    """Which pins fire: one channel per threshold, the first threshold's channel first.

    values     : [F, P] any number
    thresholds : [K]
    Returns bool[F, K * P]: value >= threshold.
    """
    return np.concatenate([values >= threshold for threshold in thresholds], axis=1)


def repeat_frames(fires: npt.NDArray[np.bool_], ticks_each: int, active_ticks: int, ticks: int) -> Spikes:
    """Spikes of frames shown one after the other: frame f's pins fire in ticks f * ticks_each + 0..active_ticks - 1.

    fires : bool[F, P]
    ticks : only spikes before this tick
    Returns int64[S] ticks, int64[S] pins.
    """
    shown = fires[: -(-ticks // ticks_each)]
    frame, pin = (part.astype(np.int64) for part in np.nonzero(shown))
    per_frame = np.bincount(frame, minlength=len(shown)).astype(np.int64)
    first = np.cumsum(per_frame) - per_frame
    # every frame's run of pins, active_ticks times over
    repeats = np.repeat(per_frame, active_ticks)
    tick = (np.arange(len(shown))[:, None] * ticks_each + np.arange(active_ticks)).ravel()
    offset = np.arange(int(repeats.sum())) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    pins = pin[np.repeat(np.repeat(first, active_ticks), repeats) + offset]
    when = np.repeat(tick, repeats)
    kept = when < ticks
    return when[kept], pins[kept]


def even(values: npt.NDArray[np.uint8], ticks: int) -> npt.NDArray[np.bool_]:
    """Spikes evenly spread, nothing drawn: a value v has fired floor(v * t / 255) times in the first t ticks.

    values : uint8[F, P]
    Returns bool[F, T, P] for ``ticks`` T.
    """
    after = np.arange(ticks + 1, dtype=np.int32)[:, None]
    return np.diff(values[:, None].astype(np.int32) * after // 255, axis=1).astype(np.bool_)


def regular(start: npt.NDArray[np.int64], period: npt.NDArray[np.int64], ticks: int) -> Spikes:
    """Spikes at start, start + period ... before ``ticks``, each pin with its own numbers.

    start, period : int64[P]
    Returns int64[S] ticks, int64[S] pins.
    """
    counts = np.maximum(0, -((start - ticks) // period))
    pin = np.repeat(np.arange(len(start), dtype=np.int64), counts)
    which = np.arange(len(pin), dtype=np.int64) - np.repeat(np.cumsum(counts) - counts, counts)
    tick = start[pin] + which * period[pin]
    order = np.lexsort((pin, tick))
    return tick[order], pin[order]


def bernoulli(
    rng: np.random.Generator,
    pins: int,
    ticks: int,
    probability: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.float64]],
) -> Spikes:
    """Independent random spikes: one uniform number per tick and pin, in that order, fires where it is below p.

    probability : from ticks int64[t] to p, float64[t, P] (or broadcastable to it)
    Returns int64[S] ticks, int64[S] pins. The first ticks of a longer run are the same; memory stays bounded.
    """
    step = max(1, _CHUNK // max(1, pins))
    found: list[Spikes] = []
    for begin in range(0, ticks, step):
        now = np.arange(begin, min(begin + step, ticks), dtype=np.int64)
        tick, pin = np.nonzero(rng.random((len(now), pins)) < probability(now))
        found.append((tick + begin, pin.astype(np.int64)))
    if not found:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])
