"""The notations of textbooks and of other programs, and how what they say is written here.

Only a text with mistakes is searched for them, so that nothing of the language itself can be taken for one.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.mistakes import Mistake
from pinn.expressions.numerals import GROUPED, joined
from pinn.expressions.scope import Scope
from pinn.expressions.tokens import MAX_CHARACTERS

_MOST = 20
"""More of them in one text are read by nobody at once."""

_DERIVATIVE = "a derivative is written by d, or by a subscript"
_OPERATOR = "operators have names here"
_LATEX = "this is LaTeX"
_CALL = r"\((?P<by>(?:[\w, ]|\([\w, ]*\))*)\)"
_D = r"(?:d|∂|\\partial\s*)"
_POWER = r"(?:(?:\^|\*\*)?\{?[2-9]\}?|[²³])"
_STEP = rf"{_D}(?:<a step>){_POWER}?"
_NABLA = r"(?:(?<!\w)nabla|\\nabla|∇)"
_SQUARE = r"(?:\s*(?:\^|\*\*)\s*\{?2\}?|²)"
_DIGITS = str.maketrans("²³", "23", "^*{}")
_WORDS = {"cdot": "*", "times": "*", "left": "(", "right": ")", "ln": "log"}

Translation = Callable[[re.Match[str], Scope], str | None]
"""What to write for a match; None where it is no such notation after all."""


def explained(mistakes: Sequence[Mistake], text: str, scope: Scope) -> tuple[Mistake, ...]:
    """The mistakes of a text, those inside a foreign notation replaced by one that translates it.

    All foreign notations are said, since the mistakes of a text that cannot be read end with the first.
    """
    if len(text) > MAX_CHARACTERS:
        return tuple(mistakes)
    foreign: list[Mistake] = []
    for found in _foreign(text, scope):
        if len(foreign) < _MOST and not any(_overlap(found, known) for known in foreign):
            foreign.append(found)
    rest = [m for m in mistakes if not any(f.span[0] <= m.span[0] and m.span[1] <= f.span[1] for f in foreign)]
    return tuple(sorted([*rest, *foreign], key=lambda found: found.span))


def _overlap(one: Mistake, other: Mistake) -> bool:
    return one.span[0] < other.span[1] and other.span[0] < one.span[1]


def _foreign(text: str, scope: Scope) -> Iterator[Mistake]:
    """Everything that looks like another notation, what is most special first."""
    function = rf"(?:{_any_of([*scope.unknowns, *scope.definitions])})(?:_\w+)?(?!\w)"
    step = _any_of(_steps(scope))
    for pattern, message, translation in _NOTATIONS:
        known = {"<a function>": function, "<a step>": step, "<a name>": _any_of([*FUNCTIONS])}
        for word, meaning in known.items():
            pattern = pattern.replace(word, meaning)
        for match in re.finditer(pattern, text):
            hint = translation(match, scope)
            if hint is not None:
                yield Mistake(message, match.span(), hint)
    yield from _choice(text)
    yield from _imaginary(text, scope)
    yield from _infinite(text, scope)


def _any_of(words: Sequence[str]) -> str:
    """A pattern for any of some words, the longest first."""
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True)) or "(?!)"


def _steps(scope: Scope) -> list[str]:
    """The names that `d` can differentiate by."""
    return [*(name for name in scope.axes if name not in scope.vectors), *scope.directions, "n"]


# --- derivatives


def _derivative(function: str, steps: Sequence[str], scope: Scope) -> str | None:
    """`d(u, x, order=2), or u_xx`; None without steps."""
    if not steps:
        return None
    is_power = len(steps) > 1 and len(set(steps)) == 1
    by = f"{steps[0]}, order={len(steps)}" if is_power else ", ".join(steps)
    is_subscript = set(steps) <= set(scope.coordinates) and (len(steps) == 1 or all(len(step) == 1 for step in steps))
    short = f", or {function}_{''.join(steps)}" if is_subscript and "_" not in function else ""
    return f"write d({function}, {by}){short}"


def _quotient(match: re.Match[str], scope: Scope) -> str | None:
    """`dV/dtau`, `d^2u/dx^2`, `∂u/∂t`, `\\frac{\\partial u}{\\partial t}`."""
    if re.match(r"d\w+", match[0]) and re.findall(r"\w+", match[0])[0] in scope.names():
        return None
    steps: list[str] = []
    for name, times in re.findall(rf"{_D}({_any_of(_steps(scope))})({_POWER}?)", match["by"]):
        steps += [name] * int(times.translate(_DIGITS) or 1)
    return _derivative(match["function"], steps, scope)


def _called(match: re.Match[str], scope: Scope) -> str | None:
    """`u.diff(x, 2)`, `diff(u, x, t)`, `Derivative(u, (x, 2))`."""
    steps: list[str] = []
    for word in re.findall(r"\w+", match["by"]):
        if word in _steps(scope):
            steps.append(word)
        elif steps and re.fullmatch("[1-9]", word):
            steps += steps[-1:] * (int(word) - 1)
        else:
            return None
    return _derivative(match["function"], steps, scope)


def _primed(match: re.Match[str], scope: Scope) -> str | None:
    """`u''`, where there is one coordinate only."""
    axes = list(scope.axes)
    single = len(axes) == 1 and not scope.vectors
    return _derivative(match["function"], axes * min(len(match["primes"]), 9), scope) if single else None


def _subscript(match: re.Match[str], scope: Scope) -> str:
    """`u_{xx}`."""
    return f"write {match['stem']}_{re.sub('[ ,]', '', match['below'])}"


def _partial(match: re.Match[str], scope: Scope) -> str | None:
    """`\\partial_x u`, `∂_x u`."""
    return _derivative(match["function"], re.findall(_any_of(_steps(scope)), match["by"]), scope)


# --- operators and words


def _laplacian(match: re.Match[str], scope: Scope) -> str | None:
    """`nabla^2 u`, `∇²u`, `\\Delta u`; a letter alone is said elsewhere."""
    is_known = match[0] in "Δ∆" or (match[0].startswith("nabla") and "nabla" in scope.names())
    return None if is_known else f"write laplacian({match['function'] or 'u'})"


def _gradient(match: re.Match[str], scope: Scope) -> str | None:
    """`nabla u`, `∇u`."""
    is_known = match[0].startswith("nabla") and "nabla" in scope.names()
    return None if is_known else f"write grad({match['function']})"


def _word(match: re.Match[str], scope: Scope) -> str | None:
    """`\\sin`, `\\nu`, `\\cdot`."""
    word = match["word"]
    return f"write {_WORDS.get(word, word)}" if word in {*_WORDS, *FUNCTIONS, *scope.names()} else None


def _power(match: re.Match[str], scope: Scope) -> str:
    """`sin^2(x)`."""
    return f"write {match['function']}(…)^{match['power']}"


def _behind(match: re.Match[str], scope: Scope) -> str:
    """`(u^2)_xx`."""
    steps = re.findall(_any_of(_steps(scope)), match["by"])
    return f"write d(…, {', '.join(steps)})"


def _exponent(match: re.Match[str], scope: Scope) -> str:
    """`1.0D-3`."""
    return f"write {match['digits']}e{match['power']}"


def _grouped(match: re.Match[str], scope: Scope) -> str | None:
    """`1 000`, `1,000`, `1_000`; a comma within brackets may stand between two values."""
    before = match.string[: match.start()]
    is_inside = any(before.count(opening) > before.count(closing) for opening, closing in ("()", "[]"))
    return None if match["by"] == "," and is_inside else f"write {joined(match[0])}"


def _bare_exponent(match: re.Match[str], scope: Scope) -> str | None:
    """`5e`."""
    number = match["number"]
    return None if "e" in scope.names() else f"write {number}, or {number}e3 for a power of ten"


def _same(hint: str) -> Translation:
    return lambda match, scope: hint


_NOTATIONS: tuple[tuple[str, str, Translation], ...] = (
    (
        rf"(?<![A-Za-z_])(?:\\d?frac\s*\{{\s*)?{_D}{_POWER}?[ *]?(?P<function><a function>)\s*(?:/|\}}\s*\{{)\s*"
        rf"(?P<by>{_STEP}(?: ?{_STEP})*)(?!\w)(?:\s*\}})?",
        _DERIVATIVE,
        _quotient,
    ),
    (
        r"(?<!\w)integral\s*\(.*?,\s*\w+\s*=\s*[^,()]*?\.\.[^,()]*\)",
        "an integral goes over a whole region",
        _same("one up to x is an unknown of its own: W_x = u, and W = 0 where it begins"),
    ),
    (
        r"(?<!\w)integral\s*\([^()]*,[^,()=]+,[^,()=]+\)",
        "an integral goes over a whole region",
        _same("one from 0 to t is an unknown of its own: W_t = u, and W = 0 where it begins"),
    ),
    (
        r"(?<!\w)(?P<function><a name>)\s*(?:\^|\*\*)\s*(?P<power>[0-9]+)\s*\(",
        "a power stands behind the brackets",
        _power,
    ),
    (r"\)_(?P<by>(?:<a step>)+)(?!\w)", _DERIVATIVE, _behind),
    (
        r"(?<![\w.])(?P<digits>[0-9]+(?:\.[0-9]*)?)[dD](?P<power>[-+]?[0-9]+)(?!\w)",
        "an exponent of ten has an e",
        _exponent,
    ),
    (rf"(?<![\w.]){GROUPED}(?![\w.])", "the digits of a number stand together", _grouped),
    (
        r"(?<![\w.])(?P<number>[0-9]+(?:\.[0-9]*)?)[eE](?![-+]?[0-9]|\w|\s*(?:\^|\*\*))",
        "an exponent of ten has digits",
        _bare_exponent,
    ),
    (rf"(?<!\w)(?P<function><a function>)(?:\([\w, ]*\))?\.diff\s*{_CALL}", _DERIVATIVE, _called),
    (
        r"(?<!\w)(?:diff|[Dd]erivative|partial)\s*\(\s*(?P<function><a function>)(?:\([\w, ]*\))?\s*,"
        r"(?P<by>(?:[\w, ]|\([\w, ]*\))*)\)",
        _DERIVATIVE,
        _called,
    ),
    (r"(?<!\w)(?P<function><a function>)(?P<primes>'+)", _DERIVATIVE, _primed),
    (r"(?<!\w)(?P<stem>[A-Za-z]\w*?)_\{(?P<below>[A-Za-z0-9 ,]+)\}", "a subscript has no braces", _subscript),
    (r"(?:\\partial|∂)_?\{?(?P<by>(?:<a step>)+)\}?\s*(?P<function><a function>)", _DERIVATIVE, _partial),
    (
        rf"(?:{_NABLA}{_SQUARE}|\\Delta(?!\w)|[Δ∆])(?:[\s*]*(?P<function><a function>))?",
        _OPERATOR,
        _laplacian,
    ),
    (rf"{_NABLA}\s*(?:[.·⋅]|\\cdot)", _OPERATOR, _same("write div(v)")),
    (rf"{_NABLA}\s*(?:×|\\times)", _OPERATOR, _same("write curl(v)")),
    (rf"{_NABLA}[\s*]*(?P<function><a function>)", _OPERATOR, _gradient),
    (r"\\d?frac\s*\{(?=[^{}]*\\partial)[^{}]*\}\s*\{[^{}]*\}|\\partial", _LATEX, _same("write d(u, x), or u_x")),
    (r"\\d?frac", _LATEX, _same("write (a)/(b)")),
    (r"\\(?P<word>[A-Za-z]+)", _LATEX, _word),
)


def _choice(text: str) -> Iterator[Mistake]:
    """`a if x < 1 else b`, with its parts in their places where no bracket is cut."""
    at = re.search(r"\sif\s", text)
    otherwise = at and re.compile(r"\selse\s").search(text, at.end())
    if not at or not otherwise:
        return
    start = text.rfind("=", 0, at.start()) + 1
    start += len(text[start:]) - len(text[start:].lstrip())
    parts = (text[at.end() : otherwise.start()], text[start : at.start()], text[otherwise.end() :])
    whole = all(part.count("(") == part.count(")") for part in parts) and " if " not in parts[2]
    condition, yes, no = (part.strip() for part in parts) if whole else ("condition", "a", "b")
    hint = f"write where({condition}, {yes}, {no})"
    yield Mistake("a choice between two values is a function", (start, len(text)), hint)


def _infinite(text: str, scope: Scope) -> Iterator[Mistake]:
    """`inf` as an end or a place."""
    hint = "ends are finite: choose one so far away that the solution is known there, or substitute the coordinate"
    for match in re.finditer(r"(?<![\w.])(?:np\.|math\.)?(?P<name>inf|infinity|infty|oo)\b(?!\s*\()", text):
        if match["name"] not in scope.names():
            yield Mistake(f"unknown name '{match['name']}'", match.span("name"), hint)


def _imaginary(text: str, scope: Scope) -> Iterator[Mistake]:
    """`i*u_t`, `1e-3j`; an index, what `d` differentiates by and a region are none."""
    hint = "unknowns are real: write the real and the imaginary part as two unknowns, with an equation each"
    number = r"(?:[0-9]+\.?[0-9]*(?:[eE][+-]?[0-9]+)?)?"
    for match in re.finditer(rf"(?<![\w.\[,])(?<!, )(?<!over=){number}(?P<unit>[ij])(?!\w|\s*\])", text):
        unit = match["unit"]
        if unit not in scope.names() and unit not in scope.forbidden:
            yield Mistake(f"unknown name '{unit}'", match.span(), hint)
