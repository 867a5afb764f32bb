"""The JSON Schema of the config language, for editors that complete and check YAML while it is written.

Editors' YAML servers understand draft 7; pydantic writes 2020-12, so its output is rewritten.
"""

from collections.abc import Callable, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from pinn import schema
from pinn.config import manual
from pinn.schema import Document, one_or_many

Json = dict[str, Any]

_MAPS = ("properties", "patternProperties", "definitions")
"""Keywords whose keys are names of the user's, not keywords."""


def json_schema() -> Json:
    """The schema of a whole config as draft-7 JSON Schema."""
    rewritten = _rewritten(_documented(Document.model_json_schema(schema_generator=_Generator)))
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "pinn config",
        **rewritten,
        "patternProperties": {"^x-": {"description": "Holds anchors; not read otherwise."}},
    }


class _Generator(GenerateJsonSchema):
    """Pydantic's generator, which is told that `Many` also takes the single item."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        listed = super().function_before_schema(schema)
        if schema["function"]["function"] is not one_or_many:
            return listed
        return {"anyOf": [listed["items"], listed]}


def _documented(generated: Json) -> Json:
    """The schema with the manual entry of every field."""
    entries = manual.field_texts()
    for name, part in {**generated["$defs"], Document.__name__: generated}.items():
        for owner in reversed(getattr(schema, name).__mro__):
            for field, entry in entries.get(owner.__name__, {}).items():
                part["properties"][field].setdefault("description", entry)
    return generated


def _rewritten(schema: Mapping[str, Any]) -> Json:
    """A schema with 2020-12 keywords, generated titles and repetitions taken out."""
    result: Json = {}
    for key, value in schema.items():
        if key in ("title", "discriminator") or (key == "default" and value is None):
            continue
        name = {"$defs": "definitions", "prefixItems": "items"}.get(key, key)
        result[name] = _value(name, value)
    for rule in _RULES:
        result = rule(result)
    return result


def _value(keyword: str, value: Any) -> Any:
    if keyword in _MAPS:
        return {name: _rewritten(part) for name, part in value.items()}
    if keyword == "$ref":
        return value.replace("#/$defs/", "#/definitions/")
    if keyword in ("default", "const", "enum", "required"):
        return value
    if isinstance(value, Mapping):
        return _rewritten(value)
    if isinstance(value, list):
        return [_rewritten(part) for part in value]
    return value


def _closed(schema: Json) -> Json:
    """Names that no pattern allows are refused."""
    return {**schema, "additionalProperties": False} if "patternProperties" in schema else schema


def _lone_reference(schema: Json) -> Json:
    """Draft 7 ignores whatever stands beside a `$ref`."""
    if "$ref" not in schema or len(schema) == 1:
        return schema
    rest = {key: value for key, value in schema.items() if key != "$ref"}
    return {"allOf": [{"$ref": schema["$ref"]}], **rest}


def _flat(schema: Json) -> Json:
    """Alternatives inside alternatives are put side by side."""
    parts = schema.get("anyOf")
    if parts is None:
        return schema
    flat = [inner for part in parts for inner in (part["anyOf"] if set(part) == {"anyOf"} else [part])]
    return {**schema, "anyOf": flat}


def _one_type(schema: Json) -> Json:
    """Alternatives that are bare types become one list of types; a number includes the integers."""
    parts = schema.get("anyOf")
    if parts is None:
        return schema
    bare = [part["type"] for part in parts if set(part) == {"type"} and isinstance(part["type"], str)]
    if len(bare) < 2:
        return schema
    types = [t for t in bare if t != "integer" or "number" not in bare]
    others = [part for part in parts if set(part) != {"type"}]
    rest = {key: value for key, value in schema.items() if key != "anyOf"}
    return {**rest, "anyOf": [{"type": types}, *others]} if others else {**rest, "type": types}


_RULES: tuple[Callable[[Json], Json], ...] = (_closed, _lone_reference, _flat, _one_type)
