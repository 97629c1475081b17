"""Ways to break a chip image, an IBM model or a spike file: each function writes a broken file and returns its path."""

from __future__ import annotations

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from strategies import random_image

from neurocore.arch import ChipSpec
from neurocore.formats.image_file import save_image
from neurocore.formats.meta import pack_meta
from neurocore.image import ChipImage

Arrays = dict[str, np.ndarray]


def good_image() -> ChipImage:
    """Two cores of 16 axons and 16 neurons."""
    image = random_image(ChipSpec(name="small", axons=16, neurons=16, grid=(2, 1), axon_types=4), 0)
    image.target_core[image.target_core <= -2] = -1
    image.target_axon[image.target_core < 0] = 0
    return image


def image_with(change: Callable[[Arrays], Any]) -> Callable[[Path], Path]:
    """An image file whose arrays were changed behind neurocore's back."""

    def write(folder: Path) -> Path:
        path = folder / "chip.npz"
        save_image(good_image(), path)
        with np.load(path) as file:
            arrays = {name: file[name].copy() for name in file.files}
        change(arrays)
        np.savez(path, **arrays)
        return path

    return write


def meta_with(**changes: Any) -> Callable[[Path], Path]:
    """An image file whose description was changed."""

    def change(arrays: Arrays) -> None:
        meta = json.loads(arrays["meta"].tobytes()) | changes
        arrays["meta"] = pack_meta({key: value for key, value in meta.items() if value is not None})

    return image_with(change)


def item(name: str, index: tuple[int, ...], value: int) -> Callable[[Path], Path]:
    """An image file with one element changed."""

    def change(arrays: Arrays) -> None:
        arrays[name][index] = value

    return image_with(change)


def retype(name: str, dtype: Any) -> Callable[[Path], Path]:
    """An image file with one array of another dtype."""

    def change(arrays: Arrays) -> None:
        arrays[name] = arrays[name].astype(dtype)

    return image_with(change)


def image_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], Path]:
    """An image file whose bytes were changed."""

    def write(folder: Path) -> Path:
        path = folder / "chip.npz"
        save_image(good_image(), path)
        path.write_bytes(change(path.read_bytes()))
        return path

    return write


def bomb(folder: Path) -> Path:
    """A small archive whose array claims to be huge."""
    path = folder / "chip.npz"
    save_image(good_image(), path)
    header = b"{'descr': '<u8', 'fortran_order': False, 'shape': (4000000000, 256, 4), }"
    header += b" " * (-(len(header) + 11) % 64) + b"\n"
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()}
    members["crossbar.npy"] = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, content in members.items():
            new.writestr(name, content)
    return path


def text(name: str, content: str | bytes) -> Callable[[Path], Path]:
    """A file with this content."""

    def write(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


NEURON = {
    **{f"sigma{g}": 1 for g in range(4)},
    **{f"s{g}": g for g in range(4)},
    **{f"b{g}": False for g in range(4)},
    **{"sigma_lambda": 1, "lambda": 0, "c_lambda": False, "epsilon": False, "alpha": 1, "beta": 0, "TM": 0},
    **{"gamma": 0, "kappa": False, "sigma_VR": 1, "VR": 0, "V": 0},
}


def model(
    *,
    neuron: dict[str, Any] | None = None,
    core: dict[str, Any] | None = None,
    lists: dict[str, Any] | None = None,
    top: dict[str, Any] | None = None,
    row: dict[str, Any] | None = None,
) -> str:
    """An IBM corelet model of one core, as text, with some parts changed. A part that is None is left out."""
    rows = [{"type": "S0", "synapses": " ".join(["80"] * 32)} for _ in range(256)]
    rows[5] = row or rows[5]
    neurons = {
        "dendrites": ["0:255"],
        "types": ["1x16", "0x240"],
        "destCores": ["0x8", "-32x8", "-1x240"],
        "destAxons": ["0:7", "0:7", "-1x240"],
        "destDelays": ["1x256"],
    } | (lists or {})
    parts = {
        "model": {"coreCount": 1, "crossbarSize": 256, "neuronclass": "NeuronGeneral"},
        "crossbarTypes": [{"name": "proto", "crossbar": {"rows": rows}}],
        "neuronTypes": [{"name": "N00000001", "class": "NeuronGeneral"} | NEURON | (neuron or {})],
        "core": {"id": 0, "rngSeed": 1, "neurons": neurons, "crossbar": {"name": "proto"}} | (core or {}),
    } | (top or {})
    parts["neuronTypes"] = (
        [{key: value for key, value in entry.items() if value is not None} for entry in parts["neuronTypes"]]
        if isinstance(parts["neuronTypes"], list)
        else parts["neuronTypes"]
    )
    return "/* made by a test */\n" + json.dumps(parts, indent=1)


SFTI = '{"class":"SpikeWriter","encoding":"TEXT"}\n{"version":"sfti1.0","defaultDestinationDelay":1}\n'
SFCP = (
    b'{"class":"SpikeWriter"}\n{"connectors":[{"ID":0,"csize":3,"delayMode":1}]}\n\xff'
    + b"\xfe\xfc\xfe\xfc"
    + struct.pack(">IQ", 4, 0)
    + struct.pack(">HH", 0, 2)
    + bytes([0, 2, 1, 1])
)
END = b"\xfe\xfc\xfe\xfc\xff\xff\xff\xff"

IMAGES: dict[str, Callable[[Path], Path]] = {
    "no file": lambda folder: folder / "chip.npz",
    "not a zip archive": text("chip.npz", "hello"),
    "an empty file": text("chip.npz", ""),
    "cut in the middle": image_bytes(lambda data: data[: len(data) // 2]),
    "a flipped bit": image_bytes(lambda data: data[:5000] + bytes([data[5000] ^ 1]) + data[5001:]),
    "a huge array": bomb,
    "a missing array": image_with(lambda arrays: arrays.pop("axon_type")),
    "an array too many": image_with(lambda arrays: arrays.update(axon_typo=arrays["axon_type"])),
    "pickled objects": retype("axon_type", object),
    "another dtype": retype("weight", np.int32),
    "another shape": image_with(lambda arrays: arrays.update(delay=arrays["delay"][:1])),
    "no description": image_with(lambda arrays: arrays.pop("meta")),
    "a recording": meta_with(format="neurocore-recording"),
    "a later version": meta_with(version=2),
    "a spec out of range": meta_with(spec={"axons": 5000}),
    "no digest": meta_with(digest=None),
    "a weight out of range": item("weight", (1, 3, 2), 300),
    "an axon type out of range": item("axon_type", (0, 7), 4),
    "a delay out of range": item("delay", (1, 4), 16),
    "a target core that is not there": item("target_core", (0, 2), 2),
    "a gamma of 3": item("neuron_reset_mode", (0, 1), 3),
    "two cores in one place": item("core_xy", (1, 0), 0),
    "a changed threshold": item("neuron_threshold", (0, 0), 77),
}
MODELS: dict[str, Callable[[Path], Path]] = {
    "no model": lambda folder: folder / "model.json",
    "not JSON": text("model.json", '{"model": {"coreCount": 1,\n "crossbarSize": }}'),
    "another JSON file": text("model.json", '{"cores": []}'),
    "cut off": text("model.json", model()[:3000]),
    "fewer cores than it says": text("model.json", model(top={"model": {"coreCount": 3}})),
    "another crossbar size": text("model.json", model(top={"model": {"coreCount": 1, "crossbarSize": 128}})),
    "an unknown neuron field": text("model.json", model(neuron={"alpah": 3})),
    "a missing neuron field": text("model.json", model(neuron={"TM": None})),
    "a neuron field that is text": text("model.json", model(neuron={"alpha": "high"})),
    "a weight beyond 9 bits": text("model.json", model(neuron={"s2": 256})),
    "another class of neuron": text("model.json", model(neuron={"class": "NeuronIzhikevich"})),
    "a type that is not listed": text("model.json", model(lists={"types": ["1x15", "2", "0x240"]})),
    "a list of the wrong length": text("model.json", model(lists={"destDelays": ["1x255"]})),
    "a list that makes no sense": text("model.json", model(lists={"destAxons": ["0..255"]})),
    "a delay of 16": text("model.json", model(lists={"destDelays": ["16x256"]})),
    "a core that is not there": text("model.json", model(lists={"destCores": ["7x16", "-1x240"]})),
    "a short crossbar row": text("model.json", model(row={"type": "S0", "synapses": "80 00"})),
    "an axon type S4": text("model.json", model(row={"type": "S4", "synapses": " ".join(["80"] * 32)})),
    "an unknown crossbar": text("model.json", model(core={"crossbar": {"name": "prota"}})),
    "ticks of another length": text("model.json", model(core={"timeScaleExponent": 2})),
    "columns in another order": text("model.json", model(lists={"dendrites": ["255:-1:0"]})),
}
SPIKES: dict[str, Callable[[Path], Path]] = {
    "no spike file": lambda folder: folder / "in.sfti",
    "no header": text("in.sfti", '{"class":"SpikeWriter"}\n'),
    "a line that is not JSON": text("in.sfti", SFTI + '{"spike":{"srcTime":0,"destCore":0,"destAxon":2}}\n{"spike"\n'),
    "no srcTime": text("in.sfti", SFTI + '{"spike":{"destCore":0,"destAxon":2}}\n'),
    "a negative axon": text("in.sfti", SFTI + '{"spike":{"srcTime":0,"destCore":0,"destAxon":-2}}\n'),
    "an unknown key": text("in.sfti", SFTI + '{"spike":{"srcTime":0,"destCore":0,"destAxon":2,"weight":3}}\n'),
    "binary in a text file": text("in.sfti", b"\x80\x81\x82"),
    "no byte FF": text("out.sfcp", SFCP[:60].replace(b"\xff", b"")),
    "a block cut off": text("out.sfcp", SFCP[:-3]),
    "no end mark": text("out.sfcp", SFCP),
    "an unknown connector": text("out.sfcp", SFCP.replace(struct.pack(">HH", 0, 2), struct.pack(">HH", 9, 2)) + END),
    "half a record": text(
        "out.sfro", b'{"class":"SpikeWriter"}\n\xff' + struct.pack(">6i", 1, 0, 3, 0, 0, 1) + b"\x00\x00"
    ),
    "a suffix that is not IBM's": text("in.txt", "1 2 3"),
}
