"""A further network for what is left: it begins where the stage before ended, gains digits, and is stored whole."""

from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn import config, evaluation, fields, problems
from pinn.compiler import Site, evaluate, plan
from pinn.errors import ConfigError
from pinn.evaluation import Solution
from pinn.expressions import Unknown
from pinn.fields import Earlier, FieldsOf
from pinn.recording import Recorder, begin, read_solution, read_start
from pinn.runs import Run
from pinn.training import Ended, Logged, Saved, Snapshot, Trainer, corrections

TEXT = """
unknowns: [u]
parameters: {k: {kind: fitted, initial: 2}}
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - {equation: u_xx = -k*sin(2*x)}
  - {equation: u = 0, on: x=0, hard: true}
  - {equation: u = sin(1), on: x=0.5}
  - {equation: u = sin(2), on: x=1}
exact: {u: sin(2*x), k: 4}
sampling: {kind: gauss, points: 40}
network: {kind: mlp, hidden: [8]}
optimizer:
  - {kind: levenberg_marquardt, order: 2, max_steps: 25}
  - {kind: multi_stage, order: 2, max_steps: 60, hidden: [10, 10]}
training: {log_every: 5, checkpoint_every: 10, validation: 16}
"""


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return Trainer.of(problems.build(config.parse(TEXT, "test.yaml", Path())))


@pytest.fixture(scope="module")
def events(trainer: Trainer) -> list[Any]:
    return list(trainer.run(None, lambda: None))


def saved(events: list[Any]) -> list[Snapshot]:
    return [event.snapshot for event in events if isinstance(event, Saved)]


def solution(trainer: Trainer, snapshot: Snapshot) -> Solution:
    unravel = trainer.forms[snapshot.stage].objective.unravel
    return Solution(trainer.problem.config, unravel(jnp.asarray(snapshot.theta)), snapshot.earlier)


def test_the_loss_goes_on_from_where_the_stage_before_ended(trainer: Trainer, events: list[Any]) -> None:
    logged = [event for event in events if isinstance(event, Logged)]
    before = min(event.loss for event in logged if event.stage == 0)
    after = [event.loss for event in logged if event.stage == 1]
    assert after[0] <= before and after[-1] < 1e-3 * before
    assert trainer.parameters == 25 + 141 + 1
    assert [end.last for end in events if isinstance(end, Ended)] == [False, True]


def test_the_error_falls_and_so_does_that_of_the_fitted_parameter(trainer: Trainer, events: list[Any]) -> None:
    states = saved(events)
    first, last = [s for s in states if s.stage == 0][-1], states[-1]
    errors = [evaluation.errors(solution(trainer, s), 200)["u"]["relative_l2"] for s in (first, last)]
    assert errors[1] < 0.1 * errors[0]
    fitted = [evaluation.parameters(solution(trainer, s))["k"]["relative_error"] for s in (first, last)]
    assert fitted[1] < 0.1 * fitted[0]


def test_unknowns_are_the_scaled_sum_of_all_networks_in_front_of_the_hard_conditions(
    trainer: Trainer, events: list[Any]
) -> None:
    found = solution(trainer, saved(events)[-1])
    assert found.earlier is not None
    x = np.linspace(0, 1, 7)[:, None]
    total = np.zeros(len(x))
    for network, scale in zip((*found.earlier.networks, found.model.network), found.earlier.scales, strict=True):
        hidden = 2 * x - 1
        *inner, (last, shift) = zip(network.function.weights, network.function.biases, strict=True)
        for w, b in inner:
            hidden = np.tanh(hidden @ np.asarray(w).T + np.asarray(b))
        total += float(scale) * (hidden @ np.asarray(last).T + np.asarray(shift))[:, 0]
    values = found("u", x=x[:, 0])["u"]
    np.testing.assert_allclose(values, x[:, 0] * total, rtol=1e-12, atol=1e-15)


def test_earlier_networks_do_not_move_along_a_curve(trainer: Trainer, events: list[Any]) -> None:
    known = trainer.problem.config
    last = solution(trainer, saved(events)[-1])
    step = fields.initial(known, jnp.uint32(5), 1)
    demand, given = plan([Unknown("u")], known.ansatz), fields.constants(known, last.earlier)
    point = Site(jnp.array([0.3]))
    (curve,) = evaluate([Unknown("u")], demand, FieldsOf.of(known, [last.model, step], given), point)
    slope = (np.asarray([value.item() for value in curve.series()]))[1]
    ends = []
    for s in (-1e-4, 1e-4):
        at = trainer.forms[1].objective.unravel(fields.ravel(last.model) + s * fields.ravel(step))
        ends.append(Solution(known, at, last.earlier)("u", x=0.3)["u"].item())
    assert slope == pytest.approx((ends[1] - ends[0]) / 2e-4, rel=1e-4)


def test_a_run_gives_the_same_bits_from_every_checkpoint_on_disk(
    trainer: Trainer, events: list[Any], tmp_path: Path
) -> None:
    whole = saved(events)
    (tmp_path / "run").mkdir()
    run = Run(tmp_path / "run")
    begin(trainer.problem.config, TEXT.encode(), run, 1, ["pinn"])
    recorder = Recorder(run, trainer, read_start(run), dict)
    for start in (whole[1], next(s for s in whole if s.stage == 0 and s.step == 25), whole[-3]):
        recorder._save(start)
        stored = read_start(run).snapshot
        assert stored is not None and stored.step == start.step
        last = saved(list(trainer.run(stored, lambda: None)))[-1]
        assert last.theta.tobytes() == whole[-1].theta.tobytes()
        for path in run.checkpoints.iterdir():
            path.unlink()
    recorder._save(whole[-1])
    found, x = read_solution(run), np.linspace(0, 1, 5)
    assert isinstance(found.earlier, Earlier)
    assert (found("u", x=x)["u"] == solution(trainer, whole[-1])("u", x=x)["u"]).all()


def test_a_third_network_begins_where_the_second_ended() -> None:
    stages = "[{kind: bfgs}, {kind: multi_stage, hidden: [4]}, {kind: bfgs}, {kind: multi_stage, frequency: 3}]"
    known = Trainer.of(problems.build(config.parse(TEXT, "test.yaml", Path(), [f"optimizer={stages}"])))
    assert known.forms[1] is known.forms[2]
    _, shapes = fields.shape(known.problem.config, 3)
    assert shapes is not None and [len(n.function.biases[0]) for n in shapes.networks] == [8, 4]
    kept = jax.tree.map(lambda leaf: jnp.full(leaf.shape, 0.1, leaf.dtype), fields.shape(known.problem.config, 2)[1])
    before, after = known.forms[2].objective, known.forms[3].objective
    theta = jnp.linspace(-1, 1, known.forms[2].parameters)
    args = known.arguments("training", kept)
    start, earlier = corrections.further(known.problem.config, 3, before, after, theta, args)
    sizes = lambda kept: [n.function.biases[0].shape for n in kept.networks]
    assert sizes(earlier) == sizes(shapes)
    given = known.arguments("training", earlier)
    assert float(after.value(start, given)) == pytest.approx(float(before.value(theta, args)), rel=1e-12)
    first = after.unravel(start).network.function.weights[0]
    assert float(jnp.sqrt(jnp.mean(first**2))) == pytest.approx(3, rel=0.6)


MISTAKES = {
    "first": (
        ("  - {kind: levenberg_marquardt, order: 2, max_steps: 25}\n", ""),
        "multi_stage adds a network for what is left, and nothing was trained before",
        (14, 12),
    ),
    "redrawn": (
        ("gauss, points: 40", "sobol, points: 40, redraw_every: 9"),
        "multi_stage needs points that stay, and these are drawn afresh",
        (11, 37),
    ),
    "float32": (("training:", "precision: float32\ntraining:"), "multi_stage gains digits that float32", (16, 12)),
    "energy": (("equation: u_xx = -k*sin(2*x)", "minimise: u_x^2 - u"), "multi_stage needs a sum of squares", (15, 12)),
    "hidden": (("hidden: [10, 10]", "hidden: []"), "'optimizer.1.hidden' is empty", (15, 58)),
    "frequency": (("hidden: [10, 10]", "frequency: 0"), "'optimizer.1.frequency' must be above 0, not 0", (15, 61)),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_are_said_at_their_place(name: str) -> None:
    (old, new), message, place = MISTAKES[name]
    assert old in TEXT
    with pytest.raises(ConfigError) as caught:
        config.parse(TEXT.replace(old, new), "test.yaml", Path())
    found = {(d.mark.line, d.mark.column): d.message for d in caught.value.diagnostics if d.mark}
    assert message in found.get(place, ""), found
