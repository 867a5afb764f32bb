"""Reading YAML: what scalars mean, where everything stands, what is refused and with which advice."""

import math
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn.config import parse
from pinn.config.source import MAX_SIZE, Node, read
from pinn.errors import ConfigError, Diagnostic


def value(text: str) -> object:
    """What `text` means as the value of a key."""
    root = read(f"a: {text}\n", "f.yaml").plain()
    assert isinstance(root, dict)
    return root["a"]


def mistakes(text: bytes | str) -> list[Diagnostic]:
    with pytest.raises(ConfigError) as caught:
        read(text, "f.yaml")
    return list(caught.value.diagnostics)


def only(text: bytes | str) -> tuple[str, str, str]:
    """Place, message and hint of the one mistake in `text`."""
    (mistake,) = mistakes(text)
    mark = mistake.mark
    return ("" if mark is None else f"{mark.line}:{mark.column}", mistake.message, mistake.hint or "")


def found(root: Node, *path: str | int) -> Node:
    node = root.find(path)
    assert node is not None
    return node


# --- scalars


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        ("~", None),
        ("null", None),
        ("true", True),
        ("TRUE", True),
        ("False", False),
        ("no", "no"),
        ("on", "on"),
        ("yes", "yes"),
        ("off", "off"),
        ("3", 3),
        ("-3", -3),
        ("017", 17),
        ("0x1F", 31),
        ("0o17", 15),
        ("1e-3", 0.001),
        ("1E5", 1e5),
        ("1e+3", 1000.0),
        (".5", 0.5),
        ("+.1e5", 1e4),
        ("1.", 1.0),
        ("-.inf", -math.inf),
        ("12:30", "12:30"),
        ("2026-11-20", "2026-11-20"),
        ("1_000", "1_000"),
        ("1e", "1e"),
        (".", "."),
        ("²", "²"),
        ("-sin(pi*x)", "-sin(pi*x)"),
        ("'3'", "3"),
        ('"true"', "true"),
        ("'it''s'", "it's"),
        ("!!str 5", "5"),
        ("!!float 5", 5.0),
        ("u = 0 # the wall", "u = 0"),
        ("t=0", "t=0"),
        ("=", "="),
    ],
)
def test_scalars_follow_yaml_1_2(text: str, expected: object) -> None:
    got = value(text)
    assert got == expected
    assert type(got) is type(expected)


def test_nan_is_a_number_and_long_digit_strings_are_read_quickly() -> None:
    nan = value(".nan")
    assert isinstance(nan, float)
    assert math.isnan(nan)
    start = time.process_time()
    value("9" * 500_000)
    assert time.process_time() - start < 5


def test_numbers_keep_their_text() -> None:
    node = found(read("a: 1e-3", "f"), "a")
    assert (node.value, node.text) == (0.001, "1e-3")


# --- structure


def test_plain_gives_ordinary_data() -> None:
    text = "unknowns: [u, v]\nterms:\n  - {equation: u = 0, on: [x=-1, x=1]}\n  - minimise: v^2\n"
    assert read(text, "f").plain() == {
        "unknowns": ["u", "v"],
        "terms": [{"equation": "u = 0", "on": ["x=-1", "x=1"]}, {"minimise": "v^2"}],
    }


def test_keys_of_other_scalars_become_their_text() -> None:
    assert read("1: a\n1e-3: b\ntrue: c", "f").plain() == {"1": "a", "1e-3": "b", "true": "c"}


def test_marks_of_keys_and_values() -> None:
    root = read("a: 1\nnet:\n  width: [20, 30]\n", "f.yaml")
    width = found(root, "net", "width")
    assert width.key is not None
    assert (width.key.line, width.key.column, width.key.length) == (3, 3, 5)
    assert (width.mark.line, width.mark.column, width.mark.length) == (3, 10, 8)
    assert str(found(root, "net", "width", 1).mark) == "f.yaml:3:15"
    assert root.find(["net", "height"]) is None
    assert root.find(["net", "width", 2]) is None
    assert root.find(["a", "b"]) is None


@pytest.mark.parametrize("prefix", ["\ufeff", ""])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_and_byte_order_mark_do_not_shift_places(prefix: str, end: str) -> None:
    root = read(f"{prefix}a: 1{end}b: u_xx{end}".encode(), "f")
    assert str(found(root, "b").mark) == "f:2:4"
    assert found(root, "b").mark.text == "b: u_xx"


def test_empty_text_is_null() -> None:
    assert read("", "f").plain() is None
    assert read("# only a comment\n", "f").plain() is None


def test_anchors_aliases_and_templates() -> None:
    text = "x-wall: &wall {equation: u = 0, weight: 10}\nterms:\n  - *wall\n  - {<<: *wall, weight: 5, on: x=1}\n"
    assert read(text, "f").plain() == {
        "terms": [{"equation": "u = 0", "weight": 10}, {"equation": "u = 0", "weight": 5, "on": "x=1"}]
    }


def test_merging_several_mappings_prefers_the_first() -> None:
    text = "x-a: &a {p: 1}\nx-b: &b {p: 2, q: 3}\nc:\n  <<: [*a, *b]\n"
    assert read(text, "f").plain() == {"c": {"p": 1, "q": 3}}


# --- places inside expressions


@pytest.mark.parametrize(
    "text",
    [
        "a: u_t + u*u_x = nu*u_xy",
        "a: 'u_t + u*u_x = nu*u_xy'",
        'a: "u_t + u*u_x = nu*u_xy"',
        "a: {b: 1, c:    u_t + u*u_x = nu*u_xy }",
        "a: |\n  u_t + u*u_x\n   = nu*u_xy\n",
        "a: |-\n\n    u_t +\n    nu*u_xy",
        "a: &name u_t = nu*u_xy",
        "- [1, 'nu*u_xy']",
        "a: |\r\n  u_t\r\n  nu*u_xy\r\n",
    ],
)
def test_places_inside_expressions_are_exact(text: str) -> None:
    node = next(n for n in _leaves(read(text, "f")) if n.text and "u_xy" in n.text)
    assert node.text is not None
    at = node.text.index("u_xy")
    mark = node.text_mark(at, at + 4)
    assert mark.text[mark.column - 1 :].startswith("u_xy")
    assert mark.length == 4


@pytest.mark.parametrize("text", ["a: 'it''s u_xy'", 'a: "\\t u_xy"', "a: >\n  u_t\n  u_xy\n", "a: u_t\n  u_xy"])
def test_folded_and_escaped_text_falls_back_to_its_start(text: str) -> None:
    node = found(read(text, "f"), "a")
    assert node.text_mark(3, 4) == node.mark


def _leaves(node: Node) -> list[Node]:
    if isinstance(node.value, dict):
        return [leaf for below in node.value.values() for leaf in _leaves(below)]
    if isinstance(node.value, list):
        return [leaf for below in node.value for leaf in _leaves(below)]
    return [node]


@settings(max_examples=60, deadline=None)
@given(
    st.text("abuxyz_0123456789+-*/^() =.", min_size=1, max_size=30).filter(lambda s: s == s.strip()),
    st.sampled_from(["a: '{}'", 'a: "{}"', "a: |\n  {}\n", "- k: '{}'"]),
    st.data(),
)
def test_every_character_of_an_expression_is_found_again(text: str, frame: str, data: st.DataObject) -> None:
    node = next(iter(_leaves(read(frame.format(text), "f"))))
    assert node.text is not None
    assert node.text.rstrip("\n") == text
    at = data.draw(st.integers(0, len(text) - 1))
    mark = node.text_mark(at, at + 1)
    assert mark.text[mark.column - 1] == text[at]


# --- YAML's own bites


@pytest.mark.parametrize(
    ("text", "place", "message", "hint"),
    [
        ("{equation: u = min(x, y), on: t=0}", "1:12", "a comma inside { }", 'put it in quotes: "u = min(x, y)"'),
        ("a: [f(x, y), g]", "1:5", "a comma inside { }", 'put it in quotes: "f(x, y)"'),
        ("t: {minimise: [a, b]^2}", "1:21", "a bracket inside { }", "quotes"),
        ("t: {equation: x[0] = 1}", "1:16", "a bracket inside { }", "quotes"),
        ("a: {b: 1,\nc: x[0]}", "2:5", "a bracket inside { }", "quotes"),
        ("minimise: [a, b]^2", "1:17", "begins with a bracket", "quotes"),
        ("t: {equation: [a, b] = 0}", "1:22", "a bracket inside { }", "quotes"),
        ("t: {on: [x=0, x=1] hard: true}", "1:20", "a comma is missing", "write '], hard: …'"),
        ("t: {sampling: {points: 3} hard: true}", "1:27", "a comma is missing", "write '}, hard: …'"),
        ("t: {minimise: [a, b] ^2, on: x=0}", "1:22", "a bracket inside { }", "quotes"),
        ("a: 1\nequation: - u_xx = f", "2:11", "'- ' begins a list item", "without a space"),
        ("t: {equation: - u_xx = f}", "1:15", "'- ' begins a list item", "without a space"),
        ("minimise: |u|", "1:11", "'|' is a block of text", "abs(u)"),
        ("minimise: |u|^2 + 1\nb: 1", "1:11", "'|' is a block of text", "abs(u)"),
        ("minimise: *k", "1:11", "no anchor '&k'", "quotes"),
        ("minimise: *k*u", "1:11", "is an alias to YAML", "quotes"),
        ("minimise: &k", "1:11", "the anchor '&k' names nothing", "quotes"),
        ("minimise: & k", "1:11", "is an anchor to YAML", "quotes"),
        ("minimise: %k", "1:11", "cannot begin with '%'", "quotes"),
        ("minimise: @k", "1:11", "cannot begin with '@'", "quotes"),
        ("minimise: `k`", "1:11", "cannot begin with '`'", "quotes"),
        ("minimise: !k", "1:11", "tag '!k'", "quotes"),
        ("exact: {u:sin(x)}", "1:9", "a space is missing after the colon", "'u: …'"),
        ("exact: {u:sin(x, y)}", "1:9", "a space is missing after the colon", "'u: …'"),
        ("a: 1\nseed:3", "2:1", "a space is missing after the colon", "'seed: …'"),
        ("seed:3\na: 1", "1:1", "a space is missing after the colon", "'seed: …'"),
        ("net:\n  kind:mlp\n  hidden: [3]", "2:3", "a space is missing after the colon", "'kind: …'"),
        ("a:\n\tb: 1", "2:1", "a tab in the indentation", "spaces"),
        ("a:\n  b: 1\n\tc: 1", "3:1", "a tab in the indentation", "spaces"),
        ("u: 3: 4", "1:5", "a second ': '", "quotes"),
        ("a: where(c ? x : y)", "1:16", "a second ': '", "quotes"),
        ("a: 'u' = 1", "1:8", "after a closing quote", "quotes"),
        ("a: 'x\nb: 1", "1:4", "this quote is not closed", ""),
        ('a: "\\d"', "1:6", "'\\d' means nothing", "single quotes"),
        ("a: {b: 1\nc: 2", "1:4", "this '{' is not closed", ""),
        ("a: 1\nb: [1,\n", "2:4", "this '[' is not closed", ""),
        ("a: 1\nb: [1, 2\n", "2:4", "this '[' is not closed", ""),
        ("a: 1\n b: 2", "2:3", "not valid YAML", "indentation"),
        ("- a\nb: 1", "2:1", "not valid YAML", "indentation"),
    ],
)
def test_traps_are_named_with_their_remedy(text: str, place: str, message: str, hint: str) -> None:
    got_place, got_message, got_hint = only(text)
    assert got_place == place
    assert message in got_message
    assert hint in got_hint


def test_a_bracket_hides_no_other_mistake() -> None:
    text = """\
unknowns: [u, v]
domain: {kind: box, bounds: {x: [0, 1], y: [0, 1]}}
terms:
  - {equation: [u, v] = 0, on: x=2}
  - {equation: dot([u, v], [1, 2]) = w, on: boundary}
  - minimise: [u, v]^2
  - {equation: u = v[0]}
  - {equation: u = 0, wieght: 1}
"""
    with pytest.raises(ConfigError) as caught:
        parse(text, "f.yaml", Path())
    said = [(d.mark.line, d.mark.column, d.message) for d in caught.value.diagnostics if d.mark]
    inside = "a bracket inside { } or [ ] ended the expression"
    assert [line for line, _, message in said if message == inside] == [4, 5, 7], "one a line"
    assert (6, 21, "an expression that begins with a bracket is a list to YAML") in said
    assert (4, 32, "x=2 is outside the box") in said
    assert (8, 23, "unknown key 'terms.4.wieght'") in said
    assert any((line, column) == (5, 38) and "'w'" in message for line, column, message in said)


def test_brackets_are_mended_a_few_times_only() -> None:
    many = "a:\n" + "- {b: x[0]}\n" * 5_000 + "- {b: x[0]" + "*x[0]" * 5_000 + "}\n"
    began = time.process_time()
    assert {d.message for d in mistakes(many)} == {"a bracket inside { } or [ ] ended the expression"}
    assert time.process_time() - began < 10


def test_expressions_that_only_look_like_traps_are_read() -> None:
    assert value("{x: (1 + 2)*3, y: f(x)}") == {"x": "(1 + 2)*3", "y": "f(x)"}
    assert value("-u_xx = f") == "-u_xx = f"
    assert value("abs(u) | v") == "abs(u) | v"
    assert value("x[0] = 1") == "x[0] = 1"
    assert value("'u = min(x, y)'") == "u = min(x, y)"


# --- what is refused


def test_duplicate_keys_name_both_places() -> None:
    assert only("seed: 1\na: 2\nseed: 3") == ("3:1", "the key 'seed' is given twice", "first at line 1, column 1")


def test_mistakes_that_do_not_stop_reading_are_all_reported() -> None:
    assert [d.mark.line for d in mistakes("a: *k\nb: !x y\nc: - d") if d.mark] == [1, 2, 3]
    assert [d.mark.line for d in mistakes("a: 1\nb: {c: f(x, y)}\na: 2\nb: 3") if d.mark] == [2, 3, 4]


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("? [a]\n: 1", "1:3", "a key must be a word"),
        ("a: 1\n--- \nb: 2", "2:1", "a second one begins here"),
        ("a: !!python/object/apply:os.system [x]", "1:4", "tag '!!python/object/apply:os.system'"),
        ("a: !!int x", "1:4", "tag '!!int'"),
        ("a: !!set {x}", "1:4", "tag '!!set'"),
        ("a: &b [*b]", "1:8", "no anchor '&b'"),
        ("<<: 3", "1:5", "merges mappings only"),
        ("a: \x00", "1:4", "U+0000"),
        ("a: 1\nb: x\x1b[31m", "2:5", "U+001B"),
        ("a: \ud800", "1:4", "U+D800"),
        (b"a: 1\nb: \xff", "2:4", "0xff"),
        ("a: 1".encode("utf-16"), "1:1", "0xff"),
    ],
)
def test_refusals(text: bytes | str, place: str, message: str) -> None:
    got_place, got_message, _ = only(text)
    assert got_place == place
    assert message in got_message


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 9)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 100))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 100_000, "nested deeper"),
        ("{a: " * 100_000, "nested deeper"),
        ("- " * 100_000, "nested deeper"),
        ("? " * 100_000, "nested deeper"),
        ("\n".join(" " * i + "a:" for i in range(1_000)), "nested deeper"),
        (CHAIN, "nested deeper"),
        (BOMB, "more than 20000 values"),
        ("# " + "x" * MAX_SIZE, "larger than 1 MiB"),
        (b"\xff" * (MAX_SIZE + 1), "larger than 1 MiB"),
    ],
    ids=["flow", "braces", "dashes", "questions", "block", "chain", "bomb", "size", "bytes"],
)
def test_hostile_files_are_refused_at_once(text: bytes | str, message: str) -> None:
    start = time.process_time()
    (mistake,) = mistakes(text)
    rendered = mistake.render()
    assert time.process_time() - start < 5
    assert message in mistake.message
    assert len(rendered) < 1000


@pytest.mark.parametrize("text", ["a: [" + "1," * 100_000 + "]", "".join(f"k{i}: 1\n" for i in range(80_000))])
def test_reading_stops_at_the_limit_of_values(text: str) -> None:
    start = time.process_time()
    assert "more than 20000 values" in only(text)[1]
    assert time.process_time() - start < 10


def test_many_opened_parentheses_take_linear_time() -> None:
    start = time.process_time()
    read("a: [" + "(," * 15_000 + "]", "f")
    assert time.process_time() - start < 10


def test_depth_and_count_within_the_limits_are_read() -> None:
    root = read("[" * 32 + "]" * 32, "f")
    depth = 0
    while isinstance(root.value, list) and root.value:
        root, depth = root.value[0], depth + 1
    assert depth == 31
    assert "nested deeper" in only("[" * 34 + "]" * 34)[1]
    assert found(read("a: [" + "1," * 19_000 + "]", "f"), "a").plain() == [1] * 19_000


SNIPPETS = ["a: ", "- ", "{", "}", "[", "]", ", ", "|", "|u|", "*k", "&k ", "!x ", "<<: ", "'", '"', "\\", "\n", "\n  "]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.lists(st.sampled_from([*SNIPPETS, "\t", "#", "%", "u", "1e-3", ": "])).map("".join))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        root = read(text, "f")
    except ConfigError as error:
        assert error.diagnostics
        for mistake in error.diagnostics:
            assert mistake.mark is not None
            assert mistake.mark.line >= 1
            assert mistake.render()
    else:
        root.plain()


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        read(data, "f").plain()
    except ConfigError as error:
        assert error.render()


def test_what_a_comma_cut_is_put_together_so_that_other_mistakes_are_said_too() -> None:
    lines = ["unknowns: [u]", "domain: {kind: box, bounds: {x: [0, 1]}}", "define: {f: max(x, 0.5)}", "terms:"]
    lines += [
        "  - {equation: d(u, x) = f + g, on: interior, wieght: 2}",
        "  - {equation: [u = at(u, x=1), u_x = h], on: x=0}",
    ]
    with pytest.raises(ConfigError) as caught:
        parse("\n".join(lines), "f.yaml", Path())
    found = [(d.mark.line, d.mark.column, d.message) for d in caught.value.diagnostics if d.mark]
    comma = "a comma inside { } or [ ] ended the expression"
    assert found == [
        (3, 13, comma),
        (5, 16, comma),
        (5, 30, "unknown name 'g'"),
        (5, 47, "unknown key 'terms.0.wieght'"),
        (6, 17, comma),
        (6, 39, "unknown name 'h'"),
    ]


def test_what_a_comma_cut_over_two_lines_stops_the_reading() -> None:
    with pytest.raises(ConfigError) as caught:
        parse("unknowns: [u]\nterms: [min(x,\n  y)]\nseed: one", "f.yaml", Path())
    assert [d.message.partition(" inside")[0] for d in caught.value.diagnostics] == ["a comma"]
