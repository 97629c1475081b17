"""Values to sweep over, as the command line gives them."""

from __future__ import annotations

import pytest

from neurocore.errors import NeurocoreError
from neurocore.formats.sweep_values import read_settings, read_values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("5", 5),
        ("auto", "auto"),
        ("5,10, 20", [5, 10, 20]),
        ("[5, 10]", [5, 10]),
        ("[[4, 4], [8, 8]]", [[4, 4], [8, 8]]),
        ("[4, 4],[8, 8]", [[4, 4], [8, 8]]),
        ("[[4, 4]]", [[4, 4]]),
        ("true,false", [True, False]),
        ("0.75,0.8", [0.75, 0.8]),
        ("'a,b',c", ["a,b", "c"]),
        ("{uniform: [1, 2]},3", [{"uniform": [1, 2]}, 3]),
        ("1:10:2", [1, 3, 5, 7, 9]),
        ("1:9:2", [1, 3, 5, 7, 9]),
        ("1:3", [1, 2, 3]),
        ("3:1:-1", [3, 2, 1]),
        ("0.7:1.05:0.05", [0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0, 1.05]),
        ("1:3,10", [1, 2, 3, 10]),
        ("5:5", [5]),
        ("1e2:3e2:1e2", [100.0, 200.0, 300.0]),
    ],
)
def test_values_are_read_as_written(text, values):
    found = read_values(text, "--set x")
    assert found == values
    assert [type(value) for value in (found if isinstance(found, list) else [found])] == [
        type(value) for value in (values if isinstance(values, list) else [values])
    ]


def test_settings_are_paths_and_values():
    assert read_settings(["a.b = 1,2", "c=[3]", "d=x"]) == {"a.b": [1, 2], "c": [3], "d": "x"}


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (["run.ticks"], "--set run.ticks: not of the form PATH=VALUES"),
        (["=5"], "--set =5: not of the form"),
        (["a="], "--set a=: not of the form"),
        (["a=1", "a=2"], "--set a is given twice"),
        (["a=5:1"], "--set a=5:1: the range 5:1:1 is empty"),
        (["a=1:5:0"], "the range 1:5:0 is empty"),
        (["a=1:1000000000"], "--set a=1:1000000000: 1,000,000,000 values"),
        (["a=[1, 2"], "--set"),
    ],
)
def test_what_is_no_value_is_told(texts, said):
    with pytest.raises(NeurocoreError) as raised:
        read_settings(texts)
    assert said in str(raised.value)
