"""What is wrong with an expression: a sentence, the stretch of text it speaks of, and a hint.

Offsets count characters of the expression's own text; `pinn.config` maps them to file, line and column.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pinn.expressions.tree import Span


@dataclass(frozen=True)
class Mistake:
    """One mistake (or one warning) in an expression's text."""

    message: str
    span: Span
    hint: str | None = None
    severity: str = "error"


class ExpressionError(Exception):
    """All the mistakes found in one expression: the only exception that a text can cause."""

    def __init__(self, mistakes: Iterable[Mistake]):
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistake.message for mistake in self.mistakes))


def mistake(message: str, span: Span, hint: str | None = None) -> ExpressionError:
    """The exception for a single mistake."""
    return ExpressionError([Mistake(message, span, hint)])
