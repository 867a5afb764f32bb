"""`pinn explain`: what a word of the config language means, its default, and a shipped config that uses it."""

import re
import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pinn.cli import console
from pinn.errors import RequestError, nearest

if TYPE_CHECKING:
    from pinn.config.manual import Chapter, Entry

LIKE = 0.75
"""How like a word of the language one must be: those of physics are many, and have letters in common."""


def explain(
    key: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]",
            help="A key, a kind, a function or a word of the field: 'terms.on', 'lbfgs', 'curl', 'free boundary'. "
            "Left out: all.",
        ),
    ] = None,
) -> None:
    """Say what a word of the config language means, with its default and an example."""
    console.answer("\n\n".join(_pages(" ".join(key)) if key else _overview()))


def _overview() -> list[str]:
    from pinn.config import glossary, manual
    from pinn.expressions import FUNCTIONS

    top = manual.chapters()[0]
    chapters = {name: [", ".join(entry.words) for entry in found] for name, found in glossary.CHAPTERS.items()}
    notions = "\n".join(_listed(name, words, "; ") for name, words in chapters.items())
    return [
        _keys(top.entries),
        _listed("functions", FUNCTIONS, ", "),
        f"words of the field, and what is written for them:\n{notions}",
        "pinn explain KEY says more, for instance of terms.on, box, laplacian or free boundary",
    ]


def _listed(what: str, words: Iterable[str], between: str) -> str:
    return textwrap.fill(f"{what}: {between.join(words)}", 100, subsequent_indent="  ")


def _pages(word: str) -> list[str]:
    """What is said of a word, or of the word of the language for it; raises `RequestError` if there is none."""
    from pinn.config import glossary, manual, synonyms
    from pinn.expressions import FUNCTIONS

    if pages := _said(word) or _notion(word):
        return pages
    key = re.sub("[ -]", "_", word)
    if pages := _said(key):
        return pages
    path = tuple(key.split("."))
    own = synonyms.KEYS.get(path[-1]) or synonyms.KINDS.get(path[-1])
    if own is not None and (pages := _said(own)):
        return [f"{word} is called {own} here", *pages]
    entries, named = manual.entries(), [c for c in manual.chapters() if len(c.kinds) == 1]
    words = [*(e.path[-1] for e in entries), *(c.kinds[0] for c in named), *(w for e in entries for w in e.choices)]
    words += [known for entry in glossary.ENTRIES for known in entry.words]
    for part in _parts(word):
        if pages := _said(part) or _notion(part):
            return pages
    close = nearest(path[-1], dict.fromkeys([*words, *FUNCTIONS]), LIKE)
    hint = f"did you mean '{close}'?" if close else "'pinn explain' lists the words"
    raise RequestError(f"the config language has no word '{word}'", hint)


def _parts(phrase: str) -> Iterator[str]:
    """The words of a phrase that stand together, the longest first; not the whole."""
    words = phrase.split()
    for count in range(len(words) - 1, 0, -1):
        for start in range(len(words) - count + 1):
            yield " ".join(words[start : start + count])


def _said(word: str) -> list[str]:
    """The pages on a word of the language, wherever it stands."""
    from pinn.config import examples, manual
    from pinn.expressions import FUNCTIONS

    path, entries = tuple(word.split(".")), manual.entries()
    named = [c for c in manual.chapters() if len(c.kinds) == 1]
    pages = [_entry(e) for e in entries if e.path[-len(path) :] == path]
    pages += [_kind(c) for c in named if (*c.path, *c.kinds)[-len(path) :] == path]
    pages += [_choice(e, word) for e in entries if word in e.choices]
    if word in FUNCTIONS:
        said = FUNCTIONS[word]
        branches = "" if said.smooth else "; its derivatives are taken branch by branch"
        text = f"{said.usage}, in every expression: {said.meaning or 'the usual function'}{branches}"
        pages.append(_with_example([text], examples.of_function(word)))
    return pages


def _notion(word: str) -> list[str]:
    """A page on a word of the field that is no word of the language."""
    from pinn.config import glossary

    found = glossary.find(word)
    if found is None:
        return []
    lines = [
        textwrap.fill(f"{found.words[0]}: {found.text}", 110, subsequent_indent="  "),
        *map(_indented, found.lines),
    ]
    return ["\n".join([*lines, f"  see {', '.join(found.see)}"])]


def _entry(entry: "Entry") -> str:
    """A page on a key: what it means, what it may be, what stands below it, and an example."""
    from pinn.config import examples, manual

    below = [c for c in manual.chapters() if c.section in entry.sections]
    lines = [textwrap.fill(f"{_name(entry)}: {entry.text}", 110, subsequent_indent="  "), f"  {_default(entry)}"]
    lines += [f"  one of {', '.join(entry.choices)}"] if entry.choices else []
    if len(below) == 1:
        lines.append(_indented(_keys(below[0].entries)))
    elif below:
        kinds = [(c.kinds[0] if len(c.kinds) == 1 else c.section.__name__, c.text) for c in below]
        lines.append(_indented(_table(kinds)))
    return _with_example(lines, examples.of_key(entry.path, entry.kinds))


def _kind(chapter: "Chapter") -> str:
    from pinn.config import examples

    head = f"{'.'.join(chapter.path)} of kind {chapter.kinds[0]}: {chapter.text}"
    return _with_example(
        [head, _indented(_keys(chapter.entries))], examples.of_value((*chapter.path, "kind"), chapter.kinds[0])
    )


def _choice(entry: "Entry", word: str) -> str:
    from pinn.config import examples

    head = f"{word}: one of the words for {_name(entry)}: {', '.join(entry.choices)}"
    return _with_example([head, *([f"  {entry.text}"] if entry.text else [])], examples.of_value(entry.path, word))


def _name(entry: "Entry") -> str:
    return ".".join(entry.path) + (f" (of kind {', '.join(entry.kinds)})" if entry.kinds else "")


def _default(entry: "Entry") -> str:
    if entry.field.is_required():
        return "must be given"
    value = entry.default
    if value is None or value in ([], {}):
        return "may be left out"
    return f"left out: {str(value).lower() if isinstance(value, bool) else value}"


def _keys(entries: Iterable["Entry"]) -> str:
    return _table([(e.path[-1], f"{e.text} ({_default(e)})") for e in entries])


def _table(rows: list[tuple[str, str]]) -> str:
    """Words, and beside each what is said of it, in lines of a readable length."""
    width = max((len(word) for word, _ in rows), default=0)
    return "\n".join(
        textwrap.fill(text, 110, initial_indent=word.ljust(width + 2), subsequent_indent=" " * (width + 2))
        for word, text in rows
    )


def _with_example(lines: list[str], example: str | None) -> str:
    return "\n".join(lines) if example is None else "\n".join([*lines, _indented(example)])


def _indented(text: str) -> str:
    return textwrap.indent(text, "  ")
