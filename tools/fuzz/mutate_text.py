"""Damage to bytes and lines: what a bad disk, a bad transfer or a slip of the editor does, and worse."""

from __future__ import annotations

import re
from random import Random

from tools.fuzz.extremes import NUMBERS, PIECES, TEXTS, WORDS, YAML

__all__ = ["mutate_bytes", "mutate_lines"]

_NUMBER = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")
_WORD = re.compile(rb"[A-Za-z_]{2,}|\"[^\"\n]*\"")
_MOST = 40_000


def mutate_bytes(data: bytes, random: Random) -> bytes:
    """Flip, set, insert, delete, repeat, swap or cut bytes, a few times."""
    for _ in range(random.choice((1, 1, 1, 2, 4, 8))):
        at = random.randrange(len(data) + 1)
        span = random.choice((1, 1, 2, 4, 8, 40))
        match random.randrange(8):
            case 0 if at < len(data):
                data = data[:at] + bytes([data[at] ^ (1 << random.randrange(8))]) + data[at + 1 :]
            case 1:
                data = data[:at] + bytes([random.choice((0, 1, 127, 128, 254, 255))] * span) + data[at + span :]
            case 2:
                data = data[:at] + random.getrandbits(8 * span).to_bytes(span, "little") + data[at:]
            case 3:
                data = data[:at] + data[at + span :]
            case 4:
                data = data[:at] + data[at : at + span] * random.choice((2, 3, 50)) + data[at + span :]
            case 5:
                data = data[:at]
            case 6:
                value = random.choice((0, 1, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63, 2**64 - 1))
                width, order = random.choice((2, 4, 8)), random.choice(("little", "big"))
                data = data[:at] + (value % 256**width).to_bytes(width, order) + data[at + width :]
            case _:
                other = random.randrange(len(data) + 1)
                data = data[:at] + data[other : other + span] + data[at + span :]
    return data[:_MOST]


def mutate_lines(data: bytes, random: Random) -> bytes:
    """Drop, repeat, swap or indent lines; replace numbers and words; put in what the syntax does not like."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        lines = data.split(b"\n")
        at, other = random.randrange(len(lines)), random.randrange(len(lines))
        match random.randrange(9):
            case 0:
                del lines[at]
            case 1:
                lines[at:at] = [lines[at]] * random.choice((1, 2, 100))
            case 2:
                lines[at], lines[other] = lines[other], lines[at]
            case 3:
                lines[at] = random.choice((b" ", b"  ", b"\t", b"- ")) + lines[at]
            case 4:
                lines[at] = _put(lines[at], random, (*PIECES, *YAML))
            case 5:
                lines[at] = lines[at][: random.randrange(len(lines[at]) + 1)]
            case 6:
                return _replaced(data, _WORD, (*WORDS, *TEXTS, *YAML, *NUMBERS), random)
            case _:
                return _replaced(data, _NUMBER, (*NUMBERS, *NUMBERS, *WORDS, *TEXTS), random)
        data = b"\n".join(lines)[:_MOST]
    return data


def _put(line: bytes, random: Random, pieces: tuple[str, ...]) -> bytes:
    at = random.randrange(len(line) + 1)
    return line[:at] + random.choice(pieces).encode("utf-8", "surrogatepass") + line[at:]


def _replaced(data: bytes, pattern: re.Pattern[bytes], new: tuple[str, ...], random: Random) -> bytes:
    """One place that the pattern finds, replaced."""
    found = list(pattern.finditer(data))
    if not found:
        return data
    one = random.choice(found)
    return data[: one.start()] + random.choice(new).encode() + data[one.end() :]
