"""A recording on disk: one .npz file.

Members: the arrays of neurocore.recording.Recording by name, ``probe_core`` and ``probe_neuron``, and ``meta``: format,
version, start_tick, ticks, seed, wall_s, phase_s, probe, counters, image_digest, extra.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from neurocore.errors import ImageError
from neurocore.formats.file_writing import write_npz
from neurocore.formats.files import NpzFile, open_npz
from neurocore.formats.image_check import require_range
from neurocore.formats.meta import pack_meta, read_meta, take
from neurocore.formats.yaml_paths import shown
from neurocore.recording import COUNTERS, Probe, Recording, Spikes

__all__ = ["RECORDING_FORMAT", "RECORDING_VERSION", "load_recording", "recording_meta", "save_recording"]

RECORDING_FORMAT: Final = "neurocore-recording"
RECORDING_VERSION: Final = 1
_ARRAYS: Final[dict[str, tuple[type[np.generic], str]]] = {
    # member: (dtype, axes); S spikes, C cores, T ticks, K counters, P probed neurons, Q probed ticks
    "spike_tick": (np.int64, "S"),
    "spike_core": (np.int32, "S"),
    "spike_neuron": (np.int32, "S"),
    "counters": (np.int64, "CK"),
    "tick_counters": (np.int64, "TK"),
    "probe_core": (np.int32, "P"),
    "probe_neuron": (np.int32, "P"),
    "probe_tick": (np.int64, "Q"),
    "potential": (np.int32, "QP"),
}


def save_recording(
    recording: Recording,
    path: str | Path,
    *,
    image_digest: str,
    extra: dict[str, Any] | None = None,
    compress: bool = False,
) -> None:
    """Write a recording; the same recording gives the same bytes.

    image_digest : ChipImage.digest() of the image that ran
    extra        : anything else to keep, of JSON's types
    Raises NeurocoreError where the file cannot be written.
    """
    meta = recording_meta(recording, image_digest, extra)
    write_npz(path, {"meta": pack_meta(meta)} | {name: _member(recording, name) for name in _ARRAYS}, compress=compress)


def recording_meta(recording: Recording, image_digest: str, extra: dict[str, Any] | None = None) -> dict[str, Any]:
    """What a recording's file says of itself."""
    probe = recording.probe
    return {
        "format": RECORDING_FORMAT,
        "version": RECORDING_VERSION,
        "start_tick": int(recording.start_tick),
        "ticks": int(recording.ticks),
        "seed": int(recording.seed),
        "wall_s": float(recording.wall_s),
        "phase_s": recording.phase_s,
        "probe": {"start": probe.start, "stop": probe.stop, "interval": probe.interval}
        | ({"last": probe.last} if probe.last is not None else {}),
        "counters": list(COUNTERS),
        "image_digest": image_digest,
        "extra": extra or {},
    }


def _member(recording: Recording, name: str) -> npt.NDArray[Any]:
    if name in ("probe_core", "probe_neuron"):
        array: npt.NDArray[Any] = getattr(recording.probe, name.removeprefix("probe_"))
    else:
        array = getattr(recording, name)
    return array


def load_recording(path: str | Path) -> tuple[Recording, dict[str, Any]]:
    """Read a recording and its meta (``image_digest``, ``extra`` ...), and check that the arrays agree.

    Raises ImageError naming the file, the array and the element.
    """
    with open_npz(path) as npz:
        meta = read_meta(npz, RECORDING_FORMAT, RECORDING_VERSION)
        for key, kind in (("image_digest", str), ("extra", dict), ("wall_s", float)):
            take(npz, meta, key, kind)
        start, ticks, seed = (take(npz, meta, key, int) for key in ("start_tick", "ticks", "seed"))
        if take(npz, meta, "counters", list) != list(COUNTERS):
            raise npz.problem("meta.counters", f"found {shown(meta['counters'])}; {list(COUNTERS)} is needed")
        span = take(npz, meta, "probe", dict)
        phases = meta.get("phase_s", {})  # files of version 0.1.0 have none
        if not isinstance(phases, dict) or not all(type(seconds) is float for seconds in phases.values()):
            raise npz.problem("meta.phase_s", f"found {shown(phases)}; seconds by phase are needed")
        _check_headers(npz, ticks)
        arrays = {name: npz.read(name) for name in _ARRAYS}
        if span.keys() - {"last"} != {"start", "stop", "interval"} or not (
            type(span.get("last", 1)) is int
            and type(span["start"]) is int
            and type(span["stop"]) in (int, type(None))
            and type(span["interval"]) is int
        ):
            raise npz.problem(
                "meta.probe", f"found {shown(span)}; whole numbers start, stop (or null), interval are needed"
            )
    probe = Probe(core=arrays.pop("probe_core"), neuron=arrays.pop("probe_neuron"), **span)
    recording = Recording(
        start_tick=start,
        ticks=ticks,
        seed=seed,
        wall_s=float(meta["wall_s"]),
        phase_s=phases,
        probe=probe,
        spikes=Spikes(arrays["spike_tick"], arrays["spike_core"], arrays["spike_neuron"]),
        counters=arrays["counters"],
        tick_counters=arrays["tick_counters"],
        probe_tick=arrays["probe_tick"],
        potential=arrays["potential"],
    )
    _check_values(recording, str(path))
    return recording, meta


def _check_headers(npz: NpzFile, ticks: int) -> None:
    """Every array is there with its dtype, and lengths that belong together are equal, before any is read."""
    size: dict[str, int] = {"T": ticks, "K": len(COUNTERS)}
    for name, (dtype, axes) in _ARRAYS.items():
        header = npz.expect(name, dtype, tuple(size.get(axis) for axis in axes), " to agree with the other arrays")
        size |= dict(zip(axes, header.shape, strict=True))
    for member in npz.headers:
        if member not in _ARRAYS and member != "meta":
            raise npz.problem(member, "a recording has no such array")


def _check_values(recording: Recording, file: str) -> None:
    """Ticks, cores and neurons lie in range, and spikes are in order."""
    start, stop = recording.start_tick, recording.start_tick + recording.ticks
    cores = len(recording.counters)
    for name, array, low, high in (
        ("spike_tick", recording.spike_tick, start, stop - 1),
        ("spike_core", recording.spike_core, 0, cores - 1),
        ("spike_neuron", recording.spike_neuron, 0, 2**31 - 1),
        ("probe_core", recording.probe.core, 0, cores - 1),
        ("probe_neuron", recording.probe.neuron, 0, 2**31 - 1),
        ("probe_tick", recording.probe_tick, start, stop - 1),
    ):
        require_range(name, array, low, high, file=file)
    tick, core, neuron = recording.spike_tick, recording.spike_core, recording.spike_neuron
    same_tick, same_core = tick[1:] == tick[:-1], core[1:] == core[:-1]
    falls = tick[1:] < tick[:-1]
    falls |= same_tick & (core[1:] < core[:-1])
    falls |= same_tick & same_core & (neuron[1:] <= neuron[:-1])
    if falls.any():
        raise ImageError(
            "spikes must ascend by (tick, core, neuron), each there once",
            file=file,
            path=f"spike_tick[{int(falls.argmax()) + 1}]",
        )
