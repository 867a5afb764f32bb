"""A problem with vector coordinates from the command line: trained, measured, evaluated at points of every kind."""

from pathlib import Path

import numpy as np
import pytest
from commands import Pinn

import pinn as package
from pinn.errors import RequestError

HEAT = """\
unknowns: [u]
domain: {kind: box, bounds: {x: {dim: 12, range: [0, 1]}, t: [0, 1]}, time: t}
terms:
  - equation: u_t = laplacian(u)
  - {equation: u = exact.u, on: [boundary, t=0], points: 30}
exact: {u: sum(x^2) + 24*t}
sampling: {kind: sobol, points: 32}
network: {kind: mlp, hidden: [6]}
optimizer: {kind: lbfgs, max_steps: 20}
training: {validation: 0}
"""


@pytest.fixture(scope="module")
def trained(shared: Pinn) -> Pinn:
    """A folder with one finished run, called `heat`."""
    answer = shared.inside("train", shared.write(HEAT), "--name", "heat", "-q", "--json").json
    assert answer["loss"] < 50
    return shared


def test_it_is_measured(trained: Pinn) -> None:
    page = trained.inside("eval", "heat", "--json").json
    assert set(page["errors"]["u"]) == {"relative_l2", "relative_linf", "relative_h1"}


def test_components_are_given_together_or_one_by_one(trained: Pinn) -> None:
    def values(*options: str) -> list[dict[str, float]]:
        return trained.inside("eval", "heat", *options, "--json").json["values"]

    (one,) = values("--at", "x=0.5; x[1]=0.25; t=1", "--expr", "sum(x)")
    assert one["sum(x)"] == pytest.approx(11 * 0.5 + 0.25)
    assert (one["x[0]"], one["x[1]"], one["t"]) == (0.5, 0.25, 1)
    rows = values("--grid", "x=0; x[11]=0:1:3; t=0,1", "--expr", "exact.u")
    assert [row["exact.u"] for row in rows] == pytest.approx([0, 24, 0.25, 24.25, 1, 25])


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("x=0,1; t=0", "x is a vector of 12 coordinates and takes a single number here"),
        ("x[0]=1; t=0", "x[1] is missing"),
        ("x[12]=1; t=0", "'x[12]' is not a coordinate of this run"),
        ("y=1", "there are x, t"),
    ],
)
def test_what_cannot_be_understood(trained: Pinn, points: str, said: str) -> None:
    assert said in trained.inside("eval", "heat", "--at", points, code=2).err


def test_points_go_through_files_and_python(trained: Pinn) -> None:
    draws = np.random.default_rng(0)
    x, t = draws.random((4, 12)), draws.random(4)
    np.savez(trained.folder / "in.npz", x=x, t=t)
    header = ",".join([*(f"x[{i}]" for i in range(12)), "t"])
    np.savetxt(trained.folder / "in.csv", np.column_stack([x, t]), delimiter=",", header=header, comments="")
    found = []
    for name in ("in.npz", "in.csv"):
        trained.inside("eval", "heat", "--points", name, "--out", "out.npz")
        with np.load(trained.folder / "out.npz") as out:
            assert out["x"] == pytest.approx(x)
            found.append(out["u"])
    trained.inside("eval", "heat", "--points", "out.npz", "--out", "out.csv")
    assert Path(trained.folder / "out.csv").read_text().startswith(header + ",u\n")
    solution = package.load("heat", trained.folder / "runs")
    found.append(solution(x=x, t=t)["u"])
    found.append(solution(x=x[:, None], t=t[:, None])["u"][:, 0])
    for values in found:
        assert values == pytest.approx(found[0], rel=1e-12)
    assert solution(x=0.5, t=0.0)["u"] == solution(x=[0.5] * 12, t=0.0)["u"]
    with pytest.raises(RequestError, match="x is a vector of 12 coordinates"):
        solution(x=x[:, :3], t=t)
