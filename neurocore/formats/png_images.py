"""One PNG file as 8-bit pixels, grey or in colour; anything that would have to be guessed is refused."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ConfigError

__all__ = ["MOST_PIXELS", "read_png"]

MOST_PIXELS: Final = 2**22
_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"


def read_png(path: Path, *, colours: int) -> npt.NDArray[np.uint8]:
    """The pixels of a PNG file of at most 8 bits a channel.

    colours : 1 or 3
    Returns uint8[height, width], or uint8[height, width, 3]. A file in colours whose channels are all equal is grey.
    Raises ConfigError naming the file: damaged, too large, 16 bits, transparent, colours where grey is needed.

    Source: the header's layout is that of W3C, "Portable Network Graphics (PNG) Specification", 11.2.2.
    """
    _check_header(path)
    from matplotlib.image import imread

    try:
        # matplotlib gives float32 in 0..1: the bytes over 255, or fewer bits over their largest value.
        pixels = np.rint(np.asarray(imread(path, format="png"), np.float64) * 255).astype(np.uint8)
    except Exception as error:  # whatever the decoder raises for damaged data
        raise _error(path, f"this is no PNG file that can be read ({error})", "save it again") from None
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        if (pixels[:, :, 3] != 255).any():
            raise _error(path, "some pixels are transparent", "lay the image on a background and save it again")
        pixels = pixels[:, :, :3]
    if colours == 1 and pixels.ndim == 3:
        if (pixels != pixels[:, :, :1]).any():
            raise _error(path, "an image in colours; the network sees grey ones", "convert it to grey levels")
        return np.ascontiguousarray(pixels[:, :, 0])
    if colours == 3 and pixels.ndim == 2:
        raise _error(path, "an image of grey levels; the network sees colours", "save it in RGB")
    return np.ascontiguousarray(pixels)


def _check_header(path: Path) -> None:
    """Look at size and depth before anything is decoded."""
    try:
        with open(path, "rb") as file:
            start = file.read(26)
    except OSError as error:
        raise _error(path, f"cannot be read: {error.strerror}", "check its rights") from None
    if len(start) < 26 or start[:8] != _SIGNATURE or start[12:16] != b"IHDR":
        raise _error(path, "this is no PNG file that can be read (it does not begin like one)", "save it again")
    wide, high, depth = struct.unpack(">IIB", start[16:25])
    if not 0 < wide * high <= MOST_PIXELS:
        raise _error(path, f"{high:,} x {wide:,} pixels", f"1 to {MOST_PIXELS:,} pixels are read")
    if depth > 8:
        raise _error(path, f"{depth} bits a channel", "save it with 8 bits a channel")


def _error(path: Path, problem: str, fix: str) -> ConfigError:
    return ConfigError(problem, file=str(path), fix=fix)
