"""Damage to .npy and .npz files: members, headers, data and the archive's directory, each on its own or together."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from dataclasses import dataclass, replace
from random import Random

from tools.fuzz.extremes import DTYPES, HEADERS, MEMBERS, SHAPES
from tools.fuzz.mutate_text import mutate_bytes, mutate_lines
from tools.fuzz.mutate_tree import dump, mutate_tree, parse

__all__ = ["Member", "members_of", "mutate_npy", "mutate_npz"]

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


@dataclass(frozen=True, slots=True)
class Member:
    """One array of an archive. header : the Python literal of the .npy header; method : of compression"""

    name: str
    header: str
    data: bytes
    method: int = zipfile.ZIP_STORED

    def npy(self, version: int = 1) -> bytes:
        """The whole .npy file."""
        text = self.header.encode("latin1", "replace") + b"\n"
        return (
            b"\x93NUMPY"
            + bytes([version, 0])
            + struct.pack("<H" if version == 1 else "<I", len(text))
            + text
            + self.data
        )


def members_of(data: bytes) -> list[Member]:
    """The members of a valid .npz file."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [_member(name, archive.read(name)) for name in archive.namelist()]


def _member(name: str, npy: bytes) -> Member:
    (length,) = struct.unpack_from("<H", npy, 8)
    return Member(name, npy[10 : 10 + length].decode("latin1").strip(), npy[10 + length :])


def mutate_npy(data: bytes, random: Random) -> bytes:
    """A .npy file with another header or other data."""
    if random.random() < 0.3:
        return mutate_bytes(data, random)
    return _changed(_member("", data), random).npy(random.choice((1, 1, 1, 2, 3)))


def mutate_npz(members: list[Member], random: Random) -> bytes:
    """An archive with members changed, dropped, repeated or renamed; then, at times, its bytes damaged."""
    members = list(members)
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        at = random.randrange(len(members)) if members else 0
        match random.randrange(8) if members else 9:
            case 0:
                del members[at]
            case 1:
                members.insert(at, random.choice(members))
            case 2:
                name = random.choice((*MEMBERS, random.choice(members).name))
                members[at] = replace(members[at], name=name)
            case 3:
                members[at] = replace(members[at], method=random.choice(_METHODS))
            case 4:
                at = next((k for k, member in enumerate(members) if member.name == "meta.npy"), at)
                members[at] = _changed(members[at], random)
            case _ if members:
                members[at] = _changed(members[at], random)
    data = _archive(members)
    match random.randrange(6):
        case 0:
            return mutate_bytes(data, random)
        case 1:  # the directory at the end: sizes, offsets, flags, counts
            at = max(0, len(data) - 22 - 60 * len(members))
            return data[:at] + mutate_bytes(data[at:], random)
    return data


def _archive(members: list[Member]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            info = zipfile.ZipInfo(member.name)
            info.compress_type = member.method
            archive._didModify = True  # a name twice is meant: writestr would warn
            archive.NameToInfo.pop(member.name, None)
            archive.writestr(info, member.npy())
    return out.getvalue()


def _changed(member: Member, random: Random) -> Member:
    """Another header, other data, or both so that they agree."""
    if member.name == "meta.npy" and random.random() < 0.8:
        try:
            text = dump(mutate_tree(parse(member.data), random)).encode("utf-8", "surrogatepass")
        except (ValueError, RecursionError):
            text = mutate_lines(member.data, random)
        return replace(member, header=_with_shape(member.header, f"({len(text)},)"), data=text)
    match random.randrange(7):
        case 0:
            return replace(member, header=_with_shape(member.header, random.choice(SHAPES)))
        case 1:
            return replace(member, header=_with_dtype(member.header, random.choice(DTYPES)))
        case 2:
            return replace(member, header=random.choice(HEADERS))
        case 3:
            header = _with_shape(
                _with_dtype(member.header, random.choice(("<i8", "|u1", "<f8"))), random.choice(SHAPES)
            )
            return replace(member, header=header, data=b"")
        case 4:
            return replace(member, header=mutate_lines(member.header.encode("latin1"), random).decode("latin1")[:9000])
        case 5:
            return replace(member, data=mutate_bytes(member.data, random))
    # an element of another value, the form as it was
    width = int((re.search(r"'[<>|]?[a-z](\d+)'", member.header) or [0, 1])[1])
    if len(member.data) < width:
        return member
    at = random.randrange(len(member.data) // width) * width
    value = random.choice((0, 1, 2, 255, -1, -2, 2**31 - 1, -(2**31), 16, 300, 2**63 - 1)) % 256**width
    return replace(member, data=member.data[:at] + value.to_bytes(width, "little") + member.data[at + width :])


def _with_shape(header: str, shape: str) -> str:
    return re.sub(r"'shape': \([^)]*\)", lambda _: f"'shape': {shape}", header)


def _with_dtype(header: str, dtype: str) -> str:
    return re.sub(r"'descr': '[^']*'", lambda _: f"'descr': '{dtype}'", header)
