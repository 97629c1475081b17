"""IBM's spike files: .sfti and .sfci (input, text), .sfcp (connector pins, binary), .sfro (neurons, binary)."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, Final

import numpy as np

from neurocore.errors import SpikeFileError
from neurocore.formats.file_writing import write_atomically
from neurocore.spikes import AxonEvents, NeuronSpikes, OutputSpikes

__all__ = ["read_spikes", "write_sfcp", "write_sfti"]

SUFFIXES: Final = (".sfti", ".sfci", ".sfcp", ".sfro")
_MARK: Final = b"\xfe\xfc\xfe\xfc"
_END: Final = 0xFFFFFFFF
_LARGEST: Final = 8 * 2**30
_DELAY_KEYS: Final = ("destDelay", "delay")


def read_spikes(path: str | Path) -> AxonEvents | OutputSpikes | NeuronSpikes:
    """Read one of IBM's spike files; what comes back follows from the suffix.

    .sfti, .sfci : AxonEvents, integrated at srcTime + delay
    .sfcp        : OutputSpikes, by connector and pin
    .sfro        : NeuronSpikes, by core and neuron
    Raises SpikeFileError naming the file and the line or byte.
    """
    file = Path(path)
    if file.suffix.lower() not in SUFFIXES:
        raise SpikeFileError(f"'{file.suffix}' is none of IBM's", file=str(file), fix=f"allowed: {', '.join(SUFFIXES)}")
    try:
        if file.exists() and not file.is_file():
            raise SpikeFileError("this is no ordinary file", file=str(file), fix="name a spike file")
        if file.stat().st_size > _LARGEST:
            raise SpikeFileError("is larger than 8 GiB", file=str(file), fix="split it by ticks")
        data = file.read_bytes()
    except FileNotFoundError:
        raise SpikeFileError("this file does not exist", file=str(file), fix="check the path") from None
    except OSError as error:
        raise SpikeFileError(f"cannot be read: {error.strerror}", file=str(file), fix="check the path") from None
    match file.suffix.lower():
        case ".sfcp":
            return _read_sfcp(data, str(file))
        case ".sfro":
            return _read_sfro(data, str(file))
        case _:
            return _read_text(data, str(file))


def _read_text(data: bytes, file: str) -> AxonEvents:
    """Two JSON header lines, then one spike a line."""
    try:
        lines = data.decode("utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise SpikeFileError(
            f"is not text: {error.reason} at byte {error.start}", file=file, fix="name an .sfti or .sfci file"
        ) from None
    header = [_json_line(lines, number, file) for number in range(2)]
    if "version" not in header[1]:
        raise SpikeFileError("has no version", file=file, line=2, fix='"version":"sfti1.0" belongs here')
    usual = header[1].get("defaultDestinationDelay", 1)
    ticks, cores, axons = [], [], []
    for number in range(2, len(lines)):
        if not lines[number].strip():
            continue
        spike = _json_line(lines, number, file).get("spike")
        if not isinstance(spike, dict):
            raise SpikeFileError("holds no spike", file=file, line=number + 1, fix=_SPIKE_FIX)
        for key in spike:
            if key not in ("srcTime", "destCore", "destAxon", *_DELAY_KEYS):
                raise SpikeFileError(f"unknown key '{key}'", file=file, line=number + 1, fix=_SPIKE_FIX)
        delay = next((spike[key] for key in _DELAY_KEYS if key in spike), usual)
        values = [spike.get("srcTime"), spike.get("destCore"), spike.get("destAxon"), delay]
        for key, value, high in zip(("srcTime", "destCore", "destAxon", "delay"), values, _HIGH, strict=True):
            if type(value) is not int or not 0 <= value <= high:
                found = "is missing" if value is None else f"is {value!r}"
                raise SpikeFileError(f"'{key}' {found}", file=file, line=number + 1, fix=f"allowed: 0..{high}")
        ticks.append(values[0] + delay)
        cores.append(values[1])
        axons.append(values[2])
    return AxonEvents.sorted(ticks, cores, axons)


_SPIKE_FIX: Final = 'a line looks like {"spike":{"srcTime":0,"destCore":0,"destAxon":2}}'
_HIGH: Final = (2**48, 2**24, 1023, 15)


def _json_line(lines: list[str], number: int, file: str) -> dict[str, Any]:
    if number >= len(lines):
        raise SpikeFileError(f"ends after {len(lines)} lines", file=file, fix="two header lines, then spikes")
    try:
        found = json.loads(lines[number])
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise SpikeFileError(
            "is not a JSON object",
            file=file,
            line=number + 1,
            fix=_SPIKE_FIX if number > 1 else "two header lines in JSON, then spikes",
        )
    return found


def _headers(data: bytes, file: str) -> tuple[list[dict[str, Any]], int]:
    """The JSON objects before the byte FF, and where the binary part starts."""
    end = data.find(b"\xff")
    if end < 0:
        raise SpikeFileError("has no byte FF between header and spikes", file=file, fix="fetch the file again")
    try:
        text = data[:end].decode("utf-8").strip()
        decoder, at, headers = json.JSONDecoder(), 0, []
        while at < len(text):
            found, at = decoder.raw_decode(text, at)
            if not isinstance(found, dict):
                raise ValueError("not an object")
            headers.append(found)
            while at < len(text) and text[at].isspace():
                at += 1
    except (ValueError, RecursionError) as error:
        raise SpikeFileError(f"its header is not JSON: {error}", file=file, fix="fetch the file again") from None
    return headers, end + 1


def _read_sfcp(data: bytes, file: str) -> OutputSpikes:
    headers, at = _headers(data, file)
    try:
        listed = [entry for header in headers for entry in header.get("connectors", [])]
        pin_bytes = {entry["ID"]: 2 if entry["csize"] > 256 else 1 for entry in listed}
        delay_bytes = {entry["ID"]: 1 if entry.get("delayMode", 1) else 0 for entry in listed}
    except (KeyError, TypeError):
        raise SpikeFileError("a connector has no ID or csize", file=file, fix="fetch the file again") from None
    ticks, connectors, pins = [], [], []
    ended = False
    while at < len(data) and not ended:
        if data[at : at + 4] != _MARK:
            raise _cut(file, at, f"found {data[at : at + 4].hex(' ')}, a block starts with fe fc fe fc")
        tick = _unsigned(data, at + 4, 4, file)
        at += 8
        if tick == _END:
            ended = True
            break
        at += 8
        while at < len(data) and data[at : at + 4] != _MARK:
            connector, count = _unsigned(data, at, 2, file), _unsigned(data, at + 2, 2, file)
            at += 4
            if connector not in pin_bytes:
                raise _cut(file, at - 4, f"connector {connector} is not in the header")
            size = count * pin_bytes[connector]
            if at + size + count * delay_bytes[connector] > len(data):
                raise _cut(file, at, f"{count} pins of connector {connector} are cut off")
            found = np.frombuffer(data, f">u{pin_bytes[connector]}", count, at)
            pins.append(found.astype(np.int64))
            ticks.append(np.full(count, tick, np.int64))
            connectors.append(np.full(count, connector, np.int64))
            at += size + count * delay_bytes[connector]
    if not ended:
        raise _cut(file, at, "the end mark (tick FFFFFFFF) is missing")
    if not ticks:
        return OutputSpikes.sorted([], [], [])
    return OutputSpikes.sorted(np.concatenate(ticks), np.concatenate(connectors), np.concatenate(pins))


def _unsigned(data: bytes, at: int, size: int, file: str) -> int:
    if at + size > len(data):
        raise _cut(file, at, "the file ends inside a block")
    return int.from_bytes(data[at : at + size], "big")


def _cut(file: str, at: int, problem: str) -> SpikeFileError:
    return SpikeFileError(f"at byte {at}: {problem}", file=file, fix="the file may be cut off: fetch it again")


def _read_sfro(data: bytes, file: str) -> NeuronSpikes:
    """Records of six 32-bit numbers: tick, source core, source neuron, target core, target axon, delay."""
    _, at = _headers(data, file)
    if (len(data) - at) % 24:
        raise _cut(file, len(data), f"{(len(data) - at) % 24} bytes are left over after records of 24 bytes")
    records = np.frombuffer(data, ">i4", offset=at).reshape(-1, 6).astype(np.int64)
    if len(records) and records[:, :3].min() < 0:
        first = int(np.argmax((records[:, :3] < 0).any(axis=1)))
        raise _cut(file, at + 24 * first, f"negative tick, core or neuron: {records[first, :3].tolist()}")
    return NeuronSpikes.sorted(records[:, 0], records[:, 1], records[:, 2])


def write_sfti(events: AxonEvents, path: str | Path) -> None:
    """Write input spikes: each leaves one tick before it is integrated, with delay 1.

    Raises SpikeFileError for spikes integrated in tick 0, which the format cannot say, NeurocoreError where the file
    cannot be written.
    """
    if len(events.tick) and events.tick[0] < 1:
        raise SpikeFileError(
            "a spike is integrated in tick 0, and an .sfti spike leaves at least one tick before that",
            file=str(path),
            fix="shift the spikes by a tick, or write .csv or .npz",
        )
    with write_atomically(path, "w") as file:
        file.write('{"class":"SpikeWriter","encoding":"TEXT","nscsVersion":"1.4.0"}\n')
        file.write('{"version":"sfti1.0","defaultDestinationDelay":1}\n')
        for tick, core, axon in zip(events.tick.tolist(), events.core.tolist(), events.axon.tolist(), strict=True):
            file.write(f'{{"spike":{{"srcTime":{tick - 1},"destCore":{core},"destAxon":{axon}}}}}\n')


def write_sfcp(spikes: OutputSpikes, path: str | Path) -> None:
    """Write output spikes, one block a tick. Raises NeurocoreError where the file cannot be written."""
    numbers = np.unique(spikes.connector).tolist()
    sizes = {number: int(spikes.pin[spikes.connector == number].max()) + 1 for number in numbers}
    header = {
        "maxBlockSize": 1024,
        "lastTimeStamp": int(spikes.tick[-1]) if len(spikes.tick) else 0,
        "monotonicTimeStamp": 1,
        "connectors": [
            {"ID": number, "name": f"connector{number}", "csize": size, "bpp": 16 if size > 256 else 8, "delayMode": 1}
            for number, size in sizes.items()
        ],
    }
    with write_atomically(path) as file:
        file.write(b'{"class":"SpikeWriter","encoding":"CONNPIN","nscsVersion":"1.4.0"}\n')
        file.write(json.dumps(header, indent=1).encode() + b"\n\xff")
        starts = np.flatnonzero(np.diff(spikes.tick, prepend=-1))
        for start, stop in zip(starts, np.append(starts, len(spikes.tick))[1:], strict=True):
            file.write(_MARK + struct.pack(">IQ", int(spikes.tick[start]), 0))
            for number in np.unique(spikes.connector[start:stop]).tolist():
                pins = spikes.pin[start:stop][spikes.connector[start:stop] == number]
                file.write(struct.pack(">HH", number, len(pins)))
                file.write(pins.astype(">u2" if sizes[number] > 256 else "u1").tobytes() + bytes([1]) * len(pins))
        file.write(_MARK + struct.pack(">I", _END))
