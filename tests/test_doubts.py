"""What `pinn check` finds by asking a config's expressions before training, and what it leaves in peace."""

from pathlib import Path

import pytest

from pinn.config import parse
from pinn.errors import ConfigError

HEAD = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}
terms:
"""
WALLS = "  - {equation: u_x = u - 1, on: boundary}\n"
SOUND = HEAD + "  - equation: u_t = laplacian(u)\n  - {equation: u = 1, on: t=0}\n" + WALLS


def doubts(text: str) -> list[str]:
    return [f"{w.message}; {w.hint}" for w in parse(text, "f.yaml", Path()).warnings]


def mistakes(text: str) -> str:
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml", Path())
    return caught.value.render()


def test_a_sound_problem_raises_no_doubt() -> None:
    assert doubts(SOUND) == []


def test_an_unknown_that_no_term_enters_is_doubted() -> None:
    assert doubts(SOUND.replace("[u]", "[u, v]")) == ["no term depends on v; add one, or leave the unknown out"]


def test_fewer_equations_than_unknowns_are_doubted_but_where_data_or_an_energy_decide() -> None:
    two = SOUND.replace("[u]", "[u, v]").replace("laplacian(u)", "laplacian(u) + v")
    assert "inside the domain u, v have 1 equation for 2 unknowns; add what is missing" in doubts(two)[0]
    assert doubts(two + "  - equation: v = u_x\n") == []
    assert doubts(two.replace("u_t = laplacian(u) + v", "'[u_t, v] = [laplacian(u) + v, u_x]'")) == []
    assert not any("inside the domain" in said for said in doubts(two + "  - minimise: 1e-3*v^2\n"))


@pytest.mark.parametrize(
    ("term", "part", "place"),
    [
        ("{equation: u = log(x - 2), on: t=0}", "'log(x - 2)' is not a real number at x=", "t=0"),
        ("{equation: u = 1/x, on: x=0}", "'1/x' is infinite at x=0", "t="),
        ("{equation: u_x = u, weight: 1/(t - t)}", "is infinite", "t="),
        ("{equation: u_t = sqrt(-x)*u}", "'sqrt(-x)' is not a real number", "x="),
    ],
)
def test_a_known_part_that_is_no_number_is_refused_with_the_place(term: str, part: str, place: str) -> None:
    said = mistakes(f"{SOUND}  - {term}\n")
    assert part in said
    assert place in said


def test_a_choice_keeps_singular_branches_out() -> None:
    assert doubts(f"{SOUND}  - {{equation: 'u = where(x > 2, log(x - 2), 0)', on: t=1}}\n") == []


@pytest.mark.parametrize(
    ("equation", "conditions", "said"),
    [
        ("u_t = laplacian(u)", [], "of order 1 in t for u, and no condition stands at one time; they need u at t=0"),
        ("u_tt = laplacian(u)", ["u = 0"], "of order 2 in t for u, and only 1 condition"),
        ("u_tt = laplacian(u) + 1", ["u = 0", "u_t = 0"], None),
        ("u = laplacian(u) + 1", [], None),
    ],
)
def test_conditions_in_time_are_counted(equation: str, conditions: list[str], said: str | None) -> None:
    terms = [f"  - equation: {equation}\n", "  - {equation: u = 0, on: boundary}\n"]
    terms += [f"  - {{equation: {c}, on: t=0}}\n" for c in conditions]
    found = doubts(HEAD + "".join(terms))
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_what_has_no_extent_at_the_beginning_needs_no_state_there() -> None:
    front = (
        "unknowns: {u: {}, s: {inputs: [t]}}\ndomain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}\nterms:\n"
        "  - equation: s*u_t - x*s_t/2*u_x = u_xx\n  - {equation: s_t/2 = -u_x, on: x=1}\n"
        "  - {equation: u = 1, on: x=0, hard: true}\n  - {equation: u = 0, on: x=1, hard: true}\n"
    )
    assert doubts(front + "  - {equation: s = 0, on: t=0}\n") == []
    built_in = front.replace("{u: {}, s: {inputs: [t]}}", "[u, s]") + "  - {equation: s = 0, on: t=0, hard: true}\n"
    assert not any("for u" in said for said in doubts(built_in + "  - equation: s_x = 0\n"))
    (said,) = doubts(front + "  - {equation: s = 1, on: t=0}\n")
    assert "they need u at t=0" in said
    assert doubts(HEAD + "  - equation: t*u_t = laplacian(u) + 1\n  - {equation: u = 0, on: boundary}\n") == []


def test_a_history_that_a_part_of_the_domain_has_needs_no_beginning() -> None:
    delayed = (
        "unknowns: [y]\ndomain: {kind: box, bounds: {t: [-1, 3]}, time: t}\nregions: {past: t <= 0, late: t > 0}\n"
    )
    terms = 'terms:\n  - {equation: "y_t = -at(y, t=t-1)", on: late}\n  - {equation: y = 1, on: past%s}\n'
    assert doubts(delayed + terms % "") == []
    assert "see 'pinn explain delay'" in mistakes(delayed + terms % ", hard: true")


def test_states_at_two_times_determine_what_lies_between() -> None:
    ends = (
        HEAD
        + "  - equation: u_tt = laplacian(u) - 1\n  - {equation: u = 0, on: boundary}\n  - {equation: u = 0, on: t=0}\n"
    )
    assert "they need u and u_t at t=0, or u at two times" in doubts(ends)[0]
    assert doubts(ends + "  - {equation: u = x*(1 - x), on: t=1}\n") == []
    assert (
        doubts(ends.replace("t=0}", "t=0, hard: true}") + "  - {equation: u = x*(1 - x), on: t=1, hard: true}\n") == []
    )


def test_data_that_outweigh_the_equation_are_doubted_unless_they_have_a_weight(tmp_path: Path) -> None:
    (tmp_path / "some.csv").write_text("x,t,u\n0.5,0.5,1\n")
    for last, count in (("sigma: 1e-4}", 1), ("sigma: 0.1}", 0), ("sigma: 1e-4}, weight: 1e-8", 0)):
        text = f"{SOUND}  - {{data: {{file: some.csv, {last}}}\n"
        found = [w.message for w in parse(text, "f.yaml", tmp_path).warnings]
        assert len(found) == count
        assert all("with sigma = 0.0001 these data count 1e+08 times as much as an equation" in said for said in found)


EIGEN = """\
unknowns: [u]
parameters: {lam: {kind: fitted, initial: 9}}
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - equation: u_xx + lam*u = 0
  - {equation: u = 0, on: boundary, hard: true}
"""


def test_a_fitted_parameter_beside_the_solution_zero_is_doubted() -> None:
    (said,) = doubts(EIGEN)
    assert "u = 0 satisfies all terms, whatever lam may be" in said
    assert "{equation: integral(u^2) = 1}" in said
    for last in ("equation: integral(u^2) = 1", "{equation: u_x = 1, on: x=0}", "equation: u_xxx = lam - 9"):
        assert doubts(f"{EIGEN}  - {last}\n") == [], last
    narrow = EIGEN.replace("lam*u = 0", "lam*u = where(abs(x - 0.513) < 0.001, 1, 0)")
    assert not any("satisfies all terms" in said for said in doubts(narrow))
    assert doubts(f"{EIGEN}  - equation: integral(u_x) = 0\n") != []
    (shrinks,) = doubts(
        EIGEN.replace("[u]", "{u: {positive: true}}").replace(
            "u = 0, on: boundary, hard: true", "u_x = 0, on: boundary"
        )
    )
    assert "all terms hold for u of any size, however small, whatever lam may be" in shrinks


def test_an_equation_without_a_source_is_doubted_where_nothing_else_is() -> None:
    zero = ALONG + "  - equation: %s\n  - {equation: '%s', on: boundary}\n"
    for equation, condition in (("-u_xx = pi^2*u", "u = 0"), ("u_xx = u", "d(u, n) = 0")):
        (said,) = doubts(zero % (equation, condition))
        assert said.startswith("u = 0 satisfies all terms, so that training may end there; add what excludes it")
    assert doubts(zero % ("-u_xx = 1e-9*exp(-x)", "u = 0")) == []
    assert doubts(zero % ("-u_xx = u", "u = x")) == []


@pytest.mark.parametrize(
    ("equation", "conditions", "said"),
    [
        ("-u_xx = 1", ["u_x = 1, on: x=0, hard: true"], "3 conditions for an equation of order 2"),
        ("-u_xx = 1", ["u = 1, on: x=0.5", "u_x = 0, on: x=0"], "4 conditions for an equation of order 2"),
        ("u_xxxx = 1", ["[u_xx = 0, u_xxx = 0, u = 1], on: x=1"], "5 conditions for an equation of order 4"),
        ("-u_xx = 1", ["u = 0, on: x=0"], None),
        ("-u_xx = pi^2*u", ["u_x = 1, on: x=0"], None),
        ("-u_xx = 1 + u^2", ["u_x = 1, on: x=0"], None),
        ("x*u_xx + u_x = 1", ["u_x = 0, on: x=0"], None),
    ],
)
def test_more_conditions_than_the_order_are_doubted(equation: str, conditions: list[str], said: str | None) -> None:
    terms = [f"equation: {equation}", "{equation: u = 0, on: boundary, hard: true}"]
    text = ALONG + "".join(f"  - {term}\n" for term in (*terms, *(f"{{equation: {c}}}" for c in conditions)))
    found = [one for one in doubts(text) if "no solution meets them all, unless by chance" in one]
    assert len(found) == (said is not None)
    assert said is None or found[0].startswith(said)
    assert not any("meets them all" in one for one in doubts(text + "exact: {u: x}\n"))
    fitted = text.replace("terms:", "parameters: {k: {kind: fitted, initial: 1}}\nterms:").replace("= 1", "= k")
    assert not any("meets them all" in one for one in doubts(fitted))


def test_slopes_alone_may_be_one_too_many_and_fit() -> None:
    slopes = ALONG + "  - equation: -u_xx = cos(pi*x)\n  - {equation: u_x = 0, on: boundary}\n"
    assert doubts(slopes + "  - {equation: u = 0, on: x=0}\n") == []
    (said,) = doubts(slopes + "  - {equation: u = 0, on: x=0}\n  - {equation: u = 1, on: x=1}\n")
    assert said.endswith("leave 1 out")


def test_a_number_that_nothing_determines_beside_zero_is_doubted() -> None:
    source = EIGEN.replace("u_xx + lam*u = 0", "-u_xx = lam")
    (said,) = doubts(source)
    assert "u = 0 satisfies all terms together with lam = 0" in said and "that lam can be told from" in said
    assert doubts(source + "  - equation: integral(u) = 1\n") == []


def test_hard_conditions_count() -> None:
    assert doubts(HEAD + "  - equation: u_t = u_xx\n  - {equation: u = x, on: t=0, hard: true}\n" + WALLS) == []


FLUX = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - equation: laplacian(u) = cos(pi*x)
  - {equation: "d(u, n) = 0", on: boundary}
"""


def test_what_is_known_up_to_a_constant_is_said_with_the_remedy() -> None:
    (said,) = doubts(FLUX)
    assert "only derivatives of u occur" in said
    assert "{equation: u = 0, on: {x: 0.5, y: 0.5}}" in said
    assert doubts(FLUX + "  - {equation: u = 0, on: {x: 0.5, y: 0.5}}\n") == []


ENERGY = """\
unknowns: [u]
domain: {{kind: box, bounds: {{x: [0, 1], y: [0, 1]}}}}
terms:
  - minimise: {}
  - {{equation: u = 0, on: boundary, hard: true}}
sampling: {{kind: gauss, points: 400}}
"""


@pytest.mark.parametrize(
    ("energy", "falls"),
    [
        ("-0.5*dot(grad(u), grad(u)) - u", "d(u, x)"),
        ("0.5*u_x^2 - 0.5*u_y^2 - u", "d(u, y)"),
        ("0.5*dot(grad(u), grad(u)) - u", None),
        ("(u_x^2 - 1)^2 + u_y^2 - u", None),
        ("sqrt(1 + dot(grad(u), grad(u))) - u", None),
        ("0.5*laplacian(u)^2 - u", None),
        ("exp(u_x) + u_y^2 + u_x", None),
    ],
)
def test_an_energy_without_a_lower_bound_is_doubted(energy: str, falls: str | None) -> None:
    found = [w for w in doubts(ENERGY.format(energy)) if "falls without end" in w]
    assert len(found) == (falls is not None)
    assert falls is None or f"where {falls} grows" in found[0]


def test_weighed_terms_of_very_unequal_size_are_doubted() -> None:
    text = SOUND.replace("u_t = laplacian(u)", "1e9*u_t = 1e9*laplacian(u)\n    weight: 2")
    (said,) = doubts(text)
    assert "a residual of 'term_1' is about" in said and "without any 'weight' residuals are divided" in said
    assert "give 'term_1' a 'scale' such as 1e+09" in said
    assert doubts(text.replace("weight: 2", "weight: 1e-18")) == []
    assert doubts(text.replace("weight: 2", "scale: 1e9")) == []
    assert doubts(text + "training: {balance_every: 10}\n") == []


NORM = "  - equation: integral(u^2) = 1\n"


@pytest.mark.parametrize(
    ("terms", "unknowns"),
    [
        ("  - minimise: integral(dot(grad(u), grad(u)))/integral(u^2)\n", ["u"]),
        ("  - minimise: integral(dot(grad(u), grad(u)))/integral(u^2)\n" + NORM, []),
        ("  - minimise: integral(abs(u)^3)/integral(u^2)^1.5 + integral(v)^2/integral(v^2)\n", ["u", "v"]),
        ("  - minimise: integral(u*v)^2/integral(u^2)/integral(v^2)\n" + NORM, ["v"]),
        ("  - minimise: integral(u_x^2)\n", []),
        ("  - minimise: integral(u_x^2 + u)/integral(u^2)\n", []),
        ("  - minimise: integral(x*u)/integral(u) + integral(u_x^2)\n", []),
        ("  - minimise: at(u, x=0, y=0)^2 + integral(u_x^2)/integral(u^2)\n", []),
    ],
)  # fmt: skip
def test_a_quotient_that_leaves_the_size_of_an_unknown_open_is_doubted(terms: str, unknowns: list[str]) -> None:
    head = "unknowns: [u, v]\ndomain: {kind: disk}\nterms:\n  - {equation: u = v, on: boundary}\n"
    text = head + terms
    said = [f"{u} is scaled, so nothing holds its size; add {{equation: integral({u}^2) = 1}}" for u in unknowns]
    assert [d.split("same when ")[1] for d in doubts(text) if "stays the same" in d] == said


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (
            ["u = 1, on: x=0", "u = 0, on: boundary"],
            "this wants u = 0 at x=0, t=0.2549, and 'term_4' wants 1; only one of them can hold",
        ),
        (
            ["u = 1 - t, on: x=0, hard: true", "2*u = 4, on: x=0"],
            "wants u = 2 at x=0, t=0.2549, and a hard condition wants 0.745",
        ),
        (["u_x = t, on: x=0", "u_x = -t, on: x=0"], "this wants d(u, x) = -0.254878"),
        (["u = 1, on: x=0", "2*u = 2, on: boundary", "u_x = 3, on: x=0", "u^2 = 9, on: x=0"], None),
        (["u = 1, on: x=0", "u = 0, on: x=1"], None),
    ],
)
def test_terms_that_exclude_each_other_are_doubted(terms: list[str], said: str | None) -> None:
    every = doubts(SOUND + "".join(f"  - {{equation: {term}}}\n" for term in terms))
    found = [doubt for doubt in every if "corner" not in doubt]  # at t=0, where u is 0
    assert [said in doubt for doubt in found] == [True] if said else not found


@pytest.mark.parametrize(
    ("equation", "place"),
    [
        ("d(where(x < 0.3, 1, 5)*u_x, x) = u_t", "'where(x < 0.3, 1, 5)' jumps at x=0.3"),
        ("u_t = d((2 + step(t - 0.25))*u, t)", "jumps at t=0.25"),
        ("u_t = d(where(x < 0.3, x, 0.6 - x)*u_x, x)", None),
        ("where(x < 0.3, 1, 5)*u_xx = u_t", None),
        ("u_t = d(tanh(1e5*(x - 0.3))*u_x, x)", None),
    ],
)
def test_a_derivative_of_what_jumps_is_doubted(equation: str, place: str | None) -> None:
    found = doubts(f"{HEAD}  - equation: {equation}\n  - {{equation: u = 1, on: t=0}}\n{WALLS}")
    assert [place in doubt for doubt in found] == [True] if place else not found


@pytest.mark.parametrize(
    ("equation", "start", "said"),
    [
        ("u_t = u_xx", '"u = max(x - 0.4, 0)", hard: true',
         "has a kink at x=0.4, "
         "which the second derivative by x of u misses; drop 'hard: true' here"),
        ("u_t + u_x = 0", '"u = where(x < 0.3, 0, 1)", hard: true', "has a jump at x=0.3"),
        ("u_t + u_x = 0", '"u = max(x - 0.4, 0)", hard: true', None),
        ("u_t = u_xx", '"u = where(x < 0.3, 0, (x - 0.3)^2)", hard: true', None),
        ("u_t + d(u, x, order=3) = 0", '"u = where(x < 0.3, 0, (x - 0.3)^2)", hard: true', "has a kink at x=0.3"),
        ("u_t = u_xx", '"u = max(x - 0.4, 0)"', None),
        ("u_t = u_xx", '"u = max(x, -1)", hard: true', None),
    ],
)  # fmt: skip
def test_hard_data_with_kinks_are_doubted_where_derivatives_miss_them(
    equation: str, start: str, said: str | None
) -> None:
    walls = "  - {equation: [u_x = u, u_x = -u], on: boundary}\n"
    every = doubts(f'{HEAD}  - {{equation: "{equation}"}}\n  - {{on: t=0, equation: {start}}}\n{walls}')
    found = [doubt for doubt in every if "corner" not in doubt]
    assert [said in doubt for doubt in found] == [True] if said else not found


@pytest.mark.parametrize(
    ("start", "exact", "said"),
    [
        ("sin(2*pi*x)", "sin(2*pi*(x - t))", []),
        ("x*(1 - x)", "", ["x is periodic, and the slope of 'x*(1 - x)' is 1 at x=0 and -1 at x=1"]),
        ("x", "", ["x is periodic, and 'x' is 0 at x=0 and 1 at x=1"]),
        ("1", "1 + 1e-9*x*(x - t)", []),
    ],
)
def test_what_is_not_periodic_where_the_domain_is_is_doubted(start: str, exact: str, said: list[str]) -> None:
    text = HEAD.replace("time: t", "time: t, periodic: [x]")
    text += f'  - equation: u_t + u_x = 0\n  - {{equation: "u = {start}", on: t=0, hard: true}}\n'
    found = [doubt for doubt in doubts(text + (f"exact: {{u: {exact}}}\n" if exact else "")) if "periodic" in doubt]
    assert [doubt.partition(";")[0] for doubt in found] == said


HEAT = """\
unknowns: [u]
domain: {}
terms:
  - equation: {}
  - {{equation: u = 1, on: {}}}
"""
ROD = "{kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}"


@pytest.mark.parametrize(
    ("domain", "equation", "on", "way"),
    [
        (ROD, "u_t = -0.1*u_xx", "t=0", "forwards"),
        (ROD, "u_t = 0.1*u_xx", "t=1", "backwards"),
        (ROD, "u_t = u_xxxx", "t=0", "forwards"),
        (ROD, "u_t + u_xx + u_xxxx = u^2", "t=0", None),
        (ROD, "u_t = -0.1*u_xx", "t=1", None),
        (ROD, "u_t = 0.1*u_xx", "t=0", None),
        (ROD, "-u_t = -d((1 + u^2)*u_x, x)", "t=0", None),
        (ROD, "u_t = d((u^2 - 9)*u_x, x)", "t=0", "forwards"),
        (ROD, "u_t + u*u_x + u_xxx = 0", "t=0", None),
        ("{kind: ball, coordinates: [x, y, z], time: {t: [0, 1]}}", "u_t = -laplacian(u)", "t=0", "forwards"),
        ("{kind: sphere, coordinates: [x, y, z], time: {t: [0, 1]}}", "u_t = laplacian(u) - u", "t=0", None),
    ],
)
def test_heat_that_flows_backwards_is_doubted(domain: str, equation: str, on: str, way: str | None) -> None:
    found = [said for said in doubts(HEAT.format(domain, equation, on)) if "grow without bound" in said]
    assert len(found) == (way is not None)
    assert way is None or f"short waves grow without bound {way} in t" in found[0]


@pytest.mark.parametrize(("sign", "doubted"), [("-", True), ("+", False)])
def test_a_wave_equation_of_the_wrong_sign_is_doubted(sign: str, doubted: bool) -> None:
    text = HEAT.format(ROD, f"u_tt = {sign}4*u_xx", "t=0") + "  - {equation: u_t = 0, on: t=0}\n"
    assert any("grow without bound" in said for said in doubts(text)) == doubted


def test_between_two_times_nothing_runs_away() -> None:
    text = HEAT.format(ROD, "u_tt = -u_xx", "t=0") + "  - {equation: u = 0, on: t=1}\n"
    assert not any("grow without bound" in said for said in doubts(text))


STIFF = """\
unknowns: [u]
domain: {}
terms:
  - minimise: {}
  - {{equation: u = 0, on: boundary, hard: true}}
"""
LINE, DISK = "{kind: box, bounds: {x: [-1, 1]}}", "{kind: disk}"


FLOW = """\
unknowns: [u, v, p]
domain: {{kind: box, bounds: {{x: [0, 1], y: [0, 1], t: [0, 1]}}, time: t, periodic: [y]}}
terms:
  - {{equation: "d([u, v], t) = laplacian([u, v]) - grad(p)"}}
  - {{equation: "div([u, v]) = 0"}}
  - {{equation: "[u, v] = [sin(2*pi*y), 0]", on: t=0}}
  - {{equation: {}}}
"""


@pytest.mark.parametrize(
    ("equation", "doubted"),
    [
        ('"p_x = 0", on: t=0', True),
        ('"integral(p) = 0"', True),
        ('"p = 0", on: {x: 0, y: 0, t: 0.5}', True),
        ('"p = 0", on: t=0', True),
        ('"p = 0", on: {x: 0, y: 0}', False),
        ('"p = 0", on: x=0', False),
        ('"p_t = 0", on: {x: 0, y: 0}', True),
        ('["p_t = 0", "p = 0"], on: {x: 0, y: 0, t: 0}', False),
    ],
)
def test_a_pressure_of_an_unsteady_flow_is_fixed_at_every_time(equation: str, doubted: bool) -> None:
    found = [said for said in doubts(FLOW.format(equation)) if "known up to" in said]
    assert len(found) == doubted
    function_of_time = doubted and "p_t" not in equation
    assert not function_of_time or "on: {x: 0.5, y: 0.5}}, for all t" in found[0]
    assert not doubted or ("a function of t" if function_of_time else "a constant") in found[0]


@pytest.mark.parametrize(
    ("equation", "doubted"),
    [
        ('"u = integral(u)", on: x=0', True),
        ('"u = integral(x*u_x, over=x=1)", on: x=0', False),
        ('"u = integral(x*t)", on: x=0', False),
        ('"integral(u) = 1"', False),
    ],
)
def test_integrals_over_time_beside_what_changes_with_it_are_doubted(equation: str, doubted: bool) -> None:
    found = doubts(HEAD + "  - equation: u_t = u_xx\n  - {equation: " + equation + "}\n")
    assert any("is over t too: it is one number for all t" in said for said in found) == doubted


def test_an_integral_over_all_of_time_in_a_rate_is_doubted() -> None:
    head = "unknowns: [u]\ndomain: {kind: box, bounds: {t: [0, 1]}, time: t}\nterms:\n"
    found = doubts(head + '  - equation: "u_t = 1 - integral(u)"\n  - {equation: u = 0, on: t=0}\n')
    assert any("it is one number for all t" in said and "W_t = …" in said for said in found)


def test_what_is_asked_on_an_edge_alone_is_not_said_to_be_open_elsewhere() -> None:
    edge = "  - {equation: q_t = u_x, on: x=0}\n  - {equation: q = 0, on: {x: 0, t: 0}}\n"
    start = "  - {equation: u = q, on: boundary}\n  - {equation: u = 0, on: t=0}\n"
    text = HEAD.replace("[u]", "[u, q]") + "  - equation: u_t = u_xx\n" + start + edge
    assert not any("known up to" in said for said in doubts(text))


@pytest.mark.parametrize(
    ("domain", "energy", "doubted"),
    [
        (LINE, '"0.5*where(x < 0, 1, 10)*u_x^2 - u"', True),
        (DISK, '"0.5*(1 + step(x - 0.2))*dot(grad(u), grad(u)) - u"', True),
        (LINE, '"0.5*(2 + tanh(20*x))*u_x^2 - u"', False),
        (DISK, '"0.5*(1 + step(x - 2))*dot(grad(u), grad(u)) - u"', False),
    ],
)
def test_an_energy_whose_stiffness_jumps_is_doubted(domain: str, energy: str, doubted: bool) -> None:
    found = [said for said in doubts(STIFF.format(domain, energy)) if "jumps at x=" in said]
    assert len(found) == doubted
    assert not doubted or "a cliff that no point sees; give each side an unknown" in found[0]


def test_loads_and_sources_that_jump_are_doubted() -> None:
    (load,) = doubts(STIFF.format(LINE, '"0.5*u_x^2 - where(x < 0, 1, 10)*u"'))
    assert "'where(x < 0, 1, 10)' jumps at x=0" in load and "{minimise: …, on: REGION}" in load
    sides = "regions: {left: x < 0}\nterms:\n  - {minimise: -u, on: left}"
    assert doubts(STIFF.format(LINE, '"0.5*u_x^2 + abs(x)*u"').replace("terms:", sides)) == []
    walls = "  - {equation: [u = 0, u_x = 0], on: boundary, hard: true}\n"
    (plate,) = doubts(ALONG + '  - equation: "d(u, x, order=4) = 3*step(x - 0.4)"\n' + walls)
    assert "'step(x - 0.4)' jumps at x=0.4, and derivatives of order 4 of a smooth network do not" in plate
    assert "or write the equation as an energy" in plate
    assert doubts(ALONG + "  - equation: u_x = step(x - 0.4)\n  - {equation: u = 0, on: x=0}\n") == []


ROUND = """\
unknowns: [u]
domain: {{kind: {}, time: {{t: [0, 1]}}}}
terms:
  - equation: {}
  - {{equation: {}, on: boundary}}
"""


def test_what_is_doubted_in_a_box_is_doubted_in_other_shapes() -> None:
    (said,) = doubts(ROUND.format("disk", "u_t = laplacian(u)", "u = 0"))
    assert "of order 1 in t for u, and no condition stands at one time; they need u at t=0" in said
    ring = ROUND.format("annulus, inner: 1, outer: 2", "laplacian(u) = 0", '"d(u, n) = 1"')
    (said,) = doubts(ring)
    assert "known up to a function of t" in said
    place = dict(part.split(": ") for part in said.split("on: {")[1].split("}")[0].split(", "))
    assert 1 < float(place["x"]) ** 2 + float(place["y"]) ** 2 < 4
    twice = ROUND.format("disk", "laplacian(u) = 0", "u = x") + "  - {equation: u = 2*x, on: boundary}\n"
    assert any("wants u = " in said and "term_2" in said for said in doubts(twice))
    assert "is not a real number" in mistakes(ROUND.format("disk", "laplacian(u) = log(x - 2)", "u = 0"))


@pytest.mark.parametrize(
    ("term", "said"),
    [
        ("minimise: sqrt((1 + u_x^2)/u)", "this is no finite number at u = 0, built in on x=-1; let the unknown be"),
        (
            "equation: u_xx = sqrt(u^3)",
            "this is not a real number where u is negative, as a network may be on its way; ",
        ),
        ("equation: u_xx = u/(1 + x) + 1/sqrt(1 + x)", None),
        ("equation: u_xx = u*sqrt(u_x)", "not a real number where d(u, x) is negative"),
        ("minimise: 0.5*u_x^2 + max(u, 0)^1.5", None),
        ("minimise: sqrt(1 + u_x^2) - log(2 + u^2)", None),
        ("equation: u_xx = sqrt(u^2)", None),
    ],
)
def test_what_is_no_number_for_some_values_of_an_unknown_is_doubted(term: str, said: str | None) -> None:
    found = doubts(
        f"unknowns: [u]\ndomain: {LINE}\nterms:\n  - {term}\n  - {{equation: u = 0, on: x=-1, hard: true}}\n"
    )
    found = [doubt for doubt in found if "number" in doubt]
    assert len(found) == (said is not None)
    assert said is None or said in found[0]


def test_what_is_positive_is_not_doubted_and_advised_where_it_can_be() -> None:
    text = f"unknowns: [u]\ndomain: {LINE}\nterms:\n  - equation: u_x = log(u)\n  - {{equation: u = 1, on: x=0}}\n"
    (said,) = doubts(text)
    assert "say {u: {positive: true}} under unknowns, or write max(u, 0) there" in said
    assert doubts(text.replace("[u]", "{u: {positive: true}}")) == []


# --- as many conditions as orders ask for

ALONG = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
"""


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        (["equation: u_xx = u", "{equation: u = 0, on: x=0}"], "are of order 2 in x in all, and 1 condition stands"),
        (["equation: u_xx = u"], "are of order 2 in x in all, and no conditions stand"),
        (["equation: d(u, x, order=4) = 1", "{equation: u = 0, on: boundary, hard: true}"], "order 4"),
        (["equation: u_xx = u + 1", "{equation: u = 0, on: boundary}"], None),
        (["equation: u_xx = u", "{equation: [u = 0, u_x = 1], on: x=0, hard: true}"], None),
        (["equation: u_xx = u", "{equation: u = 0, on: x=0}", "equation: integral(u) = 1"], None),
        (["equation: u_xx + u_x/x = 1", "{equation: u = 0, on: x=1}"], None),
        (["equation: d(x*u_x, x) = 1", "{equation: u = 0, on: x=1}"], None),
        (["equation: u_x = u^2", "{equation: u = 1, on: x=0.5}"], None),
    ],
)
def test_functions_of_one_coordinate_need_as_many_conditions_as_orders(terms: list[str], said: str | None) -> None:
    found = doubts(ALONG + "".join(f"  - {term}\n" for term in terms))
    assert len(found) == (said is not None), found
    assert all(said in one for one in found if said)


def test_an_unknown_that_only_a_boundary_speaks_of_is_doubted() -> None:
    found = doubts(ALONG + "  - {equation: u + u_x = 1, on: x=1}\n")
    assert found == ["no term speaks of u inside the domain; add its equation"]


def test_a_function_of_time_alone_may_have_its_equation_on_a_side() -> None:
    two = SOUND.replace("[u]", "{u: {}, s: {inputs: [t]}}").replace("laplacian(u)", "laplacian(u)*s")
    assert doubts(two + "  - {equation: s_t = -u_x, on: x=1}\n  - {equation: s = 1, on: t=0}\n") == []


def test_what_is_kept_positive_cannot_be_asked_to_vanish() -> None:
    text = ALONG.replace("[u]", "{u: {positive: true}}") + "  - equation: u_xx = -1\n  - {equation: %s, on: boundary}\n"
    assert doubts(text % "u = 0") == ["u is kept positive, and this asks it to be 0; leave 'positive' out"]
    assert "asks it to be -1.5" in doubts(text % "2*u + 3 = 0")[0]
    assert doubts(text % "u = 0.1") == doubts(text % "u + u_x = 1") == []


def test_penalties_beside_an_energy_are_doubted() -> None:
    energy = ALONG + "  - minimise: u_x^2 - u\n  - {equation: u = 0, on: boundary, hard: true}\n"
    assert doubts(energy + "  - require: u <= 0.1\n") == [], "held at every point, as long as these stay"
    moving = ", sampling: {kind: random, points: 100, redraw_every: 10}}\n"
    said = "about 1/weight may stay missing, and the weight is 1"
    assert said in doubts(energy + "  - {require: u <= 0.1" + moving)[0]
    assert doubts(energy + "  - {require: u <= 0.1, weight: 1000" + moving) == []
    for exact in ("{equation: u = 0, on: boundary}", "{equation: integral(sqrt(1 + u_x^2)) = 3}"):
        assert doubts(ALONG + "  - minimise: u_x^2 - u\n  - " + exact + "\n") == []
    plane = (
        ALONG.replace("[0, 1]", "[0, 1], y: [0, 1]")
        + "  - minimise: dot(grad(u), grad(u)) - u\n  - {equation: u = 0, on: boundary}\n"
    )
    assert doubts(plane) == [], "held at every point, as long as these stay"
    plane += "sampling: {kind: random, points: 1000, redraw_every: 10}\n"
    said = "about 1/weight may stay missing, and the weight is 1; give it one, such as weight: 1000"
    assert any(said in word for word in doubts(plane))
    assert not any(said in word for word in doubts(plane.replace("boundary}", "boundary, weight: 1e3}")))
    norm = "  - equation: integral(u^2) = 1\n"
    assert doubts(ALONG + "  - minimise: integral(u_x^2)/integral(u^2)\n" + norm) == []
    inside = energy.replace("[u]", "[u, f]") + "  - {equation: -u_xx = f, weight: 100}\n"
    assert doubts(inside) == []
    found = doubts(inside + "sampling: {kind: sobol, points: 1000, redraw_every: 10}\n")
    assert any("beside an energy an equation is met to about 1/weight only" in said for said in found)


def test_slopes_at_a_boundary_do_not_bind_an_energy_of_slopes() -> None:
    energy = ALONG + "  - minimise: u_x^2 - u\n  - {equation: u = 0, on: x=0, hard: true}\n"
    (said,) = doubts(energy + '  - {equation: "d(u, n) = 1", on: x=1}\n')
    assert "inside there are derivatives of u up to order 1 only: a layer without width meets this" in said
    assert "for d(u, n) = g write 'minimise: -g*u' on this place" in said
    bent = energy.replace("u_x^2", "u_xx^2")
    assert doubts(bent + '  - {equation: "d(u, n) = 1", on: x=1}\n') == []
    state = energy.replace("u_x^2", "u^2 + q^2").replace("[u]", "[u, q]") + "  - equation: u_xx = q\n"
    assert doubts(state + '  - {equation: "d(u, n) = 1", on: x=1}\n') == []


def test_an_energy_with_integrals_over_time_is_no_reason_for_doubt() -> None:
    head = "unknowns: [u]\ndomain: {kind: box, bounds: {t: [0, 2]}, time: t}\nterms:\n"
    start = "  - {equation: u = 1, on: t=0, hard: true}\n"
    assert doubts(head + "  - minimise: integral(u^2 + u_t^2)*u\n" + start) == []


def test_every_pair_that_excludes_each_other_is_named() -> None:
    pairs = "  - {equation: u = %d, on: x=%d}\n" * 4 % (0, 0, 1, 0, 0, 1, 2, 1)
    found = doubts(ALONG + "  - equation: u_xx = 1\n" + pairs)
    assert ["this wants u = 1 at x=0" in said for said in found[:2]] == [True, False]
    assert "this wants u = 2 at x=1, and 'term_4' wants 0" in found[1]


def test_places_outside_of_the_domain_are_doubted_but_where_they_are_chosen() -> None:
    start = "  - {equation: u = 1, on: t=0, hard: true}\n"
    (said,) = doubts(HEAD + "  - equation: u_t = -at(u, t=t - 1/2)\n" + start)
    assert "'at(u, t=t - 0.5)' reaches t=-0." in said
    assert "outside of the domain; nothing holds the solution there" in said
    chosen = '  - equation: "u_t = where(t > 1/2, -at(u, t=t - 1/2), -1)"\n'
    assert doubts(HEAD + chosen + start) == []
    assert doubts(HEAD + "  - equation: u_t = -at(u, t=t/2)\n" + start) == []


def test_names_that_nothing_speaks_of_are_doubted() -> None:
    names = "parameters: {k: 2, c: 3}\ndefine: {f: sin(k*x), asked: u_x}\nregions: {left: x < k/4}\n"
    found = doubts(names + SOUND.replace("laplacian(u)", "laplacian(u) + f_x"))
    assert found == [
        "nothing speaks of 'c', a parameter; use it, or leave it out",
        "nothing speaks of 'left', a region; use it, or leave it out",
    ]


# --- names that mean two things


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("terms:", "parameters: {u_t: 2}\nterms:"), "'u_t' is also the derivative d(u, t)"),
        (("[u]", "[u, u_x]"), "'u_x' is also the derivative d(u, x)"),
        (("terms:", "define: {u_xt: 2}\nterms:"), "'u_xt' is also the derivative d(u, x, t)"),
    ],
)
def test_names_that_read_as_derivatives_are_refused(change: tuple[str, str], said: str) -> None:
    assert said in mistakes(SOUND.replace(*change))
    assert doubts(SOUND.replace("terms:", "regions: {u_x: x < 0.5}\nterms:") + "  - {equation: u = 0, on: u_x}\n") == []


def test_a_name_that_hides_the_normal_is_told_where_a_normal_is_meant() -> None:
    coordinate = ALONG.replace("x:", "n:") + '  - equation: u_nn = 1\n  - {equation: "d(u, n) = 1", on: n=0}\n'
    assert "'n' is the normal here, and a name of this config too" in mistakes(coordinate)
    density = (
        ALONG.replace("[u]", "[u, n]") + '  - equation: [u_xx = n, n_xx = u]\n  - {equation: "d(u, n) = 1", on: x=0}\n'
    )
    assert "'n' is a name of this config, which hides the normal" in mistakes(density)


STATE = """\
unknowns: [u]
domain: {{kind: box, bounds: {{x: [-6, 6]}}}}
terms:
  - minimise: {}
  - {{equation: u = {}, on: boundary, hard: true}}
"""


@pytest.mark.parametrize(
    ("energy", "value", "trivial"),
    [
        ("integral(u_x^2/2 + x^2*u^2/2)", "0", True),
        ("2*integral(u_x^2) + integral(abs(u)^3)", "0", True),
        ("u_x^2/2 + x^2*u^2/2", "0", True),
        ("u_x^2/2", "1", False),
        ("u_x^2/2 - u", "0", False),
        ("u_x^2/2 + (u^2 - 1)^2", "0", False),
        ("u_x^2/2 - 0.1*u^2", "0", False),
        ("integral(u_x^2) - integral(u^2)", "0", False),
        ("integral(u_x^2)/integral(u^2)", "0", False),
        ("u_x^2/2 + where(abs(x - 0.5) < 0.2, 0, 9)*u^2", "0", True),
        ("u_x^2/2 - where(abs(x - 0.513) < 0.001, 1, 0)*u", "0", False),
        ("integral(u_x^2 - 2*max(1 - 1e6*(x - 0.513)^2, 0)*u)", "0", False),
    ],
)
def test_an_energy_that_is_least_at_zero_is_doubted(energy: str, value: str, trivial: bool) -> None:
    found = [d for d in doubts(STATE.format(energy, value)) if "u = 0 satisfies all terms" in d]
    assert len(found) == trivial
    assert not trivial or "divide by integral(u^2), and add {equation: integral(u^2) = 1}" in found[0]


def test_an_energy_beside_what_excludes_zero_is_not_doubted() -> None:
    text = STATE.format("integral(u_x^2)", "0") + "  - "
    for last, count in (("equation: integral(u^2) = 1", 0), ("{equation: u = 1, on: x=0}", 0), ("equation: u = 0", 1)):
        assert sum("satisfies all terms" in d for d in doubts(f"{text}{last}\n")) == count
    assert doubts(HEAD + "  - minimise: u_x^2\n") == []


PIPE = """\
unknowns: [u]
parameters: {n: 0.5, G: 1}
domain: {kind: box, bounds: {r: [0, 1]}}
terms:
  - equation: "d(r*abs(u_r)^(n - 1)*u_r, r) = -r*G"
  - {equation: u = 0, on: r=1, hard: true}
"""


@pytest.mark.parametrize(
    ("flux", "said"),
    [
        ("abs(u_r)^(n - 1)*u_r", "'abs(d(u, r))^-0.5' is infinite where d(u, r) vanishes"),
        ("u_r/norm(grad(u))", "is infinite where d(u, r) vanishes"),
        ("u_r/abs(u_r)^n", "'1/abs(d(u, r))^0.5' is infinite where d(u, r) vanishes"),
        ("u_r*(u_r^2)^(-1/4)", "is infinite where d(u, r) vanishes"),
        ("abs(u_r)^n*u_r", None),
        ("u_r/sqrt(1 + u_r^2)", None),
        ("u_r*(1e-6 + u_r^2)^(-1/4)", None),
        ("u_r/abs(u)", None),
        ("u_r/(u_r + 2)", None),
        ("1/u_r", None),
    ],
)
def test_a_flux_that_is_infinite_where_the_slope_vanishes_is_doubted(flux: str, said: str | None) -> None:
    found = [d for d in doubts(PIPE.replace("abs(u_r)^(n - 1)*u_r", flux)) if "vanishes" in d]
    assert len(found) == (said is not None)
    assert said is None or (said in found[0] and "r*s_r + s = -r*G and u_r = sign(s)*abs(s)^(1/n)" in found[0])


@pytest.mark.parametrize(
    ("ends", "hint"),
    [
        (("1", "2"), "say {u: {positive: true}} under unknowns, without 'hard' in the conditions on u, or write max("),
        (("1", "0"), "without 'hard' in the conditions on u and with a small number such as 1e-6 for 0, or write max("),
        (("1", "-1"), "; write max(u, 0) there"),
    ],
)
def test_roots_of_an_unknown_ask_first_that_it_is_kept_positive(ends: tuple[str, str], hint: str) -> None:
    terms = "".join(f"  - {{equation: u = {u}, on: x={x}, hard: true}}\n" for u, x in zip(ends, "01", strict=True))
    text = "unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1]}}\nterms:\n  - equation: u_xx = u^1.5 + 1\n" + terms
    (said,) = [d for d in doubts(text) if "is negative" in d or "no finite number" in d]
    assert hint in said


def test_zero_is_doubted_where_only_a_guess_leads_away_from_it() -> None:
    beam = ALONG + '  - equation: u_xx + 12*sin(u) = 0\n  - {equation: "u_x = 0", on: boundary}\n'
    assert doubts(beam) == [
        "u = 0 satisfies all terms, so that training may end there; begin with what is sought, as in guess: {u: …}"
    ]
    assert doubts(beam + "guess: {u: cos(pi*x)}\n") == []
    assert doubts(beam.replace("= 0\n", "= exp(-((x - 0.3)/1e-5)^2)\n", 1)) == [], "a source that few points see"
    cycle = (
        "unknowns: [u, v]\ndomain: {kind: box, bounds: {x: [0, 1]}, periodic: [x]}\n"
        "parameters: {T: {kind: fitted, initial: 7, bounds: [5, 10]}}\nterms:\n"
        "  - equation: [u_x = T*v, v_x = T*(2*(1 - u^2)*v - u)]\n  - {equation: v = 0, on: {x: 0}}\n"
    )
    assert "whatever T may be, so that training may end there; begin with what is sought" in doubts(cycle)[0]
    assert doubts(cycle + "guess: {u: 2*cos(2*pi*x), v: -2*sin(2*pi*x)}\n") == []


def test_what_follows_from_others_at_every_time_needs_no_beginning() -> None:
    heated = (
        "unknowns: [u, v]\ndomain: {kind: box, bounds: {x: [0, 1], t: [0, 1]}, time: t}\n"
        "define: {s: u_x - 0.5*v}\nterms:\n  - equation: d(s, x) = 0\n  - equation: v_t = v_xx - 0.2*u_xt\n"
        "  - {equation: v = sin(pi*x/2), on: t=0, hard: true}\n  - {equation: v = 0, on: x=0, hard: true}\n"
        '  - {equation: "d(v, n) = 0", on: x=1}\n  - {equation: u = 0, on: x=0, hard: true}\n'
        "  - {equation: s = 0, on: x=1}\n"
    )
    assert doubts(heated) == []
    assert "of order 1 in t for v" in " ".join(doubts(heated.replace("on: t=0", "on: x=1")))
