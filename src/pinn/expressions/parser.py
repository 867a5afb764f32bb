"""Tokens to syntax by operator precedence (V. Pratt, Top Down Operator Precedence, 1973).

From loose to tight: `or`, `and`, `not`, comparisons, `+ -`, `* /`, unary minus, `^` (to the right), indexing.
"""

from dataclasses import dataclass
from typing import Literal, final

from pinn.expressions import syntax
from pinn.expressions.functions import FUNCTIONS
from pinn.expressions.mistakes import ExpressionError, mistake
from pinn.expressions.syntax import LONGEST_SUM, Syntax
from pinn.expressions.tokens import Token, scan
from pinn.expressions.tree import Span

MAX_DEPTH = 64
MAX_NODES = 2_000

_COMPARISONS: dict[str, Literal["<", "<=", ">", ">=", "==", "!="]] = {
    "<": "<", "<=": "<=", ">": ">", ">=": ">=", "==": "==", "!=": "!=",
}  # fmt: skip
_BINDING = {
    "or": 1, "and": 2, **dict.fromkeys(_COMPARISONS, 4), "+": 5, "-": 5, "*": 6, "/": 6, "^": 8, "**": 8,
}  # fmt: skip
_NOT, _SUM, _UNARY = 3, 5, 7
_CLOSING = {"(": ")", "[": "]"}


def parse(text: str) -> Syntax:
    """The syntax tree of a text of at most 10,000 characters, 2,000 parts, 64 levels.

    Raises `ExpressionError` at the first fault.
    """
    tokens = scan(text)
    _match_brackets(tokens)
    operands = [token for token in tokens if token.text not in ("(", ")", "[", "]", ",")]
    if len(operands) > MAX_NODES:
        span = operands[MAX_NODES].span
        raise mistake(f"an expression has at most {MAX_NODES:,} parts", span, "name parts of it under 'define'")
    return _Parser(tokens).whole()


def _match_brackets(tokens: list[Token]) -> None:
    """Every bracket closed by its own kind, at most 64 levels."""
    opened: list[Token] = []
    for token in tokens:
        if token.text in _CLOSING:
            opened.append(token)
        elif token.text in (")", "]"):
            if not opened:
                raise mistake(f"'{token.text}' closes nothing", token.span)
            wanted = _CLOSING[opened.pop().text]
            if token.text != wanted:
                raise mistake(f"'{token.text}' stands where '{wanted}' is needed", token.span)
    if opened:
        raise mistake(f"'{opened[-1].text}' is never closed", opened[-1].span)


@dataclass(frozen=True, slots=True)
class _Term:
    sign: str
    node: Syntax
    span: Span


@final
class _Parser:
    def __init__(self, tokens: list[Token]):
        self.tokens = tokens
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def advance(self) -> Token:
        token = self.tokens[self.position]
        self.position += 1
        return token

    def whole(self) -> Syntax:
        """The text up to its end, with at most one `=`."""
        start = self.token.span[0]
        left = self.expression()
        if self.token.text != "=":
            return self.finished(left)
        self.advance()
        right = self.expression()
        if self.token.text == "=":
            raise mistake("an equation has one '='", self.token.span, "write two equations")
        return self.finished(syntax.Equals(self.since(start), left, right))

    def finished(self, node: Syntax) -> Syntax:
        if self.token.kind != "end":
            raise self.unexpected()
        return node

    def since(self, start: int) -> Span:
        """From an offset to the end of the last token read, brackets included."""
        return start, self.tokens[self.position - 1].span[1]

    def expression(self, least: int = 0) -> Syntax:
        """Everything that binds tighter than `least`."""
        start = self.token.span[0]
        left = self.prefix()
        while (binding := _BINDING.get(self.token.text, 0)) > least:
            if binding == _SUM:
                left = self.sum(left, start)
                continue
            operator = self.advance()
            right = self.nested(operator, _UNARY) if binding > _UNARY else self.expression(binding)
            left = self.joined(operator, left, right, self.since(start))
        return left

    def nested(self, opening: Token, least: int = 0) -> Syntax:
        """An expression one level further down."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise mistake(f"more than {MAX_DEPTH} levels deep", opening.span, "name parts of it under 'define'")
        inner = self.expression(least)
        self.depth -= 1
        return inner

    def sum(self, first: Syntax, start: int) -> Syntax:
        terms = [_Term("+", first, self.since(start))]
        while self.token.text in ("+", "-"):
            sign = self.advance()
            start = self.token.span[0]
            terms.append(_Term(sign.text, self.expression(_SUM), self.since(start)))
        return _balanced(terms)

    def joined(self, operator: Token, left: Syntax, right: Syntax, span: Span) -> Syntax:
        if operator.text in ("and", "or"):
            return syntax.Logic(span, operator.text, (left, right))
        comparison = _COMPARISONS.get(operator.text)
        if comparison is None:
            return syntax.Binary(span, "^" if operator.text == "**" else operator.text, left, right)
        if self.token.text in _COMPARISONS:
            raise mistake(
                "comparisons cannot be chained", self.token.span, "write a < b and b < c; under 'require' a list"
            )
        return syntax.Comparison(span, comparison, left, right)

    def prefix(self) -> Syntax:
        """A value with what stands before and behind it."""
        token = self.advance()
        if token.text in ("-", "+", "not"):
            operand = self.nested(token, _NOT if token.text == "not" else _UNARY)
            span = self.since(token.span[0])
            if token.text == "not":
                return syntax.Logic(span, "not", (operand,))
            return syntax.Unary(span, token.text, operand)
        value = self.atom(token)
        while self.token.text == "[":
            value = self.subscript(value, token.span[0])
        return value

    def atom(self, token: Token) -> Syntax:
        if token.kind == "number":
            return _number(token)
        if token.kind == "name" and token.text not in _BINDING:
            return self.name(token)
        if token.text == "(":
            inner = self.nested(token)
            self.close(")")
            return inner
        if token.text == "[":
            items = self.items(token)
            return syntax.Vector((token.span[0], self.close("]")), items)
        raise self.missing(token)

    def name(self, token: Token) -> Syntax:
        if self.token.text == "(":
            return self.call(token)
        if self.token.text == ".":
            dot = self.advance()
            if token.text != "exact" or self.token.kind != "name":
                raise self.dotted(token, dot)
            member = self.advance()
            return syntax.Member((token.span[0], member.span[1]), member.text)
        return syntax.Name(token.span, token.text)

    def call(self, name: Token) -> Syntax:
        opening = self.advance()
        arguments: list[Syntax] = []
        keywords: list[syntax.Keyword] = []
        while True:
            if self.token.kind == "name" and self.tokens[self.position + 1].text == "=":
                keywords.append(self.keyword([keyword.name for keyword in keywords]))
            else:
                first, argument = self.token, self.nested(opening)
                if self.token.text == "=" and isinstance(argument, syntax.Item):
                    keywords.append(self.component(argument))
                elif keywords:
                    raise mistake("arguments with a name come last", first.span)
                else:
                    arguments.append(argument)
            if self.token.text != ",":
                break
            self.advance()
        span = (name.span[0], self.close(")"))
        return syntax.Call(span, name.text, name.span, tuple(arguments), tuple(keywords))

    def keyword(self, taken: list[str]) -> syntax.Keyword:
        name = self.advance()
        if name.text in taken:
            raise mistake(f"'{name.text}' is given twice", name.span)
        value = self.nested(self.advance())
        if name.text == "over" and self.token.text == "=":  # a plane, as in over=x=1
            right = self.nested(self.advance())
            value = syntax.Equals((value.span[0], right.span[1]), value, right)
        return syntax.Keyword(name.span, name.text, value)

    def component(self, item: syntax.Item) -> syntax.Keyword:
        """`x[0]=value`, where the part before = has been read."""
        if not isinstance(item.operand, syntax.Name):
            raise self.unexpected()
        return syntax.Keyword(item.span, item.operand.name, self.nested(self.advance()), item.index)

    def items(self, opening: Token) -> tuple[Syntax, ...]:
        items = [self.nested(opening)]
        while self.token.text == ",":
            self.advance()
            items.append(self.nested(opening))
        return tuple(items)

    def subscript(self, operand: Syntax, begin: int) -> Syntax:
        opening = self.advance()
        start = None if self.token.text == ":" else self.nested(opening)
        if self.token.text != ":" and start is not None:
            return syntax.Item((begin, self.close("]")), operand, start)
        self.advance()
        stop = None if self.token.text == "]" else self.nested(opening)
        return syntax.Slice((begin, self.close("]")), operand, start, stop)

    def dotted(self, before: Token, dot: Token) -> ExpressionError:
        """The mistake of a dot that does not follow `exact`: functions and pi belong to no module."""
        member = self.token.text
        hint = f"write {member}" if member in FUNCTIONS or member == "pi" else None
        return mistake("a dot stands only in exact.u", (before.span[0], dot.span[1]), hint)

    def close(self, bracket: str) -> int:
        """Step over a closing bracket; returns where it ends."""
        if self.token.text != bracket:
            raise self.unexpected()
        return self.advance().span[1]

    def missing(self, token: Token) -> ExpressionError:
        """The mistake of a token where a value should begin."""
        before = self.tokens[self.position - 2] if self.position > 1 else None
        if token.kind != "end":
            return mistake(f"a value is missing before '{token.text}'", token.span)
        if before is None:
            return mistake("the expression is empty", token.span)
        return mistake(f"a value is missing after '{before.text}'", before.span)

    def unexpected(self) -> ExpressionError:
        """The mistake of a token that cannot follow a finished value."""
        before, token = self.tokens[self.position - 1], self.token
        both = (before.span[0], token.span[1])
        if token.kind in ("number", "name") or token.text in ("(", "["):
            if before.text in FUNCTIONS:
                return mistake(f"'{before.text}' needs parentheses", both, f"write {FUNCTIONS[before.text].usage}")
            hint = f"write {before.text}*{token.text}"
            return mistake(f"'*' is missing between '{before.text}' and '{token.text}'", both, hint)
        if token.text == "=":
            return mistake("'=' cannot stand inside brackets", token.span, "compare with ==")
        if token.text == ",":
            return mistake("a comma stands only between arguments and in [a, b]", token.span)
        if token.text == ".":
            return mistake("a dot stands only in exact.u", token.span)
        return mistake(f"'{token.text}' cannot stand here", token.span)


def _number(token: Token) -> syntax.Number:
    value = float(token.text)
    if value == float("inf"):
        raise mistake("the number is too large", token.span, "numbers go up to 1.8e308")
    return syntax.Number(token.span, value)


def _balanced(terms: list[_Term]) -> Syntax:
    """Signed terms as nested `Binary` nodes: leaning left where few, halved where many."""
    start, end = terms[0].span[0], terms[-1].span[1]
    if len(terms) > LONGEST_SUM:
        half = len(terms) // 2
        return syntax.Binary((start, end), "+", _balanced(terms[:half]), _balanced(terms[half:]))
    first = terms[0]
    total = first.node if first.sign == "+" else syntax.Unary(first.span, "-", first.node)
    for term in terms[1:]:
        total = syntax.Binary((start, term.span[1]), term.sign, total, term.node)
    return total
