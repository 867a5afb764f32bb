"""How large the tree of a text becomes, with all that definitions and derivatives bring into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import final

from pinn.expressions import algebra
from pinn.expressions.mistakes import mistake
from pinn.expressions.tree import Expression, Span

MAX_SIZE = 20_000
"""Nodes that definitions and derivatives may bring into one expression."""
MAX_DEPTH = 128
"""Levels of a checked tree, definitions written out."""
TOO_LARGE = "the expression grows too large, definitions and derivatives written out"


@final
class Growth:
    """The nodes brought in so far, the present level, and the deepest one."""

    def __init__(self) -> None:
        self.level = 0
        self.depth = 0
        self.size = 0

    @contextmanager
    def deeper(self, span: Span) -> Iterator[None]:
        """One level further down for as long as this lasts; raises `ExpressionError` where that is too deep."""
        self.level += 1
        self.depth = max(self.depth, self.level)
        try:
            if self.level > MAX_DEPTH:
                raise mistake(f"more than {MAX_DEPTH} levels deep", span, "name parts of it under 'define'")
            yield
        finally:
            self.level -= 1

    def charged(self, expression: Expression, span: Span) -> Expression:
        """Count what a definition or a derivative brings in, so that a short text stays a small tree."""
        size, depth = algebra.measure(expression, MAX_SIZE)
        self.size += size
        self.depth = max(self.depth, self.level + depth)
        if self.size > MAX_SIZE or self.depth > 2 * MAX_DEPTH:
            raise mistake(TOO_LARGE, span)
        return algebra.placed(expression, span)
