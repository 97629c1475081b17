"""How many spikes a stimulus has, known before any of them is made."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.frames import channels_of, choose
from neurocore.emulator.stimulus import input_spikes
from neurocore.image import ChipImage
from neurocore.network import Images, Input, Network, Stimulus

__all__ = ["expected_events", "expected_spikes"]

_FRAMES: Final = 256
"""Frames that are looked at in one go."""

_Floats = npt.NDArray[np.float64]


def expected_spikes(network: Network, ticks: int) -> _Floats:
    """float64[P]: spikes of each input pin before tick ``ticks``: their mean where chance decides, else their number.

    A pair that is listed twice counts twice. Raises what ``input_spikes`` raises for a stimulus that is wrong.
    """
    input_spikes(network, 1)
    parts = [np.zeros(0)]
    for name, described in network.inputs.items():
        size = int(np.prod(described.shape, dtype=np.int64))
        stimulus = network.run.stimulus.get(name)
        one = _one_input(stimulus, described, network.chip.tick_s, ticks, name) if stimulus else 0.0
        parts.append(np.broadcast_to(np.asarray(one, np.float64), (size,)))
    return np.concatenate(parts)


def expected_events(image: ChipImage, network: Network, ticks: int) -> int:
    """Spikes that reach axons of the image: each spike of a pin counts once for each axon that the mapper gave it."""
    pins = expected_spikes(network, ticks)
    axons = np.bincount(image.logical.pin, minlength=len(pins))[: len(pins)]
    return round(float(pins @ axons))


def _one_input(stimulus: Stimulus, described: Input, tick_s: float, ticks: int, name: str) -> Any:
    """One number for all pins, or one for each."""
    if stimulus.spikes is not None:
        pairs = np.asarray(stimulus.spikes, np.int64).reshape(-1, 2)
        size = int(np.prod(described.shape, dtype=np.int64))
        return np.bincount(pairs[pairs[:, 0] < ticks, 1], minlength=size)
    if stimulus.poisson is not None:
        return np.asarray(stimulus.poisson.rate_hz, np.float64).ravel() * tick_s * ticks
    if stimulus.regular is not None:
        start, period = (np.asarray(getattr(stimulus.regular, key), np.int64).ravel() for key in ("start", "period"))
        return np.maximum(0, -((start - ticks) // period))
    if stimulus.rate is not None:
        rate = stimulus.rate
        frames = _flat(rate.values)
        return _shown(frames, rate.ticks_each, rate.ticks_each, ticks, [_as_is]) * (
            rate.max_rate_hz * tick_s / rate.full_scale
        )
    if stimulus.threshold is not None:
        coded = stimulus.threshold
        thresholds, _ = channels_of(coded.threshold, described.shape, name)
        return _shown(_flat(coded.values), coded.ticks_each, coded.active_ticks, ticks, _reaching(thresholds))
    assert stimulus.images is not None  # files have been read, or input_spikes would have said so
    return _images(stimulus.images, tick_s, ticks, name)


def _images(images: Images, tick_s: float, ticks: int, name: str) -> _Floats:
    assert isinstance(images.values, np.ndarray)
    shown = choose(images, images.values, name)
    frames = _flat(np.moveaxis(shown, 3, 1) if shown.ndim == 4 else shown)
    each, silent = images.ticks_each, images.silent_ticks
    last, active = ticks - silent, each - silent
    if images.coding == "rate":
        return _shown(frames, each, active, last, [_as_is]) * (images.max_rate_hz * tick_s / 255)
    if images.coding == "even":
        found: _Floats = np.zeros(frames.shape[1])
        for number, frame in enumerate(frames[: max(0, -(-last // each))]):
            found += frame.astype(np.int64) * min(active, last - number * each) // 255
        return found
    return _shown(frames, each, 1, last, _reaching(np.asarray(images.threshold).ravel()))


def _flat(frames: Any) -> npt.NDArray[Any]:
    found = np.asarray(frames)
    return found.reshape(len(found), -1)


def _as_is(frames: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return frames


def _reaching(thresholds: npt.NDArray[Any]) -> list[Callable[[npt.NDArray[Any]], npt.NDArray[Any]]]:
    """One channel of pins for each threshold, as ``coding.thermometer`` makes them."""
    return [partial(np.less_equal, threshold) for threshold in thresholds]


def _shown(
    frames: npt.NDArray[Any],
    ticks_each: int,
    active_ticks: int,
    ticks: int,
    channels: list[Callable[[npt.NDArray[Any]], npt.NDArray[Any]]],
) -> _Floats:
    """float64[channels * P]: over frames, what a channel makes of a value, times the ticks in which it is shown."""
    found = np.zeros((len(channels), frames.shape[1]))
    for first in range(0, len(frames), _FRAMES):
        some = frames[first : first + _FRAMES]
        active = np.clip(ticks - (first + np.arange(len(some))) * ticks_each, 0, active_ticks)
        if not active.any():
            break
        for number, channel in enumerate(channels):
            found[number] += active @ channel(some)
    return found.ravel()
