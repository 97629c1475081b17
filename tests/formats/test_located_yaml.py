"""YAML is read as YAML 1.2 means it, every node keeps its line, and nothing in a file can harm."""

import math
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from examples import examples
from hypothesis import given, settings
from hypothesis import strategies as st

from neurocore.errors import ConfigError
from neurocore.formats.located_yaml import load_yaml, parse_yaml, read_scalar
from neurocore.formats.yaml_paths import find_path, format_path, shown

SCALARS: list[tuple[str, Any]] = [
    ("no", "no"), ("yes", "yes"), ("on", "on"), ("off", "off"), ("y", "y"), ("No", "No"),
    ("true", True), ("False", False), ("TRUE", True), ("'true'", "true"),
    ("null", None), ("~", None), ("", None), ("Null", None), ("nUll", "nUll"), ("''", ""),
    ("010", 10), ("-7", -7), ("+7", 7), ("0", 0), ("-0", 0), ("0x1F", 31), ("0o17", 15), ("0b11", "0b11"),
    ("1_000", "1_000"), ("12:30", "12:30"), ("190:20:30", "190:20:30"), ("'5'", "5"), ('"5"', "5"),
    ("1e6", 1e6), ("1E-3", 1e-3), ("1.", 1.0), (".5", 0.5), ("-1.5e3", -1500.0), ("1e", "1e"), ("e5", "e5"),
    ("1.2.3", "1.2.3"), ("2026-11-23", "2026-11-23"), ("=", "="), ("<<", "<<"), ("18446744073709551615", 2**64 - 1),
    ("[4, 4]", [4, 4]), ("{a: on}", {"a": "on"}), ("| \n  x\n  5\n", "x\n5\n"), ("\u0663", "\u0663"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), SCALARS, ids=[repr(text) for text, _ in SCALARS])
def test_scalars_are_read_as_yaml_1_2_reads_them(text: str, value: Any) -> None:
    found = read_scalar(text)
    assert found == value and type(found) is type(value)


@pytest.mark.parametrize("text", [".nan", ".inf", "-.INF", "1e999", "9" * 30, "9" * 5000, "0x" + "f" * 17])
def test_numbers_that_are_not_finite_or_too_large_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"--set:1: .* is (not a finite number|too large)"):
        read_scalar(text)


def test_a_value_that_is_no_yaml_names_the_option() -> None:
    with pytest.raises(ConfigError, match="--set:1: "):
        read_scalar("[1, 2")


TEXT = """\
a: 1
list:
  - x
  - {deep: [1,
            2]}
"dotted.name": {b: 3}
two.dots.name:
  c: 4
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("a",), 1),
        (("list",), 2),
        (("list", 0), 3),
        (("list", 1, "deep"), 4),
        (("list", 1, "deep", 1), 5),
        (("list", 1, "deep", 7), 4),
        (("list", 9, "deep"), 2),
        (("dotted.name", "b"), 6),
        (("two.dots.name", "c"), 8),
        (("missing", "b"), 1),
    ],
)
def test_every_node_keeps_its_line_and_missing_ones_get_the_nearest_above(path: Any, line: int) -> None:
    assert parse_yaml(TEXT, "f").line(path) == line


@pytest.mark.parametrize(
    ("text", "path", "rest"),
    [
        ("list[1].deep[0]", ("list", 1, "deep", 0), ""),
        ("dotted.name.b", ("dotted.name", "b"), ""),
        ("two.dots.name.c", ("two.dots.name", "c"), ""),
        ("a.b", ("a",), "b"),
        ("list[5].x", ("list",), "[5].x"),
        ("nothing", (), "nothing"),
        ("", (), ""),
    ],
)
def test_written_paths_are_found_even_with_dots_in_names(text: str, path: Any, rest: str) -> None:
    assert find_path(parse_yaml(TEXT, "f").value, text) == (path, rest)


def test_paths_are_written_as_people_write_them() -> None:
    assert format_path(("projections", 0, "delay")) == "projections[0].delay"
    assert format_path(("a b", "c")) == "['a b'].c"


def test_values_are_shown_short() -> None:
    assert shown("x" * 100) == "'" + "x" * 37 + "...'"
    assert shown(True) == "true" and shown(None) == "nothing"
    assert shown([1, 2]) == "[1, 2]" and shown(["x" * 30] * 3) == "a list of 3"
    assert shown({"a": 1, "b": 2}) == "a mapping with a, b"
    assert shown(10**60) == "100000000000... (61 characters)"


def test_aliases_repeat_values_but_share_nothing() -> None:
    value = parse_yaml("a: &x [1, {b: 2}]\nc: *x\n", "f").value
    assert value == {"a": [1, {"b": 2}], "c": [1, {"b": 2}]}
    assert value["a"] is not value["c"] and value["a"][1] is not value["c"][1]


def test_many_aliases_of_a_small_value_are_fine() -> None:
    assert len(parse_yaml("a: &x [1, 2, 3]\nb: [" + ", ".join(["*x"] * 1000) + "]\n", "f").value["b"]) == 1000


@pytest.mark.parametrize("text", ["&a [*a]", "&a {b: *a}", "x: &a [1, {c: [*a]}]", "&a [&b [*a], *b]"])
def test_aliases_that_contain_themselves_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="this alias contains itself"):
        parse_yaml(text, "f")


def test_an_alias_bomb_is_refused_without_being_built() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 2000)]
    begin = time.process_time()
    with pytest.raises(ConfigError, match="more than 1000000 values"):
        parse_yaml("\n".join(lines), "f")
    assert time.process_time() - begin < 5


def test_a_chain_of_aliases_cannot_exhaust_the_stack() -> None:
    nest = "[" * 30
    lines = [f"a0: &a0 {nest}1{']' * 30}"]
    lines += [f"a{i}: &a{i} {nest}*a{i - 1}{']' * 30}" for i in range(1, 200)]
    with pytest.raises(ConfigError, match="nested more than"):
        parse_yaml("\n".join(lines), "f")


@pytest.mark.parametrize(
    "tag", ["!x 1", "!!python/object/apply:os.system [ls]", "!!binary aGk=", "!!str 5", "!x {a: 1}"]
)
def test_tags_are_refused(tag: str) -> None:
    with pytest.raises(ConfigError, match=r"f:1: a: the tag '!.*' is not read"):
        parse_yaml(f"a: {tag}", "f")


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", '{a: 1, "a": 2}', "a: {}\n? a\n: 3\n"])
def test_keys_given_twice_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="a: this key is given twice\n  fix: keep one; the first is on line 1"):
        parse_yaml(text, "f")


@pytest.mark.parametrize("key", ["1", "true", "null", "1.5", "[a]", "{a: 1}", ".nan", "~"])
def test_keys_are_words(key: str) -> None:
    with pytest.raises(ConfigError, match="cannot be a key"):
        parse_yaml(f"? {key}\n: 1\n", "f")


def test_a_byte_order_mark_is_no_mistake(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n")
    document = load_yaml(tmp_path / "a.yaml")
    assert document.value == {"a": 1, "b": 2} and document.line(("b",)) == 2


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Z")), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex(r"[a-z]{1,8}", fullmatch=True), inner),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=examples(60), deadline=None, derandomize=True)
@given(st.dictionaries(st.from_regex(r"k[a-z]{0,8}", fullmatch=True), VALUES, min_size=1))
def test_what_pyyaml_writes_is_read_back(value: dict[str, Any]) -> None:
    def clear(node: Any) -> bool:
        """PyYAML leaves words unquoted that only YAML 1.2 reads as numbers."""
        if isinstance(node, str):
            return read_scalar_or_none(node) == node
        if isinstance(node, dict):
            return all(clear(key) and clear(item) for key, item in node.items())
        return all(map(clear, node)) if isinstance(node, list) else True

    if clear(value):
        assert parse_yaml(yaml.safe_dump(value, allow_unicode=True), "f").value == value


def read_scalar_or_none(text: str) -> Any:
    try:
        return read_scalar(text)
    except ConfigError:
        return None


@settings(max_examples=examples(300), deadline=None, derandomize=True)
@given(st.text(max_size=60) | st.text(":-[]{}&*!|>'\"%@`#,? \n\tab01.", max_size=40))
def test_any_text_is_read_or_refused_with_a_line(text: str) -> None:
    try:
        value = parse_yaml(text, "f").value
    except ConfigError as error:
        assert error.file == "f" and error.line is not None
    else:
        assert not isinstance(value, float) or math.isfinite(value)
