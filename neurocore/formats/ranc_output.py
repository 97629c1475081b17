"""The output file of RANC's simulator: a line a tick, a 0 or 1 for each output of its bus.

Its line k, from 0, tells of our tick k - 1: the bus is written out at the beginning of a tick, with what came in the
tick before. The first line is empty of spikes, and what its last tick fires is never written.
Source: the order was checked against files that RANC's authors recorded (tests/formats/test_ranc_cases.py).
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from neurocore.errors import SpikeFileError
from neurocore.formats.file_writing import write_atomically
from neurocore.spikes import OutputSpikes

__all__ = ["read_ranc_output", "write_ranc_output"]

_LARGEST: Final = 2 * 2**30
_BLOCK: Final = 4096


def write_ranc_output(spikes: OutputSpikes, offsets: list[int], ticks: int, path: str | Path) -> None:
    """Write output spikes as RANC does.

    offsets : output of the bus at which each connector begins, and the number of all outputs
    ticks   : of the run; the file has a line more, the one that RANC writes when it runs a tick longer
    Raises NeurocoreError where the file cannot be written.
    """
    width = offsets[-1]
    column = np.asarray(offsets, np.int64)[spikes.connector] + spikes.pin
    with write_atomically(path, "wb") as file:
        for start in range(0, ticks + 1, _BLOCK):
            stop = min(start + _BLOCK, ticks + 1)
            text = np.full((stop - start, 2 * width + 1), ord(" "), np.uint8)
            text[:, 0:-1:2] = ord("0")
            text[:, -1] = ord("\n")
            first, last = np.searchsorted(spikes.tick, [start - 1, stop - 1])
            text[spikes.tick[first:last] + 1 - start, 2 * column[first:last]] = ord("1")
            file.write(text.tobytes())


def read_ranc_output(path: str | Path) -> tuple[OutputSpikes, int]:
    """Read what RANC's simulator wrote: spikes of the bus as connector 0, and the ticks for which they are complete.

    Raises SpikeFileError naming the line.
    """
    file = Path(path)
    try:
        if file.exists() and not file.is_file():
            raise SpikeFileError("this is no ordinary file", file=str(file), fix="name RANC's output file")
        if file.stat().st_size > _LARGEST:
            raise SpikeFileError("is larger than 2 GiB", file=str(file), fix="split it by ticks")
        lines = file.read_bytes().splitlines()
    except FileNotFoundError:
        raise SpikeFileError("this file does not exist", file=str(file), fix="check the path") from None
    except OSError as error:
        raise SpikeFileError(f"cannot be read: {error.strerror}", file=str(file), fix="check the path") from None
    ticks, pins = [], []
    width = None
    for number, line in enumerate(lines):
        words = line.split()
        if width is None:
            width = len(words)
        if set(words) - {b"0", b"1"} or len(words) != width:
            wanted = f"{width} numbers 0 or 1, as on the first line"
            raise SpikeFileError("is no line of RANC's output", file=str(file), line=number + 1, fix=wanted)
        fired = [pin for pin, word in enumerate(words) if word == b"1"]
        if fired and number == 0:
            raise SpikeFileError("the first line has spikes, and nothing ran before it", file=str(file), line=1)
        ticks += [number - 1] * len(fired)
        pins += fired
    if not lines:
        raise SpikeFileError("is empty", file=str(file), fix="RANC writes a line a tick")
    return OutputSpikes.sorted(ticks, [0] * len(ticks), pins), len(lines) - 1
