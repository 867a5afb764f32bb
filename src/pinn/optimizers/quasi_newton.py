"""BFGS and L-BFGS as optimistix solvers, made to go on where the library's own stop.

Both see the gradient at every trial point, test curvature relative to the size of a pair (the library's
absolute test stalls near a loss of 1e-12), take the scale of the first inverse Hessian from the first pair
(Nocedal & Wright 2006, equation 6.20), and start afresh from steepest descent before they give up.
Parameters are one vector.
"""

import dataclasses
from abc import abstractmethod
from collections.abc import Callable
from functools import partial
from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import lineax as lx
import optimistix as optx
from jaxtyping import Array, Bool, Float, Int, PyTree, Scalar

from pinn.optimizers.outcomes import Outcome
from pinn.optimizers.protocol import AbstractComparingMethod, AbstractScalarMethod, Status, Vector
from pinn.optimizers.search import Trial, WolfeSearch

Info = optx.FunctionInfo.EvalGradHessianInv
Pairs = Int[Array, ""]


class AbstractSecantMethod(
    AbstractScalarMethod, AbstractComparingMethod, optx.AbstractQuasiNewton[Vector, None, Info, Pairs]
):
    """A quasi-Newton method on one vector; its update state counts the pairs since the last fresh start."""

    @abstractmethod
    def fresh(self, y: Vector, scale: Float[Array, ""]) -> Any:
        """`scale` times the identity, as something with a product `mv`: a descent asks no more of it."""

    @abstractmethod
    def absorb(self, inverse: Any, s: Vector, z: Vector, curved: Bool[Array, ""], first: Bool[Array, ""]) -> Any:
        """The inverse Hessian that maps the gradient change `z` to the step `s`; unchanged unless `curved`.

        `first` says that no pair was absorbed since the fresh start. Selecting numbers, not branches, lets
        XLA update a matrix in place.
        """

    def init_hessian(self, y: Vector, f: Scalar, grad: Vector) -> tuple[Info, Pairs]:
        """Steepest descent by a step of length one."""
        norm = jnp.linalg.norm(grad)
        return Info(f, grad, self.fresh(y, 1 / jnp.where(norm > 0, norm, 1))), jnp.array(0)

    def update_hessian(
        self, y: Vector, y_eval: Vector, f_info: Info, f_eval_info: Trial, hessian_update_state: Pairs
    ) -> tuple[Info, Pairs]:
        """Absorb the newest pair unless its curvature is lost in rounding."""
        s, z = y_eval - y, f_eval_info.grad - f_info.grad
        curved = jnp.dot(s, z) > jnp.finfo(s.dtype).eps * jnp.linalg.norm(s) * jnp.linalg.norm(z)
        inverse = self.absorb(f_info.hessian_inv, s, z, curved, hessian_update_state == 0)
        return Info(f_eval_info.f, f_eval_info.grad, inverse), hessian_update_state + curved

    def step(
        self,
        fn: Callable[..., Any],
        y: Vector,
        args: PyTree,
        options: dict[str, Any],
        state: Any,
        tags: frozenset[object],
    ) -> tuple[Vector, Any, None]:
        """Evaluate one trial point; then accept it, search on, or start afresh where a search failed."""
        trial = Trial(*jax.value_and_grad(lambda z: fn(z, args)[0])(state.y_eval))
        size, accept, result, bracket = self.search.step(
            state.first_step, y, state.y_eval, state.f_info, trial, state.search_state
        )
        again = (result != optx.RESULTS.successful) & (state.hessian_update_state > 0)
        branch = jnp.where(state.first_step | again, 2, jnp.where(accept, 1, 0))
        branches = [partial(rule, y, trial, state) for rule in (self._keep, self._advance, self._restart)]
        y_new, info, pairs, descent, terminate = jax.lax.switch(branch, branches)
        bracket = jax.tree.map(lambda a, b: jnp.where(again, a, b), self.search.init(y, None), bracket)
        move, _ = self.descent.step(jnp.where(again, 1, size), descent)
        following = dataclasses.replace(
            state,
            first_step=jnp.array(False),
            y_eval=y_new + move,
            search_state=bracket,
            f_info=info,
            descent_state=descent,
            terminate=terminate,
            result=optx.RESULTS.where(again, optx.RESULTS.successful, result),
            num_accepted_steps=state.num_accepted_steps + accept,
            hessian_update_state=pairs,
        )
        return y_new, following, None

    def status(self, state: Any) -> Status:
        """See `AbstractMethod.status`."""
        steps = jnp.maximum(state.num_accepted_steps - 1, 0)
        norm = jnp.linalg.norm(state.f_info.grad)
        dead = state.result != optx.RESULTS.successful
        failed = jnp.where(steps == 0, Outcome.FAILED_AT_START, Outcome.NO_DECREASE)
        cases = (
            (~(jnp.isfinite(state.f_info.f) & jnp.isfinite(norm)), Outcome.NON_FINITE),
            (~jnp.any(state.f_info.grad), Outcome.STATIONARY),
            (dead & state.search_state.endless, Outcome.UNBOUNDED),
            (dead, failed),
            (state.terminate, Outcome.TOLERANCE),
        )
        conditions, codes = zip(*cases, strict=True)
        outcome = jnp.select(conditions, [jnp.asarray(c) for c in codes], jnp.asarray(Outcome.RUNNING))
        outcome = jnp.where(state.first_step, Outcome.RUNNING, outcome)
        loss = jnp.where(state.first_step, jnp.inf, state.f_info.f)
        return Status(loss, norm, steps, outcome)

    def renew(self, fn: Callable[..., Any], y: Vector, args: PyTree, state: Any) -> Any:
        """See `AbstractComparingMethod.renew`; the inverse Hessian stays."""
        value, gradient = jax.value_and_grad(lambda z: fn(z, args)[0])(y)
        info = Info(value, gradient, state.f_info.hessian_inv)
        descent = self.descent.query(y, info, state.descent_state)
        move, _ = self.descent.step(jnp.ones((), y.dtype), descent)
        return dataclasses.replace(
            state, f_info=info, descent_state=descent, y_eval=y + move, search_state=self.search.init(y, None)
        )

    def _keep(self, y: Vector, trial: Trial, state: Any) -> tuple[Any, ...]:
        return y, state.f_info, state.hessian_update_state, state.descent_state, state.terminate

    def _advance(self, y: Vector, trial: Trial, state: Any) -> tuple[Any, ...]:
        info, pairs = self.update_hessian(y, state.y_eval, state.f_info, trial, state.hessian_update_state)
        descent = self.descent.query(state.y_eval, info, state.descent_state)
        still = self._small(state.y_eval - y, state.y_eval) & self._small(trial.f - state.f_info.f, trial.f)
        return state.y_eval, info, pairs, descent, still

    def _restart(self, y: Vector, trial: Trial, state: Any) -> tuple[Any, ...]:
        f = jnp.where(state.first_step, trial.f, state.f_info.f)
        grad = jnp.where(state.first_step, trial.grad, state.f_info.grad)
        info, pairs = self.init_hessian(y, f, grad)
        return y, info, pairs, self.descent.query(y, info, state.descent_state), state.terminate

    def _small(self, change: Array, value: Array) -> Bool[Array, ""]:
        return jnp.all(jnp.abs(change) < self.atol + self.rtol * jnp.abs(value))


class Bfgs(AbstractSecantMethod):
    """BFGS with a dense inverse Hessian: n² numbers, two products with it a step."""

    rtol: float
    atol: float
    norm: Callable[[PyTree], Scalar] = optx.max_norm
    use_inverse: bool = True
    descent: optx.AbstractDescent = optx.NewtonDescent()
    search: optx.AbstractSearch = WolfeSearch()
    verbose: Callable[..., None] = lambda **_: None

    def fresh(self, y: Vector, scale: Float[Array, ""]) -> lx.MatrixLinearOperator:
        return lx.MatrixLinearOperator(scale * jnp.eye(y.size, dtype=y.dtype), lx.positive_semidefinite_tag)

    def absorb(
        self,
        inverse: lx.MatrixLinearOperator,
        s: Vector,
        z: Vector,
        curved: Bool[Array, ""],
        first: Bool[Array, ""],
    ) -> lx.MatrixLinearOperator:
        """H ← τH + s vᵀ + v sᵀ: BFGS symmetric up to rounding, in one pass over H."""
        matrix = inverse.matrix
        curvature = jnp.where(curved, jnp.dot(s, z), 1)
        image = jnp.dot(matrix, z)
        scale = jnp.where(curved & first, curvature / jnp.dot(z, image), 1)
        image = scale * image
        v = (0.5 * (1 + jnp.dot(z, image) / curvature) * s - image) / curvature
        v = jnp.where(curved, v, 0)
        updated = scale * matrix + (s[:, None] * v[None, :] + v[:, None] * s[None, :])
        return lx.MatrixLinearOperator(updated, lx.positive_semidefinite_tag)


class History(eqx.Module):
    """The inverse Hessian of L-BFGS: the last pairs, oldest in slot `next`; empty slots weigh nothing."""

    steps: Float[Array, "history n"]
    changes: Float[Array, "history n"]
    weights: Float[Array, " history"]
    scale: Float[Array, ""]
    next: Int[Array, ""]

    def mv(self, vector: Vector) -> Vector:
        """The two-loop recursion (Nocedal & Wright 2006, algorithm 7.4)."""
        size = self.weights.size
        order = (self.next + jnp.arange(size)) % size

        def backward(q: Vector, slot: Array) -> tuple[Vector, Array]:
            share = self.weights[slot] * jnp.dot(self.steps[slot], q)
            return q - share * self.changes[slot], share

        def forward(q: Vector, item: tuple[Array, Array]) -> tuple[Vector, None]:
            slot, share = item
            excess = share - self.weights[slot] * jnp.dot(self.changes[slot], q)
            return q + excess * self.steps[slot], None

        vector, shares = jax.lax.scan(backward, vector, order, reverse=True)
        return jax.lax.scan(forward, self.scale * vector, (order, shares))[0]


class Lbfgs(AbstractSecantMethod):
    """Limited-memory BFGS: the last `history` pairs instead of a matrix."""

    rtol: float
    atol: float
    history: int = 50
    norm: Callable[[PyTree], Scalar] = optx.max_norm
    use_inverse: bool = True
    descent: optx.AbstractDescent = optx.NewtonDescent()
    search: optx.AbstractSearch = WolfeSearch()
    verbose: Callable[..., None] = lambda **_: None

    def fresh(self, y: Vector, scale: Float[Array, ""]) -> History:
        pairs = jnp.zeros((self.history, y.size), y.dtype)
        return History(pairs, pairs, jnp.zeros(self.history, y.dtype), scale, jnp.array(0))

    def absorb(
        self, inverse: History, s: Vector, z: Vector, curved: Bool[Array, ""], first: Bool[Array, ""]
    ) -> History:
        """Overwrite the oldest pair; the newest one sets the scale (Nocedal & Wright 2006, equation 7.20)."""
        slot, curvature = inverse.next, jnp.dot(s, z)
        choose = lambda new, old: jnp.where(curved, new, old)
        put = lambda table, new: table.at[slot].set(choose(new, table[slot]))
        return History(
            put(inverse.steps, s),
            put(inverse.changes, z),
            put(inverse.weights, 1 / curvature),
            choose(curvature / jnp.dot(z, z), inverse.scale),
            choose((slot + 1) % self.history, slot),
        )
