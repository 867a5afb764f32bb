"""What a config means, and every mistake in it that can be found before anything runs, all in one pass."""

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pinn import config
from pinn.config import resolve, summary
from pinn.config.hard import FORM
from pinn.config.model import Config, Energy, FittedParameter, FixedParameter, Misfit
from pinn.errors import ConfigError, Diagnostic
from pinn.expressions import Coordinate, numeric, show

PARTS = {
    "unknowns": "unknowns: [u]",
    "parameters": "",
    "domain": "domain: {kind: box, bounds: {x: [0, 1], y: [0, 2]}}",
    "directions": "",
    "define": "",
    "terms": "terms: [{equation: u = 1}]",
    "exact": "",
    "rest": "",
}


def text(**parts: str) -> str:
    return "\n".join(part for part in {**PARTS, **parts}.values() if part) + "\n"


def parse(base: Path = Path(), **parts: str) -> Config:
    return config.parse(text(**parts), "f.yaml", base)


def mistakes(base: Path = Path(), **parts: str) -> list[Diagnostic]:
    with pytest.raises(ConfigError) as caught:
        parse(base, **parts)
    return list(caught.value.diagnostics)


def marked(mistake: Diagnostic) -> str:
    """The stretch of the file that the caret is under."""
    mark = mistake.mark
    assert mark is not None and mark.source == "f.yaml"
    return mark.text[mark.column - 1 : mark.column - 1 + mark.length]


def only(base: Path = Path(), **parts: str) -> tuple[str, str, str]:
    """Message, marked stretch and hint of the one mistake."""
    found = mistakes(base, **parts)
    assert len(found) == 1, [d.message for d in found]
    return found[0].message, marked(found[0]), found[0].hint or ""


def term(said: str) -> dict[str, Any]:
    """The `terms` section with one more term."""
    return {"terms": f"terms:\n  - {{equation: u = 1}}\n  - {said}"}


# --- names

NAMES = [
    ({"unknowns": "unknowns: [u, u]"}, "'u' is already an unknown", "u"),
    ({"unknowns": "unknowns: [u, x]"}, "'x' is already a coordinate", "x"),
    ({"parameters": "parameters: {u: 1}"}, "'u' is already an unknown", "u"),
    ({"define": "define: {y: 1}"}, "'y' is already a coordinate", "y"),
    ({"directions": "directions: {u: [1, 1]}"}, "'u' is already an unknown", "u"),
    ({"parameters": "parameters: {pi: 3}"}, "'pi' is a word of the expression language", "pi"),
    ({"unknowns": "unknowns: [u, grad]"}, "'grad' is a word of the expression language", "grad"),
    ({"exact": "exact: {w: 1}"}, "'w' is not an unknown, a fitted parameter or a quantity", "w"),
    ({"define": "define: {f: 2*g, g: f + 1, h: f}"}, "'f' is defined by itself", "f"),
    ({"define": "define: {f: f_x}"}, "'f' is defined by itself", "f"),
    ({"define": "define: {f: u = 1}"}, "there is an '=' where a value is needed", "u = 1"),
    ({"exact": "exact: {u: u_x}"}, "'u_x' cannot stand here", "u_x"),
    ({"exact": "exact: {u: '[x, y]'}"}, "a known solution must be a scalar", "'[x, y]'"),
]


@pytest.mark.parametrize(("parts", "message", "place"), NAMES)
def test_mistakes_in_names(parts, message, place):
    found, stretch, _ = only(**parts)
    assert found.startswith(message)
    assert stretch == place


def test_definitions_may_come_in_any_order_and_use_exact_solutions():
    known = parse(
        define="define: {f: -laplacian(exact.u) + h, h: k*g, g: x + 1}",
        parameters="parameters: {k: 2}",
        exact="exact: {u: g^3}",
        terms="terms: [{equation: u = f}]",
    )
    assert show(known.exact["u"], known.scope) == "(x + 1)^3"
    assert config.read_expressions(known, ["h"])[0][0] == config.read_expressions(known, ["k*(x + 1)"])[0][0]


def test_a_definition_with_an_unknown_stays_out_of_known_expressions():
    message, _, _ = only(define="define: {f: u + 1}", **term("{equation: u = 0, weight: f}"))
    assert "unknown 'u' in it" in message


# --- parameters


def test_parameters_may_use_those_above():
    known = parse(parameters="parameters: {a: 0.01/pi, b: 2*a, c: [b, 1], q: {kind: fitted, initial: b}}")
    values = known.parameters
    assert values["b"] == FixedParameter(0.02 / math.pi)
    assert values["c"] == FixedParameter((0.02 / math.pi, 1.0))
    assert values["q"] == FittedParameter(0.02 / math.pi, 1.0, False, None)


def test_drawn_parameters_are_numpy_s():
    known = parse(parameters="parameters: {a: {kind: random, distribution: uniform, dim: 3, seed: 7}}")
    expected = np.random.Generator(np.random.PCG64(7)).random(3)
    assert known.parameters["a"] == FixedParameter(tuple(expected.tolist()))


FITTED = [
    ("initial: 1, bounds: [2, 3]", "the initial value must lie strictly between the bounds", "1"),
    ("initial: 1, bounds: [3, 0]", "the bounds are 3 and 0", "[3, 0]"),
    ("initial: 1, bounds: [0, 3], positive: true", "a parameter has 'positive' or 'bounds', not both", "true"),
    ("initial: 1, bounds: [0, 3], scale: 2", "a parameter has 'scale' or 'bounds', not both", "2"),
    ("initial: -1, positive: true", "a positive parameter must start above zero", "-1"),
    ("initial: 1, scale: 0", "a scale is a size and must be above zero", "0"),
    ("initial: x", "'x' cannot stand here", "x"),
]


@pytest.mark.parametrize(("said", "message", "place"), FITTED)
def test_mistakes_in_fitted_parameters(said, message, place):
    found, stretch, _ = only(parameters=f"parameters: {{p: {{kind: fitted, {said}}}}}")
    assert (found, stretch) == (message, place)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("{a: 2*b, b: 1}", "'b' cannot stand here"),
        ("{a: a + 1}", "'a' cannot stand here"),
        ("{a: 1/0}", "division by zero"),
        ("{a: exp(1000)}", "this is not a finite real number"),
        ("{a: '[1, 2]'}", "this must be a scalar"),
        ("{a: []}", "'a' is an empty list"),
        ("{a: b = 1, b: 1}", "'b' cannot stand here"),
        ("{b: 1, a: b = 1}", "there is an '=' where a value is needed"),
        (f"{{a: {'9' * 400}}}", "'parameters.a' must be a finite number"),
    ],
)
def test_mistakes_in_fixed_parameters(said, message):
    assert only(parameters=f"parameters: {said}")[0].startswith(message)


def test_the_true_value_of_a_fitted_parameter():
    known = parse(parameters="parameters: {p: {kind: fitted, initial: 1}}", exact="exact: {p: 0.01/pi}")
    assert known.exact_numbers == {"p": 0.01 / math.pi}
    assert known.exact == {}


@pytest.mark.parametrize(("said", "name"), [("'where(x < 0.5, 1, 2)'", "x"), ("[1, 2*u]", "u")])
def test_a_parameter_that_differs_from_point_to_point_is_to_be_a_definition(said, name):
    message, _, hint = only(parameters=f"parameters: {{k: {said}}}")
    assert message == f"'{name}' cannot stand here"
    assert hint == "a parameter is a number: put what differs from point to point under 'define'"


# --- domain and directions

DOMAINS = [
    ("bounds: {x: [1, 0], y: [0, 2]}", ["the bounds of x are 1 and 0"]),
    ("bounds: {x: [1, 1], y: [z, 2]}", ["the bounds of x are 1 and 1", "unknown name 'z'"]),
    ("bounds: {x: [0, 1], y: [0, x]}", ["unknown name 'x'"]),
    ("bounds: {x: [0, 1], y: [0, 2]}, time: z", ["'z' is not a coordinate of this box"]),
    ("bounds: {x: [0, 1], y: [0, 2]}, periodic: [x, z]", ["'z' is not a coordinate of this box"]),
    ("bounds: {x: [0, 1], y: [0, 2]}, time: y, family: [y]", ["y is already in 'time'"]),
]


@pytest.mark.parametrize(("said", "messages"), DOMAINS)
def test_mistakes_in_boxes(said, messages):
    assert [d.message for d in mistakes(domain=f"domain: {{kind: box, {said}}}")] == messages


def test_wrong_bounds_do_not_hide_or_cause_other_mistakes():
    found = mistakes(
        domain="domain: {kind: box, bounds: {x: [1, 0], y: [0, 2]}}",
        terms="terms:\n  - {equation: u = w, on: x=7}\n  - {equation: u = x, on: [x=0, y=0], hard: true}",
    )
    assert [d.message for d in found] == ["the bounds of x are 1 and 0", "unknown name 'w'"]


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("scale: 0", "a standard deviation must be above zero"),
        ("mean: [1, 2, 3]", "3 numbers for 2 coordinates"),
        ("scale: [1, q]", "unknown name 'q'"),
    ],
)
def test_mistakes_in_gaussians(said, message):
    assert only(domain=f"domain: {{kind: gaussian, coordinates: [x, y], {said}}}")[0] == message


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("[1]", "v has 1 components; it needs 2"),
        ("[1, 2, 3]", "v has 3 components; it needs 2"),
        ("[0, 0]", "v is the zero vector"),
        ("[1, x]", "unknown name 'x'"),
    ],
)
def test_mistakes_in_directions(said, message):
    assert only(directions=f"directions: {{v: {said}}}", terms="terms: [{equation: 'd(u, v) = 0'}]")[0] == message


def test_whether_t_is_time_has_to_be_said_where_it_matters():
    domain = "domain: {kind: box, bounds: {x: [0, 1], t: [0, 2]}}"
    message, stretch, hint = only(domain=domain, terms="terms: [{equation: u_t = laplacian(u)}]")
    assert message.startswith("is t time?")
    assert stretch == "laplacian(u)"
    assert "time: t" in hint
    assert parse(domain=domain, terms="terms: [{equation: u_t = u_xx}]").domain.time is None
    assert parse(domain=domain[:-1] + ", time: t}", terms="terms: [{equation: u_t = laplacian(u)}]").domain.time == 1


def test_boundary_asks_the_same_question():
    domain = "domain: {kind: box, bounds: {x: [0, 1], t: [0, 2]}}"
    message, stretch, _ = only(domain=domain, **term("{equation: u = 0, on: boundary}"))
    assert (message[:10], stretch) == ("is t time?", "boundary")


# --- terms

TERMS = [
    ("{equation: u + 1}", "an equation needs '='", "u + 1"),
    ("{equation: [u = 1, u_x]}", "an equation needs '='", "u_x"),
    ("{equation: u = 1, on: [x=0, y=0, x=0]}", "x=0 is named twice", "x=0"),
    ("{equation: u_xx = u_xx}", "both sides are the same, so that this holds whatever the unknowns are", "u_xx = u_xx"),
    ("{equation: [u = 1, x = x]}", "both sides are the same, so that this holds whatever the unknowns are", "x = x"),
    ("{equation: x = y}", "no unknown enters this term, so it cannot be trained", None),
    ("{minimise: 'x^2'}", "no unknown enters this term, so it cannot be trained", None),
    ("{minimise: grad(u)}", "this is a vector of 2 components", "grad(u)"),
    ("{minimise: u = 1}", "there is an '=' where a value is needed", "u = 1"),
    ("{equation: u = 1, weight: u}", "'u' cannot stand here", "u"),
    ("{equation: u = 1, weight: p}", "the weight depends on the fitted parameter p", "p"),
    ("{equation: u = 1, weight: '[1, x]'}", "a weight is a single number", "'[1, x]'"),
    ("{equation: u = 1, weight: -1}", "a weight must not be negative", "-1"),
    ("{equation: u = 1, weight: -k}", "a weight must not be negative", "-k"),
    ("{equation: u = 1, weight: x - 0.5}", "a weight must not be negative", "x - 0.5"),
    ("{equation: u = 1, name: term_1}", "the name 'term_1' is used twice", "term_1"),
    ("{equation: u = 1, sampling: {kind: sobol, points: [3, 4]}}", "sobol points are counted by one number", "[3, 4]"),
    (
        "{equation: u = 1, on: x=0, sampling: {kind: grid, points: [3, 4]}}",
        "2 numbers for the 1 free coordinates of x=0",
        "[3, 4]",
    ),
    ("{equation: 'd(u, n) = 0'}", "'n' is the normal of a boundary, and here is none", None),
]


@pytest.mark.parametrize(("said", "message", "place"), TERMS)
def test_mistakes_in_terms(said, message, place):
    found, stretch, _ = only(parameters="parameters: {k: 2, p: {kind: fitted, initial: 1}}", **term(said))
    assert found == message
    assert place is None or stretch == place


def test_weights_that_vanish_or_depend_on_coordinates_are_fine():
    known = parse(parameters="parameters: {k: 2}", **term("{equation: u = 1, weight: k*x*(1 - x) + abs(y)}"))
    assert known.terms[1].weight.shape == ()


PLACES = [
    ("z=0", "unknown name 'z'", "z"),
    ("x=3", "x=3 is outside the box", "x=3"),
    ("x=y", "a plane lies at a constant value of its coordinate", "x=y"),
    ("2=x", "'2=x' is not a plane", "2=x"),
    ("bounday", "there is no region 'bounday'", "bounday"),
    ("[x=0, inside]", "there is no region 'inside'", "inside"),
    ("{x: 0, z: 1}", "'z' is not a coordinate", "z"),
    ("{x: 5}", "x=5 is outside the box", None),
]


@pytest.mark.parametrize(("on", "message", "place"), PLACES)
def test_mistakes_in_regions(on, message, place):
    found, stretch, _ = only(**term(f"{{equation: u = 1, on: {on}}}"))
    assert found == message
    assert place is None or stretch == place


@pytest.mark.parametrize(
    ("bounds", "on", "hint"),
    [
        ("{x: [0, 2*pi]}", "left", "write x=0 (its left end), or name it under 'regions'"),
        ("{x: [0, 2*pi]}", "right", "write x=2*pi (its right end), or name it under 'regions'"),
        ("{x: [0, 1], y: [-1, 3]}", "left", "write x=0 (its left side), or name it under 'regions'"),
        ("{x: [0, 1], y: [-1, 3]}", "bottom", "write y=-1 (its bottom side), or name it under 'regions'"),
        ("{x: [0, 1], y: [-1, 3]}", "top", "write y=3 (its top side), or name it under 'regions'"),
        ("{x: [0, 1], t: [0, 3]}, time: t", "initial", "write t=0 (its initial time), or name it under 'regions'"),
        ("{x: [0, 1], t: [0, 3]}, time: t", "top", "there are interior, boundary, x=…, t=…"),
    ],
)
def test_sides_of_a_box_without_a_name(bounds, on, hint):
    domain = f"domain: {{kind: box, bounds: {bounds}}}"
    assert only(domain=domain, **term(f"{{equation: u = 1, on: {on}}}")) == (f"there is no region '{on}'", on, hint)


CONDITIONS = [
    ("on: x < 0.5", "regions: {part: x < 0.5}"),
    ("on: x=0 and y < 0.5", "regions: {part: {on: x=0, where: y < 0.5}}"),
    ("on: [x=0, x > 0.3 and y < 1]", "regions: {part: x > 0.3 and y < 1}"),
    ("where: x < 0.5", "regions: {part: x < 0.5}"),
    ("on: x=0, where: y < 0.5", "regions: {part: {on: x=0, where: y < 0.5}}"),
]


@pytest.mark.parametrize(("said", "region"), CONDITIONS)
def test_a_condition_as_a_place_is_to_be_a_region(said, region):
    assert only(**term(f"{{equation: u = 1, {said}}}"))[2] == f"name it by {region}, and write on: part"
    assert parse(rest=region, **term("{equation: u = 1, on: part}"))


def test_a_wrong_region_causes_no_other_mistakes():
    assert only(**term("{equation: 'd(u, n) = 0', on: bounday}"))[0] == "there is no region 'bounday'"
    assert only(**term("{equation: u = 0, on: bounday, hard: true}"))[0] == "there is no region 'bounday'"


def test_regions_are_what_they_say():
    known = parse(parameters="parameters: {k: 1}", **term("{equation: u = 1, on: [boundary, x=k/2, {x: 0, y: k}]}"))
    entries = known.terms[1].region.entries
    assert [entry.name for entry in entries] == ["boundary", "x=0.5", "{x: 0, y: 1}"]
    assert [len(entry.pieces) for entry in entries] == [4, 1, 1]


def test_periodic_faces_are_refused():
    domain = "domain: {kind: box, bounds: {x: [0, 1], y: [0, 2]}, periodic: [x]}"
    message, _, hint = only(domain=domain, **term("{equation: u = 1, on: x=0}"))
    assert message == "there is no face x=0"
    assert hint.endswith("write on: {x: 0}")
    assert parse(domain=domain, **term("{equation: u = 1, on: {x: 0}}"))


# --- hard conditions

HARD = [
    ("{equation: u = u_x, on: x=0, hard: true}", FORM),
    ("{equation: 0 = u, on: x=0, hard: true}", FORM),
    ("{equation: u^2 = 1, on: x=0, hard: true}", FORM),
    ("{equation: u_x = 1, on: x=0, hard: true}", "d(u, x) can be built in on x=0 only together with u"),
    ("{equation: u = 0, hard: true}", "no hard condition on u on interior"),
    ("{equation: u = 0, on: {x: 0, y: 0}, hard: true}", "no hard condition on u on {x: 0, y: 0}"),
    ("{equation: u = 0, on: x=0, hard: true, weight: 2}", "a hard condition has no 'weight'"),
    ("{equation: u = 0, on: x=0, hard: true, points: 2}", "a hard condition has no 'points'"),
    ("{minimise: u, on: x=0, hard: true}", "only an equation can be hard"),
    ("{equation: 'u = [1, 2]', on: x=0, hard: true}", "the right side is a vector"),
]


@pytest.mark.parametrize(("said", "message"), HARD)
def test_what_cannot_be_hard_is_refused(said, message):
    assert only(**term(said))[0] == message


def test_hard_conditions_may_not_break_a_period():
    domain = "domain: {kind: box, bounds: {x: [0, 1], y: [0, 2]}, periodic: [x]}"
    message, _, hint = only(domain=domain, **term("{equation: u = 0, on: x=0.5, hard: true}"))
    assert message == "no hard condition on u on x=0.5"
    assert "periodicity" in hint and "hard: true" in hint


def test_a_corner_where_hard_conditions_disagree_is_named():
    hard = "terms:\n  - {equation: u = 1}\n  - {equation: u = y, on: x=0, hard: true}\n"
    message, stretch, _ = only(terms=hard + "  - {equation: u = x + 3, on: y=2, hard: true}")
    assert message == "hard conditions on u disagree at x=0, y=2: 2 on x=0, 3 on y=2"
    assert stretch == "u = x + 3"


def test_agreement_must_not_depend_on_what_is_fitted():
    hard = "terms:\n  - {equation: u = 1}\n  - {equation: u = p, on: x=0, hard: true}\n"
    message, _, _ = only(
        parameters="parameters: {p: {kind: fitted, initial: 1}}",
        terms=hard + "  - {equation: u = 1, on: y=2, hard: true}",
    )
    assert message == "hard conditions on u disagree at x=0, y=2: 1.1 on x=0, 1 on y=2"


def test_conditions_on_different_unknowns_need_not_agree():
    hard = "terms:\n  - {equation: u = v}\n  - {equation: u = 0, on: x=0, hard: true}\n"
    known = parse(unknowns="unknowns: [u, v]", terms=hard + "  - {equation: v = 1, on: y=0, hard: true}")
    assert {u: [c.piece.name for c in cs] for u, cs in known.conditions.items()} == {"u": ["x=0"], "v": ["y=0"]}


def test_the_normal_in_a_hard_value_is_that_of_its_face():
    hard = "terms:\n  - {equation: u = 1}\n  - {equation: 'u = n[0]*y', on: [x=0, x=1], hard: true}"
    known = parse(terms=hard)
    y = Coordinate("y", 1)
    assert [show(c.value, known.scope) for c in known.conditions["u"]] == ["-y", "y"]
    assert known.conditions["u"][1].value == y


def test_hard_conditions_alone_leave_nothing_to_train():
    assert only(terms="terms: [{equation: u = 0, on: x=0, hard: true}]")[0].startswith("every term is a hard condition")


# --- files


@pytest.fixture
def files(tmp_path):
    (tmp_path / "a.csv").write_text("x,time,u,flow,s\n0,0,1,2,0.1\n")
    (tmp_path / "b.csv").write_text("a,b\n0,0\n")
    return tmp_path


def test_columns_of_data_and_reference(files):
    said = "{data: {file: a.csv, columns: {time: y}, fit: {flow: u_x}, sigma: s}}"
    known = parse(files, rest="reference: {file: a.csv, columns: {time: y}}", **term(said))
    content = known.terms[1].content
    assert isinstance(content, Misfit)
    assert (content.table.inputs, content.table.values, content.table.sigma) == (("x", "time"), ("u", "flow"), "s")
    assert [show(m, known.scope) for m in content.models] == ["u", "d(u, x)"]
    assert known.reference is not None
    assert ([*known.reference.models], known.reference.table.inputs) == (["u"], ("x", "time"))
    assert known.files == (files.resolve() / "a.csv",)


def test_a_reference_of_expressions(files):
    known = parse(files, rest="reference: {file: a.csv, columns: {time: y}, fit: {flow: u_x, s: u}}")
    assert known.reference is not None and known.reference.table.values == ("u", "flow", "s")
    said = {name: show(model, known.scope) for name, model in known.reference.models.items()}
    assert said == {"u": "u", "flow": "d(u, x)", "s": "u"}


DATA = [
    ("none.csv", "there is no file", "none.csv"),
    ("{file: a.csv}", "a.csv has no column for the coordinate y", "a.csv"),
    ("{file: a.csv, columns: {y: time}}", "the file has no column 'y'", None),
    ("{file: a.csv, columns: {time: y, u: q}}", "'q' is neither a coordinate nor an unknown", "q"),
    ("{file: a.csv, columns: {time: y}, fit: {flw: u_x}}", "the file has no column 'flw'", "flw"),
    ("{file: a.csv, columns: {time: y}, fit: {flow: w}}", "unknown name 'w'", "w"),
    ("{file: a.csv, columns: {time: y}, fit: {flow: grad(u)}}", "what a column measures must be a scalar", "grad(u)"),
    ("{file: a.csv, columns: {time: y}, fit: {flow: x}}", "no unknown enters this term", None),
    ("{file: a.csv, columns: {time: y}, sigma: 0}", "a standard error must be above zero", "0"),
    ("{file: a.csv, columns: {time: y}, sigma: t}", "unknown name 't'", "t"),
    ("{file: b.csv, columns: {a: x, b: y}}", "b.csv has no column for an unknown (u)", "b.csv"),
]


@pytest.mark.parametrize(("said", "message", "place"), DATA)
def test_mistakes_in_data(files, said, message, place):
    found = mistakes(files, **term(f"{{data: {said}}}"))
    (said_so,) = [d for d in found if d.message.startswith(message)]
    assert place is None or marked(said_so) == place


@pytest.mark.parametrize("key", ["on: x=0", "points: 3", "sampling: {kind: sobol}"])
def test_data_have_their_own_points(files, key):
    said = f"{{data: {{file: a.csv, columns: {{time: y}}}}, {key}}}"
    assert only(files, **term(said))[0] == f"a data term has no '{key.split(':')[0]}'"


@pytest.mark.parametrize(
    ("fit", "message", "place"),
    [
        ("{flw: u_x}", "the file has no column 'flw'", "flw"),
        ("{flow: w}", "unknown name 'w'", "w"),
        ("{flow: grad(u)}", "what a column measures must be a scalar", "grad(u)"),
    ],
)
def test_mistakes_in_what_a_reference_is_compared_with(files, fit, message, place):
    (found,) = mistakes(files, rest=f"reference: {{file: a.csv, columns: {{time: y}}, fit: {fit}}}")
    assert found.message.startswith(message) and marked(found) == place


def test_mistakes_in_the_reference(files):
    found = mistakes(files, rest="reference: b.csv")
    assert [d.message for d in found] == [
        "b.csv has no column for the coordinate x", "b.csv has no column for an unknown (u)",
    ]  # fmt: skip


# --- all at once


def test_all_mistakes_are_said_at_once_in_the_order_of_the_file():
    found = mistakes(
        parameters="parameters: {k: 1/0}",
        directions="directions: {v: [1, 2, 3]}",
        define="define: {f: sin(q)}",
        terms="terms:\n  - {equation: u = w, weight: -2}\n"
        "  - {minimise: grad(u), on: z=0}\n  - {equation: u = 0, on: x=4}",
        exact="exact: {u: x +}",
        rest="sampling: {kind: sobol, points: [2, 3]}",
    )
    assert [d.message[:20] for d in found] == [
        "division by zero",
        "v has 3 components; ",
        "unknown name 'q'",
        "unknown name 'w'",
        "a weight must not be",
        "this is a vector of ",
        "unknown name 'z'",
        "x=4 is outside the b",
        found[-2].message[:20],
        "sobol points are cou",
    ]
    lines = [d.mark.line for d in found if d.mark]
    assert lines == sorted(lines) and len(lines) == len(found)


@pytest.mark.parametrize(
    ("parts", "messages"),
    [
        (term("{equation: u = w, wieght: 2}"), ["unknown name 'w'", "unknown key 'terms.1.wieght'"]),
        (
            {"rest": "optimiser: {kind: bfgs}", **term("{equation: u = w}")},
            ["unknown name 'w'", "unknown key 'optimiser'"],
        ),
        ({"rest": "seed: no", **term("{equation: u = w}")}, ["unknown name 'w'", "'seed' must be a whole number"]),
        (
            {"rest": "network: {kind: mpl, hidden: [3]}", **term("{equation: u = 0, on: x=5}")},
            ["x=5 is outside the box", "there is no network kind 'mpl'"],
        ),
        (term("{equation: 'd(u, n) = 0', onn: x=0}"), ["unknown key 'terms.1.onn'"]),
        (term("{equation: u = 0, on: [x=0], hard: no}"), ["'terms.1.hard' must be true or false"]),
        ({"parameters": "paramters: {k: 1}", **term("{equation: u = k}")}, ["unknown key 'paramters'"]),
        ({"domain": "domain: {kind: box, bound: {x: [0, 1]}}"}, ["unknown key 'domain.bound'"]),
        (
            {"domain": "domain: {kind: bxo, bound: {x: [0, 1]}}", **term("{equation: u = w, on: x=2}")},
            ["there is no domain kind", "unknown key 'domain.bound'", "unknown name 'w'", "x=2 is outside the box"],
        ),
        (
            {"parameters": "parameters: {k: {kind: fitt, intial: q}}", **term("{equation: u = k + w}")},
            ["there is no parameter kind", "unknown key 'parameters.k.intial'", "unknown name 'q'", "unknown name 'w'"],
        ),
        (
            {"parameters": "parameters: {k: {kind: newton, mass: 2}}", **term("{equation: u = k + w}")},
            ["there is no parameter kind", "unknown name 'w'"],
        ),
        (
            {"define": "define: {f: {a: 1}}", **term("{equation: u = f + w}"), "exact": "exact: {u: [1, 2]}"},
            ["'define.f' must be an expression", "unknown name 'w'", "'exact.u' must be an expression"],
        ),
        ({"unknowns": "unknowns: {u: {positiv: true}}", **term("{equation: u = w}")}, ["unknown key", "unknown name"]),
        ({"domain": "domain: {kind: torus}", **term("{equation: u = w}")}, ["there is no domain kind"]),
        (
            {"domain": "domain: {x: [0, 1]}", **term("{equation: u = w, on: x=2}")},
            ["'domain' needs the key 'kind'", "unknown name 'w'", "x=2 is outside the box"],
        ),
        (
            {"domain": "domain: {bounds: {x: [0, 1]}}", **term("{equation: u = w}")},
            ["'domain' needs the key 'kind'", "unknown name 'w'"],
        ),
        ({"domain": "domain: {radius: 1}", **term("{equation: u = w}")}, ["'domain' needs the key 'kind'"]),
        ({"unknowns": "unknowns: 3"}, ["'unknowns' must be"]),
    ],
)
def test_misspelt_keys_and_wrong_expressions_are_found_in_one_pass(parts, messages):
    found = [d.message for d in mistakes(**parts)]
    assert len(found) == len(messages)
    assert all(message in line for message, line in zip(messages, found, strict=True)), found


# --- written out again


def test_the_resolved_text_says_the_same(files):
    known = parse(
        files,
        parameters="parameters: {k: 0.01/pi, c: [1, k], p: {kind: fitted, initial: 1e-9, bounds: [0, 1]}}",
        directions="directions: {v: [1, k]}",
        define="define: {f: k*x}",
        terms="""terms:
  - {equation: ['u = f', 'd(u, v) = 0'], name: first, weight: 1e4, sampling: {kind: gauss}}
  - {minimise: u^2, points: 7, on: [boundary, {x: 0, y: 1}]}
  - {equation: u = 0, on: x=1, hard: true}
  - {data: {file: a.csv, columns: {time: y}, sigma: s}}
""",
        exact="exact: {u: x*y}",
        rest="sampling: {kind: sobol, points: 333}\nnotes: 'no: 1e-3, [x]'",
    )
    written = resolve.text(known)
    again = config.parse(written, "resolved.yaml", files)
    assert again.document == known.document
    assert (again.terms, again.ansatz, again.domain) == (known.terms, known.ansatz, known.domain)
    assert resolve.text(again) == written
    assert resolve.digest(again) == resolve.digest(known)


def test_a_term_s_own_rule_takes_the_general_number_of_points():
    known = parse(rest="sampling: {kind: sobol, points: 333}", **term("{equation: u = 1, sampling: {kind: random}}"))
    assert (known.terms[1].sampling.kind, known.terms[1].sampling.points, known.terms[1].points) == (
        "random",
        333,
        None,
    )


def test_the_digest_sees_every_change(files):
    digests = [
        resolve.digest(parse(files, **term("{data: {file: a.csv, columns: {time: y}}}"))),
        resolve.digest(parse(files, rest="seed: 1", **term("{data: {file: a.csv, columns: {time: y}}}"))),
    ]
    (files / "a.csv").write_text("x,time,u\n0,0,2\n")
    digests.append(resolve.digest(parse(files, **term("{data: {file: a.csv, columns: {time: y}}}"))))
    assert len(set(digests)) == 3


def test_files_can_be_given_new_names(files):
    known = parse(files, rest="reference: {file: a.csv, columns: {time: y}}")
    written = resolve.text(known, {(files / "a.csv").resolve(): "inputs/a.csv"})
    assert "inputs/a.csv" in written


# --- summary


def test_the_summary_prints_the_measure_of_each_energy():
    lines = "terms:\n" + "".join(f"  - {{minimise: u^2{on}}}\n" for on in ("", ", on: x=0", ", on: boundary"))
    said = [t["is"] for t in summary.facts(parse(terms=lines))["terms"]]
    assert said == [
        "integral over dx dy of u^2", "integral over dy of u^2", "integral over boundary of u^2",
    ]  # fmt: skip
    gaussian = parse(domain="domain: {kind: gaussian, coordinates: [x]}", terms="terms: [{minimise: u^2}]")
    assert summary.facts(gaussian)["terms"][0]["is"] == "integral over the normal density of x of u^2"


def test_the_summary_of_hard_conditions_and_roles():
    known = parse(
        domain="domain: {kind: box, bounds: {x: [0, 1], y: [0, 2], t: [0, 1]}, time: t, periodic: [y]}",
        terms="terms:\n  - {equation: u_t = laplacian(u)}\n  - {equation: u = sin(pi*y), on: t=0, hard: true}",
    )
    facts = summary.facts(known)
    assert facts["coordinates"] == ["x (space)", "y (space, periodic)", "t (time)"]
    assert facts["hard"] == ["u = sin(pi*y) on t=0"]
    assert facts["terms"][0]["order"] == 2


def test_sums_of_squares_are_recognised_with_their_parameters():
    known = parse(parameters="parameters: {k: 3, m: -1}", **term("{minimise: k*u^2/2 + u_x^2}"))
    content = known.terms[1].content
    assert isinstance(content, Energy) and content.squares is not None
    assert [c for c, _ in content.squares] == [1.5, 1.0]
    content = parse(parameters="parameters: {m: -1}", **term("{minimise: m*u^2}")).terms[1].content
    assert isinstance(content, Energy) and content.squares is None


INVERSE = """
unknowns: [u]
parameters: {k: {kind: fitted, initial: 1}}
domain: {kind: box, bounds: {x: [0, 1]}}
define: {known: exact.u}
terms:
  - {equation: u_x = k*u}
  - {equation: u = 1, on: x=0, hard: true}
exact: {k: 2, u: exp(k*x)}
"""


def test_exact_solutions_take_the_true_values_of_fitted_parameters():
    loaded = config.parse(INVERSE, "test.yaml", Path())
    for known in (loaded.exact["u"], loaded.scope.definitions["known"]):
        assert numeric.evaluate(known, {0: 1.0}, {}) == pytest.approx(math.exp(2))


@pytest.mark.parametrize("equation", ["laplacian(u) = grad(u)", "grad(u) = u"])
def test_a_scalar_is_not_equated_to_a_vector(equation):
    text = INVERSE.replace("bounds: {x: [0, 1]}", "bounds: {x: [0, 1], y: [0, 1]}").replace("u_x = k*u", equation)
    with pytest.raises(ConfigError) as caught:
        config.parse(text, "test.yaml", Path())
    (found,) = caught.value.diagnostics
    assert "is a vector of 2 components" in found.message


def test_a_plain_number_stands_for_every_component():
    text = INVERSE.replace("bounds: {x: [0, 1]}", "bounds: {x: [0, 1], y: [0, 1]}").replace("u_x = k*u", "grad(u) = 0")
    assert config.parse(text, "test.yaml", Path()).terms


def test_a_section_without_kind_is_of_its_default_kind():
    text = INVERSE + "network: {hidden: [5]}\nsampling: {points: 7}\noptimizer: {max_steps: 3}\n"
    said = config.parse(text, "test.yaml", Path()).document
    assert (said.network.kind, said.sampling.kind, said.optimizer[0].kind) == ("mlp", "sobol", "levenberg_marquardt")
    assert (said.network.hidden, said.sampling.points, said.optimizer[0].max_steps) == ([5], 7, 3)


@pytest.mark.parametrize(
    ("bounds", "rest", "hidden", "points"),
    [
        ("x: [0, 1]", "", [24, 24], 1024),
        ("x: [0, 1], y: [0, 1]", "", [32, 32], 2048),
        ("x: [0, 1]", "network: {activation: sin}\nsampling: {kind: gauss}\n", [24, 24], 1024),
        ("x: [0, 1]", "network: {hidden: [7]}\nsampling: {points: 70}\n", [7], 70),
        ("x: [0, 1]", "training: {slabs: 3}\n", [16, 16], 256),
        ("x: [0, 1]", "training: {slabs: 1}\n", [24, 24], 1024),
    ],
)
def test_functions_of_one_coordinate_have_smaller_defaults(
    bounds: str, rest: str, hidden: list[int], points: int
) -> None:
    time = "time: x, " if "slabs" in rest else ""
    terms = "terms:\n  - equation: u_x = u\n  - {equation: u = 1, on: x=0}"
    said = parse(domain=f"domain: {{kind: box, {time}bounds: {{{bounds}}}}}", terms=terms, rest=rest).document
    assert (said.network.hidden, said.sampling.points) == (hidden, points)


def test_each_unknown_of_one_coordinate_has_a_smaller_network() -> None:
    unknowns = "unknowns: {u: {network: {activation: sin}}, v: {}, w: {network: {hidden: [5]}}}"
    terms = "terms: [{equation: [u_x = v, v_x = w, w_x = u]}]"
    said = parse(unknowns=unknowns, domain="domain: {kind: box, bounds: {x: [0, 1]}}", terms=terms).document
    own = said.unknowns
    assert isinstance(own, dict)
    networks = [own[name].network for name in "uvw"]
    assert [network and network.hidden for network in networks] == [[24, 24], None, [5]]
    assert said.network.hidden == [24, 24]


@pytest.mark.parametrize("kind", ["grid", "gauss"])
def test_a_product_rule_in_many_dimensions_is_refused(kind: str) -> None:
    domain = "domain: {kind: box, bounds: {x: {dim: 40, range: [0, 1]}}}"
    (found,) = mistakes(domain=domain, rest=f"sampling: {{kind: {kind}, points: 100}}")
    assert "at least two points along each of 40 coordinates" in found.message
    assert found.hint is not None
    assert "sobol" in found.hint


@pytest.mark.parametrize(
    ("sampling", "doubted"),
    [("sobol, points: 1000", True), ("gauss, points: 1000", False), ("sobol, points: 9000", False)],
)
def test_an_energy_on_few_scattered_points_is_doubted(sampling: str, doubted: bool) -> None:
    known = parse(
        terms="terms: [{minimise: u_x^2 - u}]",
        rest=f"sampling: {{kind: {sampling}}}\nnetwork: {{kind: mlp, hidden: [20, 20]}}\noptimizer: {{kind: bfgs}}",
    )
    assert any("is an energy on" in warning.message for warning in known.warnings) == doubted


def test_fewer_residuals_than_trained_numbers_are_doubted() -> None:
    said = "sampling: {{kind: sobol, points: {}}}\noptimizer: {{kind: levenberg_marquardt}}"
    for points, doubted in ((100, True), (3000, False)):
        known = parse(rest=said.format(points))
        assert any("residuals for" in warning.message for warning in known.warnings) == doubted


def test_nothing_is_said_of_residuals_that_cannot_be_counted_here() -> None:
    terms = "terms: [{equation: u_x = 1}, {equation: u = 0, on: boundary}]"
    known = parse(terms=terms, rest="sampling: {kind: sobol, points: 10}\noptimizer: {kind: levenberg_marquardt}")
    assert not known.warnings


@pytest.mark.parametrize(
    ("change", "place", "said", "hint"),
    [
        ("unknowns: {u: {dim: 2}}", (1, 16), "unknown key 'unknowns.u.dim'", 'u1, u2, …; define: {u: "[u1, u2]"}'),
        ("domain: {kind: box, bounds: {x: [0, inf]}}", (2, 37), "unknown name 'inf'", "ends are finite"),
        (
            "define: {k: '[[[1, 2], [2, 3]], [[1, 2], [2, 3]]]'}",
            (4, 15),
            "a bracket takes numbers and vectors",
            "m[0][1]",
        ),
    ],
)
def test_what_the_language_does_not_have_is_said_with_what_is_written_for_it(
    change: str, place: tuple[int, int], said: str, hint: str
) -> None:
    lines = ["unknowns: [u]", "domain: {kind: box, bounds: {x: [0, 1]}}", "terms: [{equation: u = 0}]"]
    section = change.partition(":")[0]
    lines = [change if line.startswith(section) else line for line in lines]
    with pytest.raises(ConfigError) as caught:
        config.parse("\n".join(lines if change in lines else [*lines, change]), "f.yaml", Path())
    (found,) = (d for d in caught.value.diagnostics if said in d.message)
    assert found.mark is not None and (found.mark.line, found.mark.column) == place
    assert hint in (found.hint or "")


@pytest.mark.parametrize(
    ("place", "listed"), [("x=0 and x=1", "[x=0, x=1]"), ("'x=0, y=2'", "[x=0, y=2]"), ("x=0 or y=0", "[x=0, y=0]")]
)
def test_several_places_in_one_are_refused_with_their_list(place: str, listed: str) -> None:
    (found,) = mistakes(terms=f"terms: [{{equation: u = 1}}, {{equation: u = 0, on: {place}}}]")
    assert (found.message, found.hint) == ("one place stands here", f"list them: {listed}")


def test_several_equations_in_one_are_refused_with_their_list() -> None:
    (found,) = mistakes(unknowns="unknowns: [u, v]", terms="terms: [{equation: u = 1, v = 2, on: x=0}]")
    assert found.hint == "a term takes a list of equations: equation: [u = …, v = 2]"


@pytest.mark.parametrize("integral", ["integral(u, over=0..x)", "integral(exp(-(x - s))*u, s=0..x)"])
def test_a_running_integral_is_answered_with_an_unknown(integral: str) -> None:
    (found,) = mistakes(terms=f'terms: [{{equation: "u_x = {integral}"}}]')
    assert found.message == "an integral goes over a whole region"
    assert found.hint is not None and "W_x = u" in found.hint


@pytest.mark.parametrize("over", ["x", "s"])
def test_an_integral_over_a_coordinate_is_led_to_where_it_is_explained(over: str) -> None:
    (found,) = mistakes(terms=f'terms: [{{equation: "u_x = integral(u, over={over})"}}]')
    assert found.message == f"an integral goes over a region, and '{over}' is none"
    assert found.hint is not None and "pinn explain fredholm" in found.hint


def test_the_number_e_is_answered_with_exp() -> None:
    (found,) = mistakes(terms='terms: [{equation: "u = e^x"}]')
    assert (found.message, found.hint) == ("unknown name 'e'", "write exp(1), or exp(x) for a power of it")


def test_a_hard_condition_on_a_vector_is_one_on_each_component():
    head = """
unknowns: [u, v]
domain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}
define: {flow: "[u, v]"}
terms:
  - equation: d(flow, t) = laplacian(flow)
"""
    whole = ('"flow = [0, 2*t]"', '"d(flow, x) = 0"')
    parts = ("[u = 0, v = 2*t]", "[u_x = 0, v_x = 0]")
    both = ("".join(f"  - {{equation: {said}, on: x=0, hard: true}}\n" for said in form) for form in (whole, parts))
    first, second = (config.parse(head + said, "f.yaml", Path()).ansatz for said in both)
    assert first == second


def test_a_definition_may_speak_of_the_normal_and_stand_on_boundaries() -> None:
    flux = {"define": "define: {flux: 'd(u, n)', robin: flux + 2*u}"}
    parse(**flux, **term("{equation: robin = 0, on: boundary}"))
    message, _, _ = only(**flux, **term("{equation: robin = 0}"))
    assert message == "'robin' cannot stand here: it has 'n' in it, the normal of a boundary"
