"""The manual: every word of the language is explained, and its examples are lines of shipped configs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pinn.cli import app
from pinn.config import glossary, manual, parse
from pinn.errors import RequestError
from pinn.expressions import FUNCTIONS, functions


def explained(*words: str) -> str:
    result = CliRunner().invoke(app, ["explain", *words], catch_exceptions=True)
    assert result.exit_code == 0, result.exception
    return result.output


def test_every_key_and_every_section_has_a_text() -> None:
    assert [entry.path for entry in manual.entries() if not entry.text] == []
    assert [chapter.section for chapter in manual.chapters() if not chapter.text] == []


def test_every_function_says_what_it_stands_for() -> None:
    usual = {"sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "exp", "sqrt"}
    assert {name for name, said in FUNCTIONS.items() if not said.meaning} == usual
    assert functions.FUNCTIONS["erf"].meaning in explained("erf")


def test_without_a_word_it_lists_the_top_level_and_the_functions() -> None:
    said = explained()
    for entry in manual.chapters()[0].entries:
        assert f"\n{entry.path[0]}" in f"\n{said}"
    assert "laplacian" in said


def test_without_a_word_it_lists_all_words_of_the_field() -> None:
    said = " ".join(explained().split())
    for words in (entry.words for entry in glossary.ENTRIES):
        assert ", ".join(words) in said


def test_a_key_has_its_meaning_default_and_an_example_from_a_shipped_config() -> None:
    said = explained("terms.hard")
    assert "holds exactly" in said
    assert "left out: false" in said
    assert "configs/advection.yaml:" in said
    assert "hard: true}" in said


def test_a_key_that_stands_in_several_places_is_explained_in_each() -> None:
    said = explained("points")
    assert "sampling.points:" in said
    assert "terms.points:" in said


def test_a_kind_lists_its_keys_with_defaults() -> None:
    said = explained("lbfgs")
    assert "optimizer of kind lbfgs" in said
    assert "history" in said
    assert "(left out: 50)" in said


def test_a_word_of_a_choice_tells_the_others() -> None:
    assert "random, grid, sobol, halton, lhs, gauss" in explained("halton")


@pytest.mark.parametrize(("word", "hint"), [("hiden", "did you mean 'hidden'?"), ("qqqqqqqq", "lists the words")])
def test_an_unknown_word_is_refused_with_a_remedy(word: str, hint: str) -> None:
    result = CliRunner().invoke(app, ["explain", word])
    assert isinstance(result.exception, RequestError)
    assert hint in result.exception.render()


BASE = {
    "unknowns": "unknowns: [u, v]",
    "domain": "domain: {kind: box, bounds: {x: [0, 1], y: [0, 1], t: [0, 1]}, time: t}",
}


@pytest.mark.parametrize("entry", glossary.ENTRIES, ids=lambda entry: entry.words[0])
def test_what_is_written_for_words_of_the_field_is_right(entry: glossary.Entry) -> None:
    terms = [line for line in entry.lines if line.startswith("- ")]
    sections = BASE | {line.partition(":")[0]: line for line in entry.lines if line not in terms}
    terms += ["- equation: u + v = 0"] if "left" not in sections["unknowns"] else []
    terms += ["- {equation: v = 0, on: t=0}"] if "training" in sections else []
    parse("\n".join([*sections.values(), "terms:", *(f"  {term}" for term in terms)]) + "\n", "f.yaml", Path())
    for word in (*entry.words, *entry.see):
        assert explained(word)


def test_words_of_the_field_are_found_in_every_form() -> None:
    assert '{equation: "d(u, n) = 0", on: x=1}' in explained("Neumann condition") == explained("neumann")
    assert "two of them" in explained("complex")
    assert "--from RUN" in explained("initial", "guess")
    assert "u = v, u_x = 4*v_x" in explained("interfaces")
    assert explained("free_boundary") == explained("free-boundary") == explained("free", "boundary")
    assert explained("learning rate") == explained("learning_rate")
    assert glossary.find("xyz") is None


def test_what_other_programs_call_it_leads_to_the_word_of_the_language() -> None:
    assert explained("minimize").startswith("minimize is called minimise here\n\nterms.minimise: ")
    assert "optimizer.max_steps" in explained("epochs")
    assert "optimizer of kind levenberg_marquardt" in explained("gauss_newton")


def test_a_word_of_the_field_stands_in_one_entry() -> None:
    words = [word for entry in glossary.ENTRIES for word in entry.words]
    assert sorted(words) == sorted(set(words))


@pytest.mark.parametrize(("phrase", "word"), [("robin thing", "robin"), ("a dirac delta source", "dirac")])
def test_of_a_phrase_the_longest_part_that_means_something_is_explained(phrase: str, word: str) -> None:
    assert explained(*phrase.split()) == explained(word)
