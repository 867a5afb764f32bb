"""From a tree to a document: every mistake once, at its place, in words, with what was probably meant."""

import subprocess
import sys
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinn.config.decode import decode
from pinn.config.source import read
from pinn.errors import ConfigError, Diagnostic
from pinn.schema import Bfgs, Box, Document, Fitted, Lbfgs

BASE = """\
unknowns: [u]
domain: {kind: box, bounds: {x: [0, 1]}}
terms:
  - minimise: u^2
"""
TOY = """\
unknowns: [u]
domain: {kind: gaussian, coordinates: [x, y]}
directions: {v: [1, 0]}
terms:
  - minimise: d(u, v)^2
sampling: {kind: random, points: 100}
network: {kind: mlp, hidden: [20], activation: sigmoid, output_activation: sigmoid}
optimizer: {kind: bfgs, max_steps: 1000}
seed: 0
"""


def document(text: str) -> Document:
    decoded, mistakes = decode(read(text, "f.yaml"))
    assert mistakes == []
    assert decoded is not None
    return decoded


def mistakes(text: str) -> list[Diagnostic]:
    decoded, found = decode(read(text, "f.yaml"))
    assert decoded is None
    return found


def only(line: str) -> tuple[str, str, str]:
    """The mistake in one line after the base: column and length, message, hint."""
    (mistake,) = mistakes(BASE + line)
    mark = mistake.mark
    assert mark is not None
    assert mark.line == 5 + line.count("\n")
    return f"{mark.column}+{mark.length}", mistake.message, mistake.hint or ""


# --- what is accepted


def test_the_toy() -> None:
    toy = document(TOY)
    assert toy.unknowns == ["u"]
    assert toy.directions == {"v": [1, 0]}
    assert toy.terms[0].minimise == "d(u, v)^2"
    assert toy.network.hidden == [20]
    assert toy.optimizer == [Bfgs(kind="bfgs", max_steps=1000)]


def test_pairs_single_items_and_numbers_as_scientists_write_them() -> None:
    decoded = document(
        "unknowns: {u: {}, v: {}}\n"
        "parameters: {k: 1e-3, nu: {kind: fitted, initial: 1, bounds: [0, 2*pi]}, w: [1, 2]}\n"
        "domain: {kind: box, bounds: {x: [-1, pi], t: [0, 1]}, time: t}\n"
        "terms: [{equation: u = 0, on: boundary}, {equation: [u = 1, v = 2], on: [x=1, {x: 0, t: 0}]}]\n"
        "optimizer: [{kind: bfgs, max_steps: 1e3}, {kind: lbfgs, target: 0}]\n"
        "sampling: {kind: grid, points: [10, 1e1]}\n"
    )
    assert isinstance(decoded.domain, Box)
    assert decoded.domain.bounds == {"x": (-1, "pi"), "t": (0, 1)}
    assert isinstance(decoded.parameters["nu"], Fitted)
    assert decoded.parameters["nu"].bounds == (0, "2*pi")
    assert decoded.terms[0].on == ["boundary"]
    assert decoded.terms[1].equation == ["u = 1", "v = 2"]
    assert decoded.optimizer == [Bfgs(kind="bfgs", max_steps=1000), Lbfgs(kind="lbfgs", target=0)]
    assert decoded.sampling.points == [10, 10]


# --- unknown and missing keys


@pytest.mark.parametrize(
    ("line", "place", "message", "hint"),
    [
        ("network: {kind: mlp, wdith: 3}", "22+5", "unknown key 'network.wdith'", "did you mean 'hidden'"),
        ("equations: [u = 0]", "1+9", "unknown key 'equations'", "did you mean 'terms'?"),
        ("network: {kind: mlp, hiden: [3]}", "22+5", "unknown key 'network.hiden'", "did you mean 'hidden'"),
        ("network: {kind: mlp, layers: [3]}", "22+6", "unknown key 'network.layers'", "did you mean 'hidden'"),
        ("optimizer: {kind: bfgs, epochs: 3}", "25+6", "unknown key 'optimizer.epochs'", "'max_steps'"),
        ("optimizer: [{kind: bfgs, step: 3}]", "26+4", "unknown key 'optimizer.0.step'", "'max_steps'"),
        ("optimizer: {kind: bfgs, history: 3}", "25+7", "unknown key 'optimizer.history'", "kind lbfgs"),
        ("training: {max_steps: 3}", "12+9", "unknown key 'training.max_steps'", "belongs to 'optimizer'"),
        ("training: {seed: 3}", "12+4", "unknown key 'training.seed'", "top level"),
        ("hidden: [3]", "1+6", "unknown key 'hidden'", "belongs to 'network'"),
        ("bc: 3", "1+2", "unknown key 'bc'", "'terms'"),
        ("params: {a: 1}", "1+6", "unknown key 'params'", "'parameters'"),
        ("sed: 3", "1+3", "unknown key 'sed'", "'seed'"),
        ("sampling: {points: 3}", "1+8", "'sampling' needs the key 'kind'", "random, grid, sobol"),
        ("parameters: {k: {kind: fitted}}", "14+1", "'parameters.k' needs the key 'initial'", ""),
        ("parameters: {k: {}}", "14+1", "'parameters.k' needs the key 'kind'", "fitted, random"),
        ("boundary: u = 0", "1+8", "unknown key 'boundary'", "with 'equation: u = 0' and 'on: boundary'"),
        ("boundary: {u: 0}", "1+8", "unknown key 'boundary'", "with 'equation: u = …' and 'on: boundary'"),
        ("initial: u = 0", "1+7", "unknown key 'initial'", "with 'equation: u = 0' and its time under 'on'"),
        ("wall: u = 0", "1+4", "unknown key 'wall'", "with 'equation: u = 0' and its place under 'on'"),
        ("equation: u_xx = 1", "1+8", "unknown key 'equation'", "'- equation: u_xx = 1' under 'terms'"),
        ("titel: E = m", "1+5", "unknown key 'titel'", "did you mean 'title'?"),
    ],
)
def test_keys(line: str, place: str, message: str, hint: str) -> None:
    got_place, got_message, got_hint = only(line)
    assert (got_place, got_message) == (place, message)
    assert hint in got_hint


@pytest.mark.parametrize(
    ("line", "place", "hint"),
    [
        ("optimizer: adam", "12+4", "write {kind: adam}"),
        ("sampling: uniform", "11+7", "as in sampling: {kind: sobol, points: 2048}"),
        ("network: [20, 20]", "10+8", "as in network: {hidden: [20, 20]}"),
        ("training: 60", "11+2", "as in training: {max_seconds: 60}"),
        ("  - u_xx = 1", "5+8", "begin with 'equation:', as in 'equation: u_xx = 1'"),
        ("  - - EI*u_xxxx = q", "5+15", "begin with 'equation:', as in 'equation: -EI*u_xxxx = q'"),
        ("  - [u_xx = 1]", "5+10", "begin with 'equation:', as in 'equation: u_xx = 1'"),
        ("  - u >= 1", "5+6", "begin with 'require:', as in 'require: u >= 1'"),
        ("  - u^2", "5+3", "begin with 'equation:', 'require:', 'minimise:' or 'data:'"),
    ],
)
def test_sections_that_are_no_mappings(line: str, place: str, hint: str) -> None:
    got_place, got_message, got_hint = only(line)
    assert (got_place, got_hint) == (place, hint)
    assert "must be a mapping" in got_message


def test_terms_that_are_no_list() -> None:
    (found,) = mistakes("unknowns: [u]\ndomain: {kind: box, bounds: {x: [0, 1]}}\nterms: u_xx = 1\n")
    assert found.hint == "write '- equation: u_xx = 1' on a line below"


def test_lines_that_are_not_indented() -> None:
    text = "unknowns: [u]\ndomain:\nkind: box\nbounds: {x: [0, 1]}\nparameters:\nk: 1\nterms:\n- minimise: u^2\nq: 3\n"
    found = {(d.message.split("'")[1], str(d.mark), d.hint) for d in mistakes(text)}
    assert found > {
        ("domain", "f.yaml:2:1", "indent the lines below it: kind, bounds"),
        ("kind", "f.yaml:3:1", "indent it: it belongs to 'domain' above"),
        ("bounds", "f.yaml:4:1", "indent it: it belongs to 'domain' above"),
        ("parameters", "f.yaml:5:1", "indent the lines below it: k"),
        ("k", "f.yaml:6:1", "indent it: it belongs to 'parameters' above"),
    }
    assert not any("indent" in (hint or "") for word, _, hint in found if word == "q")


def test_misspelt_keys_of_terms() -> None:
    text = BASE + "  - {pde: u = 0, wieght: 3}\n  - {minimize: u, sampling: {kind: grid, point: 3}}\n"
    assert [(str(d.mark), d.message, d.hint) for d in mistakes(text)] == [
        ("f.yaml:5:6", "unknown key 'terms.1.pde'", "did you mean 'equation'?"),
        ("f.yaml:5:18", "unknown key 'terms.1.wieght'", "did you mean 'weight'?"),
        ("f.yaml:6:6", "unknown key 'terms.2.minimize'", "did you mean 'minimise'?"),
        ("f.yaml:6:42", "unknown key 'terms.2.sampling.point'", "did you mean 'points'?"),
    ]


def test_what_belongs_to_data_is_sent_there() -> None:
    text = BASE + "  - {data: f.csv, columns: {a: x}, noise: 0.1}\n  - {equation: u = 0, at: x=0}\n"
    assert [d.hint for d in mistakes(text)] == [
        "it belongs to the data: data: {file: f.csv, columns: …}",
        "it belongs to the data: data: {file: f.csv, sigma: …}",
        "did you mean 'on'?",
    ]


def test_a_domain_without_a_kind_is_answered_with_the_box_that_it_probably_is() -> None:
    (said,) = mistakes("unknowns: [u]\ndomain: {x: [0, 2*pi], t: [0, 1]}\nterms: [{equation: u = 0}]\n")
    assert said.hint == "write {kind: box, bounds: {x: [0, 2*pi], t: [0, 1]}}"


def test_missing_keys_of_the_document() -> None:
    found = {(str(d.mark), d.message) for d in mistakes("seed: 3\n")}
    assert found == {("f.yaml:1:1", f"the config needs the key '{key}'") for key in ("unknowns", "domain", "terms")}


@pytest.mark.parametrize("text", ["", "3", "[a, b]", "just words"])
def test_a_config_is_a_mapping(text: str) -> None:
    (mistake,) = mistakes(text)
    assert "a config is a mapping" in mistake.message


# --- kinds and choices


@pytest.mark.parametrize(
    ("line", "place", "message", "hint"),
    [
        ("network: {kind: mlpp, foo: 3}", "17+4", "there is no network kind 'mlpp'", "did you mean 'mlp'?"),
        ("optimizer: {kind: bfsg, lr: 3}", "19+4", "there is no optimizer kind 'bfsg'", "did you mean 'bfgs'?"),
        (
            "optimizer: [{kind: newton}]",
            "20+6",
            "there is no optimizer kind 'newton'",
            "bfgs, ssbfgs, ssbroyden, lbfgs",
        ),
        ("sampling: {kind: sobl}", "18+4", "there is no sampling kind 'sobl'", "did you mean 'sobol'?"),
        ("parameters: {k: {kind: fit}}", "24+3", "there is no parameter kind 'fit'", "fitted, random"),
        ("sampling: {kind: 3}", "18+1", "'kind' must be a word, not the number 3", "random, grid"),
        ("network: {kind: mlp, activation: tnh}", "34+3", "'network.activation' cannot be 'tnh'", "'tanh'"),
        ("precision: double", "12+6", "'precision' cannot be 'double'", "float64, float32"),
        ("network: {kind: mlp, activation: relu}", "34+4", "'network.activation' cannot be 'relu'", "take tanh"),
    ],
)
def test_choices(line: str, place: str, message: str, hint: str) -> None:
    got_place, got_message, got_hint = only(line)
    assert (got_place, got_message) == (place, message)
    assert hint in got_hint


def test_an_unknown_kind_hides_no_other_mistakes() -> None:
    text = "unknowns: {u: {at: left}}\ndomain: {kind: torus, radius: 1}\nterms: [{equation: u = 0}]\nsed: 3\n"
    assert [d.message for d in mistakes(text)] == [
        "unknown key 'unknowns.u.at'",
        "there is no domain kind 'torus'",
        "unknown key 'sed'",
    ]


# --- types and ranges


@pytest.mark.parametrize(
    ("line", "place", "message", "hint"),
    [
        ("seed: 1.5", "7+3", "'seed' must be a whole number, not the number 1.5", ""),
        ("seed: true", "7+4", "'seed' must be a whole number, not true", ""),
        ("seed: '3'", "7+3", "'seed' must be a whole number, not the text '3'", "leave out the quotes"),
        ("seed: 2*3", "7+3", "'seed' must be a whole number, not the text '2*3'", "not an expression"),
        ("seed: -1", "7+2", "'seed' must be at least 0, not -1", ""),
        ("seed: 0x100000000", "7+11", "'seed' must be below 4294967296, not 0x100000000", ""),
        ("title: 5", "8+1", "'title' must be text, not the number 5", "'5'"),
        ("training:", "1+8", "'training' must be a mapping, but it is empty", "leave the key out"),
        ("training: {max_seconds: 0}", "25+1", "'training.max_seconds' must be above 0, not 0", ""),
        ("training: {max_seconds: true}", "25+4", "'training.max_seconds' must be a number, not true", ""),
        ("training: {max_seconds: .inf}", "25+4", "'training.max_seconds' must be a finite number, not .inf", ""),
        ("training:\n  seed:3", "3+6", "'training' must be a mapping, not the text 'seed:3'", "a space is missing"),
        ("network: {kind: mlp, hidden: 20}", "30+2", "'network.hidden' must be a list, not the number 20", "[20]"),
        ("network: {kind: mlp, hidden: [0]}", "31+1", "'network.hidden.0' must be at least 1, not 0", ""),
        ("network: {kind: mlp, hidden: []}", "30+2", "'network.hidden' is empty", "at least one"),
        ("exact: {u: [a, b]}", "12+6", "'exact.u' must be an expression, not a list", '"[a, b]"'),
        (
            "define: {A: [[1, 2], [2, 1]]}",
            "13+16",
            "'define.A' must be an expression, not a list",
            '"[[a, b], [c, d]]"',
        ),
        ("parameters: {A: [[1, 2]]}", "18+6", "'parameters.A.0' must be an expression, not a list", "under 'define'"),
        ("exact: {u: {a: 1}}", "12+6", "'exact.u' must be an expression, not a mapping", ""),
        ("exact: {u: true}", "12+4", "'exact.u' must be an expression, not true", ""),
        ("exact: {u: .nan}", "12+4", "'exact.u' must be a finite number, not .nan", ""),
        ("exact: {u: }", "9+1", "'exact.u' must be an expression, but it is empty", "after the colon"),
        ("parameters: {1k: 3}", "14+2", "'1k' is not a name", "a letter"),
        ("parameters: {k: {kind: fitted, initial: 1, bounds: [1]}}", "52+3", "'parameters.k.bounds' needs two", ""),
        ("parameters: {k: {kind: fitted, initial: 1, bounds: 1}}", "52+1", "'parameters.k.bounds' must be a list", ""),
        ("parameters: {k: {kind: fitted, initial: 1, bounds: [1, 2, 3]}}", "52+9", "'parameters.k.bounds' has 3", ""),
        ("parameters: {k: [1, {a: 2}]}", "21+6", "'parameters.k.1' must be an expression, not a mapping", ""),
        ("sampling: {kind: grid, points: 0}", "32+1", "'sampling.points' must be at least 1, not 0", ""),
        ("sampling: {kind: grid, points: [4, 0]}", "36+1", "'sampling.points.1' must be at least 1, not 0", ""),
        ("sampling: {kind: grid, points: many}", "32+4", "'sampling.points' must be a whole number or a list", ""),
        ("optimizer: []", "12+2", "'optimizer' is empty", ""),
        ("optimizer: bfgs", "12+4", "'optimizer' must be a mapping, not the text 'bfgs'", ""),
        ("reference: 3", "12+1", "'reference' must be text or a mapping, not the number 3", ""),
        ("reference: {columns: {}}", "1+9", "'reference' needs the key 'file'", ""),
    ],
)
def test_types_and_ranges(line: str, place: str, message: str, hint: str) -> None:
    got_place, got_message, got_hint = only(line)
    assert got_place == place
    assert got_message.startswith(message)
    assert hint in got_hint


@pytest.mark.parametrize(
    ("word", "meant"), [("yes", "true"), ("on", "true"), ("no", "false"), ("Off", "false"), ("y", "true")]
)
def test_words_for_booleans(word: str, meant: str) -> None:
    place, message, hint = only(f"  - {{equation: u = 0, hard: {word}}}")
    assert place == f"29+{len(word)}"
    assert message == f"'terms.1.hard' must be true or false, not the text '{word}'"
    assert hint == f"write {meant}"


@pytest.mark.parametrize(
    ("term", "said"),
    [("{on: boundary}", "none of them"), ("{equation: u = 0, data: a.csv}", "both 'equation' and 'data'")],
)
def test_a_term_is_of_one_kind(term: str, said: str) -> None:
    place, message, _ = only(f"  - {term}")
    assert place == f"5+{len(term)}"
    assert said in message


def test_unions_give_one_mistake_for_each_place() -> None:
    text = BASE + "  - {data: {fil: x.csv}}\n  - {equation: 3, on: [1, {x: {a: 2}}]}\n  - 7\n"
    assert [(str(d.mark), d.message) for d in mistakes(text)] == [
        ("f.yaml:5:13", "unknown key 'terms.1.data.fil'"),
        ("f.yaml:6:24", "'terms.2.on.0' must be text or a mapping, not the number 1"),
        ("f.yaml:6:31", "'terms.2.on.1.x' must be an expression or a list, not a mapping"),
        ("f.yaml:7:5", "'terms.3' must be a mapping, not the number 7"),
    ]


def test_all_mistakes_come_in_one_pass_in_the_order_of_the_file() -> None:
    text = (
        "unknowns: u\nparameters: {2a: 1}\ndomain: {kind: box, bounds: {x: [0]}}\n"
        "terms: {minimise: u}\nnetwork: {kind: mlp, wdith: 3}\noptimizer: {kind: bfsg}\nseed: no\n"
    )
    found = mistakes(text)
    assert [(d.mark.line, d.mark.column) for d in found if d.mark] == [
        (1, 11),
        (2, 14),
        (3, 33),
        (4, 8),
        (5, 22),
        (6, 19),
        (7, 7),
    ]
    assert [d.hint for d in found[:1]] == ["write [u]"]
    assert found[3].hint == "begin each entry with '- '"


def test_the_layout_is_a_compilers() -> None:
    (mistake,) = mistakes(BASE + "network:\n  kind: mlp\n  hiddn: [20]\n")
    assert mistake.render() == (
        "error: unknown key 'network.hiddn'\n --> f.yaml:7:3\n  |\n"
        "7 |   hiddn: [20]\n  |   ^^^^^ did you mean 'hidden'?"
    )


# --- totality and speed


def test_a_small_config_takes_milliseconds() -> None:
    document(TOY)
    times = []
    for _ in range(5):
        start = time.process_time()
        document(TOY)
        times.append(time.process_time() - start)
    assert min(times) < 0.03


def test_thousands_of_mistakes_are_cut_short() -> None:
    start = time.process_time()
    found = mistakes(BASE + "".join(f"optimiser{i}: 1\n" for i in range(5000)))
    assert len(found) == 100
    assert time.process_time() - start < 20


def test_decoding_imports_no_numerics() -> None:
    program = "import sys, pinn.config.decode; print(*(m for m in ('jax', 'numpy', 'scipy') if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


KEYS = ["unknowns", "domain", "terms", "kind", "box", "bounds", "x", "on", "data", "optimizer", "points", "network"]
TREES = st.recursive(
    st.sampled_from(["box", "bfgs", "u", "", "3", "1e-3", "true", ".nan", "'no'", "fitted"]),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda entries: "{" + ", ".join(f"{k}: {v}" for k, v in entries.items()) + "}"
        )
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(list(Document.model_fields)), TREES, max_size=6))
def test_any_tree_is_decoded_or_explained(entries: dict[str, str]) -> None:
    text = "".join(f"{key}: {value}\n" for key, value in entries.items())
    try:
        root = read(text, "f")
    except ConfigError:
        return
    decoded, found = decode(root)
    assert (decoded is None) == bool(found)
    places = [(d.mark.line, d.mark.column) for d in found if d.mark]
    assert len(places) == len(found)
    assert places == sorted(places)
