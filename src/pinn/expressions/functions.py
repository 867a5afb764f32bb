"""The fixed table of functions, and real arithmetic that never raises: the undefined is nan or infinite."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from pinn.expressions import bessel


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
    meaning: str = ""
    """What it stands for, where its name does not say it all."""


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

_MEANINGS = {
    "log": "the natural logarithm",
    "erf": "2/sqrt(pi) times the integral of exp(-t^2) from 0 to x",
    "sigmoid": "1/(1 + exp(-x))",
    "softplus": "log(1 + exp(x))",
    "abs": "the magnitude",
    "sign": "-1, 0 or 1",
    "step": "1 where x > 0, else 0",
}

_BESSEL = {
    "besselj": "the Bessel function J of the first kind, its order a whole number from 0 to 100, for |x| up to 200",
    "besseli": "the modified Bessel function I, its order a whole number from 0 to 100, for |x| up to 200",
}

_EXTREME = "the %s; of one expression, and over=…, that of its values in a region, for 'report' and 'eval'"

FUNCTIONS: dict[str, Function] = {
    **{n: Function(f"{n}(x)", value=_guarded(v), meaning=_MEANINGS.get(n, "")) for n, v in _SMOOTH.items()},
    **{n: Function(f"{n}(x)", smooth=False, value=_guarded(v), meaning=_MEANINGS[n]) for n, v in _KINKED.items()},
    **{n: Function(f"{n}(0, x)", 2, 2, value=partial(bessel.value, n), meaning=text) for n, text in _BESSEL.items()},
    "min": Function("min(a, b, …)", 1, None, ("over",), smooth=False, value=min, meaning=_EXTREME % "smallest"),
    "max": Function("max(a, b, …)", 1, None, ("over",), smooth=False, value=max, meaning=_EXTREME % "largest"),
    "where": Function("where(condition, a, b)", 3, 3, smooth=False, meaning="a where the condition holds, else b"),
    "sum": Function("sum(v)", meaning="the sum of a vector's components"),
    "dot": Function("dot(v, w)", 2, 2, meaning="the product of two vectors, or of matrices and vectors"),
    "norm": Function("norm(v)", meaning="the Euclidean length of a vector, the Frobenius norm of a matrix"),
    "inner": Function("inner(a, b)", 2, 2, meaning="the sum of the products of all components, of matrices or vectors"),
    "outer": Function("outer(v, w)", 2, 2, meaning="the matrix of the products of two vectors' components"),
    "transpose": Function("transpose(m)", meaning="the matrix with rows and columns exchanged"),
    "sym": Function("sym(m)", meaning="the symmetric part of a matrix, (m + transpose(m))/2"),
    "trace": Function("trace(m)", meaning="the sum along the diagonal of a matrix"),
    "det": Function("det(m)", meaning="the determinant of a matrix"),
    "inverse": Function("inverse(m)", meaning="the inverse of a matrix"),
    "identity": Function("identity(2)", meaning="the unit matrix of so many rows"),
    "d": Function(
        "d(e, x)", 2, None, keywords=("order",), meaning="the derivative by a coordinate, along a direction, or by n"
    ),
    "grad": Function(
        "grad(e)", meaning="the vector of derivatives by the spatial coordinates; of a vector a matrix, a row for each"
    ),
    "div": Function("div(v)", meaning="the divergence over the spatial coordinates; of a matrix that of each row"),
    "curl": Function("curl(v)", meaning="the curl: a number in the plane, a vector in space"),
    "laplacian": Function("laplacian(e)", meaning="the sum of second derivatives by the spatial coordinates"),
    "at": Function("at(e, x=0)", keywords=None, meaning="the expression where some coordinates have other values"),
    "integral": Function("integral(e, over=…)", keywords=("over",), meaning="the integral over a region"),
    "freeze": Function("freeze(e)", meaning="the value, whose derivatives count as zero"),
}
"""Every function of the language by name."""

RESERVED = frozenset(FUNCTIONS) | {"pi", "exact", "and", "or", "not"}
"""Words that no config may declare."""
