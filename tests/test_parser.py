"""Text to syntax: the grammar against Python's own, every mistake at its exact place, and hostile input."""

import ast
import operator
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn.expressions import ExpressionError, Scope, check, evaluate, parse, syntax

SCOPE = Scope(
    coordinates=("x", "y"),
    spatial=(0, 1),
    unknowns=("u",),
    parameters={"k": ()},
    directions={"v": (1.0, 2.0)},
)
POINT = {0: 0.7, 1: -1.3}
NAMED = {"x": 0.7, "y": -1.3, "k": 2.5}


def mistakes(text: str):
    with pytest.raises(ExpressionError) as caught:
        check(text, SCOPE)
    return caught.value.mistakes


# --- agreement with Python

BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
          ast.Pow: operator.pow}  # fmt: skip


def by_python(node: ast.AST) -> float:
    """A tiny interpreter of Python's syntax tree: the reference."""
    match node:
        case ast.Expression(body=body):
            return by_python(body)
        case ast.Constant(value=value):
            return float(str(value))
        case ast.Name(id=name):
            return NAMED[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -by_python(operand)
        case ast.UnaryOp(operand=operand):
            return by_python(operand)
        case ast.BinOp(op=op, left=left, right=right):
            return BINARY[type(op)](by_python(left), by_python(right))
        case _:
            raise AssertionError(ast.dump(node))


def formulas() -> st.SearchStrategy[str]:
    leaves = st.sampled_from(["x", "y", "k", "2", "0.5", "3.", ".25", "1e-1", "1E+1"])

    def grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        sign = st.sampled_from(["+", "-", "*", "/", " + ", " - "])
        return st.one_of(
            st.tuples(inner, sign, inner).map("".join),
            st.tuples(inner, sign, inner).map(lambda parts: f"({''.join(parts)})"),
            inner.map(lambda part: f"-{part}"),
            st.tuples(inner, st.sampled_from(["^", "**"]), st.sampled_from(["2", "3", "-1", "-2"])).map("".join),
        )

    return st.recursive(leaves, grown, max_leaves=12)


@given(formulas())
@settings(max_examples=300, deadline=None, derandomize=True)
def test_values_are_those_of_python(text: str):
    try:
        expected = by_python(ast.parse(text.replace("^", "**"), mode="eval"))
    except (ZeroDivisionError, OverflowError):
        return
    if isinstance(expected, complex) or not abs(expected) < 1e100:
        return
    try:
        value = evaluate(check(text, SCOPE), POINT, NAMED)
    except ExpressionError as error:  # a constant part that is no number
        assert "finite" in error.mistakes[0].message
        return
    assert value == pytest.approx(expected, rel=1e-9, abs=1e-9 * _magnitude(text))


def _magnitude(text: str) -> float:
    """A bound for the cancellation that reordered sums may suffer."""
    values = [abs(by_python(node)) for node in ast.walk(ast.parse(text.replace("^", "**"), mode="eval"))
              if isinstance(node, ast.expr)]  # fmt: skip
    return max(1.0, *values)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("-x^2", -(0.7**2)),
        ("2^3^2", 512.0),
        ("2^-1", 0.5),
        ("2**-x^2", 2 ** -(0.7**2)),
        ("8/4/2", 1.0),
        ("1 - 2 - 3", -4.0),
        ("--x", 0.7),
        ("+x*-y", 0.7 * 1.3),
        ("1e-3 + .5 + 2.", 2.501),
        ("pi", 3.141592653589793),
        ("x\n  + y", -0.6),
    ],
)
def test_precedence(text: str, value: float):
    assert evaluate(check(text, SCOPE), POINT, NAMED) == pytest.approx(value)


def test_syntax_of_a_call_keeps_the_places_of_its_parts():
    tree = parse("d(u, x, order=2)")
    assert isinstance(tree, syntax.Call)
    assert (tree.span, tree.name_span) == ((0, 16), (0, 1))
    assert [argument.span for argument in tree.arguments] == [(2, 3), (5, 6)]
    assert [(keyword.name, keyword.span) for keyword in tree.keywords] == [("order", (8, 13))]


def test_spans_of_arithmetic_include_brackets():
    tree = parse(" (x + y)*x[0] ")
    assert isinstance(tree, syntax.Binary)
    assert tree.span == (1, 13)
    assert tree.left.span == (2, 7)
    assert tree.right.span == (9, 13)


def test_slices():
    tree = parse("x[:-1]")
    assert isinstance(tree, syntax.Slice)
    assert tree.start is None
    assert isinstance(tree.stop, syntax.Unary)


def test_long_sums_stay_shallow_and_keep_their_value():
    text = "x" + "".join(f" {'-+'[n % 2]} {n}*x" for n in range(1, 400))
    expected = 0.7 * (1 + sum(n if n % 2 else -n for n in range(1, 400)))
    assert evaluate(check(text, SCOPE), POINT, NAMED) == pytest.approx(expected)


# --- mistakes and their places


@pytest.mark.parametrize(
    ("text", "part", "message", "hint"),
    [
        ("1 + 2x", "2x", "'*' is missing between '2' and 'x'", "write 2*x"),
        ("2(x + 1)", "2(", "'*' is missing", "write 2*("),
        ("x y", "x y", "'*' is missing", "write x*y"),
        ("(x + 1)(x - 1)", ")(", "'*' is missing", None),
        ("2 3", "2 3", "'*' is missing", None),
        ("1 + sin x", "sin x", "'sin' needs parentheses", "write sin(x)"),
        ("u_xx + |u|", "|", "'|' is not part of the language", "write abs(u)"),
        ("u'' + u", "''", "a prime does not say by which coordinate", "d(u, x)"),
        ("x² + 1", "²", "U+00B2 SUPERSCRIPT TWO", "write ^2"),
        ("x⁻¹", "⁻¹", "U+207B", "write ^-1"),
        ("1 + ν", "ν", "U+03BD GREEK SMALL LETTER NU", "Latin letters: nu"),
        ("Δ(u)", "Δ", "U+0394 GREEK CAPITAL LETTER DELTA", "write laplacian(u)"),
        ("1 + х", "х", "U+0445 CYRILLIC SMALL LETTER HA", "Latin"),
        ("x\u200b + 1", "\u200b", "U+200B ZERO WIDTH SPACE", None),
        ("x\u00a0+ 1", "\u00a0", "U+00A0 NO-BREAK SPACE", None),
        ("x − 1", "−", "U+2212", "write -"),
        ("x\x1b[31m", "\x1b", "U+001B", None),
        ("x + (y*(x + 1)", "(", "'(' is never closed", None),
        ("x + 1)", ")", "')' closes nothing", None),
        ("(x + 1]", "]", "']' stands where ')' is needed", None),
        ("x +", "+", "a value is missing after '+'", None),
        ("x + * y", "*", "a value is missing before '*'", None),
        ("sin()", ")", "a value is missing before ')'", None),
        ("", "", "the expression is empty", None),
        ("   ", "", "the expression is empty", None),
        ("x == 1", "x == 1", "only inside where", "single ="),
        ("x < 1", "x < 1", "only inside where", "under 'require'"),
        ("u = x = 1", "=", "an equation has one '='", None),
        ("2*(u = 1)", "=", "'=' cannot stand inside brackets", None),
        ("x, y", ",", "a comma", None),
        ("x.y", "x.", "a dot stands only in exact.u", None),
        ("x[1, 2]", ",", "a comma", None),
        ("where(0 < x < 1, 1, 2)", "<", "cannot be chained", "a < b and b < c"),
        ("d(u, order=2, x)", "x", "arguments with a name come last", None),
        ("d(u, x, order=2, order=3)", "order", "'order' is given twice", None),
        ("x + 1e999", "1e999", "too large", None),
        ("_x + 1", "_x", "does not begin with a letter", None),
        ('"x"', '"', "not part of the language", "no strings"),
        ("x % 2", "%", "'%' is not part of the language", None),
    ],
)  # fmt: skip
def test_grammar_mistakes(text: str, part: str, message: str, hint: str | None):
    (found,) = mistakes(text)
    start, end = found.span
    assert text[start:end] == part
    assert message in found.message
    if hint is not None:
        assert hint in (found.hint or "")


def test_the_unmatched_bracket_is_the_one_shown():
    assert mistakes("x + (y*(x + 1)")[0].span == (4, 5)
    assert mistakes("u = x = 1")[0].span == (6, 7)
    assert mistakes("where(0 < x < 1, 1, 2)")[0].span == (12, 13)


def test_no_control_character_reaches_a_message():
    for character in map(chr, [*range(32), 127, 0x9B, 0x202E, 0x2066]):
        if character in "\t\n\r ":
            continue
        (found,) = mistakes(f"x + {character}")
        assert character not in found.message + (found.hint or "")


# --- hostile input

ESCAPES = [
    "__import__('os').getpid()",
    "().__class__.__bases__[0].__subclasses__()",
    "(lambda: 0).__globals__",
    "x.__class__",
    "[].append.__self__",
    "getattr(x, 'y')",
    "eval('1')",
    "exec(\"import os\")",
    "f'{x.__init__.__globals__}'",
    "'{0.__class__}'.format(x)",
    "open('/etc/passwd').read()",
    "globals()['os']",
    "[c for c in [1]]",
    "{}.__class__",
    "lambda: 1",
    "import os",
    "sin.__call__",
    "x if y else k",
    "x := 1",
    "`ls`",
    "$(ls)",
    "x; y",
    "9**9**9",
    "9^9^9^9^9",
    "1e308*1e308",
    "(" * 64 + "x" + ")" * 63,
    "(" * 100_000,
    "[" * 5_000 + "]" * 5_000,
    "(" * 4_000 + "x" + ")" * 4_000,
    "-" * 9_999 + "x",
    "not " * 2_400 + "x",
    "2^" * 4_900 + "2",
    "x" * 1_000_000,
    "+x" * 4_999,
    "*".join("x" * 1_999),
    "u_" + "x" * 9_000,
    "d(" * 64 + "u" + ",x)" * 64,
    "laplacian(" * 40 + "u" + ")" * 40,
    "div(grad(" * 30 + "u" + "))" * 30,
    "div(x*grad(" * 20 + "u" + "))" * 20,
    "d(u, " + ", ".join(["v"] * 2_000) + ")",
    "x[" * 50 + "0" + "]" * 50,
    "sin(" * 63 + "q" + ")" * 63,
    "d2u/dx" * 1_600,
    "∂^2u/∂x^2 " * 900 + "!",
    "x" * 9_000 + "_{",
    "_{x" * 3_000,
    " if" * 3_000,
    "u.diff(" + "(x, " * 2_400,
    "diff(u" + "(" * 5_000,
    "\\frac{" * 1_600,
    "nabla" + " " * 9_000,
    "1" * 9_000 + "i",
    "\\partial" * 1_200,
    "\\frac{" + "\\partial " * 1_100,
    "u" + "'" * 9_000,
    "\x00",
    "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", ESCAPES, ids=range(len(ESCAPES)))
def test_escapes_and_bombs_are_refused_fast(text: str):
    start = time.thread_time()
    with pytest.raises(ExpressionError) as caught:
        check(text, SCOPE)
    assert time.thread_time() - start < 1.0
    assert all(0 <= m.span[0] <= m.span[1] <= len(text) for m in caught.value.mistakes)


def test_deepest_text_needs_little_stack():
    text = "(1+2*-sin(" * 21 + "x" + "))" * 21
    limit = sys.getrecursionlimit()
    frame, depth = sys._getframe(), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    sys.setrecursionlimit(depth + 600)
    try:
        assert check(text, SCOPE)
    finally:
        sys.setrecursionlimit(limit)


PIECES = st.sampled_from(
    [*"xyuknv0129.+-*/^()[],:=<>! \n'|_²ν", "**", "==", "<=", "where(", "d(", "at(", "grad(", "div(", "sin(", "u_x",
     "du/dx", "d^2u/dy^2", "u.diff(", "_{xx}", "nabla^2 ", "\\frac{", "\\partial ", " if ", " else ", "2i",
     "order=", "exact.u", " and ", "not ", "1e9", "freeze(", "norm(", "integral(", "min(", "curl("]
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(PIECES, max_size=25).map("".join)))
@settings(max_examples=600, deadline=None, derandomize=True)
def test_nothing_but_expression_errors_escapes(text: str):
    try:
        check(text, SCOPE, [])
    except ExpressionError as error:
        assert error.mistakes
        assert all(0 <= m.span[0] <= m.span[1] <= len(text) for m in error.mistakes)
        assert all(m.message for m in error.mistakes)
