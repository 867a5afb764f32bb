"""The mistakes found so far, and the one way in which text of the config becomes a checked expression."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pinn.config.source import Node
from pinn.errors import Diagnostic, Mark
from pinn.expressions import (
    Constant,
    Equation,
    Expression,
    ExpressionError,
    Mistake,
    Scope,
    check,
    check_condition,
    check_inequality,
    described,
    numeric,
)

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Findings:
    """Mistakes and warnings, each at its place in the file."""

    root: Node
    mistakes: list[Diagnostic] = field(default_factory=list)
    warnings: list[Diagnostic] = field(default_factory=list)

    def node(self, path: Path) -> Node:
        """The node at a path, or the nearest one above it that is written."""
        found = self.root.find(path)
        return self.node(path[:-1]) if found is None else found

    def written(self, path: Path) -> bool:
        """Whether something stands at a path."""
        return self.root.find(path) is not None

    def item(self, path: Path, index: int) -> Path:
        """The path of an entry of a list, which is the list's own where the brackets were left out."""
        return (*path, index) if self.written((*path, index)) else path

    def key(self, path: Path) -> Mark:
        """The place of the key of the value at `path`, or of the value where it has none."""
        node = self.node(path)
        return node.key or node.mark

    def report(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note a mistake in the value at `path`."""
        self.report_at(self.node(path).mark, message, hint)

    def report_at(self, mark: Mark, message: str, hint: str | None = None) -> None:
        """Note a mistake at a place."""
        self.mistakes.append(Diagnostic(message, mark, hint))

    def warn(self, path: Path, message: str, hint: str | None = None) -> None:
        """Note something that is allowed but probably not meant."""
        self.warnings.append(Diagnostic(message, self.node(path).mark, hint, severity="warning"))

    def expression(self, path: Path, formula: str | int | float, scope: Scope) -> Expression | None:
        """The checked tree of a formula, or None with its mistakes noted."""
        return Constant(float(formula)) if not isinstance(formula, str) else self._read(check, path, formula, scope)

    def inequality(self, path: Path, formula: str, scope: Scope) -> Expression | None:
        """The checked tree of what an inequality lacks, or None with its mistakes noted."""
        return self._read(check_inequality, path, formula, scope)

    def _read(
        self, read: Callable[[str, Scope, list[Mistake]], Expression], path: Path, formula: str, scope: Scope
    ) -> Expression | None:
        node = self.node(path)
        doubts: list[Mistake] = []
        try:
            tree = read(formula, scope, doubts)
        except ExpressionError as error:
            self.mistakes.extend(_diagnostic(node, mistake) for mistake in error.mistakes)
            return None
        self.warnings.extend(_diagnostic(node, doubt, "warning") for doubt in doubts)
        return tree

    def condition(self, path: Path, formula: str, scope: Scope) -> Expression | None:
        """The checked tree of a condition, or None with its mistakes noted."""
        try:
            return check_condition(formula, scope)
        except ExpressionError as error:
            self.mistakes.extend(_diagnostic(self.node(path), mistake) for mistake in error.mistakes)
            return None

    def value(self, path: Path, formula: str | int | float, scope: Scope) -> Expression | None:
        """The checked tree of a value; an equation is a mistake."""
        tree = self.expression(path, formula, scope)
        if isinstance(tree, Equation):
            self.report(path, "there is an '=' where a value is needed", "leave it out")
            return None
        return tree

    def scalar(self, path: Path, formula: str | int | float, scope: Scope, what: str) -> Expression | None:
        """The checked tree of a value that has no components; `what` names it in the mistake."""
        tree = self.value(path, formula, scope)
        if tree is not None and tree.shape:
            self.report(path, f"{what} must be a scalar, not {described(tree)}")
            return None
        return tree

    def number(self, path: Path, formula: str | int | float, scope: Scope) -> float | None:
        """The finite value of a constant expression, or None with its mistakes noted."""
        tree = self.scalar(path, formula, scope, "this")
        if tree is None:
            return None
        try:
            value = numeric.evaluate(tree, {}, scope.constants)
        except numeric.NotNumeric as error:
            self.report(path, f"a constant is needed here; {error}")
            return None
        if isinstance(value, tuple) or not math.isfinite(value):
            self.report(path, f"this has the value {value}", "a finite number is needed here")
            return None
        return value

    def above_zero(self, path: Path, formula: str | int | float, scope: Scope) -> float | None:
        """The value of a constant expression that must be positive, or None with its mistakes noted."""
        value = self.number(path, formula, scope)
        if value is not None and value <= 0:
            self.report(path, f"this is {value:.12g}", "it must be above zero")
            return None
        return value


def _diagnostic(node: Node, mistake: Mistake, severity: str = "error") -> Diagnostic:
    return Diagnostic(mistake.message, node.text_mark(*mistake.span), mistake.hint, severity)


def in_order(mistakes: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Mistakes by their place in the text, each said once."""
    place = {d: (d.mark.source, d.mark.line, d.mark.column) if d.mark else ("", 0, 0) for d in mistakes}
    return sorted(place, key=place.__getitem__)
