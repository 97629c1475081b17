"""Arrays beside the YAML are read exactly, and never trusted."""

import io
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import ConfigError
from neurocore.formats.array_files import load_array


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int64", "float32", "float64", "bool", ">i4"])
def test_arrays_come_back_as_they_were(dtype: str, tmp_path: Path) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    np.save(tmp_path / "a.npy", array)
    np.savez(tmp_path / "a.npz", w=array, other=np.zeros(2))
    np.savez_compressed(tmp_path / "one.npz", w=array.T)
    np.save(tmp_path / "f.npy", np.asfortranarray(array))
    back = [load_array(tmp_path / "a.npy"), load_array(tmp_path / "a.npz", "w"), load_array(tmp_path / "one.npz").T]
    for found in [*back, load_array(tmp_path / "f.npy")]:
        assert np.array_equal(found, array) and found.dtype.kind == array.dtype.kind
        assert type(found) is np.ndarray


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1,2\n3,4\n", [[1, 2], [3, 4]]),
        ("1, 2.5\r\n-3,4e2\r\n\r\n", [[1, 2.5], [-3, 400]]),
        ("\ufeff1\n2\n3", [1, 2, 3]),
        ("5,6,7\n", [5, 6, 7]),
        ("8", [8]),
    ],
)
def test_csv_is_rows_of_numbers(text: str, wanted: object, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(text, encoding="utf-8")
    found = load_array(tmp_path / "a.csv")
    assert found.tolist() == wanted
    assert found.dtype == (np.float64 if "." in text or "e" in text else np.int64)


@pytest.mark.parametrize("word", ["x", "1_000", "0x10", "nan", "inf", "", "1e999", "1 2", "\u0663"])
def test_csv_with_anything_else_is_refused(word: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"1,2\n3,{word}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"'a.csv'"):
        load_array(tmp_path / "a.csv")


def test_a_name_that_is_not_there_brings_the_nearest(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", weights=np.zeros(1), biases=np.zeros(1))
    with pytest.raises(ConfigError) as caught:
        load_array(tmp_path / "a.npz", "wieghts")
    assert str(caught.value) == (
        "'a.npz' holds no array named 'wieghts'\n  fix: did you mean 'weights'? allowed here: biases, weights"
    )


def test_an_empty_archive_is_told(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz")
    with pytest.raises(ConfigError, match="'a.npz'"):
        load_array(tmp_path / "a.npz")


def huge_header(shape: tuple[int, ...]) -> bytes:
    out = io.BytesIO()
    np.lib.format.write_array_header_1_0(out, {"descr": "<i8", "fortran_order": False, "shape": shape})
    return out.getvalue()


@pytest.mark.parametrize("shape", [(2**40,), (2**31, 2**31), (2**62, 2**62)])
def test_a_header_that_asks_for_more_than_the_file_holds_allocates_nothing(
    shape: tuple[int, ...], tmp_path: Path
) -> None:
    (tmp_path / "a.npy").write_bytes(huge_header(shape) + bytes(64))
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("w.npy", huge_header(shape) + bytes(64))
    for name in ("a.npy", "a.npz"):
        with pytest.raises(ConfigError, match=f"'{name}'"):
            load_array(tmp_path / name)


def test_text_and_time_arrays_are_refused(tmp_path: Path) -> None:
    for number, array in enumerate((np.array(["a"]), np.array(["2026-01-01"], "datetime64[D]"), np.array([1j]))):
        np.save(tmp_path / f"{number}.npy", array)
        with pytest.raises(ConfigError, match="only booleans, integers and floats are read"):
            load_array(tmp_path / f"{number}.npy")


@settings(max_examples=examples(150), deadline=None, derandomize=True)
@given(data=st.data())
def test_damaged_files_are_refused_or_read_never_worse(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    place = tmp_path_factory.mktemp("damaged")
    suffix = data.draw(st.sampled_from([".npy", ".npz"]))
    array = np.arange(20, dtype=np.int32)
    with open(place / f"a{suffix}", "wb") as file:
        np.save(file, array) if suffix == ".npy" else np.savez_compressed(file, w=array)
    content = bytearray((place / f"a{suffix}").read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(content)) | st.just(len(content)))
    (place / f"a{suffix}").write_bytes(bytes(content[:cut]))
    try:
        found = load_array(place / f"a{suffix}")
    except ConfigError as error:
        assert f"a{suffix}" in error.problem
    else:
        assert found.nbytes < 1000


def test_a_pickle_is_never_run(tmp_path: Path) -> None:
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|O", "fortran_order": False, "shape": (1,)})
    (tmp_path / "a.npy").write_bytes(header.getvalue() + b"cos\nsystem\n(S'exit 3'\ntR." + struct.pack("<q", 0))
    with pytest.raises(ConfigError, match="pickles"):
        load_array(tmp_path / "a.npy")
