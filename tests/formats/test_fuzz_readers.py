"""A short slice of ``make fuzz``: damaged files of every kind give a value or an error of ours, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import NeurocoreError
from tools.fuzz.cases import Watch, case_bytes, limited_memory, prepare, try_case
from tools.fuzz.runner import Tally, plan, table
from tools.fuzz.targets import Target, mutated, targets

SLOW = ("run json", "run spikes", "network", "block", "ibm json", "training plan")


@pytest.fixture(scope="module")
def watch() -> Iterator[Watch]:
    with Watch() as watch:
        yield watch


@pytest.mark.parametrize("name", list(targets()))
def test_a_damaged_file_gives_a_value_or_an_error_of_ours(name, watch, tmp_path):
    target = targets()[name]
    path = prepare(target, tmp_path)
    for seed in target.seeds:
        assert try_case(target, seed, path, watch) == ("read", "")

    @settings(
        max_examples=examples(20, 8) if name in SLOW else examples(60, 20),
        deadline=None,
        derandomize=True,
        database=None,
    )
    @given(st.randoms(use_true_random=False))
    def damage(random):
        verdict, told = try_case(target, mutated(target, random), path, watch)
        assert verdict != "defect", told

    with limited_memory():
        damage()


@pytest.mark.parametrize("name", list(targets()))
def test_a_numbered_case_is_always_the_same_file(name):
    target = targets()[name]
    cases = [case_bytes(target, number) for number in range(20)]
    assert cases == [case_bytes(target, number) for number in range(20)]
    assert len(set(cases)) > 10


def broken(read) -> Target:
    return Target(name="broken", file="b.csv", kind="text", seeds=(b"1,2\n",), read=read, share=1)


def hang(path: Path) -> None:
    while True:
        pass


def write_beside(path: Path) -> None:
    (path.parent / "other").write_bytes(b"x")


def refuse(path: Path) -> None:
    raise NeurocoreError("no")


@pytest.mark.parametrize(
    ("read", "told"),
    [
        (lambda path: {}["x"], "KeyError"),
        (lambda path: bytes(10**9), "MemoryError"),
        (hang, "it took over"),
        (write_beside, "to write"),
        (lambda path: Path("/etc/hostname").read_bytes(), "opened /etc/hostname"),
        (lambda path: __import__("os").system("true"), "os.system"),
        (lambda path: __import__("pickle").loads(b"cos\ngetpid\n."), "pickle.find_class"),
    ],
    ids=["exception", "memory", "endless", "writing", "elsewhere", "a process", "a pickle"],
)
def test_the_watch_sees_what_a_reader_must_not_do(read, told, watch, tmp_path, monkeypatch):
    monkeypatch.setattr("tools.fuzz.cases.SECONDS", 0.2)
    target = broken(read)
    with limited_memory():
        verdict, found = try_case(target, b"1", prepare(target, tmp_path), watch)
    assert verdict == "defect"
    assert told in found


def test_an_error_of_ours_is_no_defect(watch, tmp_path):
    target = broken(refuse)
    assert try_case(target, b"1", prepare(target, tmp_path), watch) == ("refused", "")


def test_the_plan_gives_every_target_its_share_and_no_case_twice():
    blocks = list(plan(20_000, 5, None))
    cases = {name: [] for name in targets()}
    for name, first, count in blocks:
        cases[name] += range(first, first + count)
    assert all(numbers == list(range(5, 5 + len(numbers))) and numbers for numbers in cases.values())
    assert 20_000 <= sum(map(len, cases.values())) < 20_000 + len(cases)


def test_the_table_counts():
    text = table({"a": Tally(cases=10, refused=7, defects=1, seconds=2), "b": Tally(cases=5, refused=5)})
    assert text.splitlines()[-1].split() == ["all", "15", "12", "1", "8"]
