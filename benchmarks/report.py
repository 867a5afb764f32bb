"""Tables for people, from the same plain data that goes into the JSON file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]
"""One mode of one cell: the cell's own entries, `plan`, and what was found out about every method in `methods`."""

KEYS = ("operator", "dim", "width", "points", "precision", "mode")
BASELINES = ("reverse", "forward", "jet", "folx")
REVERSE = ("reverse_loop", "reverse_vmap")


def tables(rows: Sequence[Row]) -> str:
    """Time with the ratio to ours, compile time, and memory, each as a table."""
    parts = {
        "Median time in ms, and how many times ours": _time,
        "Seconds to trace and compile": lambda row: _each(row, "compile_seconds", 1.0),
        "Temporary memory in MB": lambda row: _each(row, "memory", 1e-6),
    }
    if any(row.get("plain") for row in rows):
        parts["Median time in ms, the others in a process of their own"] = _time_apart
    heads = {_time: ("plan", "Mflop", "floor ms", "ours/floor")}
    return "\n\n".join(
        f"{title}\n\n" + _table([*KEYS, "ours", *BASELINES, *heads.get(cells, ())], rows, cells)
        for title, cells in parts.items()
    )


def line(row: Row) -> str:
    """One row in a line, to be read while the others are still running."""
    words = [_named(row), f"ours {_own(row)}"]
    words += [f"{name} {cell}" for name, cell in zip(BASELINES, others(row), strict=True)]
    return " | ".join([*words, *disagreements([row])])


def disagreements(rows: Iterable[Row]) -> list[str]:
    """Methods whose numbers are not those of the first."""
    return [
        f"{name} differs by {said['difference']:.1e}: {_named(row)}"
        for row in rows
        for name, said in row["methods"].items()
        if "seconds" in said and not said["difference"] <= row["tolerance"]
    ]


def behind(rows: Iterable[Row], margin: float = 0.05) -> list[str]:
    """Rows in which another method is faster by more than the margin."""
    found = []
    for row in rows:
        times = {name: said["seconds"] for name, said in row["methods"].items() if "seconds" in said}
        best = min(times, key=lambda name: times[name])
        if "ours" in times and times["ours"] > (1 + margin) * times[best]:
            found.append(f"{best} is ahead by {times['ours'] / times[best] - 1:.0%}: {_named(row)}")
    return found


def others(row: Row) -> list[str]:
    """The time of every other method in ms, with its ratio to ours, or why there is none."""
    return [_against(row, name) for name in BASELINES]


def fastest_reverse(row: Row) -> Mapping[str, Any]:
    """The faster of the two forms of nested reverse mode, at run time; a skipped one where none ran."""
    both = [row["methods"][name] for name in REVERSE]
    return min(both, key=lambda said: said.get("seconds", float("inf")))


def _named(row: Row) -> str:
    return " ".join(str(row[key]) for key in KEYS)


def _said(row: Row, name: str) -> Mapping[str, Any]:
    return fastest_reverse(row) if name == "reverse" else row["methods"][name]


def _time(row: Row) -> list[str]:
    plan, seconds = row["plan"], row["methods"]["ours"].get("seconds")
    cells = [_own(row), *others(row)]
    if plan is None:
        return [*cells, *["—"] * 4]
    floor = plan["floor_seconds"]
    share = "—" if seconds is None else f"{seconds / floor:.1f}"
    return [*cells, str(plan["coefficients"]), number(plan["flops"] / 1e6), number(floor * 1e3), share]


def _time_apart(row: Row) -> list[str]:
    """Ours in its process, the others in theirs."""
    return [_own(row), *others({**row, "methods": {"ours": row["methods"]["ours"], **row["plain"]}})]


def _own(row: Row) -> str:
    said = row["methods"]["ours"]
    return number(said["seconds"] * 1e3) if "seconds" in said else said["skipped"]


def _against(row: Row, name: str) -> str:
    said, ours = _said(row, name), row["methods"]["ours"]
    if "seconds" not in said:
        return "—" if said["skipped"] == "no such operator" else said["skipped"]
    ratio = f" ({said['seconds'] / ours['seconds']:.2f}×)" if "seconds" in ours else ""
    return number(said["seconds"] * 1e3) + ratio


def _each(row: Row, key: str, factor: float) -> list[str]:
    found = (_said(row, name).get(key) for name in ("ours", *BASELINES))
    return ["—" if value is None else number(value * factor) for value in found]


def _table(head: Sequence[str], rows: Sequence[Row], cells: Callable[[Row], list[str]]) -> str:
    return markdown(head, [[*(str(row[key]) for key in KEYS), *cells(row)] for row in rows])


def markdown(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """A table that reads well as it is, too."""
    widths = [max(len(cell) for cell in column) for column in zip(head, *lines, strict=True)]
    rule = ["-" * width for width in widths]
    return "\n".join(
        "| " + " | ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [head, rule, *lines]
    )


def number(value: float) -> str:
    """Three digits, without an exponent."""
    return f"{value:.0f}" if abs(value) >= 100 else f"{value:.3g}"
