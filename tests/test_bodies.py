"""Shapes of space that are put together: measures by formula, points, normals, places, conditions that hold exactly."""

import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn import config, fields, problems, verification
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.geometry import Body, Region, boundary, interior
from pinn.quantities import Quantities
from pinn.sampling import Points, sample
from pinn.schema import Sampling

KINDS = ("random", "sobol", "halton", "lhs")
BALL = "{kind: ball, coordinates: [x, y, z]%s}"
CUBE = "{kind: box, bounds: {x: [-1, 1], y: [-1, 1], z: [-1, 1]}%s}"
PIPE = "{kind: product, of: [{kind: disk, radius: %s}, {kind: line, coordinates: z, range: [%s]}]%s}"
CAP = math.pi * 5 / 24
"""The volume of a unit ball beyond a plane at half its radius."""

BODIES = {
    "shell": "{kind: annulus, coordinates: [x, y, z], center: [1, 0, 0], inner: 1/2, outer: 2}",
    "hole": f"{{kind: difference, of: {CUBE % ''}, minus: {BALL % ', radius: 1/2, name: hole'}}}",
    "half": f"""{{kind: intersection, of: [{BALL % ", name: dome"},
      {{kind: box, bounds: {{x: [-2, 2], y: [-2, 2], z: [0, 2]}}}}]}}""",
    "twins": f"{{kind: union, of: [{BALL % ', name: left'}, {BALL % ', center: [1, 0, 0], name: right'}]}}",
    "corner": f"""{{kind: difference, of: {CUBE % ""},
      minus: {{kind: box, bounds: {{x: [0, 1], y: [0, 1], z: [0, 1]}}, name: notch}}}}""",
    "drilled": f"{{kind: difference, of: {PIPE % ('2', '0, 3', '')}, minus: {PIPE % ('1', '-1, 5', ', name: bore')}}}",
    "stacked": """{kind: union, of: [{kind: box, bounds: {x: [0, 2], y: [0, 1], z: [0, 1]}},
      {kind: box, bounds: {x: [0, 1], y: [0, 1], z: [1, 2]}, name: top}]}""",
    "ten": "{kind: annulus, coordinates: {x: 10}, inner: 1, outer: 1.1}",
    "line": "{kind: union, of: [{kind: line, range: [0, 1]}, {kind: box, bounds: {x: [2, 4]}}]}",
}
VOLUMES = {
    "shell": 4 / 3 * math.pi * (8 - 1 / 8),
    "hole": 8 - math.pi / 6,
    "half": 2 / 3 * math.pi,
    "twins": 8 / 3 * math.pi - 2 * CAP,
    "corner": 7,
    "drilled": math.pi * 3 * 3,
    "stacked": 3,
    "ten": math.pi**5 / 120 * (1.1**10 - 1),
    "line": 3,
}
AREAS = {
    "shell": 4 * math.pi * (4 + 1 / 4),
    "hole": 24 + math.pi,
    "half": 3 * math.pi,
    "twins": 8 * math.pi - 2 * math.pi,
    "corner": 24,
    "drilled": 2 * math.pi * 3 * 3 + 2 * math.pi * 3,
    "stacked": 14,
    "ten": math.pi**5 / 12 * (1.1**9 + 1),
    "line": 4,
}
UNCUT = ("shell", "hole", "ten", "line")
"""Those whose surfaces are whole, so that their measures are exact."""

CONFIG = """
unknowns: [u]
domain: %s
network: {kind: mlp, hidden: [5]}
terms:
  - equation: laplacian(u) = 1
"""
INSIDE = Region((interior(),))


def parse(text: str) -> config.Config:
    return config.parse(text, "f.yaml", Path())


def mistakes(text: str) -> list[tuple[str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        parse(text)
    return [(d.message, d.hint) for d in caught.value.diagnostics]


def body(name: str) -> Body:
    domain = parse(CONFIG % BODIES.get(name, name)).domain
    assert isinstance(domain, Body)
    return domain


def drawn(domain: Body, region: Region, kind: str, count: int, seed: int = 0) -> Points:
    return sample(domain, region, Sampling.model_validate({"kind": kind, "points": count}), count, [seed, "training"])


def around(domain: Body) -> Region:
    return Region((boundary(domain),))


def is_in(domain: Body, points: np.ndarray) -> np.ndarray:
    return np.array([domain.contains(dict(enumerate(point))) for point in points.tolist()])


# --- measures and points


@pytest.mark.parametrize("name", BODIES)
def test_volumes_and_areas_are_those_of_formulas(name: str):
    domain = body(name)
    error = 1e-10 if name in UNCUT else 2e-4
    inside, outside = (drawn(domain, region, "sobol", 256) for region in (INSIDE, around(domain)))
    assert inside.measure == pytest.approx(VOLUMES[name], rel=error)
    assert outside.measure == pytest.approx(AREAS[name], rel=error)
    assert inside.weights.sum() == pytest.approx(inside.measure)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["hole", "half", "twins", "corner", "drilled", "stacked"])
def test_points_and_normals(name: str, kind: str):
    """Points lie inside, normals lead out, and ∫ div F = ∮ F·n for F = (x y², y z, x² z + z)."""
    domain = body(name)
    inside, outside = (drawn(domain, region, kind, 4096) for region in (INSIDE, around(domain)))
    assert len(inside) == 4096
    normals = outside.normals
    assert normals is not None
    assert np.linalg.norm(normals, axis=1) == pytest.approx(1)
    few = slice(None, None, 16)
    assert is_in(domain, inside.points[few]).all()
    assert is_in(domain, (outside.points - 1e-5 * normals)[few]).mean() > 0.995
    assert not is_in(domain, (outside.points + 1e-5 * normals)[few]).any()
    x, y, z = inside.points.T
    u, v, w = outside.points.T
    flux = outside.weights @ (np.stack([u * v**2, v * w, u**2 * w + w], axis=1) * normals).sum(axis=1)
    wanted = inside.weights @ (y**2 + z + x**2 + 1)
    assert flux == pytest.approx(wanted, rel={"random": 0.1, "lhs": 0.1}.get(kind, 0.02))


@settings(max_examples=15, deadline=None, derandomize=True)
@given(
    st.lists(st.tuples(*[st.floats(-0.6, 0.6)] * 3, st.floats(0.4, 1)), min_size=2, max_size=3),
    st.sampled_from(["union", "intersection", "difference"]),
)
def test_volumes_against_random_points(parts, kind):
    """The share of random points in a body, told from its parts alone, against what its surfaces give."""
    said, masks = [], []
    points = np.random.default_rng(0).uniform(-1.6, 1.6, (40_000, 3))
    for i, (*center, size) in enumerate(parts):
        if i % 2:
            bounds = ", ".join(f"{n}: [{c - size}, {c + size}]" for n, c in zip("xyz", center, strict=True))
            said.append(f"{{kind: box, bounds: {{{bounds}}}}}")
            masks.append((np.abs(points - center) < size).all(axis=1))
        else:
            said.append(BALL % f", center: {center}, radius: {size}")
            masks.append(np.linalg.norm(points - center, axis=1) < size)
    of = f"of: {said[0]}, minus: [{', '.join(said[1:])}]" if kind == "difference" else f"of: [{', '.join(said)}]"
    joined = np.any(masks, axis=0) if kind == "union" else np.all(masks, axis=0)
    inside = masks[0] & ~np.any(masks[1:], axis=0) if kind == "difference" else joined
    if inside.mean() < 2e-3:
        return
    wanted, error = inside.mean() * 3.2**3, 4 * inside.std() / 40_000**0.5 * 3.2**3
    found = drawn(body(f"{{kind: {kind}, {of}}}"), INSIDE, "sobol", 64)
    assert found.measure == pytest.approx(wanted, abs=error + 1e-3)
    assert len(np.unique(found.points, axis=0)) == 64


def test_the_boundary_has_as_many_points_as_that_of_a_cube():
    known = parse(CONFIG % BODIES["hole"] + "  - {equation: u = 0, on: boundary}\nsampling: {points: 1000}\n")
    numbers = [len(points) for points in problems.build(known).points("training")]
    faces = math.ceil(2 * 1000 ** (2 / 3) * 4 / VOLUMES["hole"] ** (2 / 3))
    ball = math.ceil(2 * 1000 ** (2 / 3) * math.pi / VOLUMES["hole"] ** (2 / 3))
    assert numbers == [1000, 6 * faces + ball]


def test_times_and_axes_beside_a_body():
    beside = "{kind: box, bounds: {k: [0, 2]}, family: [k]}"
    text = f"{{kind: product, of: [{BODIES['half']}, {beside}], time: {{t: [1, 3]}}}}"
    known = parse(CONFIG % text + "  - {equation: u = 0, on: [boundary, t=1, z=0, dome]}\n")
    domain, region = known.domain, known.terms[1].region
    assert isinstance(domain, Body)
    measures = [drawn(domain, Region((entry,)), "sobol", 64).measure for entry in region.entries]
    wanted = [3 * math.pi * 4, 2 / 3 * math.pi * 2, math.pi * 4, 2 * math.pi * 4]
    assert measures == pytest.approx(wanted, rel=2e-4)
    dome = drawn(domain, Region((region.entries[3],)), "sobol", 64)
    assert dome.normals == pytest.approx(dome.points[:, :3])
    assert dome.points[:, 4].min() < 1.1
    assert dome.points[:, 4].max() > 2.9


def test_quantities_have_many_points_where_no_gauss_rule_fits():
    said = 'report: {inside: integral(x^2), around: "integral(x^4, over=boundary)"}\nsampling: {points: 32}\n'
    known = parse(CONFIG % (BALL % "") + said)
    found = Quantities(known).of(fields.initial(known, jnp.uint32(3)))
    assert found == pytest.approx({"inside": 4 * math.pi / 15, "around": 4 * math.pi / 5}, rel=3e-3)


# --- places


@pytest.mark.parametrize(
    ("name", "on", "measures"),
    [
        ("hole", "[hole, x=1, {x: 0.9, y: 0, z: 0}]", [math.pi, 4, 1]),
        ("hole", "[x=0]", [4 - math.pi / 4]),
        ("corner", "[x=1, notch, x=-1]", [3, 3, 4]),
        ("stacked", "[top, x=0, z=1]", [5, 2, 1]),
        ("drilled", "[bore, z=0, y=0]", [6 * math.pi, 3 * math.pi, 6]),
        ("shell", "[inner, outer]", [math.pi, 16 * math.pi]),
    ],
)
def test_named_pieces_planes_and_points(name: str, on: str, measures: list[float]):
    known = parse(CONFIG % BODIES[name] + f"  - {{equation: u = 1, on: {on}}}\n")
    domain = known.domain
    assert isinstance(domain, Body)
    found = [drawn(domain, Region((entry,)), "sobol", 32).measure for entry in known.terms[1].region.entries]
    assert found == pytest.approx(measures, rel=3e-4)


def test_parts_of_a_surface_by_conditions():
    text = CONFIG % BODIES["hole"] + "  - {equation: u = 1, on: cap}\nregions: {cap: {on: hole, where: z > 0.25}}\n"
    known = parse(text)
    cap = problems.build(known).points("training")[1]
    assert cap.measure == pytest.approx(2 * math.pi * 0.5 * 0.25, rel=1e-3)
    assert cap.normals == pytest.approx(-2 * cap.points)


@pytest.mark.parametrize(
    ("on", "message", "hint"),
    [
        ("holes", "there is no region 'holes'", "did you mean 'hole'?"),
        ("x=3", "x=3 is outside the domain", "x runs from -1 to 1"),
        ("{x: 0, y: 0, z: 0}", "{x: 0, y: 0, z: 0} is outside the domain", None),
        ("{x: 1}", "a point of a shape needs all coordinates; y is missing", None),
    ],
)
def test_mistakes_in_places(on: str, message: str, hint: str | None):
    assert mistakes(CONFIG % BODIES["hole"] + f"  - {{equation: u = 1, on: {on}}}\n") == [(message, hint)]


def test_a_part_that_is_hidden_is_no_region():
    text = f"{{kind: union, of: [{BALL % ''}, {BALL % ', radius: 0.3, name: small'}]}}"
    wanted = [
        ("nothing of the surface of 'small' is left in the boundary", "it lies inside or outside of the other parts")
    ]
    assert mistakes(CONFIG % text + "  - {equation: u = 1, on: small}\n") == wanted
    assert mistakes(CONFIG % text + 'report: {s: "integral(1, over=small)"}\n') == wanted


def test_a_plane_on_which_two_parts_meet_is_inside():
    halves = "{kind: union, of: [{kind: box, bounds: {x: [0, 1], y: [0, 1], z: [0, 1]}}, %s]}"
    text = CONFIG % (halves % "{kind: box, bounds: {x: [1, 2], y: [0, 1], z: [0, 1]}}")
    known = parse(text + "  - {equation: u = 1, on: x=1}\n")
    assert problems.build(known).points("training")[1].measure == pytest.approx(1, rel=1e-4)


@pytest.mark.parametrize(
    "domain",
    [
        "{kind: annulus, coordinates: [x, y, z], inner: 0.999, outer: 1}",
        f"{{kind: difference, of: {BALL % ''}, minus: {BALL % ', radius: 0.999'}}}",
        "{kind: annulus, coordinates: {x: 30}, inner: 0.5, outer: 1}",
    ],
)
def test_what_is_thin_or_has_many_dimensions_is_not_taken_for_empty(domain: str):
    first = "x[0]" if "30" in domain else "x"
    text = CONFIG % domain + f"  - {{equation: u = 0, on: boundary, hard: true}}\nregions: {{cap: '{first} > 0.01'}}\n"
    assert all(len(points) for points in problems.build(parse(text)).points("training"))


def test_a_whole_product_has_no_name():
    (found,) = mistakes(CONFIG % (PIPE % ("1", "0, 1", ", name: pipe")))
    assert found == ("a part of another shape has a name", "use 'boundary'")


def test_a_time_has_a_name_of_its_own():
    (found,) = mistakes(CONFIG % (BODIES["hole"][:-1] + ", time: {x: [0, 1]}}"))
    assert found == ("'x' is already a coordinate of the shape", "give the time another name")


@pytest.mark.parametrize(
    ("domain", "messages"),
    [
        ("{kind: annulus, coordinates: [x, y, z], inner: 2, outer: 1}", ["the inner radius is 2, the outer one 1"]),
        ("{kind: annulus, coordinates: [x, y, z], inner: -1, outer: 0}", ["this is -1", "this is 0"]),
        (f"{{kind: intersection, of: [{BALL % ''}, {BALL % ', center: 9'}]}}", ["nothing is left of this shape"]),
        (f"{{kind: difference, of: {BALL % ''}, minus: {BALL % ', radius: 2'}}}", ["nothing is left of this shape"]),
        (f"{{kind: union, of: [{BALL % ''}, {{kind: disk}}]}}",
         ["this has the coordinates x, y, and others have x, y, z"]),
        (f"{{kind: union, of: [{BALL % ''}, {{kind: ball, coordinates: {{x: 3}}}}]}}",
         ["this has the coordinates x[0], x[1], x[2], and others have x, y, z"]),
        (f"{{kind: union, of: [{BALL % ', radius: 0'}, {BALL % ', center: [1, 2]'}]}}",
         ["the radius is 0", "2 numbers for 3 coordinates"]),
        (f"{{kind: union, coordinates: [x, y], of: [{BALL % ''}, {CUBE % ''}]}}",
         ["the parts have the coordinates x, y, z"]),
        (f"{{kind: union, of: [{BALL % ''}, {BALL % ', time: {t: [0, 1]}'}]}}",
         ["a part of another shape has no 'time'"]),
        (f"{{kind: union, of: [{BALL % ''}, {CUBE % ', periodic: [x]'}]}}",
         ["a part of another shape has no 'time', 'family' or 'periodic'"]),
    ],
)  # fmt: skip
def test_mistakes_in_bodies(domain: str, messages: list[str]):
    assert [message for message, _ in mistakes(CONFIG % domain)] == messages


def test_a_shape_of_the_plane_is_multiplied():
    (hint,) = [hint for _, hint in mistakes(CONFIG % f"{{kind: difference, of: {BALL % ''}, minus: {{kind: disk}}}}")]
    assert hint is not None
    assert hint.startswith("multiply it: {kind: product,")


def test_product_rules_do_not_fit_a_body():
    (found,) = mistakes(CONFIG % BODIES["hole"] + "sampling: {kind: gauss, points: 100}\n")
    assert found == (
        "'gauss' is a product of lines, which this shape is not",
        "there are random, sobol, halton and lhs",
    )


# --- hard conditions


def solved(domain: str, *conditions: str) -> Solution:
    """Conditions that have been verified, and the unknown for a network that is not trained."""
    known = parse(CONFIG % BODIES.get(domain, domain) + "".join(f"  - {{hard: true, {c}}}\n" for c in conditions))
    model = fields.initial(known, jnp.uint32(3))
    verification._check_conditions(known, model)
    return Solution(known, model)


@pytest.mark.parametrize("name", ["shell", "hole", "half", "twins", "corner", "drilled", "stacked"])
def test_values_on_the_whole_boundary_hold_and_the_inside_stays_free(name: str):
    solution = solved(name, "equation: u = sin(x) + y*z, on: boundary")
    domain = solution.config.domain
    assert isinstance(domain, Body)
    edge = drawn(domain, around(domain), "random", 40)
    assert edge.normals is not None
    points = np.concatenate([edge.points, edge.points - 1e-3 * edge.normals])
    rest, slope = solution.ask(["u - sin(x) - y*z", "u_x"], points).values()
    assert np.abs(rest[: len(edge)]).max() < 1e-9
    assert (np.abs(rest[len(edge) :]) > 1e-8).all()
    assert np.isfinite(slope[len(edge) :]).all()


@pytest.mark.parametrize(
    ("name", "conditions", "free"),
    [
        ("shell", ["equation: u = x, on: inner", "equation: u = 3, on: outer"], []),
        ("hole", ["equation: u = 2, on: hole", "equation: u = x, on: [x=-1, x=1]"], ["y=1", "z=-1"]),
        ("twins", ["equation: u = y, on: left"], ["right"]),
        ("corner", ["equation: u = 1, on: notch"], ["x=-1", "x=1"]),
        ("half", ["equation: u = z, on: dome", "equation: u = 0, on: z=0"], []),
        ("drilled", ["equation: u = z, on: bore"], ["z=0", "z=3"]),
    ],
)
def test_values_on_some_pieces_hold_and_the_others_stay_free(name: str, conditions: list[str], free: list[str]):
    solution = solved(name, *conditions)
    rest = parse(CONFIG % BODIES[name] + "".join(f"  - {{equation: u = 0, on: {f}}}\n" for f in free))
    domain, model = rest.domain, fields.initial(solution.config, jnp.uint32(4))
    assert isinstance(domain, Body)
    for term in rest.terms:
        points = drawn(domain, term.region, "random", 20).points
        first, second = (Solution(solution.config, m).ask([], points)["u"] for m in (solution.model, model))
        assert (np.abs(first - second) > 1e-7).all()


def test_slopes_are_finite_where_another_part_covers_what_a_condition_is_trimmed_to():
    arm = "{kind: box, bounds: {x: [-0.4, 0.4], y: [-0.4, 1], z: [-0.3, 0.3]}, name: arm}"
    tube = "{kind: product, of: [{kind: disk, radius: 0.5}, {kind: line, coordinates: z, range: [-1, 1]}]}"
    solution = solved(f"{{kind: union, of: [{tube}, {arm}]}}", "equation: u = 0, on: [z=-1, z=1]")
    rest = parse(CONFIG % f"{{kind: union, of: [{tube}, {arm}]}}" + "  - {equation: u = 0, on: arm}\n")
    assert isinstance(rest.domain, Body)
    points = drawn(rest.domain, rest.terms[1].region, "random", 40).points
    values = np.stack([*solution.ask(["u", "u_x", "u_y", "u_z"], points).values()])
    assert np.isfinite(values).all()


@pytest.mark.parametrize(
    ("name", "conditions", "message"),
    [
        ("half", ["u = 1, on: dome", "u = 0, on: z=0"], "hard conditions on u disagree at "),
        ("hole", ["u = 1, on: x=0"], "no hard condition on u on x=0"),
        ("hole", ["u_x = 1, on: x=1"], "no hard condition on this derivative on x=1"),
        ("pile", ["u = 1, on: boundary"], "no function was found for u that vanishes on its hard pieces alone"),
    ],
)
def test_conditions_that_cannot_be_built_in(name: str, conditions: list[str], message: str):
    pile = f"{{kind: union, of: [{PIPE % ('2', '0, 1', '')}, {PIPE % ('1', '1, 2', '')}]}}"
    domain = BODIES.get(name, pile)
    text = CONFIG % domain + "".join(f"  - {{hard: true, equation: {c}}}\n" for c in conditions)
    (found,) = mistakes(text)
    assert found[0].startswith(message)


def test_data_that_agree_with_other_slopes_are_doubted():
    said = "  - {hard: true, equation: %s, on: dome}\n  - {hard: true, equation: %s, on: z=0}\n"
    (found,) = parse(CONFIG % BODIES["half"] + said % ("u = x*y + z*cos(x)", "u = x*y")).warnings
    assert found.message.startswith("the data on dome and z=0 agree where they meet, but their slopes do not, at ")
    assert not parse(CONFIG % BODIES["half"] + said % ("u = x*y + z^2", "u = x*y")).warnings


def test_values_at_the_start_and_on_the_boundary_together():
    timed = BODIES["hole"][:-1] + ", time: {t: [0, 2]}}"
    solution = solved(timed, "equation: u = x*cos(t), on: boundary", "equation: u = x + 0*y, on: t=0")
    start = np.array([[0.6, 0.2, 0.1, 0.0], [-0.8, 0.9, 0.3, 0.0]])
    assert solution.ask([], start)["u"] == pytest.approx(start[:, 0], abs=1e-12)
    assert np.abs(solution.ask([], start + np.array([0, 0, 0, 1]))["u"] - start[:, 0] * math.cos(1)).min() > 1e-6
