"""Known functions: splines through values on a grid, and unknowns of earlier runs."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.interpolate import CubicSpline, NdBSpline, make_interp_spline

from pinn import arrays, checkpoints, config, fields, problems, verification
from pinn.config import Grid, resolve, summary
from pinn.errors import ConfigError
from pinn.evaluation import Solution

BOX = """
unknowns: [u]
domain: {{kind: box, bounds: {{x: [0, 1], y: [-1, 1]}}}}
known: {{{known}}}
terms: [{{equation: "-div(k*grad(u)) = d(k, x, y)"}}, {{equation: u = k, on: x=0, hard: true}}]
sampling: {{kind: gauss, points: 9}}
network: {{hidden: [4]}}
"""
X, Y = np.array([0, 0.2, 0.3, 0.6, 0.8, 1.1]), np.linspace(-1.5, 1, 7)
VALUES = np.random.default_rng(1).standard_normal((6, 7))

RUN = """
unknowns: {v: {}, p: {positive: true, inputs: [x]}}
parameters: {a: {kind: fitted, initial: 1.7}, b: [0.3, 2], c: 4}
domain: {kind: box, bounds: {t: [0, 2], x: [-1, 1]}, time: t, periodic: [x]}
terms:
  - equation: [v_t = p, p_x = 0]
  - {equation: "v = a*sin(c*pi*x) + b[1]", on: t=0, hard: true}
  - {equation: v_t = a*x, on: t=0, hard: true}
  - {data: gone.csv}
reference: gone.csv
network: {hidden: [5]}
"""
HERE = """
unknowns: [u]
domain: {{kind: box, bounds: {{x: [-0.5, 3], y: [0, 1], t: [0, 1.5]}}, time: t}}
known: {{v: {{run: {run}}}, q: {{run: {run}, unknown: p}}}}
terms: [{{equation: "u_t = d(v, x, t) + q*v_x + at(v, t=1)"}}]
sampling: {{kind: gauss, points: 8}}
network: {{hidden: [4]}}
"""


def parse(text: str, base: Path = Path(), *overrides: str) -> config.Config:
    return config.parse(text, "test.yaml", base, overrides)


def solution(known: config.Config) -> Solution:
    theta = fields.ravel(fields.initial(known, jnp.uint32(3)))
    return Solution(known, fields.unraveling(known)[1](theta + 0.3 * jnp.cos(jnp.arange(theta.size))))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files with one grid in four forms, and others."""
    found = tmp_path_factory.mktemp("known")
    np.savez(found / "axes.npz", x=X[::-1], y=Y, k=VALUES[::-1])
    x, y = np.meshgrid(X, Y)
    np.savez(found / "mesh.npz", x=x, y=y, k=VALUES.T)
    rows = np.random.default_rng(2).permutation(np.stack([y.ravel(), x.ravel(), VALUES.T.ravel()], axis=1))
    np.savetxt(found / "rows.csv", rows, delimiter=",", header="y,x,K", comments="")
    np.savez(found / "along.npz", y=Y[[0, 3, 6]], k=[2.0, 3.0, 7.0])
    return found


@pytest.fixture(scope="module")
def grid(folder: Path) -> Solution:
    return solution(parse(BOX.format(known="k: axes.npz"), folder))


def spline() -> NdBSpline:
    """The oracle: SciPy's tensor product of cubic splines."""
    first = make_interp_spline(X, VALUES)
    second = make_interp_spline(Y, first.c.T)
    return NdBSpline((first.t, second.t), second.c.T, 3)


POINTS = np.random.default_rng(0).uniform([0, -1], 1, (40, 2))


def test_a_grid_is_interpolated_and_differentiated_exactly(grid: Solution) -> None:
    oracle, x, y = spline(), *POINTS.T
    found = grid("k", "k_x", "d(k, x, y)", "laplacian(k)", "k_xxx", x=x, y=y)
    partial = {"k": (0, 0), "k_x": (1, 0), "d(k, x, y)": (1, 1), "k_xxx": (3, 0)}
    for text, nu in partial.items():
        np.testing.assert_allclose(found[text], oracle(POINTS, nu=nu), rtol=1e-9, atol=1e-9)
    wanted = oracle(POINTS, nu=(2, 0)) + oracle(POINTS, nu=(0, 2))
    np.testing.assert_allclose(found["laplacian(k)"], wanted, rtol=1e-9)
    np.testing.assert_allclose(grid("k", x=X[:-1, None], y=Y[2:])["k"], VALUES[:-1, 2:], rtol=1e-12)


def test_a_known_function_stands_wherever_an_unknown_can(grid: Solution) -> None:
    x, y = POINTS.T
    found = grid("d(k^2, x)", "2*k*k_x", "dot(grad(k), grad(u))", "k_x*u_x + k_y*u_y", x=x, y=y)
    np.testing.assert_allclose(found["d(k^2, x)"], found["2*k*k_x"], rtol=1e-12)
    np.testing.assert_allclose(found["dot(grad(k), grad(u))"], found["k_x*u_x + k_y*u_y"], rtol=1e-9)
    at = grid("at(k, x=y/2 + 1/2)", "d(at(k, x=y/2 + 1/2), y)", x=0, y=y)
    moved = np.stack([y / 2 + 0.5, y], axis=1)
    np.testing.assert_allclose(at["at(k, x=y/2 + 1/2)"], spline()(moved), rtol=1e-12)
    wanted = spline()(moved, nu=(1, 0)) / 2 + spline()(moved, nu=(0, 1))
    np.testing.assert_allclose(at["d(at(k, x=y/2 + 1/2), y)"], wanted, rtol=1e-9)
    np.testing.assert_allclose(grid("u", x=0, y=y)["u"], grid("k", x=0, y=y)["k"], rtol=1e-12)


@pytest.mark.parametrize("said", ["mesh.npz", "{file: rows.csv, columns: {K: k}}"])
def test_the_form_of_the_file_makes_no_difference(grid: Solution, folder: Path, said: str) -> None:
    ours, other = (known.known["k"] for known in (grid.config, parse(BOX.format(known=f"k: {said}"), folder)))
    assert isinstance(ours, Grid) and isinstance(other, Grid)
    for a, b in zip((*ours.axes, ours.values), (*other.axes, other.values), strict=True):
        assert np.array_equal(a, b)


def test_few_values_are_joined_by_lines_over_the_coordinates_of_the_file(folder: Path) -> None:
    known = parse(BOX.format(known="k: along.npz"), folder)
    found = solution(known)("k", "k_y", "k_x", x=[0.1, 0.9], y=[-0.3, 0.5])
    np.testing.assert_allclose(found["k"], np.interp([-0.3, 0.5], Y[[0, 3, 6]], [2, 3, 7]), rtol=1e-12)
    np.testing.assert_allclose(found["k_y"], [1 / 1.25, 4 / 1.25], rtol=1e-12)
    assert (found["k_x"] == 0).all()
    (warning,) = parse(BOX.format(known="k: along.npz").replace("d(k, x, y)", "k_yy"), folder).warnings
    assert warning.message == "k is a spline of degree 1, and its higher derivatives are zero"


def test_the_ends_of_a_ring_are_joined_smoothly(tmp_path: Path) -> None:
    text = BOX.format(known="k: ring.npz").replace("]}}, ", "]}}, ").replace("1]}}", "1]}, periodic: [x]}")
    text = text.replace(", {equation: u = k, on: x=0, hard: true}", "").replace("d(k, x, y)", "0")
    axis = np.linspace(0, 1, 9)
    wave = np.sin(2 * np.pi * axis) + 0.3 * np.cos(4 * np.pi * axis)
    wave[-1] = wave[0]
    oracle = CubicSpline(axis, wave, bc_type="periodic")
    for count in (9, 8):
        np.savez(tmp_path / "ring.npz", x=axis[:count], k=wave[:count])
        found = solution(parse(text, tmp_path))("k", "k_x", "k_xx", x=[0, 0.01, 0.96, 1], y=0)
        for nu, values in enumerate(found.values()):
            np.testing.assert_allclose(values, oracle([0, 0.01, 0.96, 1], nu), rtol=1e-9, atol=1e-9)
    np.savez(tmp_path / "ring.npz", x=axis, k=axis)
    with pytest.raises(ConfigError, match="k differs by 1 at the two ends of x, which are one"):
        parse(text, tmp_path)


def test_slabs_of_time_read_known_functions_in_the_time_of_the_whole(tmp_path: Path) -> None:
    axis = np.linspace(0, 3, 13)
    np.savez(tmp_path / "f.npz", t=axis, f=np.sin(axis))
    text = """
unknowns: [u]
domain: {kind: box, bounds: {t: [0, 3]}, time: t}
known: {f: f.npz}
terms: [{equation: u_t = f_t}, {equation: u = f, on: t=0, hard: true}]
network: {hidden: [3]}
training: {slabs: 3}
"""
    first = solution(parse(text, tmp_path))
    models = Solution(first.config, first.model, slabs=(first.model, first.model))
    t = np.linspace(0, 3, 20)
    found = models("f", "f_t", t=t)
    oracle = make_interp_spline(axis, np.sin(axis))
    np.testing.assert_allclose(found["f"], oracle(t), rtol=1e-9)
    np.testing.assert_allclose(found["f_t"], oracle(t, 1), rtol=1e-9)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Solution]:
    """A run's directory, which has no more than a solution, and the solution."""
    path = tmp_path_factory.mktemp("run")
    (path / "gone.csv").write_text("t,x,v\n0,0,1\n", encoding="utf-8")
    there = solution(parse(RUN, path))
    (path / "gone.csv").unlink()
    about = {"config": resolve.text(there.config), "step": 0, "stage": 0, "slabs": 0}
    checkpoints.save(path / "solution.safetensors", arrays.named(there.model), about)
    return path, there


def test_an_unknown_of_a_run_has_the_values_and_derivatives_that_it_has_there(run: tuple[Path, Solution]) -> None:
    path, there = run
    x, t = np.linspace(-0.5, 3, 30), np.linspace(0, 1.5, 30)
    texts = ["v", "v_x", "d(v, x, t)", "v_t", "at(v, t=1/2)", "v_tt + v_xx"]
    here = solution(parse(HERE.format(run=path)))
    ours, theirs = here(*texts, "q", "q_x", "v_y", "q_t", x=x, y=0.3, t=t), there(*texts, "p", "p_x", x=x, t=t)
    for text in texts:
        np.testing.assert_allclose(ours[text], theirs[text], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(ours["q"], theirs["p"], rtol=1e-12)
    np.testing.assert_allclose(ours["q_x"], theirs["p_x"], rtol=1e-9, atol=1e-12)
    assert (ours["v_y"] == 0).all() and np.abs(ours["q_t"]).max() == 0
    assert np.ptp(ours["v"]) > 0.1


def test_jets_of_known_functions_agree_with_nested_differentiation(run: tuple[Path, Solution], grid: Solution) -> None:
    for known in (parse(HERE.format(run=run[0])), grid.config):
        (group,) = problems.build(known).groups
        model = fields.initial(known, jnp.uint32(0))
        points = np.random.default_rng(1).uniform(0.1, 0.9, (4, len(known.domain.coordinates)))
        _, gaps = verification.differences(known, group, model, points, None)
        assert gaps.max() < 1e-12


def test_the_page_of_a_config_names_known_functions(run: tuple[Path, Solution], grid: Solution) -> None:
    assert summary.facts(grid.config)["known"] == ["k (6 × 7 values of axes.npz)"]
    known = parse(HERE.format(run=run[0]))
    assert summary.facts(known)["known"] == ["v (an earlier run)", "q (an earlier run)"]
    assert known.files == (run[0] / "solution.safetensors",)


NPZ = {
    "bare.npz": {"z": [0.0, 1], "k": [1.0, 2]},
    "short.npz": {"x": [0, 0.5, 0.9], "k": [1.0, 2, 3]},
    "single.npz": {"x": [0.5], "k": [1.0]},
    "scattered.npz": {"x": [0, 0.4, 1, 0.2], "y": [-1, 0.3, 1, 0.1], "k": [1.0, 2, 3, 4]},
    "twice.npz": {"x": [0, 1, 1, 0.5], "k": [1.0, 2, 3, 4]},
    "turned.npz": {"x": X, "y": Y, "k": VALUES.T},
    "hole.npz": {"x": [0, 0.5, 1], "k": [1.0, np.nan, 3]},
}


@pytest.mark.parametrize(
    ("said", "message", "hint"),
    [
        ("k: none.npz", "there is no file {folder}/none.npz", "paths are relative to the config file"),
        ("k: bare.npz", "bare.npz has no column for a coordinate", "it has z, k; say which one with"),
        ("k: {file: bare.npz, columns: {z: q}}", "'q' is neither a coordinate nor k", "the coordinates are x, y"),
        ("k: {file: bare.npz, columns: {q: x}}", "the file has no column 'q'", "it has z, k"),
        ("k: {file: axes.npz, columns: {k: x}}", "axes.npz has no column for k", "it has x, y, k"),
        ("k: short.npz", "k is known for x = 0 to 0.9, and the domain has x = 0 to 1", "nothing is known beyond"),
        ("k: single.npz", "k is known for x = 0.5 to 0.5 only", "two values or more"),
        ("k: scattered.npz", "holds no grid: 4 points with 4 and 4 values of x and y", "fit a run to them"),
        ("k: twice.npz", "entry 2: there is a row for the same x above", "leave one of them out"),
        ("k: turned.npz", "'k' has shape (7, 6), and x and y 6 and 7 values", "let its axes be those of x and y"),
        ("k: hole.npz", "entry 1: a value is missing or not finite", "a grid has a number at each of its points"),
        ("k: {file: axes.npz, unknown: u}", "'unknown' cannot stand here: a run has unknowns", None),
        ("k: {run: away}", "there is no run {folder}/away", "paths are relative to the config file"),
        ("k: {run: .}", "{folder} has no solution yet", "pinn resume {folder}"),
        ("k: {run: axes.npz}", "axes.npz is not a checkpoint of pinn", "use an older checkpoint"),
        ("k: {}", "a known function says exactly one of 'file', 'run'; this one says none of them", None),
        ("u: axes.npz, k: axes.npz", "'u' is already an unknown", "every name can be declared once"),
    ],
)
def test_mistakes(folder: Path, said: str, message: str, hint: str | None) -> None:
    for name, columns in NPZ.items():
        np.savez(folder / name, allow_pickle=False, **{key: np.asarray(column) for key, column in columns.items()})
    with pytest.raises(ConfigError) as caught:
        parse(BOX.format(known=said), folder)
    first = caught.value.diagnostics[0]
    assert message.format(folder=folder) in first.message
    assert first.hint is None if hint is None else hint.format(folder=folder) in (first.hint or "")
    assert first.mark is not None and first.mark.line == 4


@pytest.mark.parametrize(
    ("old", "new", "message", "hint"),
    [
        ("unknown: p", "unknown: r", "RUN has no unknown r", "it has v, p"),
        ("v: {run", "w: {run", "RUN has no unknown w", "say one, as in 'unknown: v'"),
        ("t: [0, 1.5]", "t: [0, 3]", "v is known for t = 0 to 2, and the domain has t = 0 to 3", "nothing is known"),
        ("x: [-0.5, 3]", "z: [-0.5, 3]", "RUN has the coordinate x, and here is none of this name", "let the"),
        ("{run: RUN}", "{run: RUN, columns: {x: x}}", "'columns' cannot stand here: a file has columns", ""),
    ],
)
def test_mistakes_of_runs(run: tuple[Path, Solution], old: str, new: str, message: str, hint: str) -> None:
    text = HERE.format(run="RUN")
    assert old in text
    with pytest.raises(ConfigError) as caught:
        parse(text.replace(old, new, 1).replace("RUN", str(run[0])))
    found = {d.message: d.hint or "" for d in caught.value.diagnostics}
    assert hint in found[message.replace("RUN", str(run[0]))]


def test_a_run_on_a_shape_made_of_others_is_read(tmp_path: Path) -> None:
    shape = "{kind: difference, of: {kind: disk, radius: 2}, minus: {kind: disk}}"
    text = f"unknowns: [v]\ndomain: {shape}\nterms: [{{equation: v = x}}]\nnetwork: {{hidden: [3]}}\n"
    there = solution(parse(text))
    about = {"config": resolve.text(there.config), "step": 0, "stage": 0, "slabs": 0}
    checkpoints.save(tmp_path / "solution.safetensors", arrays.named(there.model), about)
    here = text.replace("[v]", "[u]").replace("v = x", "u = v") + f"known: {{v: {{run: {tmp_path}}}}}\n"
    x, y = np.array([1.5, -1.2]), np.array([0.3, 1.0])
    np.testing.assert_allclose(solution(parse(here))("v", x=x, y=y)["v"], there("v", x=x, y=y)["v"], rtol=1e-12)
