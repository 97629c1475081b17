"""The schema and the key table say what the models say, and the committed copies are fresh."""

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from neurocore.arch import PRESETS, ChipSpec
from neurocore.formats.schema import key_table, network_schema
from neurocore.network import Network, Neuron, Projection

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def make_docs() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_docs", ROOT / "tools" / "make_docs.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_key_table_in_the_docs_is_fresh(make_docs: ModuleType) -> None:
    assert make_docs.PAGE.read_text() == make_docs.page_text(), "run python -m tools.make_docs"


def test_the_coefficients_in_the_docs_are_fresh(make_docs: ModuleType) -> None:
    assert make_docs.ESTIMATOR_PAGE.read_text() == make_docs.estimator_page_text(), "run python -m tools.make_docs"


def test_the_table_of_blocks_in_the_docs_is_fresh(make_docs: ModuleType) -> None:
    assert make_docs.BLOCKS_PAGE.read_text() == make_docs.blocks_page_text(), "run python -m tools.make_docs"


def test_the_table_of_a_plans_keys_in_the_docs_is_fresh(make_docs: ModuleType) -> None:
    assert make_docs.TRAINING_PAGE.read_text() == make_docs.training_page_text(), "run python -m tools.make_docs"


def test_the_packaged_schema_is_fresh(make_docs: ModuleType) -> None:
    fresh = json.loads(make_docs.schema_text())
    assert json.loads(make_docs.SCHEMA.read_text()) == fresh, "run python -m tools.make_docs"


def test_the_schema_is_plain_json_and_refuses_unknown_keys() -> None:
    schema = json.loads(json.dumps(network_schema()))
    assert schema["additionalProperties"] is False
    assert set(schema["required"]) == {"name"}
    assert schema["anyOf"] == [{"required": ["populations"]}, {"required": ["blocks"]}]
    assert schema["$defs"]["BlockUse"]["required"] == ["use"]
    for name, definition in schema["$defs"].items():
        assert definition["additionalProperties"] is False, name


KEYWORDS = set(
    [
        "$defs",
        "$ref",
        "$schema",
        "additionalProperties",
        "anyOf",
        "const",
        "default",
        "description",
        "enum",
        "examples",
        "exclusiveMaximum",
        "exclusiveMinimum",
        "items",
        "maxItems",
        "maxLength",
        "maxProperties",
        "maximum",
        "minItems",
        "minLength",
        "minProperties",
        "minimum",
        "oneOf",
        "pattern",
        "patternProperties",
        "prefixItems",
        "properties",
        "propertyNames",
        "required",
        "title",
        "type",
    ]
)
OF_TYPE = {"minLength": "string", "maxLength": "string", "minItems": "array", "maxItems": "array"}


def keywords(schema: object) -> list[tuple[str, object]]:
    """Every keyword, with the type of what it stands at."""
    if isinstance(schema, list):
        return [found for item in schema for found in keywords(item)]
    if not isinstance(schema, dict):
        return []
    found = [(name, schema.get("type")) for name in schema]
    for name, value in schema.items():
        named = name in ("properties", "patternProperties", "$defs")
        inner = [] if name in ("default", "enum", "const", "examples") else list(value.values()) if named else value
        found += keywords(inner)
    return found


def test_the_schema_has_keywords_of_json_schema_and_each_at_its_type() -> None:
    for name, kind in keywords(network_schema()):
        assert name in KEYWORDS, name
        if name in OF_TYPE:
            assert kind in (OF_TYPE[name], None), (name, kind)


def test_every_reference_in_the_schema_exists() -> None:
    schema = network_schema()
    for name in re.findall(r'"\$ref": "#/\$defs/(\w+)"', json.dumps(schema)):
        assert name in schema["$defs"]


def test_the_schema_knows_yaml_names_and_short_forms() -> None:
    schema = network_schema()
    projection = schema["$defs"]["Projection"]["properties"]
    assert "from" in projection and "from_" not in projection
    assert {"type": "integer", "minimum": 1} in schema["$defs"]["Population"]["properties"]["shape"]["anyOf"]
    assert schema["$defs"]["ChipSpec"]["properties"]["preset"]["enum"] == sorted(PRESETS)
    assert {"type": "string"}.items() <= schema["properties"]["chip"]["anyOf"][0].items()


def rows() -> dict[str, list[str]]:
    found = {}
    for line in key_table().splitlines():
        if line.startswith("| `"):
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            found[cells[0].strip("`")] = cells
    return found


def test_the_table_has_every_key_once_with_value_default_and_meaning() -> None:
    table = rows()
    assert set(Network.model_fields) <= set(table)
    assert {f"populations.NAME.neuron.{key}" for key in Neuron.model_fields} <= set(table)
    assert {f"chip.{key}" for key in ChipSpec.model_fields} <= set(table)
    assert {f"projections[].{field.alias or key}" for key, field in Projection.model_fields.items()} <= set(table)
    for key, cells in table.items():
        assert len(cells) == 5, key
        assert cells[1] and cells[3] and cells[4], key


def test_the_table_tells_ranges_and_defaults() -> None:
    table = rows()
    assert table["run.ticks"][1:4] == ["a whole number", "1 or more; 2^40 or less", "`1000`"]
    assert table["projections[].probability"][2] == "0 or more; 1 or less"
    assert table["populations.NAME.neuron.leak"][2] == "-chip.leak_limit to chip.leak_limit"
    assert table["seed"][2] == "0 or more; less than 2^64"
    assert table["chip"][3] == "`truenorth`"
    assert table["name"][3] == "needed"


def test_the_command_line_reference_is_fresh(make_docs: ModuleType) -> None:
    assert make_docs.CLI_PAGE.read_text() == make_docs.cli_page(), "run python -m tools.make_docs"
