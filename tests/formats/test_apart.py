"""Files are read in a process apart: what ends, hangs or crashes there is an error here, and nothing more."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from neurocore.errors import ConfigError, SpikeFileError
from neurocore.formats import apart
from neurocore.formats.apart import ReaderError, read_apart, seconds_for, stream_apart
from neurocore.formats.events.files import read_events_file
from neurocore.formats.nir.file import read_nir
from neurocore.network import EventFile

DATA = Path(__file__).parents[1] / "data/nir"


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    path = tmp_path / "a.bin"
    path.write_bytes(b"x")
    return path


@pytest.mark.parametrize("name", ["endless", "crash"])
def test_a_graph_that_makes_hdf5_hang_or_crash_is_an_error_with_its_name(name, tmp_path, monkeypatch):
    path = tmp_path / f"{name}.nir"
    path.write_bytes(gzip.decompress((DATA / f"{name}.nir.gz").read_bytes()))
    with monkeypatch.context() as quick, pytest.raises(ConfigError, match=f"{name}.nir: ") as caught:
        quick.setattr(apart, "SECONDS", 0.5)
        read_nir(path)
    assert caught.value.fix
    assert read_nir(DATA / "norse_if.nir")[0].nodes


@pytest.mark.parametrize("name", ["endless", "crash"])
def test_events_that_make_hdf5_hang_or_crash_are_an_error_of_the_file(name, tmp_path, monkeypatch):
    path = tmp_path / f"{name}.h5"
    path.write_bytes(gzip.decompress((DATA / f"{name}.nir.gz").read_bytes()))
    monkeypatch.setattr(apart, "SECONDS", 0.5)
    with pytest.raises(SpikeFileError, match=f"{name}.h5: ") as caught:
        read_events_file(path, EventFile(file=path.name), (4,), "i", 1e-3)
    assert caught.value.fix


def test_a_stream_comes_piece_by_piece_from_one_process(file):
    for upto in (0, 1, 5):
        answers = list(stream_apart("apart_cases:count", file, upto, "b"))
        assert [value["name"] for value, _ in answers] == ["b"] * upto
        assert len({value["process"] for value, _ in answers}) == min(upto, 1)
        for number, (_, (numbers, empty)) in enumerate(answers):
            assert numbers.tolist() == [number] * number and empty.shape == (2, 0)
    process = read_apart("apart_cases:arrays", file)
    assert process[1]  # the process is free for whole files again


def test_a_stream_that_is_closed_early_or_fails_leaves_its_process_to_others(file):
    answers = stream_apart("apart_cases:count", file, 5, "b")
    process = next(answers)[0]["process"]
    assert not [one for one in apart._idle if one.popen.pid == process]
    answers.close()
    assert apart._idle[-1].popen.pid == process
    with pytest.raises(ReaderError):
        list(stream_apart("apart_cases:refused_later", file))
    assert [value["process"] for value, _ in stream_apart("apart_cases:count", file, 2, "b")] == [process] * 2


@pytest.mark.parametrize(("name", "told"), [("crash", "crashed"), ("endless", "within"), ("refused", "blue")])
def test_what_goes_wrong_later_in_a_stream_is_an_error_then(name, told, file, monkeypatch):
    monkeypatch.setattr(apart, "SECONDS", 0.5)
    answers = stream_apart(f"apart_cases:{name}_later", file)
    assert next(answers) == (None, [])
    with pytest.raises(ConfigError, match=told) as caught:
        next(answers)
    assert isinstance(caught.value, ReaderError) == (name == "refused")
    if name == "refused":
        assert (caught.value.kind, caught.value.path, caught.value.fix) == ("SpikeFileError", "/spikes", "wash it")


@pytest.mark.parametrize("patience", [10, 1e4], ids=["by the clock", "by the processor"])
def test_a_reader_that_does_not_end_is_stopped_and_the_next_file_is_read(file, monkeypatch, patience):
    read_apart("apart_cases:arrays", file)
    with monkeypatch.context() as quick:
        quick.setattr(apart, "SECONDS", 0.02)
        quick.setattr(apart, "PATIENCE", patience)
        with pytest.raises(ConfigError, match="it cannot be read within 0 s of work"):
            read_apart("apart_cases:endless", file)
    assert read_apart("apart_cases:arrays", file)[0]["path"] == str(file)


def test_a_crash_is_an_error_that_names_the_signal(file):
    with pytest.raises(ConfigError, match=r"reading it crashed \((signal 6|exit code)"):
        read_apart("apart_cases:crash", file)


def test_memory_without_end_is_an_error(file):
    with pytest.raises(ConfigError, match=r"more than 6.* of memory"):
        read_apart("apart_cases:greedy", file)


def test_the_readers_own_errors_arrive_whole(file):
    with pytest.raises(ConfigError) as caught:
        read_apart("apart_cases:refused", file)
    assert (caught.value.problem, caught.value.path, caught.value.fix) == ("it is green", "node 'a'", "paint it")


def test_arrays_arrive_as_they_were_and_one_process_serves_several_files(file):
    told, found = read_apart("apart_cases:arrays", file)
    assert [array.dtype.str for array in found] == [">i2", "<f8", "|b1", "<f4"]
    np.testing.assert_array_equal(found[0], [[0, 2], [3, 5]])
    assert (found[1].shape, found[2], found[3][0]) == ((0, 3), True, np.float32(0.1))
    assert read_apart("apart_cases:arrays", file)[0]["pid"] == told["pid"] != os.getpid()


def test_what_is_no_number_is_not_taken_from_the_process(file):
    with pytest.raises(ConfigError, match="reading it crashed"):
        read_apart("apart_cases:texts", file)


def test_two_threads_have_a_process_each(file):
    pids, at_once = [], threading.Barrier(2)

    def read():
        at_once.wait()
        pids.append(read_apart("apart_cases:arrays", file)[0]["pid"])

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pids) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a thread")
def test_ctrl_c_ends_reading_at_once_and_the_process_too(file, monkeypatch):
    process, reader = apart._Process(), threading.get_ident()
    monkeypatch.setattr(apart, "_taken", lambda: process)

    def ctrl_c():  # a terminal tells all processes
        signal.pthread_kill(reader, signal.SIGINT)
        process.popen.send_signal(signal.SIGINT)

    threading.Timer(0.3, ctrl_c).start()
    with pytest.raises(KeyboardInterrupt):
        read_apart("apart_cases:endless", file)
    assert process.popen.returncode is not None
    assert process not in apart._idle


def test_a_process_that_ended_for_want_of_work_is_replaced(file):
    read_apart("apart_cases:arrays", file)
    for process in apart._idle:
        process.popen.kill()
        process.popen.wait()
    assert read_apart("apart_cases:arrays", file)[1]


def test_the_process_of_another_is_left_alone(file):
    read_apart("apart_cases:arrays", file)
    process = apart._idle[-1]
    process.owner += 1  # as after a fork
    assert read_apart("apart_cases:arrays", file)[0]["pid"] != process.popen.pid
    assert os.waitpid(process.popen.pid, 0)[1] == 0, "it ended by itself when its pipe was closed"


def test_large_files_have_longer():
    assert seconds_for(0) == apart.SECONDS
    assert seconds_for(500_000_000) == apart.SECONDS + 100


def test_a_program_ends_without_a_word_from_its_reader_process():
    path = str(DATA / "norse_if.nir")
    code = f"from pathlib import Path; from neurocore.formats.nir.file import read_nir; read_nir(Path({path!r}))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
