"""The self-test refuses wrong derivatives and hard conditions that do not hold, and remembers what has passed."""

import dataclasses
from pathlib import Path

import pytest

from pinn import config, jets, problems, verification
from pinn.errors import NumericsError
from pinn.expressions import Raw

TEXT = """
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - {equation: "laplacian(u) + sin(u) = at(u_x, x=0.5)", name: inside}
  - {equation: u = cos(y), on: x=0, hard: true}
  - {equation: "d(u, n) = 0", on: x=1}
network: {kind: mlp, hidden: [4]}
"""


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("PINN_CACHE_DIR", str(tmp_path))
    return tmp_path


def problem(text: str = TEXT) -> problems.Problem:
    return problems.build(config.parse(text, "test.yaml", Path()))


def spoilt(name: str, level: int):
    """A function of jets whose derivatives of one order are a little wrong."""
    right = jets.FUNCTIONS[name]

    def wrong(x):
        found = right(x)
        orders = [degree for degree in found.space.degrees for _ in range(found.order + 1)]
        pairs = zip(found.flat, orders, strict=True)
        flat = [1.001 * c if c is not None and order == level else c for c, order in pairs]
        return found.with_flat(flat)

    return wrong


@pytest.mark.parametrize(("name", "level"), [("tanh", 1), ("tanh", 2)])
def test_a_wrong_derivative_is_detected_and_named(monkeypatch, own_cache, name, level):
    monkeypatch.setitem(jets.FUNCTIONS, name, spoilt(name, level))
    with pytest.raises(NumericsError, match=r"differ by .* in ") as caught:
        verification.verify(problem())
    assert "inside" in str(caught.value)
    assert not list(own_cache.rglob("verified/*"))


def test_a_condition_that_does_not_hold_is_detected():
    built = problem()
    broken = dataclasses.replace(built.config, ansatz={"u": Raw("u")})
    with pytest.raises(NumericsError, match=r"hard condition on u at x=0 is missed by") as caught:
        verification.verify(dataclasses.replace(built, config=broken))
    assert "soft form" in caught.value.render()


def test_data_singular_on_their_plane_are_detected():
    with pytest.raises(NumericsError, match="hard condition on u"):
        verification.verify(problem(TEXT.replace("u = cos(y)", "u = log(y - 0.5)")))


DRUM = """
unknowns: [u]
domain: {kind: disk, time: {t: [0, 1]}}
known: {k: k.csv}
terms:
  - equation: u_tt = laplacian(u)
  - {equation: u = 0, on: boundary, hard: true}
  - {equation: [u = k, u_t = 0], on: t=0, hard: true}
network: {kind: mlp, hidden: [4]}
"""


def test_values_from_tables_may_differ_a_little_where_they_meet(tmp_path):
    axis = [i / 4 - 1 for i in range(9)]
    for error in (1e-6, 0.1):
        rows = (f"{x},{y},{1 - x * x - y * y + error}\n" for x in axis for y in axis)
        (tmp_path / "k.csv").write_text("x,y,k\n" + "".join(rows))
        built = problems.build(config.parse(DRUM, "test.yaml", tmp_path))
        if error < 1e-3:
            verification.verify(built)
        else:
            with pytest.raises(NumericsError, match="hard condition on u") as caught:
                verification.verify(built)
            assert "differ from another one where they meet" in caught.value.render()


def test_what_passed_is_remembered_for_the_same_problem_only(monkeypatch):
    calls = []
    original = verification.differences
    monkeypatch.setattr(verification, "differences", lambda *a: calls.append(1) or original(*a))
    verification.verify(problem())
    assert len(calls) == 2
    verification.verify(problem())
    assert len(calls) == 2
    verification.verify(problem(TEXT.replace("sin(u)", "sin(2*u)")))
    assert len(calls) == 4


def test_single_precision_passes_its_own_tolerance():
    verification.verify(problem(TEXT + "precision: float32\n"))


def test_a_cache_that_cannot_be_written_does_not_matter(monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("PINN_CACHE_DIR", str(tmp_path / "file" / "below"))
    verification.verify(problem())
