"""Texts of the axes: read without signs, chosen without chance, held out by exercise."""

from __future__ import annotations

import json

import pytest

from emotion.semantics.axis_texts import _choose, _read_exercises, _read_glosses, write_plainly


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"multiply by $$\frac{5}{4}$$ now", "multiply by 5/4 now"),
        (r"shade left.\n##figure1.gif##", "shade left."),
        (r"$$x \leq 3$$", "x 3"),
    ],
)
def test_latex_is_written_plainly(latex, plain):
    assert write_plainly(latex) == plain


@pytest.fixture
def pack(tmp_path):
    """Two exercises: one with a step and a hint, one alone."""
    for name in ("a1", "b2"):
        steps = tmp_path / "content-pool" / name / "steps"
        steps.mkdir(parents=True)
        told = {"title": f"The problem called {name}", "body": "has a body"}
        (steps.parent / f"{name}.json").write_text(json.dumps(told))
    hint = [{"title": "A hint", "text": "Divide both sides by two"}]
    (tmp_path / "content-pool" / "a1" / "steps" / "hints.json").write_text(json.dumps(hint))
    return tmp_path


def test_each_part_of_an_exercise_is_a_text_and_held_out_with_it(pack):
    found = list(_read_exercises(pack))
    assert {each.text for each in found} == {
        "The problem called a1 has a body",
        "A hint Divide both sides by two",
        "The problem called b2 has a body",
    }
    assert [each.group for each in found].count("a1") == 2
    assert len({each.held_out for each in found if each.group == "a1"}) == 1


def test_the_choice_depends_on_the_texts_alone(pack):
    found = list(_read_exercises(pack))
    assert _choose(iter(found), 2) == _choose(iter([*reversed(found), found[0]]), 2)
    assert len(_choose(iter([*found, *found]), 10)) == 3


def test_a_gloss_is_what_follows_the_bar_of_an_entry(tmp_path):
    entry = '00001740 03 n 01 entity 0 001 ~ 00001930 n 0000 | what is known; "an entity"  \n'
    (tmp_path / "data.noun").write_text("  1 A licence | not a gloss\n" + entry)
    (found,) = _read_glosses(tmp_path)
    assert found.text == 'what is known; "an entity"'
    assert found.group == "data.noun 00001740"
