"""The soak finds nothing in a good kernel and the first mismatch in a bad one, and says how to see it again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from neurocore.emulator.engine import Emulator
from tools import soak


def test_one_case_of_each_kind_agrees_with_the_reference(capsys):
    assert soak.soak(60, 4, most=len(soak.KINDS)) == 0
    text = capsys.readouterr().out
    assert "5 cases (1 pieces, 1 batch, 1 mapped, 1 ranks, 1 killed" in text
    assert "0 mismatches" in text and "--first 9" in text


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


@pytest.mark.parametrize("seed", range(3))
def test_random_specs_make_images(seed):
    spec = soak.random_spec(np.random.default_rng(seed))
    assert spec.name == "soak" and spec.cores >= 1
