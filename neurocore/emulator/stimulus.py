"""From a network's stimulus to spikes of input pins, and from those to events at axons.

Random spikes depend on the network's seed and the input's name only: another input, or a longer run, changes nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.emulator.coding import Spikes, bernoulli, even, regular, repeat_frames, thermometer
from neurocore.emulator.frames import as_frames, channels_of, check_range, choose, frame_shapes
from neurocore.errors import ConfigError, RunError, SpikeFileError
from neurocore.image import ChipImage
from neurocore.network import FileArray, Images, Input, Network, Poisson, RateFrames, Regular, Stimulus, ThresholdFrames
from neurocore.rng import Stream, generator
from neurocore.spikes import AxonEvents, InputSpikes

__all__ = ["axon_events", "input_spikes"]

MAX_SPIKES: Final = 2**31
"""More spikes than this would not fit in the memory of a machine that runs the rest."""

_EVEN_CHUNK: Final = 2**24
"""Pixels times ticks that are looked at in one go."""

_Floats = npt.NDArray[np.float64]


def input_spikes(network: Network, ticks: int) -> InputSpikes:
    """All spikes of all inputs before tick ``ticks``; pins are numbered over ``network.inputs`` in their order.

    An input without a stimulus is silent. The whole stimulus is checked, also what lies beyond ``ticks``.
    Raises ConfigError or SpikeFileError with the YAML path of what is wrong.
    """
    parts: list[Spikes] = []
    first = 0
    for name, described in network.inputs.items():
        if (stimulus := network.run.stimulus.get(name)) is not None:
            tick, pin = _one_input(stimulus, described, network, name, ticks)
            parts.append((tick, pin + first))
        first += _size(described)
    if not parts:
        return InputSpikes.sorted([], [])
    tick, pin = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    if len(parts) > 1:
        order = np.lexsort((pin, tick))
        tick, pin = tick[order], pin[order]
    return InputSpikes(tick=tick.astype(np.int64), pin=pin.astype(np.int32))


def axon_events(image: ChipImage, spikes: InputSpikes, ticks: int) -> AxonEvents:
    """Where and when the spikes of input pins are integrated: one event for each axon that the mapper gave a pin.

    A spike at tick t reaches its axon at t + the pin's delay; events at or after ``ticks`` are dropped.
    Raises RunError where spikes come from pins that the image does not have.
    """
    there = image.logical
    pins = there.inputs[-1].stop if there.inputs else 0
    if len(spikes.pin) and int(spikes.pin.max()) >= pins:
        raise RunError(
            f"input pin {int(spikes.pin.max())} spikes; the image '{image.name}' has {pins} input pins",
            fix="compile the image from the same network, or give spikes addressed to axons with --input",
        )
    starts = np.searchsorted(there.pin, np.arange(pins + 1))  # of each pin's entries
    begin = starts[spikes.pin]
    count = starts[spikes.pin + 1] - begin
    # A tick, core and axon in one number: quick to sort, and cheap to take apart again.
    for_axon, for_core = (max(1, (size - 1).bit_length()) for size in (image.spec.axons, image.cores))
    goal = (there.pin_core.astype(np.int64) << for_axon) | there.pin_axon
    goal += there.pin_delay.astype(np.int64) << (for_axon + for_core)
    entry = np.arange(int(count.sum())) + np.repeat(begin - (np.cumsum(count) - count), count)
    event = goal[entry] + np.repeat(spikes.tick << (for_axon + for_core), count)
    event.sort()
    event = event[: np.searchsorted(event, ticks << (for_axon + for_core))]
    return AxonEvents(
        tick=event >> (for_axon + for_core),
        core=((event >> for_axon) & ((1 << for_core) - 1)).astype(np.int32),
        axon=(event & ((1 << for_axon) - 1)).astype(np.int32),
    )


def _size(described: Input) -> int:
    return int(np.prod(described.shape, dtype=np.int64))


def _one_input(stimulus: Stimulus, described: Input, network: Network, name: str, ticks: int) -> Spikes:
    """The spikes of one input, pins from 0, sorted by tick and pin, without repeats."""
    path, tick_s = f"run.stimulus.{name}", network.chip.tick_s
    rng = generator(network.seed, Stream.STIMULUS, zlib.crc32(name.encode()), *name.encode())
    if stimulus.spikes is not None:
        return _listed(stimulus.spikes, described, f"{path}.spikes", ticks)
    if stimulus.file is not None or stimulus.events is not None:
        unread = stimulus.file if stimulus.events is None else stimulus.events.file
        raise ConfigError(
            f"the spike file '{unread}' has not been read",
            path=f"{path}.file" if stimulus.events is None else f"{path}.events.file",
            fix="read the network with neurocore.read, or give spikes: as [tick, pin] pairs",
        )
    if stimulus.poisson is not None:
        return _poisson(stimulus.poisson, _size(described), rng, tick_s, f"{path}.poisson", ticks)
    if stimulus.regular is not None:
        return _regular(stimulus.regular, _size(described), f"{path}.regular", ticks)
    if stimulus.rate is not None:
        return _rate(stimulus.rate, described, rng, tick_s, f"{path}.rate", ticks)
    if stimulus.threshold is not None:
        return _threshold(stimulus.threshold, described, f"{path}.threshold", ticks)
    assert stimulus.images is not None
    return _images(stimulus.images, described, rng, tick_s, f"{path}.images", ticks)


def _listed(spikes: Any, described: Input, path: str, ticks: int) -> Spikes:
    """Spikes given one by one: int64[S, 2] or pairs of tick and pin index."""
    pairs = np.asarray(spikes)
    if not pairs.size:
        pairs = np.zeros((0, 2), np.int64)
    if pairs.ndim != 2 or pairs.shape[1] != 2 or pairs.dtype.kind not in "iu":
        problem = f"an array of {pairs.dtype.name} {list(pairs.shape)}; pairs [tick, pin] of whole numbers are needed"
        raise SpikeFileError(problem, path=path, fix="give an integer array of two columns")
    size = _size(described)
    bad = (pairs[:, 0] < 0) | (pairs[:, 1] < 0) | (pairs[:, 1] >= size)
    if bad.any():
        row = int(np.argmax(bad))
        tick, pin = (int(value) for value in pairs[row])
        if tick < 0:
            raise SpikeFileError(f"tick {tick} is before the run", path=f"{path}[{row}]", fix="ticks count from 0")
        shape = " x ".join(map(str, described.shape))
        raise SpikeFileError(
            f"the input has no pin {pin}", path=f"{path}[{row}]", fix=f"its pins ({shape}) are numbered 0..{size - 1}"
        )
    pairs = pairs[pairs[:, 0] < ticks].astype(np.int64)
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    fresh = np.ones(len(pairs), bool)
    fresh[1:] = (pairs[1:] != pairs[:-1]).any(axis=1)
    return pairs[fresh, 0], pairs[fresh, 1]


def _per_pin(given: Any, size: int, path: str) -> npt.NDArray[Any]:
    """One value for all pins, or one per pin, as an array [size]."""
    if isinstance(given, FileArray):
        raise ConfigError(f"the file '{given.file}' has not been read", path=path, fix="read it with neurocore.read")
    values = np.asarray(given)
    if values.dtype.kind not in "iuf":
        raise ConfigError(f"an array of {values.dtype.name}; numbers are needed", path=path)
    if values.size != size and values.ndim:
        fix = f"give one number for all, or {size}"
        raise ConfigError(f"{values.size} values for {size} pins", path=path, fix=fix)
    return np.broadcast_to(values.ravel() if values.ndim else values, (size,))


def _refuse(bad: npt.NDArray[np.bool_], given: Any, path: str, problem: Callable[[int], str], fix: str) -> None:
    """Raise ConfigError for the first pin (or value) marked bad."""
    if bad.any():
        where = int(np.argmax(bad))
        raise ConfigError(problem(where), path=path if np.ndim(given) == 0 else f"{path}[{where}]", fix=fix)


def _probability(rate_hz: _Floats, given: Any, tick_s: float, path: str) -> _Floats:
    """Chance of a spike in a tick; more than one spike per tick cannot be asked for."""
    _refuse(
        ~((rate_hz >= 0) & (rate_hz * tick_s <= 1 + 1e-9)),
        given,
        path,
        lambda i: f"{rate_hz[i]:g} Hz is not possible with ticks of {tick_s * 1e3:g} ms",
        f"allowed: 0 to {1 / tick_s:g} Hz, one spike in every tick",
    )
    return rate_hz * tick_s


def _bounded(expected: float, path: str) -> None:
    if expected > MAX_SPIKES:
        raise ConfigError(
            f"about {expected:.1e} spikes would have to be made", path=path, fix="run fewer ticks, or lower the rate"
        )


def _poisson(poisson: Poisson, size: int, rng: np.random.Generator, tick_s: float, path: str, ticks: int) -> Spikes:
    rates = _per_pin(poisson.rate_hz, size, f"{path}.rate_hz").astype(np.float64)
    chance = _probability(rates, poisson.rate_hz, tick_s, f"{path}.rate_hz")
    _bounded(float(chance.sum()) * ticks, path)
    return bernoulli(rng, size, ticks if chance.any() else 0, lambda now: chance)


def _regular(described: Regular, size: int, path: str, ticks: int) -> Spikes:
    start, period = (_per_pin(getattr(described, key), size, f"{path}.{key}") for key in ("start", "period"))
    _refuse(
        start < 0,
        described.start,
        f"{path}.start",
        lambda i: f"tick {start[i]} is before the run",
        "ticks count from 0",
    )
    fix = "use 1 (a spike every tick) or more"
    _refuse(period < 1, described.period, f"{path}.period", lambda i: f"{period[i]} is no period", fix)
    _bounded(float((np.maximum(0, ticks - start) / period).sum()), path)
    return regular(start.astype(np.int64), period.astype(np.int64), ticks)


def _rate(rate: RateFrames, described: Input, rng: np.random.Generator, tick_s: float, path: str, ticks: int) -> Spikes:
    frames = as_frames(rate.values, frame_shapes(described.shape), f"{path}.values")
    check_range(frames, rate.full_scale, f"{path}.values")
    most = _probability(np.asarray([rate.max_rate_hz]), 0, tick_s, f"{path}.max_rate_hz")[0]
    return _rate_spikes(frames, most / rate.full_scale, rate.ticks_each, rng, path, ticks)


def _rate_spikes(
    frames: npt.NDArray[Any],
    scale: float,
    ticks_each: int,
    rng: np.random.Generator,
    path: str,
    ticks: int,
    silent: int = 0,
) -> Spikes:
    last = min(ticks, len(frames) * ticks_each)
    _bounded(float(frames.mean()) * scale * frames.shape[1] * last, path)

    def chance(now: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        shown = frames[now // ticks_each] * scale
        return shown * (now % ticks_each >= silent)[:, None] if silent else shown

    return bernoulli(rng, frames.shape[1], last, chance)


def _threshold(coded: ThresholdFrames, described: Input, path: str, ticks: int) -> Spikes:
    thresholds, shape = channels_of(coded.threshold, described.shape, f"{path}.threshold")
    frames = as_frames(coded.values, frame_shapes(shape), f"{path}.values")
    if coded.active_ticks > coded.ticks_each:
        problem = f"{coded.active_ticks} active ticks in a frame of {coded.ticks_each}"
        fix = "raise ticks_each or lower active_ticks"
        raise ConfigError(problem, path=f"{path}.active_ticks", fix=fix)
    needed = frames[: -(-ticks // coded.ticks_each)]
    return repeat_frames(thermometer(needed, thresholds), coded.ticks_each, coded.active_ticks, ticks)


def _images(images: Images, described: Input, rng: np.random.Generator, tick_s: float, path: str, ticks: int) -> Spikes:
    """Images, colour channels before rows and columns, threshold channels before those."""
    if isinstance(images.values, FileArray):
        raise ConfigError(f"the file '{images.values.file}' has not been read", path=f"{path}.values")
    pixels = images.values
    if pixels.dtype != np.uint8 or pixels.ndim not in (3, 4) or not len(pixels):
        fix = "images are uint8 [image, height, width] or [image, height, width, channel]"
        problem = f"an array of {pixels.dtype.name} {list(pixels.shape)}"
        raise ConfigError(problem, path=f"{path}.values", fix=fix)
    shown = choose(images, pixels, path)
    shown = np.moveaxis(shown, 3, 1) if shown.ndim == 4 else shown[:, None]
    thermometric = images.coding == "threshold" and isinstance(images.threshold, list)
    thresholds = np.asarray(images.threshold).ravel() if images.coding == "threshold" else np.zeros(1)
    channels, height, width = shown.shape[1:]
    total = len(thresholds) * channels
    fitting = [(total, height, width), (total * height * width,)]
    fitting += [(height, width)] if total == 1 else []
    fitting += [(len(thresholds), channels, height, width)] if thermometric else []
    if described.shape not in fitting:
        raise ConfigError(
            f"images of {height} x {width} in {total} channels do not fit the input's shape {list(described.shape)}",
            path=f"{path}.values",
            fix=f"allowed shapes of the input: {', '.join(str(list(shape)) for shape in fitting)}",
        )
    frames, each, silent = shown.reshape(len(shown), -1), images.ticks_each, images.silent_ticks
    if images.coding == "rate":
        most = _probability(np.asarray([images.max_rate_hz]), 0, tick_s, f"{path}.max_rate_hz")[0]
        return _rate_spikes(frames, most / 255, each, rng, path, ticks, silent)
    frames = frames[: -(-ticks // each)]
    if images.coding == "even":
        return _even(frames, each, silent, path, ticks)
    tick, pin = repeat_frames(thermometer(frames, thresholds), each, 1, max(0, ticks - silent))
    return tick + silent, pin


def _even(frames: npt.NDArray[np.uint8], each: int, silent: int, path: str, ticks: int) -> Spikes:
    """Spikes of pixels that are spread over the ticks of their image, some images at a time."""
    active = each - silent
    _bounded(float(frames.mean()) * frames.size / 255 * active, path)
    step = max(1, _EVEN_CHUNK // max(1, frames.shape[1] * active))
    found: list[Spikes] = [(np.zeros(0, np.int64), np.zeros(0, np.int64))]
    for first in range(0, len(frames), step):
        frame, tick, pin = np.nonzero(even(frames[first : first + step], active))
        when = (frame + first) * each + silent + tick
        kept = when < ticks
        found.append((when[kept].astype(np.int64), pin[kept].astype(np.int64)))
    return np.concatenate([part[0] for part in found]), np.concatenate([part[1] for part in found])
