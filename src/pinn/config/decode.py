"""From a tree of nodes to a `Document`: each flaw becomes a sentence at its place.

There is one mistake for each place.
"""

from collections.abc import Sequence

from pinn.config import wording
from pinn.config.flaws import Flaw, grouped, validated
from pinn.config.node import Node
from pinn.errors import Diagnostic
from pinn.schema import Document

MOST = 100
"""More mistakes than this are read by nobody at once."""

_LACKING = ("missing", "too_short")
"""Flaws of what is not there."""


def decode(root: Node, guessed: bool = False) -> tuple[Document | None, list[Diagnostic]]:
    """The document that a tree says, or None and all mistakes in the order of the file.

    What is missing from a tree that is `guessed` is no mistake of the file.
    """
    document, flaws = validated(root)
    if document is not None:
        return document, []
    groups = [group for group in grouped(flaws) if not guessed or group[0].code not in _LACKING][:MOST]
    mistakes = {_diagnostic(root, group) for group in groups}
    return None, sorted(mistakes, key=lambda mistake: _position(root, mistake))


def _diagnostic(root: Node, group: Sequence[Flaw]) -> Diagnostic:
    first = group[0]
    path, context = first.path, first.context
    match first.code:
        case "extra_forbidden":
            return wording.unknown_key(root, path)
        case "missing":
            return wording.missing_key(root, path)
        case "union_tag_invalid" | "union_tag_not_found":
            return wording.wrong_kind(root, path)
        case "literal_error":
            return wording.wrong_choice(root, path)
        case "name" | "string_pattern_mismatch":
            return wording.no_name(root, path, is_key=first.code == "name")
        case "value_error":
            return wording.sentence(root, path, str(context["error"]))
        case _ if first.about_type:
            return wording.wrong_type(root, path, {flaw.code for flaw in group})
        case _:
            return wording.out_of_range(root, path, context)


def _position(root: Node, mistake: Diagnostic) -> tuple[bool, str, int, int]:
    mark = mistake.mark
    assert mark is not None
    return mark.source != root.mark.source, mark.source, mark.line, mark.column
