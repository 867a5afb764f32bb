"""`modes: N`: the config of one state of an eigenvalue problem, written out for the N lowest ones.

F and G of the quotient F/G are quadratic forms. In the quotients R_1, R_2, … the states are made orthogonal one after
the other, which takes no more than the numbers F(ψ_i, ψ_j) and G(ψ_i, ψ_j). With falling weights, N·R_1 + … + R_N is
least for the N lowest states (Gross, Oliveira & Kohn 1988), also where eigenvalues are equal. That the states are
orthonormal as they are is asked by equations beside it, which no quotient resists.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, combinations_with_replacement

from pinn.config.findings import Findings, Path
from pinn.config.model import Config, Energy, Equation, Functional
from pinn.config.node import Node
from pinn.errors import ConfigError, Diagnostic, Mark
from pinn.expressions import Expression, parse, tree
from pinn.expressions.syntax import Binary
from pinn.expressions.tokens import scan

VALUE = "eigenvalue"
"""What the numbers found are called, with the number of the state."""


def asked(root: Node) -> bool:
    """Whether a term of the config asks for more than one state."""
    return _place(root) is not None


def single(root: Node) -> Node:
    """The config without what it knows of numbered states: the rest is checked as it is written."""
    entries = _entries(root)
    for section in ("exact", "guess"):
        said = entries.get(section)
        if said is not None and isinstance(said.value, dict):
            kept = {key: node for key, node in said.value.items() if key[-1:] not in DIGITS}
            entries = entries | {section: replace(said, value=kept)}
    return replace(root, value=entries)


DIGITS = "123456789"


def written_out(root: Node, one: Config, count: int | None = None) -> Node:
    """The config of all states, or of so many; `one` is the checked config of a single one.

    Raises `ConfigError` where the problem is not of that kind.
    """
    place = _place(root)
    assert place is not None
    findings = Findings(root)
    _refuse_others(root, one, place, findings)
    if findings.mistakes:
        raise ConfigError(findings.mistakes)
    return _Writer(root, one, place, count or _count(root, place)).config()


def largest(root: Node, one: Config, check: Callable[[Node], object]) -> int:
    """The most states that pass a check which those asked for do not, written out; 1 where none do.

    What is written out grows fivefold from one state to the next, for all that was taken out of the states before
    stands in each.
    """
    place = _place(root)
    assert place is not None
    for count in range(2, _count(root, place)):
        try:
            check(written_out(root, one, count))
        except ConfigError:
            return count - 1
    return _count(root, place) - 1


def too_many(root: Node, most: int) -> Diagnostic:
    """What to say of states that cannot be written out, of which `most` can."""
    place = _place(root)
    assert place is not None
    findings = Findings(root)
    message = f"{_count(root, place)} states of this quotient grow too large, written out"
    hint = "shorten it, or leave 'modes' out" if most < 2 else f"ask for {most} or fewer"
    apart = "states with and without a symmetry can be asked for apart, on half of the domain"
    findings.report(("terms", place, "modes"), message, f"{hint}; {apart}")
    return findings.mistakes[0]


def _count(root: Node, place: int) -> int:
    said = root.find(("terms", place, "modes"))
    assert said is not None and isinstance(said.value, int)
    return said.value


def _place(root: Node) -> int | None:
    """The number of the term that asks for more states."""
    terms = root.child("terms")
    entries = terms.value if terms is not None and isinstance(terms.value, list) else []
    return next((i for i, term in enumerate(entries) if term.child("modes") is not None), None)


def _refuse_others(root: Node, one: Config, place: int, findings: Findings) -> None:
    path: Path = ("terms", place, "modes")
    key = findings.key(path)
    if len(one.unknowns) != 1:
        findings.report_at(key, "modes are states of a single unknown", f"there are {', '.join(one.unknowns)}")
    if not _is_quotient(one, place):
        hint = "write minimise: integral(…)/integral(…), both of second degree in the unknown"
        findings.report_at(key, "modes need a quotient of integrals to be minimised", hint)
    for i, term in enumerate(one.document.terms):
        if i != place and (term.minimise is not None or term.data is not None or term.modes is not None):
            message = "beside a quotient with modes there are equations only"
            findings.report(("terms", i), message, "leave this out, or find one state without 'modes'")


def _is_quotient(one: Config, place: int) -> bool:
    """Whether the term minimises F/G with forms of second degree."""
    name = one.document.terms[place].name or f"term_{place + 1}"
    content = next((term.content for term in one.terms if term.name == name), None)
    functionals = {f.name: f for term in one.terms for f in term.functionals}
    match content:
        case Energy(integrand=tree.Divide(left=above, right=below)):
            return _degree(above, functionals) == _degree(below, functionals) == 2
        case _:
            return False


def _degree(node: Expression, functionals: Mapping[str, Functional]) -> float | None:
    """d if the expression is multiplied by c^d where the unknown is multiplied by c; None if by nothing like that."""
    match node:
        case tree.Unknown():
            return 1
        case tree.Parameter(name=name) if name in functionals:
            return _degree(functionals[name].integrand, functionals)
        case tree.Power(base=base, exponent=tree.Constant(value=exponent)):
            inner = _degree(base, functionals)
            return None if inner is None else inner * exponent
    below = [_degree(child, functionals) for child in tree.children(node)]
    if all(degree == 0 for degree in below):
        return 0
    match node:
        case tree.Multiply():
            return None if None in below else sum(degree for degree in below if degree)
        case tree.Divide():
            return below[0] if below[1] == 0 else None
        case tree.Add() | tree.Stack() | tree.Sum() | tree.Index() | tree.Derivative() | tree.Gradient():
            return below[0] if len(set(below)) == 1 else None
        case _:
            return None


@dataclass(frozen=True)
class _Writer:
    """The config of several states, entry by entry."""

    root: Node
    one: Config
    place: int
    count: int

    def config(self) -> Node:
        """All of it."""
        entries = dict(_entries(self.root))
        entries["unknowns"] = self._unknowns(entries["unknowns"])
        entries["terms"] = replace(entries["terms"], value=[*self._terms()])
        for section in ("define", "report"):
            base = entries.get(section, Node({}, self._mark))
            entries[section] = replace(base, value=dict(self._section(section)))
        return replace(self.root, value=entries)

    @property
    def _states(self) -> range:
        return range(1, self.count + 1)

    @property
    def _mark(self) -> Mark:
        node = self.root.find(("terms", self.place, "modes"))
        assert node is not None
        return node.mark

    @cached_property
    def _words(self) -> frozenset[str]:
        """The unknown, and all definitions and quantities that it is in."""
        known = {**self.one.document.define, **self.one.document.report}
        found = {*self.one.unknowns}
        while more := {name for name, said in known.items() if name not in found and self._uses(str(said), found)}:
            found |= more
        return frozenset(found)

    def _uses(self, text: str, words: Collection[str]) -> bool:
        return any(self._meant(token.text, words) for token in scan(text))

    def _meant(self, name: str, words: Collection[str]) -> str | None:
        """The one of `words` that a name is, or is a derivative of."""
        scope = self.one.scope
        declared = (
            *self.one.unknowns,
            *scope.parameters,
            *scope.definitions,
            *scope.directions,
            *self.one.document.report,
        )
        stems = [name, *(name[:i] for i in range(len(name) - 1, 0, -1) if name[i] == "_")]
        whole = next((stem for stem in stems if stem in declared), None)
        return whole if whole in words else None

    def _of(self, text: str, state: str) -> str:
        """A text with the name of a state in place of the unknown."""
        written, end = "", 0
        for token in scan(text):
            if stem := self._meant(token.text, self._words):
                start = token.span[0]
                written += f"{text[end:start]}{stem}{state}"
                end = start + len(stem)
        return written + text[end:]

    def _unknowns(self, said: Node) -> Node:
        (name,) = self.one.unknowns
        if isinstance(said.value, dict):
            return replace(said, value={f"{name}{k}": said.value[name] for k in self._states})
        assert isinstance(said.value, list)
        return replace(said, value=[_text(f"{name}{k}", said.value[0].mark) for k in self._states])

    def _terms(self) -> Iterator[Node]:
        terms = self.root.child("terms")
        assert terms is not None and isinstance(terms.value, list)
        for i, term in enumerate(terms.value):
            if i == self.place:
                quotients = [f"{self.count + 1 - k}*({self._quotient(k)})" for k in self._states]
                said = {key: node for key, node in _entries(term).items() if key != "modes"}
                yield replace(term, value=said | {"minimise": _text(" + ".join(quotients), self._mark)})
            else:
                changed = {key: self._copies(node) for key, node in _entries(term).items() if key in EQUATIONS}
                yield replace(term, value=_entries(term) | changed)
        yield Node({"equation": self._orthonormal(), "name": _text("orthonormal", self._mark)}, self._mark)

    def _copies(self, said: Node) -> Node:
        """The equations of all states."""
        every = said.value if isinstance(said.value, list) else [said]
        copies: list[Node] = []
        for node in every:
            text = node.text or ""
            states = [str(k) for k in self._states] if self._uses(text, self._words) else [""]
            copies += [_text(self._of(text, state), node.mark) if state else node for state in states]
        return replace(said, value=copies, text=None)

    def _orthonormal(self) -> Node:
        """The states' own products, without their sizes where the config says these."""
        sized = any(term.is_number and isinstance(term.content, Equation) for term in self.one.terms)
        pairs = [(i, j) for i, j in combinations_with_replacement(self._states, 2) if i < j or not sized]
        return Node([_text(f"mass{i}{j} = {int(i == j)}", self._mark) for i, j in pairs], self._mark)

    def _section(self, section: str) -> Iterator[tuple[str, Node]]:
        """The entries of `define` or `report`, those of the unknown for every state, and those that belong to modes."""
        said = self.root.child(section)
        pairs = [f"{i}plus{j}" for i, j in combinations(self._states, 2)] if section == "define" else []
        for name, node in _entries(said).items() if said is not None else ():
            if name not in self._words:
                yield name, node
                continue
            for state in (*map(str, self._states), *pairs):
                yield f"{name}{state}", _text(self._of(node.text or "", state), node.mark)
        own = self._forms() if section == "define" else ((f"{VALUE}{k}", self._quotient(k)) for k in self._states)
        yield from ((name, _text(text, self._mark)) for name, text in own)

    def _quotient(self, state: int) -> str:
        """R_k: what is left of F(ψ_k) over what is left of G(ψ_k) without the states before."""
        return f"{_left('stiffness', state, state, state)}/{_left('mass', state, state, state)}"

    def _forms(self) -> Iterator[tuple[str, str]]:
        """F(ψ_i, ψ_j) and G(ψ_i, ψ_j), and what is left of them when one state after the other is taken out."""
        (name,) = self.one.unknowns
        yield from ((f"{name}{i}plus{j}", f"{name}{i} + {name}{j}") for i, j in combinations(self._states, 2))
        for form, text in zip(("stiffness", "mass"), self._halves(), strict=True):
            yield from ((f"{form}{k}{k}", self._of(text, str(k))) for k in self._states)
            for i, j in combinations(self._states, 2):
                yield f"{form}{i}{j}", f"(({self._of(text, f'{i}plus{j}')}) - {form}{i}{i} - {form}{j}{j})/2"
        for m in self._states:
            for i in range(m + 1, self.count + 1):
                yield f"part{m}{i}", f"{_left('mass', m, i, m)}/{_left('mass', m, m, m)}"
            for i, j in combinations_with_replacement(range(m + 1, self.count + 1), 2):
                a, b = f"part{m}{i}", f"part{m}{j}"
                one, other = _left("stiffness", m, j, m), _left("stiffness", m, i, m)
                rest = f"- {a}*{one} - {b}*{other} + {a}*{b}*{_left('stiffness', m, m, m)}"
                yield _left("stiffness", i, j, m + 1), f"{_left('stiffness', i, j, m)} {rest}"
                yield _left("mass", i, j, m + 1), f"{_left('mass', i, j, m)} - {a}*{_left('mass', m, j, m)}"

    def _halves(self) -> tuple[str, str]:
        """The texts of F and G."""
        text = str(self.one.document.terms[self.place].minimise)
        while (name := text.strip()) in self.one.document.define:
            text = str(self.one.document.define[name])
        found = parse(text)
        assert isinstance(found, Binary)
        above, below = (text[slice(*side.span)] for side in (found.left, found.right))
        return above, below


EQUATIONS = ("equation", "require")


def _left(form: str, i: int, j: int, step: int) -> str:
    """The name of a form's number where the states before that of this number are taken out."""
    return f"{form}{i}{j}" + (f"after{step - 1}" if step > 1 else "")


def _entries(node: Node) -> dict[str, Node]:
    assert isinstance(node.value, dict)
    return node.value


def _text(text: str, mark: Mark) -> Node:
    return Node(text, mark, key=mark, text=text)
