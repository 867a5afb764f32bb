"""From a name in a text to its meaning, or to the mistake that helps most."""

from pinn.errors import suggestion
from pinn.expressions import differential, syntax
from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.mistakes import ExpressionError, mistake
from pinn.expressions.scope import Scope
from pinn.expressions.tree import Expression, Functional, Normal, Span, Unknown, walk

SYNONYMS = {
    "ln": "log(x), the natural logarithm",
    "log10": "log(x)/log(10)",
    **{f"arc{name}": f"a{name}(x)" for name in ("sin", "cos", "tan")},
    **dict.fromkeys(("heaviside", "Heaviside"), "step(x)"),
    **dict.fromkeys(("sgn", "signum"), "sign(x)"),
    **dict.fromkeys(("pow", "power"), "x^y"),
    **dict.fromkeys(("diff", "derivative", "partial", "grad_x", "dx", "jacobian"), "d(u, x), or u_x"),
    **dict.fromkeys(("nabla", "gradient"), "grad(u)"),
    **dict.fromkeys(("lap", "delta", "Laplacian"), "laplacian(u)"),
    **dict.fromkeys(("divergence",), "div(v)"),
    **dict.fromkeys(("vdot", "matmul", "mul"), "dot(a, b)"),
    **dict.fromkeys(("tr", "Trace"), "trace(m)"),
    **dict.fromkeys(("inv", "Inverse"), "inverse(m)"),
    **dict.fromkeys(("eye", "Identity"), "identity(2)"),
    **dict.fromkeys(("symgrad", "eps", "epsilon", "strain"), "sym(grad(v))"),
    **dict.fromkeys(("tensor", "kron"), "outer(v, w)"),
    "T": "transpose(m)",
    "erfc": "1 - erf(x)",
    "cot": "1/tan(x)",
    "sinc": "sin(x)/x",
    "exp2": "2^x",
    "atan2": "2*atan(y/(x + norm([x, y])))",
    **dict.fromkeys(("int", "integrate", "Integral", "Int", "quad"), "integral(u), over the whole domain"),
    **dict.fromkeys(("D", "Diff"), "d(u, x), or u_x"),
    **dict.fromkeys(("Delta", "nabla2"), "laplacian(u)"),
    **dict.fromkeys(("H", "theta", "hstep"), "step(x)"),
    **dict.fromkeys(("if", "ifelse", "piecewise", "Piecewise", "cond"), "where(condition, a, b)"),
    **{name: f"1/{of}(x)" for name, of in (("sech", "cosh"), ("csch", "sinh"), ("sec", "cos"), ("csc", "sin"))},
    **dict.fromkeys(("relu", "ReLU"), "max(x, 0)"),
    **{f"{stem}{n}": f"besselj({n}, x)" for stem in ("J", "J_", "j", "besselj", "bessel_j") for n in range(10)},
    **{f"{stem}{n}": f"besseli({n}, x)" for stem in ("I", "I_", "i", "besseli", "bessel_i") for n in range(10)},
    **dict.fromkeys(("jn", "jv", "bessel", "besselJ", "BesselJ", "bessel_jn"), "besselj(0, x)"),
    **dict.fromkeys(("iv", "besselI", "BesselI"), "besseli(0, x)"),
    **dict.fromkeys(("dirac", "Dirac", "DiracDelta"), "what it does to the slope, as an equation where it sits"),
}
"""What other programs call things, and what to write here."""

_SINGULAR = {f"{stem}{n}" for stem in ("K", "K_", "k", "besselk", "Y", "Y_", "y", "bessely") for n in range(10)}
_SINGULAR |= {"kn", "kv", "yn", "yv", "besselk", "besselK", "BesselK", "bessely", "besselY", "BesselY", "hankel"}
"""Bessel functions that are infinite at zero."""


_WORDS = {"e": "write exp(1), or exp(x) for a power of it", **dict.fromkeys(("PI", "Pi"), "did you mean 'pi'?")}


def meaning(name: str, scope: Scope, span: Span) -> Expression:
    """A declared name, else a derivative such as `u_xt`; raises `ExpressionError` if it is neither."""
    if name in scope.forbidden:
        raise mistake(f"'{name}' cannot stand here", span, scope.forbidden[name])
    found = scope.resolve(name, span)
    if isinstance(found, Normal):
        differential.need_settled_time("n", scope, span)
    if found is None:
        table = {unknown: Unknown(unknown, span=span) for unknown in scope.unknowns} | dict(scope.definitions)
        found = differential.subscripted(name, table, scope, span)
    if found is None:
        raise _unknown(name, scope, span)
    if name in scope.definitions:
        _refuse_hidden(name, found, scope, span)
    return found


def exact(name: str, scope: Scope, span: Span) -> Expression:
    """`exact.u`, or a derivative of it such as `exact.u_x`."""
    if name in scope.exact:
        return scope.exact[name]
    found = differential.subscripted(name, scope.exact, scope, span)
    if found is None:
        known = [f"exact.{unknown}" for unknown in scope.exact]
        hint = suggestion(f"exact.{name}", known) or ("give it under 'exact'" if not known else None)
        raise mistake(f"there is no 'exact.{name}'", span, hint)
    return found


def uncallable(call: syntax.Call, scope: Scope) -> ExpressionError:
    """The mistake of calling what is not in the table of functions."""
    name, span = call.function, call.name_span
    if name in scope.unknowns:
        axes = [*scope.axes] or ["x"]
        given = [part.value if isinstance(part, syntax.Number) else 0 for part in call.arguments]
        places = [f"{axis}={value:.12g}" for axis, value in zip(axes, given or [0], strict=False)]
        at = f"at({name}, {', '.join(places)})"
        hint = f"write {name}, and its place under 'on': {places[0]}; {at} is its value at another place"
        return mistake(f"'{name}' depends on all coordinates and takes no arguments", span, hint)
    if name in scope.names():
        return mistake(f"'*' is missing after '{name}'", span, f"write {name}*(…)")
    if name in _SINGULAR:
        hint = "there are besselj and besseli; what is infinite at zero can be given by values under 'known'"
        return mistake(f"there is no function '{name}'", span, hint)
    hint = f"write {SYNONYMS[name]}" if name in SYNONYMS else suggestion(name, FUNCTIONS)
    return mistake(f"unknown function '{name}'", span, hint)


def _unknown(name: str, scope: Scope, span: Span) -> ExpressionError:
    stem = next((stem for stem in scope.forbidden if name.startswith(f"{stem}_")), None)
    if stem is not None:
        return mistake(f"'{name}' cannot stand here", span, scope.forbidden[stem])
    if name in FUNCTIONS:
        return mistake(f"'{name}' is a function", span, f"write {FUNCTIONS[name].usage}")
    if name == "n":
        return mistake(
            "'n' is the normal of a boundary, and here is none",
            span,
            "a term on the boundary, or on a part of it, has one",
        )
    if name == "exact":
        return mistake("'exact' stands with the name of an unknown", span, "write exact.u")
    hint = _WORDS.get(name) or _component(name, scope) or scope.hint(name)
    return mistake(f"unknown name '{name}'", span, hint)


def _component(name: str, scope: Scope) -> str | None:
    """How a component of the normal, as in `n_x`, is written."""
    coordinate = name.removeprefix("n_")
    spatial = [scope.coordinates[i] for i in scope.spatial]
    if not scope.has_normal or name == coordinate or coordinate not in spatial:
        return None
    return f"write n[{spatial.index(coordinate)}]"


def _refuse_hidden(name: str, definition: Expression, scope: Scope, span: Span) -> None:
    """A definition must not bring in an unknown, or a normal, that may not stand here itself."""
    for node in walk(definition):
        if isinstance(node, Functional) and not scope.has_functionals:
            raise mistake(f"'{name}' cannot stand here: it has an integral in it", span)
        if isinstance(node, Normal) and not scope.has_normal:
            hint = "a term on the boundary, or on a part of it, has one"
            raise mistake(f"'{name}' cannot stand here: it has 'n' in it, the normal of a boundary", span, hint)
        if isinstance(node, Unknown) and node.name not in scope.unknowns:
            raise mistake(f"'{name}' cannot stand here: it has the unknown '{node.name}' in it", span)
