"""The JSON Schema for editors: draft 7, accepts the examples, and refuses what the language refuses."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft7Validator

from pinn.config.decode import decode
from pinn.config.jsonschema import json_schema
from pinn.config.source import read
from pinn.schema import Document

TOY = """\
x-note: {any: thing}
unknowns: [u]
domain: {kind: gaussian, coordinates: [x, y]}
directions: {v: [1, 0]}
terms:
  - minimise: d(u, v)^2
sampling: {kind: random, points: 100}
network: {kind: mlp, hidden: [20], activation: sigmoid, output_activation: sigmoid}
optimizer: {kind: bfgs, max_steps: 1000}
seed: 0
"""
POISSON = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - equation: -laplacian(u) = 2*pi^2*sin(pi*x)*sin(pi*y)
  - equation: u = 0
    on: boundary
    hard: true
exact: {u: sin(pi*x)*sin(pi*y)}
sampling: {kind: sobol, points: 1024}
network: {kind: mlp, hidden: [16, 16], activation: tanh}
optimizer: {kind: bfgs, max_steps: 1000}
"""
BURGERS = """\
unknowns: {u: {}}
parameters:
  nu: {kind: fitted, initial: 0.1, positive: true}
domain: {kind: box, bounds: {x: [-1, 1], t: [0, 1]}, time: t}
terms:
  - equation: u_t + u*u_x = nu*u_xx
  - {equation: u = -sin(pi*x), on: t=0, points: 200, weight: 10}
  - {equation: [u = 0], on: [x=-1, x=1, {x: 0, t: 0}], points: 100}
  - data: burgers_samples.csv
sampling: {kind: grid, points: [64, 1e2]}
optimizer:
  - {kind: lbfgs, max_steps: 2000}
  - {kind: bfgs, max_steps: 20000}
"""


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    return json_schema()


def objections(schema: dict[str, Any], text: str) -> list[str]:
    data: Any = read(text, "f").plain()
    return [error.message for error in Draft7Validator(schema).iter_errors(data)]


def parts(schema: object) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
        for value in schema.values():
            yield from parts(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from parts(value)


def test_it_is_draft_7(schema: dict[str, Any]) -> None:
    Draft7Validator.check_schema(schema)
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    newer = {"$defs", "prefixItems", "unevaluatedProperties", "unevaluatedItems", "discriminator"}
    for part in parts(schema):
        assert not newer & set(part)
        assert "$ref" not in part or len(part) == 1
    assert json.loads(json.dumps(schema)) == schema


@pytest.mark.parametrize("text", [TOY, POISSON, BURGERS], ids=["toy", "poisson", "burgers"])
def test_examples_are_valid(schema: dict[str, Any], text: str) -> None:
    assert objections(schema, text) == []
    assert decode(read(text, "f"))[1] == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("seed: 0", "sed: 0"),
        ("hidden: [20]", "wdith: [20]"),
        ("hidden: [20]", "hidden: [0]"),
        ("hidden: [20]", "hidden: 20"),
        ("kind: bfgs", "kind: bfsg"),
        ("points: 100", "points: many"),
        ("points: 100", "points: -1"),
        ("- minimise: d(u, v)^2", "- {minimise: u, hard: no}"),
        ("- minimise: d(u, v)^2", "- {equation: {a: 1}}"),
        ("unknowns: [u]", "unknowns: [1u]"),
        ("unknowns: [u]", "unknowns: {1u: {}}"),
        ("seed: 0", "seed: true"),
        ("seed: 0", "seed: 4294967296"),
        ("terms:\n  - minimise: d(u, v)^2", "terms: []"),
        ("directions: {v: [1, 0]}", "parameters: {k: {kind: fitted, initial: 1, bounds: [1]}}"),
        ("directions: {v: [1, 0]}", "parameters: {k: {kind: fitted, initial: 1, bounds: [1, 2, 3]}}"),
        ("directions: {v: [1, 0]}", "parameters: {k: {kind: fitted}}"),
    ],
)
def test_what_decoding_refuses_is_refused(schema: dict[str, Any], right: str, wrong: str) -> None:
    assert right in TOY
    text = TOY.replace(right, wrong)
    assert decode(read(text, "f"))[1]
    assert objections(schema, text)


def test_every_top_level_key_is_explained(schema: dict[str, Any]) -> None:
    assert set(schema["properties"]) == set(Document.model_fields)
    explained = {key for key, part in schema["properties"].items() if part.get("description")}
    assert explained >= {"unknowns", "domain", "terms", "seed", "optimizer", "exact"}
    assert schema["definitions"]["Term"]["properties"]["weight"]["description"].startswith("Multiplies after")


def test_one_or_many_and_defaults(schema: dict[str, Any]) -> None:
    on = schema["definitions"]["Term"]["properties"]["on"]
    examples = ["boundary", {"x": 0}, ["x=1", {"x": 0}], None]
    assert [Draft7Validator(on).is_valid(example) for example in [*examples, [], 3]] == [True] * 4 + [False] * 2
    assert schema["definitions"]["Bfgs"]["properties"]["max_steps"]["default"] == 5000
