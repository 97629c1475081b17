"""A crossbar drawn in characters, with numbered sides: one character a bit where it fits, else Braille dots."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["crossbar_lines"]

_WIDE, _HIGH = 64, 48
"""Up to so many columns and rows, each bit has a character of its own."""
_MOST = 256
"""Dots across and down at most: 128 characters by 64 lines."""
_DOTS = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]], np.int64)
"""Bit of the Braille character (from U+2800 on) for each of its 4 x 2 dots. Source: the Unicode Standard, "Braille"."""
_SHADES = " .:+*#"
"""Without Braille: none to all of a character's 4 x 2 dots."""


def crossbar_lines(bits: npt.NDArray[np.bool_], *, braille: bool = True) -> list[str]:
    """Draw a crossbar. Rows and columns behind the last synapse are left out.

    bits    : bool[A, N]
    braille : False draws with shades of ASCII, for terminals that have nothing else
    The longer side lies across where neurons are less than half as many as axons, so that few neurons do not make a
    thin tall column.
    """
    if not bits.any():
        return ["crossbar: no synapse"]
    used = bits[: int(np.flatnonzero(bits.any(axis=1))[-1]) + 1, : int(np.flatnonzero(bits.any(axis=0))[-1]) + 1]
    turned = used.shape[1] * 2 < used.shape[0]
    down, across = ("neurons", "axons") if turned else ("axons", "neurons")
    return _drawing(used.T if turned else used, down, across, braille)


def _drawing(bits: npt.NDArray[np.bool_], down: str, across: str, braille: bool) -> list[str]:
    """The title, the column numbers, and a frame around the rows."""
    rows, columns = bits.shape
    if rows <= _HIGH and columns <= _WIDE:
        share, high, wide = 1, 1, 1
        body = ["".join(".#"[bit] for bit in row) for row in bits.tolist()]
        said = "# is a synapse"
    else:
        share = -(-max(bits.shape) // _MOST)
        high, wide = 4 * share, 2 * share
        cells = _cells(_shrunk(bits, share))
        body = _braille(cells) if braille else _shades(cells)
        said = "a synapse" if share == 1 else f"synapses among {share} x {share}"
        said = f"a dot is {said}" if braille else f"shade: synapses among {high} x {wide}"
    step = wide * (8 if wide == 1 else 16)
    numbers = "".join(f"{first:<{step // wide}}" for first in range(0, columns, step)).rstrip()
    frame = "".join("+" if at * wide % step == 0 else "-" for at in range(len(body[0])))
    every = 4 if high > 1 else 8
    sides = [str(at * high) if at % every == 0 else "" for at in range(len(body))]
    left = max(len(side) for side in sides)
    return [
        f"crossbar: {down} down, {across} across; {said}",
        f"  {'':{left}}  {numbers}",
        f"  {'':{left}} +{frame}+",
        *(f"  {side:>{left}} |{row}|" for side, row in zip(sides, body, strict=True)),
        f"  {'':{left}} +{frame}+",
    ]


def _shrunk(bits: npt.NDArray[np.bool_], share: int) -> npt.NDArray[np.bool_]:
    """One bit for each share x share, set where any of them is."""
    rows, columns = (-(-side // share) * share for side in bits.shape)
    padded = np.zeros((rows, columns), bool)
    padded[: bits.shape[0], : bits.shape[1]] = bits
    blocks = padded.reshape(rows // share, share, columns // share, share)
    return blocks.sum(axis=(1, 3)) > 0


def _cells(bits: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Blocks of 4 x 2: bool[rows of characters, 4, characters, 2]."""
    rows, columns = -(-bits.shape[0] // 4), -(-bits.shape[1] // 2)
    padded = np.zeros((rows * 4, columns * 2), bool)
    padded[: bits.shape[0], : bits.shape[1]] = bits
    return padded.reshape(rows, 4, columns, 2)


def _braille(cells: npt.NDArray[np.bool_]) -> list[str]:
    codes = (cells * _DOTS[None, :, None, :]).sum(axis=(1, 3))
    return ["".join(chr(0x2800 + code) for code in row) for row in codes.tolist()]


def _shades(cells: npt.NDArray[np.bool_]) -> list[str]:
    """A blank only where no bit is set, # only where all are."""
    counts = cells.sum(axis=(1, 3))
    shade = -(-counts * (len(_SHADES) - 1) // 8)
    shade[(counts < 8) & (shade == len(_SHADES) - 1)] -= 1
    return ["".join(_SHADES[level] for level in row) for row in shade.tolist()]
