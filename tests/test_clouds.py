"""Points of a mesher as a domain: what files say, which points are for what, sums with weights, mistakes in files."""

import math
from pathlib import Path

import numpy as np
import pytest

from pinn import config, problems
from pinn.config import Config
from pinn.errors import ConfigError
from pinn.geometry import Cloud
from pinn.sampling import Points

HEAD = "x,y,n_x,n_y,weight"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unit square by 10 x 10 midpoints and its edges by 8 points each, with Gauss or midpoint weights."""
    place = tmp_path_factory.mktemp("cloud")
    line, nodes, shares = (np.arange(10) + 0.5) / 10, *np.polynomial.legendre.leggauss(8)
    x, y = (part.ravel() for part in np.meshgrid(line, line))
    ends, ones = 0.5 * (nodes + 1), np.ones(8)
    sides = [(ends, 0 * ones, 0, -1), (ends, ones, 0, 1), (0 * ones, ends, -1, 0), (ones, ends, 1, 0)]
    edges = np.vstack([np.c_[a, b, 3 * u * ones, 3 * v * ones, shares / 2] for a, b, u, v in sides])
    save(place / "inside.csv", "x,y,weight", np.c_[x, y, np.full(100, 0.01)])
    save(place / "bare.csv", "x,y", np.c_[x, y])
    save(place / "low.csv", HEAD, edges[:8])
    save(place / "rest.csv", HEAD, edges[8:])
    save(place / "rim.csv", "x,y", edges[8:, :2])
    zeros = np.full((100, 3), np.nan)
    tags = np.r_[np.zeros(100), np.full(8, 7), np.full(24, 9)]
    every = np.vstack([np.c_[x, y, zeros], edges])
    arrays = dict(zip(HEAD.split(","), every.T, strict=True))
    np.savez(
        place / "all.npz",
        **(arrays | {"X": arrays.pop("x"), "part": tags, "weight": np.r_[np.full(100, 0.01), edges[:, 4]]}),
    )
    return place


def save(path: Path, head: str, rows: np.ndarray) -> None:
    np.savetxt(path, rows, delimiter=",", header=head, comments="", fmt="%.17g")


def loaded(folder: Path, domain: str, terms: str = "", more: str = "") -> Config:
    text = f"unknowns: [u]\ndomain: {{kind: points, coordinates: [x, y], {domain}}}\nterms:\n"
    said = "".join(f"  - {term}\n" for term in ("equation: laplacian(u) = 1", *terms.split("\n")) if term)
    return config.parse(text + said + more, "c.yaml", folder)


def mistakes(folder: Path, domain: str, terms: str = "", more: str = "") -> list[tuple[str, str | None]]:
    with pytest.raises(ConfigError) as caught:
        loaded(folder, domain, terms, more)
    return [(found.message, found.hint) for found in caught.value.diagnostics]


def drawn(known: Config, purpose: str) -> list[Points]:
    return problems.build(known).points(purpose)


def rows(points: Points) -> set[tuple[float, ...]]:
    return set(map(tuple, points.points.tolist()))


WHOLE = "file: inside.csv, boundary: {low: low.csv, rest: rest.csv}"
TERMS = "{equation: u = 0, on: low}\n{equation: 'd(u, n) = 0', on: boundary}"


def test_a_fifth_is_held_out_whatever_the_seed(folder):
    found = loaded(folder, WHOLE, TERMS)
    inside, low, rim = drawn(found, "training")
    assert (len(inside), len(low), len(rim)) == (80, 7, 7 + 20)
    others = drawn(found, "validation")
    assert [len(points) for points in others] == [20, 1, 1 + 4]
    for ours, theirs in zip((inside, low, rim), others, strict=True):
        assert not rows(ours) & rows(theirs)
    again = loaded(folder, WHOLE, TERMS, "seed: 5\n")
    assert rows(drawn(again, "training")[0]) == rows(inside)
    assert rows(drawn(again, "evaluation")[0]) == rows(others[0])


def test_some_of_the_points_are_picked_by_the_seed(folder):
    first, second = (
        drawn(loaded(folder, WHOLE, "", f"sampling: {{points: 30}}\nseed: {s}\n"), "training")[0] for s in (1, 2)
    )
    assert len(first) == len(second) == len(rows(first)) == 30
    assert rows(first) != rows(second)
    assert first.shares.sum() == pytest.approx(1)


def test_sums_with_weights_are_integrals(folder):
    found = loaded(folder, WHOLE + ", held_out: 0", TERMS)
    inside, low, rim = drawn(found, "training")
    assert (inside.measure, low.measure, rim.measure) == pytest.approx((1, 1, 4))
    assert inside.weights @ inside.points[:, 0] ** 3 == pytest.approx(0.25, abs=0.002)
    assert low.weights @ low.points[:, 0] ** 9 == pytest.approx(0.1, rel=1e-12)
    assert rim.normals is not None
    assert np.linalg.norm(rim.normals, axis=1) == pytest.approx(1, rel=1e-14)
    flux = np.sum(rim.normals * np.stack([rim.points[:, 0] ** 5, rim.points[:, 1]], axis=1), axis=1)
    assert rim.weights @ flux == pytest.approx(2, rel=1e-12)


def test_without_weights_all_points_count_the_same(folder):
    found = loaded(
        folder, "file: bare.csv, measure: 3, held_out: 0, boundary: {rim: rim.csv}", "{equation: u = 0, on: rim}"
    )
    inside, rim = drawn(found, "training")
    assert inside.weights == pytest.approx(0.03)
    assert rim.weights == pytest.approx(1 / 24)
    assert rim.normals is None


def test_parts_may_be_numbers_in_one_file(folder):
    numbers = "file: all.npz, columns: {X: x}, boundary: {low: 7, rest: 9}"
    ours, theirs = (drawn(loaded(folder, domain, TERMS), "report") for domain in (numbers, WHOLE))
    for one, other in zip(ours, theirs, strict=True):
        assert one.points == pytest.approx(other.points)
        assert one.weights == pytest.approx(other.weights)
        if one.normals is not None:
            assert one.normals == pytest.approx(other.normals)


def test_planes_and_regions_are_the_points_there(folder):
    more = "regions: {left: x < 0.5, corner: {on: boundary, where: x + y < 0.4}}\n"
    places = ("x=1", "x=0.45", "left", "corner")
    found = loaded(folder, WHOLE, "\n".join(f"{{equation: u = 0, on: {place}}}" for place in places), more)
    _, face, line, left, corner = drawn(found, "report")
    assert face.points[:, 0] == pytest.approx(1) and len(face) == 8 and face.measure == pytest.approx(1)
    assert face.normals == pytest.approx(np.tile([1.0, 0.0], (8, 1)))
    assert line.points[:, 0] == pytest.approx(0.45) and len(line) == 10
    assert len(left) == 50 and left.measure == pytest.approx(0.5)
    assert (corner.points.sum(axis=1) < 0.4).all() and set(corner.points.min(axis=1)) == {0.0}
    training = drawn(found, "training")
    assert rows(training[3]) == {row for row in rows(training[0]) if row[0] < 0.5}


def test_where_there_is_time_points_stand_at_many_times(folder):
    more = "regions: {late: t > 1.5}\nsampling: {points: 400}\n"
    terms = "{equation: u = 0, on: t=1}\n{equation: u = 0, on: low}\n{equation: u = 0, on: late, points: 60}"
    found = loaded(folder, WHOLE + ", time: {t: [1, 2]}", terms, more)
    inside, start, low, late = drawn(found, "training")
    assert (len(inside), len(start), len(late)) == (400, 80, 60)
    assert rows(Points(inside.points[:, :2], inside.shares, None)) == {row[:2] for row in rows(start)}
    assert np.sort(inside.points[:, 2]) == pytest.approx(1 + (np.arange(400) + 0.5) / 400, abs=0.5 / 400)
    assert (start.points[:, 2] == 1).all() and (late.points[:, 2] > 1.5).all()
    assert (inside.measure, low.measure) == pytest.approx((1, 1))
    validation = drawn(found, "validation")[0]
    assert not {row[:2] for row in rows(validation)} & {row[:2] for row in rows(inside)}


def test_the_box_around_the_points_scales_the_input(folder):
    domain = loaded(folder, WHOLE).domain
    assert isinstance(domain, Cloud)
    assert np.array(domain.scales) == pytest.approx(np.full((2, 2), 0.5))
    assert domain.time is None and domain.spatial == (0, 1)


def test_integrals_without_weights_are_doubted(folder):
    warnings = loaded(folder, "file: bare.csv", "{minimise: u^2}", "network: {hidden: [2]}\n").warnings
    assert warnings[0].message == "nothing is known of the measure of interior, so that this is a mean over its points"
    more = "report: {a: integral(1)}\nnetwork: {hidden: [2]}\n"
    warnings = loaded(folder, "file: bare.csv, measure: 1", "", more).warnings
    assert not any("measure" in warning.message for warning in warnings)


@pytest.mark.parametrize(
    ("domain", "message", "hint"),
    [
        ("file: none.csv", "there is no file", "paths are relative to the config file"),
        ("file: three.csv", "three.csv has 3 points inside", "at least 10 are needed to tell a shape"),
        ("file: hole.csv", "hole.csv, line 5: a coordinate is missing or not a number", None),
        ("file: word.csv", "word.csv, line 3: 'q' in the column", "every cell must be a number"),
        ("file: minus.csv", "minus.csv, line 4: the weight is -1", "weights are numbers, and at least zero"),
        ("file: flat.csv", "all points have the same y", "leave it out"),
        ("file: x.csv", "x.csv has no column for the coordinate y", "it has x, z; say which one with"),
        ("file: inside.csv, columns: {wieght: weight}", "no file has a column 'wieght'", "did you mean 'weight'?"),
        ("file: inside.csv, columns: {weight: wait}", "'wait' is nothing that points have", "did you mean 'weight'?"),
        ("file: inside.csv, measure: 2", "the weights of inside.csv add up to the measure", "leave it out"),
        ("file: inside.csv, boundary: {low: 7}", "inside.csv has no column 'part'", "name a file, or say which column"),
        ("file: all.npz, columns: {X: x}, boundary: {low: 8}", "no point of all.npz has the part 8", "are 0, 7, 9"),
        ("file: inside.csv, boundary: {low: half.csv}", "half.csv has a part of a normal", "give all components"),
        ("file: inside.csv, boundary: {interior: low.csv}", "'interior' is a region already", "choose another name"),
        ("file: inside.csv, boundary: {a: low.csv, b: rim.csv}", "a has a measure, and b has neither", "say it: b:"),
        ("file: inside.csv, boundary: {a: {file: rim.csv, measure: -1}}", "the measure is -1", "it must be above zero"),
        ("file: inside.csv, boundary: {a: still.csv}", "still.csv, line 2: the normal has no direction", None),
    ],
)  # fmt: skip
def test_mistakes_in_files_are_told_with_their_place(folder, domain, message, hint):
    ten = "".join(f"{k},{k * k}\n" for k in range(10))
    files = {
        "three.csv": "x,y\n0,0\n1,1\n2,2\n",
        "hole.csv": "x,y\n0,0\n1,1\n2,2\n3,\n" + ten,
        "word.csv": "x,y\n0,0\nq,1\n",
        "minus.csv": "x,y,weight\n1,2,1\n2,3,1\n3,2,-1\n" + "".join(f"{k},{k * k},1\n" for k in range(10)),
        "flat.csv": "x,y\n" + "".join(f"{k},2\n" for k in range(10)),
        "x.csv": "x,z\n0,0\n",
        "half.csv": "x,y,n_x\n0,0,1\n",
        "still.csv": "x,y,n_x,n_y\n0,0,0,0\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text)
    found = mistakes(folder, domain)
    assert len(found) == 1
    assert message in found[0][0]
    assert (hint or "") in (found[0][1] or "")


@pytest.mark.parametrize(
    ("terms", "more", "message", "hint"),
    [
        ("{equation: u = 0, on: x=7}", "", "no point of the cloud lies on x=7", "the nearest ones have x=1"),
        ("{equation: u = 0, on: {x: 3, y: 0}}", "", "x=3 is outside the cloud", "x runs from 0 to 1"),
        ("{equation: u = 0, on: {x: 0}}", "", "a point of a cloud needs all coordinates; y is missing", None),
        ("{equation: u = 0, on: low, hard: true}", "", "no hard condition on u on low: of the shape", "drop"),
        ("{equation: u = 0, on: low, points: 8}", "", "low has 7 points to train on, and 8 are asked", "1 of 8"),
        ("{equation: 'd(u, n) = 0', on: rim}", "", "'n' is the normal of a boundary", "columns n_x, n_y"),
        ("{equation: 'n[0]*u = 0', on: rim}", "", "'n' cannot stand here", "the points of rim have no normals"),
        ("", "sampling: {points: 81}", "interior has 80 points to train on, and 81 are asked", "20 of 100"),
        ("", "sampling: {kind: sobol}", "the points of a cloud are given, and sobol points are not", "'kind: random'"),
        ("", "sampling: {refine: {}, redraw_every: 9}", "refined points are picked from many more", "leave it out"),
        ("", "sampling: {cluster: {x: {at: 0, width: 1}}}", "points are clustered in boxes, balls", None),
    ],
)  # fmt: skip
def test_what_a_cloud_does_not_have_is_refused(folder, terms, more, message, hint):
    domain = "file: bare.csv, boundary: {low: {file: low.csv}, rim: {file: rim.csv, measure: 3}}"
    found = mistakes(folder, domain, terms, more)
    assert len(found) == 1
    assert message in found[0][0]
    assert (hint or "") in (found[0][1] or "")


def test_the_shipped_cloud_is_the_shape_that_it_says():
    known = config.load(Path(__file__).parent.parent / "configs" / "cloud.yaml")
    assert isinstance(known.domain, Cloud)
    length = sum(part.measure for part in known.domain.parts)
    angle = (np.arange(4000) + 0.5) * 2 * math.pi / 4000
    assert length == pytest.approx(np.mean(np.hypot(1 + np.cos(3 * angle) / 5, 0.6 * np.sin(3 * angle))) * 2 * math.pi)
    assert known.domain.inside.measure == pytest.approx(np.mean((1 + np.cos(3 * angle) / 5) ** 2) * math.pi)
