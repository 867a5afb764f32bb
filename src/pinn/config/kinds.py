"""A section that says its fields but not its kind is of the kind that it has when it is left out."""

from dataclasses import replace

from pinn.config.node import Node
from pinn.schema import Document, Section


def filled(root: Node) -> Node:
    """The config with the default kind written into `network`, `sampling` and `optimizer` where they say none.

    That of `sampling` on a cloud is `random`. The word `auto` alone says no more than that.
    """
    if not isinstance(root.value, dict):
        return root
    entries = dict(root.value)
    for key in ("network", "sampling", "optimizer"):
        if key in entries:
            picked = key == "sampling" and _is_cloud(entries.get("domain"))
            entries[key] = _with_kind(entries[key], "random" if picked else _default(key))
    unknowns = entries.get("unknowns")
    if unknowns is not None and isinstance(unknowns.value, dict):
        entries["unknowns"] = replace(unknowns, value={n: _with_network(said) for n, said in unknowns.value.items()})
    return replace(root, value=entries)


def _is_cloud(domain: Node | None) -> bool:
    """Whether points are given, so that they can only be picked at random."""
    if domain is None:
        return False
    kind, factors = domain.child("kind"), domain.child("of")
    if kind is not None and kind.value == "product" and factors is not None and isinstance(factors.value, list):
        return any(map(_is_cloud, factors.value))
    return kind is not None and kind.value == "points"


def _with_network(said: Node) -> Node:
    if not isinstance(said.value, dict) or "network" not in said.value:
        return said
    return replace(said, value={**said.value, "network": _with_kind(said.value["network"], _default("network"))})


def _default(key: str) -> str:
    default = Document.model_fields[key].default
    section = default[0] if isinstance(default, list) else default
    assert isinstance(section, Section)
    return section.kind  # pyright: ignore[reportAttributeAccessIssue]


def _with_kind(node: Node, kind: str) -> Node:
    if node.value == kind == "auto":
        node = replace(node, value={})
    if not isinstance(node.value, dict) or "kind" in node.value:
        return node
    return replace(node, value={"kind": Node(kind, node.mark, key=node.mark, text=kind), **node.value})
