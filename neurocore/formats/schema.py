"""What a network's YAML may say, for machines (JSON schema) and for people (a table), both from the models."""

from __future__ import annotations

import typing
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import PydanticOmit, PydanticUndefined, core_schema

from neurocore.arch import PRESETS, ChipSpec
from neurocore.formats.block_files import builtin_blocks
from neurocore.formats.block_models import BlockUse
from neurocore.formats.validation_errors import branches, describe
from neurocore.network import FileArray, Network, UniformRange

__all__ = ["key_table", "network_schema", "table_of"]

_VALUES: Final = (FileArray, UniformRange)
"""Models that stand for one value; they have a table of their own."""

_BLOCKS: Final = "function blocks, which stand for populations and projections: `neurocore blocks` lists them"

_BOUNDS: Final = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
_LENGTHS: Final = {"minLength": "minItems", "maxLength": "maxItems"}
_HEAD: Final = "| key | value | range | default | meaning |\n|---|---|---|---|---|\n"

_CHIP_RANGES: Final = {
    "delay": "1 to chip.delay_limit",
    "floor": "-chip.threshold_limit to 0",
    "initial_potential": "-chip.potential_limit to chip.potential_limit",
    "leak": "-chip.leak_limit to chip.leak_limit",
    "negative_threshold": "0 to chip.threshold_limit",
    "reset_potential": "-chip.potential_limit to chip.potential_limit",
    "threshold": "0 to chip.threshold_limit",
    "threshold_noise_bits": "0 to chip.noise_bits_limit",
}
"""Ranges that depend on the chip: keys of a neuron or projection."""


class _Generator(GenerateJsonSchema):
    """Leaves out what cannot stand in YAML: numpy arrays."""

    def is_instance_schema(self, schema: core_schema.IsInstanceSchema) -> JsonSchemaValue:
        raise PydanticOmit


def network_schema() -> dict[str, Any]:
    """The JSON schema (draft 2020-12) of a network's YAML, for editors that complete and check while one types."""
    schema = Network.model_json_schema(schema_generator=_Generator)
    definitions = schema["$defs"]
    for name in ("Population", "Input"):
        shape = definitions[name]["properties"]["shape"]
        listed = {key: shape.pop(key) for key in list(shape) if key not in ("description", "title")}
        shape["anyOf"] = [{"type": "integer", "minimum": 1}, listed]
    chip = definitions["ChipSpec"]["properties"]
    chip["preset"] = {"type": "string", "enum": sorted(PRESETS), "description": "what the other values start from"}
    schema["properties"]["chip"] = {
        "anyOf": [
            {"type": "string", "description": _chip_words()},
            {"$ref": "#/$defs/ChipSpec"},
        ],
        "description": Network.model_fields["chip"].description,
        "default": "truenorth",
    }
    _with_blocks(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **_in_keywords(schema)}


def _in_keywords(schema: Any) -> Any:
    """With the keywords of JSON schema where pydantic, from 2.12 on, leaves names of its own (ge for minimum)."""
    if isinstance(schema, list):
        return [_in_keywords(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    keywords = _BOUNDS | (_LENGTHS if schema.get("type") == "array" else {})
    found = {}
    for name, value in schema.items():
        if name in ("properties", "patternProperties", "$defs"):  # what is in these is named by us
            found[name] = {key: _in_keywords(inner) for key, inner in value.items()}
        else:
            found[keywords.get(name, name)] = _in_keywords(value)
    return found


def _with_blocks(schema: dict[str, Any]) -> None:
    """Blocks are gone before a Network is made, so its model does not know them; blocks may be all that there is."""
    use = BlockUse.model_json_schema()
    use["properties"]["use"] = {
        "anyOf": [{"type": "string", "enum": builtin_blocks()}, {"type": "string", "pattern": r"\.[Yy][Aa]?[Mm][Ll]$"}],
        "description": BlockUse.model_fields["use"].description,
    }
    schema["$defs"]["BlockUse"] = use
    schema["properties"]["blocks"] = {
        "type": "object",
        "additionalProperties": {"$ref": "#/$defs/BlockUse"},
        "description": _BLOCKS,
    }
    schema["required"] = [name for name in schema["required"] if name != "populations"]
    schema["anyOf"] = [{"required": ["populations"]}, {"required": ["blocks"]}]


def _chip_words() -> str:
    return f"a preset ({', '.join(sorted(PRESETS))}) or the name of a YAML file"


def key_table() -> str:
    """A Markdown table of every key: path, type, range, default, meaning; then one of the two special values."""
    rows = table_of(Network)
    rows += f"| `blocks` | NAME: see below |  | none | {_BLOCKS} |\n"
    rows += "".join(_row(*found) for found in _fields(BlockUse, "blocks.NAME."))
    special = "".join(_row(name, field) for model in _VALUES for name, field in model.model_fields.items())
    return f"{rows}\nWhere `{{file: ...}}` or `{{uniform: ...}}` is allowed:\n\n{_HEAD}{special}"


def table_of(model: type[BaseModel]) -> str:
    """A Markdown table of every key of a model and of those below it."""
    return _HEAD + "".join(_row(*found) for found in _fields(model, ""))


def _fields(model: type[BaseModel], above: str) -> Iterator[tuple[str, FieldInfo]]:
    """Every key below a model, parents first."""
    if model is ChipSpec:
        meaning = f"what the other values start from: {', '.join(sorted(PRESETS))}"
        yield f"{above}preset", FieldInfo(annotation=str, default="truenorth", description=meaning)
    for name, field in model.model_fields.items():
        path = f"{above}{field.alias or name}"
        yield path, field
        for kind in branches(field.annotation):
            yield from _below(kind, path)


def _below(kind: Any, path: str) -> Iterator[tuple[str, FieldInfo]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in _VALUES:
        yield from _fields(kind, f"{path}.")
    elif typing.get_origin(kind) is dict:
        for inner in branches(typing.get_args(kind)[1]):
            yield from _below(inner, f"{path}.NAME")
    elif typing.get_origin(kind) is list:
        for inner in branches(typing.get_args(kind)[0]):
            yield from _below(inner, f"{path}[]")


def _row(path: str, field: FieldInfo) -> str:
    kinds = list(branches(field.annotation))
    name = path.rsplit(".", 1)[-1]
    if name == "shape":
        value = "a whole number or a list of them"
    elif models := [k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel) and k not in _VALUES]:
        value = "see below" if models != [ChipSpec] else "a preset, the name of a .yaml file, or see below"
    else:
        value = describe(kinds) if len(kinds) != 1 or typing.get_origin(kinds[0]) is not dict else "NAME: see below"
    meaning = field.description or _docstring(kinds)
    limits = "; ".join(dict.fromkeys(_bounds(field.annotation, field.metadata)))
    if path.startswith(("populations.", "projections[]")) and name in _CHIP_RANGES:
        limits = _CHIP_RANGES[name]
    cells = (f"`{path}`", value, limits, _default(field), meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _docstring(kinds: list[Any]) -> str:
    """The first sentence of the model that a key holds."""
    for kind in kinds:
        inner = [k for argument in typing.get_args(kind) for k in branches(argument)]
        for model in (kind, *inner):
            if isinstance(model, type) and issubclass(model, BaseModel):
                return (model.__doc__ or "").split("\n")[0].removesuffix(" ...").rstrip(".")
    return ""


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if field.default_factory is not None:
        made = field.default_factory()  # type: ignore[call-arg]
        if isinstance(made, ChipSpec):
            return f"`{made.name}`"
        return "the defaults below" if isinstance(made, BaseModel) else "none"
    if field.default is None or field.default is PydanticUndefined or field.default == "":
        return "none"
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _bounds(annotation: Any, metadata: list[Any]) -> Iterator[str]:
    """Bounds of numbers, wherever they stand in a type."""
    words = {"ge": "{:g} or more", "gt": "more than {:g}", "le": "{:g} or less", "lt": "less than {:g}"}
    for item in metadata:
        inner = item.metadata if isinstance(item, FieldInfo) else [item]
        for bound in inner:
            for sign, text in words.items():
                if (limit := getattr(bound, sign, None)) is not None:
                    yield text.format(limit) if isinstance(limit, float) or limit < 10**6 else _power(text, limit)
    arguments = typing.get_args(annotation)
    if typing.get_origin(annotation) is Annotated:
        yield from _bounds(arguments[0], list(arguments[1:]))
    else:
        for argument in arguments:
            yield from _bounds(argument, [])


def _power(text: str, limit: int) -> str:
    """Large limits are powers of two."""
    power = limit.bit_length() - 1
    return text.replace("{:g}", f"2^{power}" if limit == 2**power else str(limit))
