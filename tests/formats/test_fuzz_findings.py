"""What fuzzing found, one case each: before it was mended, each of these ended in another exception or without end."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from broken_files import good_image, model

from neurocore.emulator.engine import Emulator
from neurocore.errors import ConfigError, ImageError, NeurocoreError, SpikeFileError
from neurocore.formats.array_files import load_array
from neurocore.formats.events.files import read_events_file
from neurocore.formats.files import open_npz
from neurocore.formats.ibm_corelet import read_model
from neurocore.formats.ibm_spikes import read_spikes
from neurocore.formats.idx import read_idx
from neurocore.formats.image_file import load_image, save_image
from neurocore.formats.located_yaml import parse_yaml
from neurocore.formats.meta import pack_meta
from neurocore.formats.network_yaml import read_network
from neurocore.formats.recording_file import load_recording, save_recording
from neurocore.formats.run_lengths import expand_runs
from neurocore.formats.sweep_values import read_values
from neurocore.network import EventFile
from neurocore.spikes import AxonEvents
from neurocore.verbs import unfinished
from neurocore.verbs.run_facts import run_description
from neurocore.verbs.run_folder import read_json
from neurocore.verbs.unfinished import open_unfinished
from tools.fuzz.cases import limited_memory
from tools.fuzz.seeds_unfinished import stopped_run


@pytest.mark.parametrize(
    "text", ['a: "\\UFFFFFFFF"', 'a: "\\U00110000"', f"%YAML {'9' * 5000}.1\n---\na: 1", 'a: "\\ud800"', '"\\ud800": 1']
)
def test_an_escape_or_directive_that_means_nothing_is_an_error_with_its_line(text):
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, "n.yaml")
    assert caught.value.line == 1


def npz(members: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def npy(header: str, data: bytes = b"") -> bytes:
    return b"\x93NUMPY\x01\x00" + (len(header) + 1).to_bytes(2, "little") + header.encode() + b"\n" + data


HEADERS = [
    "{'descr': '<i4', 'fortran_order': False, 'shape': (0, 1000000000000000000000)}",
    "{'descr': '<i4', 'fortran_order': True, 'shape': (0, 4611686018427387904, 4)}",
    "{'descr': '<i4', 'fortran_order': False, 'shape': (" + "0, " * 70 + ")}",
    "{'descr': [('a',)], 'fortran_order': False, 'shape': ()}",
    "{'descr': ('<i4', {}), 'fortran_order': False, 'shape': ()}",
    "not " * 2000 + "1",
    "-" * 9000 + "1",
]


@pytest.mark.parametrize("header", HEADERS)
def test_headers_that_no_array_can_have_are_refused(header, tmp_path):
    (tmp_path / "a.npz").write_bytes(npz({"a.npy": npy(header)}))
    (tmp_path / "a.npy").write_bytes(npy(header))
    with pytest.raises(ImageError, match="a.npz: a: "), open_npz(tmp_path / "a.npz") as file:
        file.read("a")
    for name in ("a.npz", "a.npy"):
        with pytest.raises(ConfigError, match=name):
            load_array(tmp_path / name)


def test_a_header_written_by_python_2_is_read_without_a_word(tmp_path):
    header = "{'descr': '<i4', 'fortran_order': False, 'shape': (1L,)}"
    (tmp_path / "a.npz").write_bytes(npz({"a.npy": npy(header, bytes(4))}))
    (tmp_path / "a.npy").write_bytes(npy(header, bytes(4)))
    assert load_array(tmp_path / "a.npz").tolist() == load_array(tmp_path / "a.npy").tolist() == [0]


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_numpy_writes_is_unpacked(method, tmp_path):
    (tmp_path / "a.npz").write_bytes(npz({"a.npy": npy(HEADERS[0])}, method))
    with pytest.raises(ImageError, match="compressed in a way"), open_npz(tmp_path / "a.npz"):
        pass


@pytest.mark.parametrize("change", [{"shape": [2**70]}, {"shape": [2**31]}, {"start": -1}])
@pytest.mark.parametrize("kind", ["outputs", "populations", "inputs"])
def test_groups_beyond_any_chip_are_refused(kind, change, tmp_path):
    save_image(good_image(), tmp_path / "i.npz")
    with np.load(tmp_path / "i.npz") as file:
        arrays = dict(file)
    meta = json.loads(arrays["meta"].tobytes())
    meta[kind] = [{"name": "x", "start": 0, "shape": [1]} | change]
    np.savez(tmp_path / "i.npz", **(arrays | {"meta": pack_meta(meta)}))
    with pytest.raises(ImageError, match=rf"{kind}\[0\]"):
        load_image(tmp_path / "i.npz")


def test_a_chip_beyond_any_size_is_refused(tmp_path):
    save_image(good_image(), tmp_path / "i.npz")
    with np.load(tmp_path / "i.npz") as file:
        arrays = dict(file)
    meta = json.loads(arrays["meta"].tobytes())
    meta["spec"]["grid"] = [2**70, 2**70]
    np.savez(tmp_path / "i.npz", **(arrays | {"meta": pack_meta(meta)}))
    with pytest.raises(ImageError, match=r"meta\.spec\.grid"):
        load_image(tmp_path / "i.npz")


@pytest.mark.parametrize(
    "values", ["1e999999999:2", "0:1e999999999:1e-9", "1:2:1e-999999999", "0:1e9:1e-9", f"1:{'9' * 5000}"]
)
def test_a_range_without_end_is_refused(values):
    with pytest.raises(NeurocoreError, match="--set a"):
        read_values(values, "--set a")


BIG = '{"model": {"coreCount": 1}, "neuronTypes": [], "core": {"id": 65535}}'
MODELS = {
    "a number of 5000 digits": '{"model": {"coreCount": ' + "9" * 5000 + "}}",
    "a core far away": BIG,
    "a crossbar's name that is a list": model(core={"crossbar": {"name": [1]}}),
    "a range beyond 64 bits": model(lists={"destAxons": ["9223372036854775807:9223372036854775809"]}),
    "a repeat of a huge number": model(lists={"destAxons": ["9" * 40 + "x256"]}),
    "repeats without end": model(lists={"destAxons": ["0x1048576"] * 10_000}),
    "comments that never end": "/*" * 200_000,
    "quotes that never end": '"' + '\\"' * 200_000 + "\\",
    "text that is no text": model(top={"\ud800": 1}).replace('"coreCount": 1', '"coreCount": 2'),
}


@pytest.mark.parametrize("text", MODELS.values(), ids=MODELS)
def test_models_that_ask_for_too_much_are_refused(text, tmp_path):
    (tmp_path / "m.json").write_text(text)
    with pytest.raises(ImageError, match="m.json"):
        read_model(tmp_path / "m.json")


def test_a_comment_that_never_ends_is_named_with_its_line(tmp_path):
    (tmp_path / "m.json").write_text(model() + "\n/* and")
    with pytest.raises(ImageError, match="never closed") as caught:
        read_model(tmp_path / "m.json")
    assert caught.value.line == len(model().split("\n")) + 1


@pytest.mark.parametrize("items", [["0x1048576"] * 3, [2**70], ["1:2:3:4"], [f"{2**63}"]])
def test_run_lengths_beyond_any_list_are_refused(items):
    with pytest.raises(ValueError, match="not a number|more than"):
        expand_runs(items)


@pytest.mark.parametrize(
    "connectors", ["3", '{"ID": 1}', "[3]", '[{"ID": [], "csize": 1}]', '[{"ID": 1, "csize": "a"}]', "null"]
)
def test_connectors_that_are_no_list_of_connectors_are_refused(connectors, tmp_path):
    (tmp_path / "a.sfcp").write_bytes(
        b'{"connectors": ' + connectors.encode() + b"}\xff\xfe\xfc\xfe\xfc\xff\xff\xff\xff"
    )
    with pytest.raises(SpikeFileError, match="a.sfcp"):
        read_spikes(tmp_path / "a.sfcp")


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "\ud800", "1" * 5000])
def test_json_that_is_no_description_is_refused(text, tmp_path):
    (tmp_path / "run.json").write_text(text, errors="surrogatepass")
    with pytest.raises(ImageError, match="run.json"):
        read_json(tmp_path / "run.json")


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.csv", "a.json", "a.sfti", "a.sfcp", "run.json"])
def test_a_pipe_is_no_file_to_read(name, tmp_path):
    path = tmp_path / name
    os.mkfifo(path)
    reader = {"a.npz": open_and_close, "a.json": read_model, "run.json": read_json}.get(name, load_array)
    if "sf" in name:
        reader = read_spikes
    with pytest.raises(NeurocoreError, match=name):
        reader(path)


def open_and_close(path: Path) -> None:
    with open_npz(path):
        pass


FACTS = [
    ({"threads": "many"}, "threads"),
    ({"threads": 0}, "threads"),
    ({"notes": 3}, "notes"),
    ({"notes": [3]}, "notes"),
    ({"classify": 3}, "classify"),
    ({"classify": {"population": "p", "latency": 1}}, "classify.labels"),
    ({"classify": {"population": "p", "latency": 1, "labels": {"file": "labels.npy"}}}, "classify.labels"),
]


@pytest.mark.parametrize(("facts", "path"), FACTS, ids=str)
def test_a_run_description_that_is_wrong_is_named_with_its_entry(facts, path):
    with pytest.raises(ImageError, match=f"run.json: {path}"):
        run_description(facts, Path("run.json"))


@pytest.mark.parametrize(
    "sizes", [(2, 2**26 - 1, 16), (0, 2**32 - 1, 2**32 - 1, 2**32 - 1)], ids=["more than the file", "beyond any array"]
)
@pytest.mark.parametrize("name", ["a.idx", "a.idx.gz"])
def test_an_idx_header_takes_no_memory_that_its_file_cannot_fill(tmp_path, sizes, name):
    data = bytes([0, 0, 8, len(sizes)]) + b"".join(size.to_bytes(4, "big") for size in sizes)
    (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    with limited_memory(), pytest.raises(ConfigError, match=r"header says"):
        read_idx(tmp_path / name)


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("run", None),
        ("image_digest", 5),
        ("planned", 0),
        ("planned", True),
        ("seed", 2**64),
        ("threads", "2"),
        ("ranks", 0),
        ("checkpoint", 7),
        ("probe", [1]),
        ("probe", {"interval": 0}),
        ("probe", {"every": 3}),
        ("notes", [3]),
        ("classify", {"population": 1}),
    ],
)
def test_a_plan_whose_digest_fits_is_not_trusted_for_that(tmp_path, entry, value):
    for name, content in stopped_run().items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    assert open_unfinished(tmp_path).plan["planned"] == 9
    path = tmp_path / "unfinished/plan.json"
    plan = json.loads(path.read_text())["plan"]
    for changed in (plan | {entry: value}, {key: plan[key] for key in plan if key != entry}):
        path.write_text(json.dumps({"sha256": unfinished._digest(changed), "plan": changed}))
        with pytest.raises(ImageError, match=entry):
            open_unfinished(tmp_path)


@pytest.mark.parametrize(
    ("port", "path"),
    [("in: {in: '${-n}'}", "ports.in.in"), ("in: {in: p}, out: {out: {from: '${n}'}}", "ports.out.out")],
)
def test_a_formula_that_gives_a_number_for_a_population_is_refused(port, path, tmp_path):
    (tmp_path / "b.yaml").write_text(
        "block: b\ndoes: x\nparameters: {n: {default: 1, about: x}}\n"
        f"ports: {{{port}}}\npopulations: {{p: {{shape: 1}}}}\n"
    )
    (tmp_path / "n.yaml").write_text("neurocore: 1\nname: a\nblocks: {b: {use: b.yaml}}\n")
    with pytest.raises(ConfigError, match="the name of a population or port") as caught:
        read_network(tmp_path / "n.yaml")
    assert caught.value.path == path
    assert caught.value.line == 4


@pytest.mark.parametrize("row", ["1,0,4,ak,,0", "1,0,4,ak,-,0"])
def test_a_neuron_without_its_number_is_refused(row, tmp_path):
    (tmp_path / "e.csv").write_text(f"tick,core,neuron,population,index,copy\n3,0,6,a,3,0\n{row}\n2,0,5,,,\n")
    with pytest.raises(SpikeFileError, match=r"e\.csv"):
        read_events_file(tmp_path / "e.csv", EventFile(file="e.csv", population="ak"), (3, 4), "i", 1e-3)


def test_a_range_in_a_formula_ends_before_2_to_the_53(tmp_path):
    (tmp_path / "b.yaml").write_text(
        "block: b\ndoes: x\nlet: {width: 9223372036854775808, rows: '${[i for i in range(width)]}'}\n"
        "ports: {in: {in: p}}\npopulations: {p: {shape: 1}}\n"
    )
    (tmp_path / "n.yaml").write_text("neurocore: 1\nname: a\nblocks: {b: {use: b.yaml}}\n")
    with pytest.raises(ConfigError, match="9223372036854775808 is too large"):
        read_network(tmp_path / "n.yaml")


@pytest.mark.parametrize("entry", ["spec", "name"])
def test_half_a_surrogate_pair_in_an_image_is_refused(entry, tmp_path):
    save_image(good_image(), tmp_path / "i.npz")
    with np.load(tmp_path / "i.npz") as file:
        arrays = dict(file)
    meta = json.loads(arrays["meta"].tobytes())
    (meta["spec"] if entry == "spec" else meta)["name"] = "\ud800"
    arrays["meta"] = np.frombuffer(json.dumps(meta).encode(), np.uint8)
    np.savez(tmp_path / "i.npz", **arrays)
    with pytest.raises(ImageError, match="half a surrogate pair"):
        load_image(tmp_path / "i.npz")


def test_half_a_surrogate_pair_in_a_run_is_refused(tmp_path):
    (tmp_path / "run.json").write_text('{"name": "\\udfff"}')
    with pytest.raises(ImageError, match="half a surrogate pair"):
        read_json(tmp_path / "run.json")


@pytest.mark.parametrize("seconds", ["1" + 400 * "0", "NaN", "-Infinity", "true", 10_000 * "7"])
def test_seconds_that_no_number_of_64_bits_holds_are_refused(seconds, tmp_path):
    image = good_image()
    recording = Emulator(image, threads=1).run(3, AxonEvents.sorted([], [], []))
    save_recording(recording, tmp_path / "r.npz", image_digest="", extra={})
    with np.load(tmp_path / "r.npz") as file:
        arrays = dict(file)
    meta = arrays["meta"].tobytes().decode()
    assert '"wall_s": ' in meta
    text = re.sub(r'"wall_s": [^,}]*', f'"wall_s": {seconds}', meta)
    np.savez(tmp_path / "r.npz", **arrays | {"meta": np.frombuffer(text.encode(), np.uint8)})
    with pytest.raises(ImageError, match=r"meta|wall_s") as caught:
        load_recording(tmp_path / "r.npz")
    assert len(str(caught.value)) < 500
