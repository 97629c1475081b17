"""Frames and images of a stimulus: checked, chosen and brought to the form [frame, value]."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError
from neurocore.network import FileArray, Images

__all__ = ["as_frames", "channels_of", "check_range", "choose", "frame_shapes"]


def as_frames(values: Any, shapes: list[tuple[int, ...]], path: str) -> npt.NDArray[Any]:
    """Frames as [F, values per frame]. ``shapes`` are the allowed shapes of one frame."""
    if isinstance(values, FileArray):
        raise ConfigError(f"the file '{values.file}' has not been read", path=path, fix="read it with neurocore.read")
    try:
        frames = np.asarray(values)
    except ValueError:
        frames = np.zeros(0, object)
    if frames.dtype.kind not in "buif" or not np.isfinite(frames).all():
        fix = "give lists of equal length with finite numbers only, or an array in a file"
        raise ConfigError("the frames are not an array of numbers", path=path, fix=fix)
    if frames.shape[1:] not in shapes or not len(frames):
        allowed = " or ".join("[frames, " + ", ".join(map(str, shape)) + "]" for shape in shapes)
        raise ConfigError(
            f"the frames have shape {list(frames.shape)}", path=path, fix=f"for this input the shape must be {allowed}"
        )
    return frames.reshape(len(frames), -1)


def frame_shapes(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    """A frame may be flat or have the input's shape."""
    flat = (int(np.prod(shape, dtype=np.int64)),)
    return [shape] if shape == flat else [shape, flat]


def check_range(frames: npt.NDArray[Any], full_scale: float, path: str) -> None:
    """Rate coding takes values in 0..full_scale. Raises ConfigError naming frame and pin."""
    bad = (frames < 0) | (frames > full_scale)
    if bad.any():
        frame, pin = (int(i) for i in np.argwhere(bad)[0])
        raise ConfigError(
            f"frame {frame} has the value {frames[frame, pin]:g} for pin {pin}",
            path=path,
            fix=f"rate coding needs values in 0..full_scale, which is {full_scale:g}",
        )


def channels_of(threshold: Any, shape: tuple[int, ...], path: str) -> tuple[npt.NDArray[Any], tuple[int, ...]]:
    """The thresholds, and the input's shape without the axis that counts them."""
    if not isinstance(threshold, list):
        return np.asarray([threshold]), shape
    if not threshold or shape[0] != len(threshold):
        fix = f"make the input's first dimension {max(1, len(threshold))}, or give {shape[0]} thresholds"
        raise ConfigError(f"{len(threshold)} thresholds for an input of shape {list(shape)}", path=path, fix=fix)
    return np.asarray(threshold), shape[1:] or (1,)


def choose(images: Images, pixels: npt.NDArray[Any], path: str) -> npt.NDArray[Any]:
    """The images to show."""
    count = len(pixels) - images.first if images.count is None else images.count
    if images.first >= len(pixels) or images.first + count > len(pixels):
        key = "first" if images.first >= len(pixels) else "count"
        raise ConfigError(
            f"images {images.first}..{images.first + count - 1} are asked for",
            path=f"{path}.{key}",
            fix=f"the array holds images 0..{len(pixels) - 1}",
        )
    return pixels[images.first : images.first + count]
