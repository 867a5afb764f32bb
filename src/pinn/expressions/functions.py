"""The fixed table of functions, and real arithmetic that never raises: the undefined is nan or infinite."""

import math
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Function:
    """How a function is written, how many arguments it takes, and its value if it acts elementwise."""

    usage: str
    least: int = 1
    most: int | None = 1
    keywords: tuple[str, ...] | None = ()
    """Names of keyword arguments; None lets the checker decide."""
    smooth: bool = True
    """False where derivatives are taken branch by branch."""
    value: Callable[..., float] | None = None


def quotient(a: float, b: float) -> float:
    """a / b as IEEE 754 has it."""
    if b != 0:
        return a / b
    return math.nan if a == 0 or math.isnan(a) else math.copysign(math.inf, a) * math.copysign(1.0, b)


def power(a: float, b: float) -> float:
    """a ^ b over the real numbers; nan where that is complex."""
    try:
        result = a**b
    except (ZeroDivisionError, OverflowError):
        return -math.inf if math.copysign(1.0, a) < 0 and b % 2 == 1 else math.inf
    return math.nan if isinstance(result, complex) else result


def _guarded(function: Callable[..., float]) -> Callable[..., float]:
    """The function with nan outside its domain and inf where it overflows."""

    def value(*arguments: float) -> float:
        try:
            return float(function(*arguments))
        except ValueError:
            return math.nan
        except OverflowError:
            return math.inf

    return value


def _log(x: float) -> float:
    return math.log(x) if x != 0 else -math.inf


def _sinh(x: float) -> float:
    return math.sinh(x) if abs(x) < 700 else math.copysign(math.inf, x)


def _sigmoid(x: float) -> float:
    return 1 / (1 + math.exp(-x)) if x >= 0 else math.exp(x) / (1 + math.exp(x))


def _softplus(x: float) -> float:
    return max(x, 0.0) + math.log1p(math.exp(-abs(x)))


def _sign(x: float) -> float:
    return x if x == 0 or math.isnan(x) else math.copysign(1.0, x)


def _step(x: float) -> float:
    return x if math.isnan(x) else float(x > 0)


_SMOOTH: dict[str, Callable[[float], float]] = {
    "sin": math.sin, "cos": math.cos, "tan": math.tan, "asin": math.asin, "acos": math.acos,
    "atan": math.atan, "sinh": _sinh, "cosh": math.cosh, "tanh": math.tanh, "exp": math.exp, "log": _log,
    "sqrt": math.sqrt, "erf": math.erf, "sigmoid": _sigmoid, "softplus": _softplus,
}  # fmt: skip

_KINKED: dict[str, Callable[[float], float]] = {"abs": abs, "sign": _sign, "step": _step}

FUNCTIONS: dict[str, Function] = {
    **{name: Function(f"{name}(x)", value=_guarded(value)) for name, value in _SMOOTH.items()},
    **{name: Function(f"{name}(x)", smooth=False, value=_guarded(value)) for name, value in _KINKED.items()},
    "min": Function("min(a, b, …)", 2, None, smooth=False, value=min),
    "max": Function("max(a, b, …)", 2, None, smooth=False, value=max),
    "where": Function("where(condition, a, b)", 3, 3, smooth=False),
    "sum": Function("sum(v)"),
    "dot": Function("dot(v, w)", 2, 2),
    "norm": Function("norm(v)"),
    "d": Function("d(e, x)", 2, None, keywords=("order",)),
    "grad": Function("grad(e)"),
    "div": Function("div(v)"),
    "curl": Function("curl(v)"),
    "laplacian": Function("laplacian(e)"),
    "at": Function("at(e, x=0)", keywords=None),
    "integral": Function("integral(e, over=…)", keywords=("over",)),
    "freeze": Function("freeze(e)"),
}
"""Every function of the language by name."""

RESERVED = frozenset(FUNCTIONS) | {"pi", "exact", "and", "or", "not"}
"""Words that no config may declare."""
