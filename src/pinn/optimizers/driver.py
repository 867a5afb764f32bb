"""Advance a method in compiled chunks whose bounds are traced numbers, so that any split gives the same bits.

The state of a stage is one tree of arrays; it can be saved under names at any time, and restored bit for bit.
"""

from typing import Any

import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, PyTree

from pinn.errors import StorageError
from pinn.optimizers.outcomes import Outcome, Report
from pinn.optimizers.protocol import AbstractComparingMethod, AbstractMethod, Objective, Status, Vector


class State(eqx.Module):
    """All of a stage: the last accepted parameters, the method's memory and how it stands; arrays only."""

    theta: Vector
    memory: PyTree
    status: Status
    evaluations: Int[Array, ""]

    def report(self) -> Report:
        """The scalars, as Python numbers."""
        status, evaluations = jax.device_get((self.status, self.evaluations))
        return Report(
            Outcome(int(status.outcome)),
            float(status.loss),
            float(status.gradient_norm),
            int(status.steps),
            int(evaluations),
        )


class Optimizer(eqx.Module):
    """A method with the limits of its stage; all limits are arrays, so a change of one compiles nothing."""

    method: AbstractMethod
    target: Float[Array, ""]
    max_steps: Int[Array, ""]

    @eqx.filter_jit
    def start(self, theta: Vector) -> State:
        """The state before anything was evaluated; its loss is infinite."""
        nothing = lambda theta, args: (jnp.zeros((), theta.dtype), None)
        scalar = jax.ShapeDtypeStruct((), theta.dtype)
        memory = self.method.init(nothing, theta, None, {}, scalar, None, frozenset())
        return _strong(State(theta, memory, self.method.status(memory), jnp.array(0)))

    def advance(
        self,
        objective: Objective,
        state: State,
        args: PyTree,
        until_step: int,
        max_evaluations: int | None = None,
    ) -> State:
        """Go on to accepted step `until_step`, the end of the stage, or `max_evaluations` more evaluations.

        Up to step 0 only the start is evaluated. A chunk that ends inside a line search goes on there.
        """
        budget = np.iinfo(np.int32).max if max_evaluations is None else max_evaluations
        return _advance(self, objective, state, args, jnp.asarray(until_step), jnp.asarray(budget))

    @property
    def compares(self) -> bool:
        """Whether `renew` is needed where the points change."""
        return isinstance(self.method, AbstractComparingMethod)

    @eqx.filter_jit
    def renew(self, objective: Objective, state: State, args: PyTree) -> State:
        """The state where `args` are from now on others: one evaluation of the last accepted parameters."""
        assert isinstance(self.method, AbstractComparingMethod)
        memory = self.method.renew(self.method.form(objective), state.theta, args, state.memory)
        return _strong(State(state.theta, memory, self.judge(self.method.status(memory)), state.evaluations + 1))

    def judge(self, status: Status) -> Status:
        """The method's status, with the stage's own limits applied where the method would go on."""
        running = status.outcome == Outcome.RUNNING
        limit = jnp.where(status.steps >= self.max_steps, Outcome.MAX_STEPS, Outcome.RUNNING)
        finite = status.outcome != Outcome.NON_FINITE
        outcome = jnp.where(running, limit, status.outcome)
        outcome = jnp.where(finite & (status.loss <= self.target), Outcome.TARGET, outcome)
        return eqx.tree_at(lambda s: s.outcome, status, outcome)


@eqx.filter_jit
def _advance(
    optimizer: Optimizer, objective: Objective, state: State, args: PyTree, until_step: Array, budget: Array
) -> State:
    begun = state.evaluations
    status = optimizer.judge(optimizer.method.status(state.memory))

    def wanted(state: State) -> Array:
        unfinished = (state.evaluations == 0) | (
            (state.status.outcome == Outcome.RUNNING) & (state.status.steps < until_step)
        )
        return unfinished & (state.evaluations - begun < budget)

    def evaluate(state: State) -> State:
        fn = optimizer.method.form(objective)
        theta, memory, _ = optimizer.method.step(fn, state.theta, args, {}, state.memory, frozenset())
        status = optimizer.judge(optimizer.method.status(memory))
        return _strong(State(theta, memory, status, state.evaluations + 1))

    state = eqx.tree_at(lambda s: s.status, state, _strong(status))
    return jax.lax.while_loop(wanted, evaluate, state)


def _strong(tree: Any) -> Any:
    """The same without weak types, so that a restored state runs the program compiled for a fresh one."""
    return jax.tree.map(lambda leaf: jnp.asarray(leaf, leaf.dtype), tree)


def flatten_state(state: State) -> dict[str, np.ndarray]:
    """The arrays of a state by name, on the host."""
    leaves = jax.tree_util.tree_flatten_with_path(jax.device_get(state))[0]
    return {_name(path): np.asarray(leaf) for path, leaf in leaves}


def restore_state(template: State, arrays: dict[str, np.ndarray]) -> State:
    """A state from named arrays; `template` is a state, or the shapes of one (`eqx.filter_eval_shape`).

    Raises `StorageError` where names, shapes or types differ from the template's.
    """
    leaves, structure = jax.tree_util.tree_flatten_with_path(template)
    expected = {_name(path): leaf for path, leaf in leaves}
    if expected.keys() != arrays.keys():
        odd = ", ".join(sorted(expected.keys() ^ arrays.keys()))
        raise StorageError(f"a stored optimizer state has other arrays than this stage: {odd}", _ORIGIN)
    for name, leaf in expected.items():
        found = arrays[name]
        if (found.shape, found.dtype) != (leaf.shape, leaf.dtype):
            raise StorageError(
                f"'{name}' of a stored optimizer state is {found.dtype}{list(found.shape)}, "
                f"but this stage needs {leaf.dtype}{list(leaf.shape)}",
                _ORIGIN,
            )
    return jax.tree_util.tree_unflatten(structure, [jnp.array(arrays[name]) for name in expected])


_ORIGIN = "resume with the config and version that wrote it"


def _name(path: tuple[Any, ...]) -> str:
    return jax.tree_util.keystr(path, simple=True, separator=".")
