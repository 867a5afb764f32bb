"""`-o path=value`: where an assignment lands, what it replaces, and how its mistakes are reported."""

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn.config.decode import decode
from pinn.config.overrides import apply
from pinn.config.source import Node, read
from pinn.errors import ConfigError

CONFIG = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}, time: x}
terms:
  - minimise: u^2
  - {equation: u = 0, on: boundary, name: left}
  - {equation: u = 1, on: x=1}
optimizer: {kind: bfgs, max_steps: 10}
sampling: {kind: sobol, points: 100}
"""


def changed(*assignments: str, text: str = CONFIG) -> Node:
    return apply(read(text, "f.yaml"), assignments)


def value(path: Sequence[str | int], *assignments: str, text: str = CONFIG) -> object:
    node = changed(*assignments, text=text).find(path)
    assert node is not None
    return node.plain()


def mistakes(*assignments: str, text: str = CONFIG) -> list[tuple[str, str, str]]:
    with pytest.raises(ConfigError) as caught:
        changed(*assignments, text=text)
    return [(str(d.mark), d.message, d.hint or "") for d in caught.value.diagnostics]


@pytest.mark.parametrize(
    ("assignment", "path", "expected"),
    [
        ("seed=3", ["seed"], 3),
        ("seed = 3", ["seed"], 3),
        ("optimizer.max_steps=1e3", ["optimizer", "max_steps"], 1000.0),
        ("domain.bounds.x.1=2*pi", ["domain", "bounds", "x", 1], "2*pi"),
        ("terms.0.weight=5", ["terms", 0, "weight"], 5),
        ("terms.left.weight=5", ["terms", 1, "weight"], 5),
        ("terms.term_3.weight=5", ["terms", 2, "weight"], 5),
        ("terms.left.equation=u = x", ["terms", 1, "equation"], "u = x"),
        ("training.validation=0", ["training"], {"validation": 0}),
        ("network.hidden=[8,8]", ["network"], {"kind": "mlp", "hidden": [8, 8]}),
        ("domain={kind: gaussian, coordinates: [x]}", ["domain"], {"kind": "gaussian", "coordinates": ["x"]}),
        ("exact.u=sin(pi*x)", ["exact"], {"u": "sin(pi*x)"}),
        ("title=", ["title"], None),
        ("terms.1={minimise: u}", ["terms", 1], {"minimise": "u"}),
    ],
)
def test_values_land_where_the_path_points(assignment: str, path: list[str | int], expected: object) -> None:
    assert value(path, assignment) == expected


def test_the_rest_of_the_tree_stays() -> None:
    before, after = read(CONFIG, "f").plain(), changed("seed=3").plain()
    assert isinstance(before, dict)
    assert after == {**before, "seed": 3}


def test_later_assignments_win() -> None:
    assert value(["seed"], "seed=1", "seed=2") == 2
    assert value(["network", "hidden"], "network={kind: mlp, hidden: [3]}", "network.hidden.0=5") == [5]


def test_stages_of_a_list_are_chosen_by_their_place() -> None:
    text = "optimizer: [{kind: bfgs}, {kind: lbfgs}]"
    assert value(["optimizer", 1], "optimizer.1.max_steps=5", text=text) == {"kind": "lbfgs", "max_steps": 5}
    ((place, message, hint),) = mistakes("optimizer.max_steps=5", text=text)
    assert (place, message) == ("-o #1:1:11", "'optimizer' is a list")
    assert "optimizer.0.max_steps" in hint


def test_an_empty_section_is_filled() -> None:
    assert value(["training"], "training.log_every=5", text="training:\n") == {"log_every": 5}


def test_changing_kind_drops_what_the_new_kind_does_not_know() -> None:
    assert value(["domain"], "domain.kind=gaussian") == {"kind": "gaussian"}
    assert value(["optimizer"], "optimizer.kind=lbfgs") == {"kind": "lbfgs", "max_steps": 10}
    assert value(["optimizer"], "optimizer.history=5", "optimizer.kind=bfgs") == {"kind": "bfgs", "max_steps": 10}
    assert value(["sampling"], "sampling.kind=grid") == {"kind": "grid", "points": 100}


def test_changing_kind_inside_a_list() -> None:
    text = "optimizer: [{kind: bfgs}, {kind: lbfgs, history: 5, rtol: 0.1}]"
    assert value(["optimizer", 1], "optimizer.1.kind=bfgs", text=text) == {"kind": "bfgs", "rtol": 0.1}


@pytest.mark.parametrize(
    ("assignment", "place", "message"),
    [
        ("foo", "1:1", "'foo' has no '='"),
        ("x.y==3", "1:4", "'==' compares"),
        ("=3", "1:1", "a key is missing"),
        ("a..b=1", "1:3", "a key is missing"),
        ("terms.5.weight=1", "1:7", "'terms' has no place 5"),
        ("terms.lft.weight=1", "1:7", "there is no term 'lft'"),
        ("terms.-1.weight=1", "1:7", "there is no term '-1'"),
        ("terms.²=1", "1:7", "there is no term '²'"),
        ("unknowns.u=1", "1:10", "'unknowns' is a list"),
        ("optimizer.kind.x=1", "1:16", "'optimizer.kind' is a single value"),
        ("terms.left.equation=- u_xx = 0", "1:21", "'- ' begins a list item"),
        ("domain={a: min(x, y)}", "1:12", "a comma inside { }"),
        ("seed=a: b: c", "1:10", "a second ': '"),
        (".".join("a" * 40) + "=1", "1:65", "longer than 32"),
    ],
)
def test_mistakes_point_into_the_assignment(assignment: str, place: str, message: str) -> None:
    ((got_place, got_message, _),) = mistakes(assignment)
    assert got_place == f"-o #1:{place}"
    assert message in got_message


def test_mistakes_of_all_assignments_come_together() -> None:
    found = mistakes("foo", "seed=1", "terms.lft.weight=1")
    assert [place for place, _, _ in found] == ["-o #1:1:1", "-o #3:1:7"]
    assert "left" in found[1][2]


def test_values_are_checked_like_the_file() -> None:
    _, found = decode(changed("seed=3", "optimizer.max_stepz=5", "sampling.points=no"))
    assert [(str(d.mark), d.message) for d in found] == [
        ("-o #2:1:11", "unknown key 'optimizer.max_stepz'"),
        ("-o #3:1:17", "'sampling.points' must be a whole number or a list, not the text 'no'"),
    ]


def test_a_caret_stands_under_the_value() -> None:
    _, (mistake,) = decode(changed("seed=-5"))
    assert mistake.render().splitlines()[-2:] == ["1 | seed=-5", "  |      ^^"]


@settings(max_examples=100, deadline=None)
@given(st.text("terms.left0kindoptimizer=[]{}: -*&|²\n\t", max_size=30) | st.text(max_size=20))
def test_any_assignment_is_carried_out_or_refused(assignment: str) -> None:
    try:
        root = changed(assignment)
    except ConfigError as error:
        assert error.render()
    else:
        decode(root)
