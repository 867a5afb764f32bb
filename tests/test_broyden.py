"""The products that BFGS, SSBFGS, SSBroyden and L-BFGS keep are the textbook's inverse Hessians."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from optimizer_problems import BFGS, LBFGS, SSBFGS, SSBROYDEN, Counted, every
from pinn import schema
from pinn.optimizers import build
from pinn.optimizers.broyden import Root
from pinn.optimizers.quasi_newton import Pair

SIZE = 70
"""More than one block of rows, the last of them filled up."""


def matrix(root: Root) -> np.ndarray:
    """H = JJᵀ, with the change that is still to be made."""
    change = jax.device_get(root.change)
    rows = np.asarray(root.matrix).reshape(-1, root.image.size)[: root.image.size]
    factor = change.keep * (rows + change.left.T @ change.mix @ change.right) + change.shift * np.eye(root.image.size)
    return factor @ factor.T


def family(inverse: np.ndarray, s: np.ndarray, y: np.ndarray, theta: float, tau: float) -> np.ndarray:
    """A member of Broyden's family, as Al-Baali writes it."""
    image, rho = inverse @ y, 1 / (s @ y)
    bent = y @ image
    a = (s @ np.linalg.solve(inverse, s)) * bent * rho**2 - 1
    v, phi = rho * s - image / bent, (1 - theta) / (1 + a * theta)
    middle = inverse - np.outer(image, image) / bent + phi * bent * np.outer(v, v)
    return middle / tau + rho * np.outer(s, s)


def choice(kind: str, inverse: np.ndarray, s: np.ndarray, y: np.ndarray, first: bool) -> tuple[float, float]:
    """θ and τ, as Al-Baali & Khalfan (2005) and Urbán et al. (2025) choose them."""
    b, h = s @ np.linalg.solve(inverse, s) / (s @ y), y @ inverse @ y / (s @ y)
    a, n = b * h - 1, s.size
    theta, tau = 0.0, 1.0 if kind == "bfgs" else min(1, 1 / b)
    if kind == "ssbroyden":
        c = min(1, h * (1 - np.sqrt(a / (1 + a))))
        theta = max((c - 1) / a, min(1 / c, (1 - b) / b))
        sigma = 1 + theta * a
        root = sigma ** (1 / (1 - n))
        tau = min(tau * root, sigma) if theta <= 0 else tau * min(root, 1 / theta)
    return float(theta), float(h / (1 + a * theta) if first else tau)


def curved_pairs(method: Any, count: int, seed: int) -> Any:
    """Each pair of a method on a loss of random curvature, with what it makes of it: H before and after."""
    rng = np.random.default_rng(seed)
    gradient, scale = jnp.asarray(rng.normal(size=SIZE)), 0.7
    yes = jnp.array(True)
    inverse = method.afresh(method.blank(gradient), gradient, jnp.asarray(scale), yes)
    direction, learn = -scale * gradient, jax.jit(lambda *given: method.learn(*given))
    for k in range(count):
        root = rng.normal(size=(SIZE, SIZE))
        size = jnp.asarray(rng.uniform(0.1, 2))
        step = size * direction
        change = jnp.asarray((root @ root.T / SIZE + 0.01 * np.eye(SIZE)) @ np.asarray(step))
        before, gradient = inverse, gradient + change
        pair = Pair(step, change, gradient, direction, size, jnp.array(k == 0))
        inverse, direction, sound = learn(before, pair, yes)
        assert bool(sound)
        yield before, inverse, pair, direction


@pytest.mark.parametrize("stage", [BFGS, SSBFGS, SSBROYDEN], ids=lambda stage: stage.kind)
def test_the_update_is_the_textbook_one(stage: schema.Stage) -> None:
    parameters = set()
    for before, after, pair, direction in curved_pairs(build(stage).method, 8, 0):
        s, y = np.asarray(pair.step), np.asarray(pair.change)
        theta, tau = choice(stage.kind, matrix(before), s, y, bool(pair.first))
        parameters.add((theta, tau))
        found = matrix(after)
        assert np.allclose(found, family(matrix(before), s, y, theta, tau), rtol=1e-8, atol=1e-10 * np.max(found))
        assert np.allclose(found @ y, s, rtol=1e-9, atol=1e-10)
        assert np.allclose(np.asarray(direction), -found @ np.asarray(pair.gradient), rtol=1e-8, atol=1e-9)
    assert len(parameters) > {"bfgs": 1, "ssbfgs": 4, "ssbroyden": 6}[stage.kind]


def test_bfgs_is_the_family_without_scaling() -> None:
    """(I - ρ s yᵀ) H (I - ρ y sᵀ) + ρ s sᵀ, from H = (s·y / y·y) I for the first pair."""
    for before, after, pair, _ in curved_pairs(build(BFGS).method, 5, 1):
        s, y = np.asarray(pair.step), np.asarray(pair.change)
        start = np.eye(SIZE) * float(s @ y / (y @ y)) if pair.first else matrix(before)
        left = np.eye(SIZE) - np.outer(s, y) / float(s @ y)
        expected = left @ start @ left.T + np.outer(s, s) / float(s @ y)
        assert np.allclose(matrix(after), expected, rtol=1e-10, atol=1e-11)


def test_lbfgs_forgets_all_but_its_last_pairs() -> None:
    method: Any = build(LBFGS.model_copy(update={"history": 3})).method
    pairs = list(curved_pairs(method, 5, 2))
    inverse = pairs[-1][1]
    last = [(np.asarray(found[2].step), np.asarray(found[2].change)) for found in pairs[-3:]]
    s, y = last[-1]
    expected = np.eye(SIZE) * float(s @ y / (y @ y))
    for s, y in last:
        left = np.eye(SIZE) - np.outer(s, y) / (s @ y)
        expected = left @ expected @ left.T + np.outer(s, s) / (s @ y)
    vector = np.random.default_rng(0).normal(size=SIZE)
    assert np.allclose(np.asarray(inverse.mv(jnp.asarray(vector))), expected @ vector, rtol=1e-9, atol=1e-11)


@every
def test_a_pair_without_curvature_is_not_learned(stage: schema.Stage) -> None:
    method: Any = build(stage).method
    *_, (_, inverse, pair, _) = curved_pairs(method, 3, 3)
    odd = pair._replace(change=-pair.change)
    learn = jax.jit(lambda *given: method.learn(*given))
    following, direction, sound = learn(inverse, odd, jnp.array(True))
    vector = jnp.asarray(np.random.default_rng(1).normal(size=SIZE))
    told = [np.asarray(method.aim(known, vector)[1]) for known in (inverse, following)]
    assert bool(sound)
    assert np.allclose(told[0], told[1], rtol=1e-12)
    assert np.allclose(np.asarray(direction), np.asarray(method.aim(inverse, pair.gradient)[1]), rtol=1e-9, atol=1e-10)


@every
def test_other_points_keep_what_was_learned(stage: schema.Stage) -> None:
    """Where the points change, the direction is that of the same inverse Hessian for the new gradient."""
    weights = jnp.asarray(np.random.default_rng(4).uniform(0.1, 10, size=SIZE))
    objective = Counted(lambda theta, center: jnp.sum(weights * jnp.cosh(theta - center)))
    optimizer, start = build(stage), jnp.full(SIZE, 0.5)
    state = optimizer.advance(objective, optimizer.start(start), jnp.zeros(SIZE), 12)
    renewed = optimizer.renew(objective, state, jnp.full(SIZE, 0.3))
    known = state.memory.inverse
    gradient = jax.grad(objective.value)(state.theta, jnp.full(SIZE, 0.3))
    method: Any = optimizer.method
    assert np.allclose(np.asarray(renewed.memory.gradient), np.asarray(gradient), rtol=1e-13)
    expected = matrix(known) @ gradient if isinstance(known, Root) else known.mv(gradient)
    assert np.allclose(np.asarray(renewed.memory.direction), -np.asarray(expected), rtol=1e-9, atol=1e-10)
    again = method.aim(renewed.memory.inverse, gradient)[1]
    assert np.allclose(np.asarray(again), -np.asarray(expected), rtol=1e-9, atol=1e-10)
    assert int(renewed.memory.pairs) == int(state.memory.pairs) == 12
