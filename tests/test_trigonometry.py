"""Sine and cosine against extended precision, and their derivatives."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from pinn.jets.trigonometry import sine_and_cosine


def errors(x):
    """The larger error of both, in units of the last place of 1, and of x."""
    found = jax.jit(sine_and_cosine)(jnp.asarray(x))
    wide = x.astype(np.longdouble)
    off = np.stack([np.abs(np.asarray(a) - b) for a, b in zip(found, (np.sin(wide), np.cos(wide)), strict=True)])
    return float(off.max() / np.finfo(x.dtype).epsneg), float((off / np.spacing(np.abs(x))).max())


@pytest.mark.parametrize(("dtype", "limits"), [(np.float64, (1, 30, 1e6)), (np.float32, (1, 30, 1e3))])
def test_both_are_right_to_the_last_digits(dtype, limits):
    for limit in limits:
        x = np.random.default_rng(0).uniform(-limit, limit, 100_000).astype(dtype)
        assert errors(x)[0] < 2


@pytest.mark.parametrize("limit", [1e9, 1e15, 1e17])
def test_large_arguments_cost_no_more_than_their_last_digit(limit):
    x = np.random.default_rng(1).uniform(-limit, limit, 100_000)
    assert min(errors(x)) < 2
    sine, cosine = sine_and_cosine(jnp.asarray(x))
    np.testing.assert_allclose(sine**2 + cosine**2, 1, rtol=1e-12)


def test_zeros_keep_their_relative_accuracy():
    x = np.arange(1, 50_000) * (np.pi / 2)
    sine, cosine = map(np.asarray, jax.jit(sine_and_cosine)(jnp.asarray(x)))
    exact = np.sin(x.astype(np.longdouble)), np.cos(x.astype(np.longdouble))
    np.testing.assert_allclose(sine.astype(np.longdouble), exact[0], rtol=4e-16, atol=0)
    np.testing.assert_allclose(cosine.astype(np.longdouble), exact[1], rtol=4e-16, atol=0)


def test_special_values():
    sine, cosine = sine_and_cosine(jnp.array([0.0, jnp.inf, -jnp.inf, jnp.nan, 1e300]))
    assert float(sine[0]) == 0
    assert float(cosine[0]) == 1
    assert np.isnan(sine[1:4]).all()
    assert np.isnan(cosine[1:4]).all()
    assert abs(float(sine[4])) <= 1


def test_derivatives_are_each_other():
    x = jnp.linspace(-5.0, 5.0, 11)
    sine, cosine = sine_and_cosine(x)
    sin, cos = (lambda x, k=k: sine_and_cosine(x)[k] for k in range(2))
    np.testing.assert_array_equal(jax.vmap(jax.grad(sin))(x), cosine)
    np.testing.assert_array_equal(jax.vmap(jax.grad(cos))(x), -sine)
    np.testing.assert_array_equal(jax.vmap(jax.grad(jax.grad(sin)))(x), -sine)
    np.testing.assert_array_equal(jax.jvp(jax.grad(cos), (x[3],), (jnp.ones(()),))[1], -cosine[3])
