"""The soak finds nothing in a good kernel and the first mismatch in a bad one, and says how to see it again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from block_strategies import random_block_network

from neurocore.emulator.engine import Emulator
from neurocore.verbs.running import run
from tools import soak
from tools.soak_processes import Kills, difference_of_folders


def test_one_case_of_each_kind_agrees_with_the_reference(capsys):
    assert soak.soak(60, 9, most=len(soak.KINDS)) == 0
    text = capsys.readouterr().out
    assert f"9 cases ({', '.join(f'1 {name}' for name in soak.KINDS)}; " in text
    assert "0 mismatches" in text and "--first 18" in text


def test_the_first_mismatch_ends_it_with_its_number(capsys, monkeypatch):
    good = Emulator.run

    def one_off(self, *arguments, **options):
        recording = good(self, *arguments, **options)
        return replace(recording, counters=recording.counters + 1)

    monkeypatch.setattr(Emulator, "run", one_off)
    assert soak.soak(60, 3, kinds={"pieces": soak.pieces}) == 1
    text = capsys.readouterr().out
    assert "1 mismatches" in text
    assert "case 3 (pieces)" in text and "counters[0, 0]" in text
    assert "tools/soak.py --case 3" in text


def test_a_crash_is_a_mismatch(capsys):
    def crash(rng, number):
        raise IndexError("here")

    assert soak.soak(60, 0, kinds={"crash": crash}) == 1
    assert "IndexError: here" in capsys.readouterr().out


def test_ctrl_c_prints_what_was_done(capsys):
    def third(rng, number):
        if number == 2:
            raise KeyboardInterrupt
        return soak.REFUSED

    assert soak.soak(60, 0, kinds={"third": third}) == 0
    found = capsys.readouterr()
    assert "2 cases (2 third; 2 did not fit" in found.out and "--first 2" in found.out
    assert "interrupted" in found.err


def test_a_case_follows_from_its_number_alone():
    def draw(rng, number):
        return str(rng.integers(2**60))

    kinds = {"draw": draw}
    assert soak.try_case(7, kinds) == soak.try_case(7, kinds) != soak.try_case(8, kinds)


def test_kinds_in_processes_of_their_own_come_seldom():
    kinds = soak.KINDS | soak.PROCESSES
    turns = [soak.kind_of(number, kinds) for number in range(4 * 9 + 2)]
    assert {name: turns.count(name) for name in kinds} == dict.fromkeys(soak.KINDS, 4) | dict.fromkeys(
        soak.PROCESSES, 1
    )


def test_most_random_networks_of_blocks_read_and_spike(tmp_path):
    spikes = []
    for seed in range(6):
        (tmp_path / "n.yaml").write_text(random_block_network(seed))
        spikes.append(len(run(tmp_path / "n.yaml", ticks=60).recording.spikes))
    assert sum(number > 0 for number in spikes) > 3


@pytest.mark.slow
@pytest.mark.parametrize("number", range(3))
def test_a_process_that_is_killed_at_random_comes_out_the_same(number, monkeypatch):
    monkeypatch.setattr(Kills, "killed", 0)
    assert soak.try_case(number, {"killed process": soak.killed_process}) == ("killed process", "")
    assert Kills.killed > 0


def test_run_folders_that_differ_in_a_spike_are_seen(tmp_path):
    for name, tick in (("one", 3), ("same", 3), ("other", 4)):
        (tmp_path / name).mkdir()
        np.savez(
            tmp_path / name / "spikes.npz", spike_tick=np.array([1, tick]), meta=np.frombuffer(name.encode(), "u1")
        )
    assert difference_of_folders(tmp_path / "one", tmp_path / "same") == ""
    assert difference_of_folders(tmp_path / "one", tmp_path / "other") == "spikes.npz: spike_tick"
    (tmp_path / "same/left").touch()
    assert "left" in difference_of_folders(tmp_path / "one", tmp_path / "same")


@pytest.mark.parametrize("seed", range(3))
def test_random_specs_make_images(seed):
    spec = soak.random_spec(np.random.default_rng(seed))
    assert spec.name == "soak" and spec.cores >= 1
