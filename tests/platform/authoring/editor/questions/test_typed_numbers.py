"""Numbers of a German author: written as in German in the form, and unchanged in the question."""

from __future__ import annotations

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from authoring.editor.form_parsing import AuthorForm
from authoring.editor.questions import forms, parameter_forms
from authoring.editor.units import forms as units_forms
from tests.platform.authoring.editor.questions.test_forms import HEAD

LANGUAGES = ("de", "en-gb")
LANGUAGE = st.sampled_from(LANGUAGES)
FLOATS = st.decimals(0, 10**9, places=6).map(float).map(lambda n: int(n) if n == int(n) else n)
FRACTIONS = st.from_regex(r"-?[1-9][0-9]?/[1-9][0-9]?", fullmatch=True)
SIZES = FLOATS.filter(lambda size: size > 0)
WRONG = st.fixed_dictionaries({"value": FLOATS, "tolerance": SIZES, "feedback": st.just("No.")})
NUMERIC = st.fixed_dictionaries(
    {
        "answer": FLOATS | FRACTIONS,
        "tolerance": SIZES,
        "units": st.tuples(SIZES, SIZES).map(
            lambda sizes: [
                {"name": n, "factor": f} for n, f in zip(("km", "m"), sizes, strict=True)
            ]
        ),
        "wrong_answers": st.lists(WRONG, min_size=1, max_size=2),
    }
)


def through_form(question, language, posted_in):
    with translation.override(language):
        typed = forms.form_values(question)
    with translation.override(posted_in):
        form = AuthorForm(typed | {"typed_in": language})
        return forms.read_question(form, question, ["sums"], None), form.errors


@settings(deadline=None, max_examples=60)
@given(language=LANGUAGE, posted_in=LANGUAGE, own=NUMERIC)
def test_numbers_survive_the_form_in_each_language(language, posted_in, own):
    question = HEAD | {"type": "numeric"} | own
    assert through_form(question, language, posted_in) == (question, {})


@pytest.mark.parametrize("language", LANGUAGES)
def test_maths_and_gaps_survive_the_form_in_each_language(language):
    line = HEAD | {
        "type": "text",
        "answer": "1.5x",
        "accepted": ["0.5*3x"],
        "compare": "arithmetic",
    }
    gap = {"id": "1", "kind": "numeric", "answer": 2.5, "tolerance": 0.25}
    cloze = HEAD | {"type": "cloze", "prompt": "[[1]]", "parts": [gap]}
    for question in (line, cloze):
        assert through_form(question, language, "en-gb") == (question, {})


def test_german_fields_use_decimal_commas():
    typed = {
        "kind": "numeric",
        "prompt": "?",
        "difficulty": "3",
        "skill-sums": "on",
        "answer": "3,142",
        "tolerance": "0,05",
        "units": "km = 1.000,5\nm = 1",
        "typed_in": "de",
    }
    form = AuthorForm(typed)
    made = forms.read_question(form, {"id": "q"}, ["sums"], None)
    assert form.errors == {}
    assert (made["answer"], made["tolerance"]) == (3.142, 0.05)
    assert made["units"] == [{"name": "km", "factor": 1000.5}, {"name": "m", "factor": 1}]
    with translation.override("de"):
        again = forms.form_values(made)
    assert (again["answer"], again["tolerance"]) == ("3,142", "0,05")
    assert again["units"] == "km = 1000,5\nm = 1"


def test_ambiguous_number_is_shown_back_until_saved_again():
    typed = {
        "kind": "numeric",
        "prompt": "?",
        "difficulty": "3",
        "skill-sums": "on",
        "answer": "3.142",
        "units": "km = 1.000\nm = 1",
        "typed_in": "de",
    }
    form = AuthorForm(typed)
    forms.read_question(form, {"id": "q"}, ["sums"], None)
    asked = "Read as {}, not as {}. If this is what you mean, save again."
    assert form.errors == {
        "answer": asked.format("3142", "3,142"),
        "units": asked.format("1000", "1,000"),
    }
    assert (form.typed["answer"], form.typed["units"]) == ("3142", "km = 1000\nm = 1")
    again = AuthorForm(form.typed)
    assert forms.read_question(again, {"id": "q"}, ["sums"], None)["answer"] == 3142
    assert again.errors == {}


def test_settings_of_a_unit_are_read_in_german():
    unit = {"kind": "video", "title": "A film", "skills": [], "duration": 200.0, "threshold": 0.925}
    with translation.override("de"):
        typed = units_forms.form_values(unit)
        form = AuthorForm(typed | {"chapters-0-start": "1:32,5", "chapters-0-title": "End"})
        made = units_forms.read_unit(unit, form, [])
    assert typed["threshold"] == "92,5"
    assert form.errors == {}
    assert made["threshold"] == 0.925
    assert made["chapters"] == [{"start": 92.5, "end": 200.0, "title": "End"}]


@pytest.mark.parametrize("typed", ["1e5", "99999999999", "1" + "0" * 190])
def test_a_setting_larger_than_its_column_is_refused_at_its_field(typed):
    unit = {"kind": "quiz", "title": "A quiz", "skills": []}
    names = ("minutes", "attempts", "limit")
    form = AuthorForm(units_forms.form_values(unit) | dict.fromkeys(names, typed))
    units_forms.read_unit(unit, form, [])
    assert form.errors == dict.fromkeys(names, "Enter 32767 or less.")


DRAWN = {
    "params": {
        "a": {"type": "integer", "min": 2, "max": 15},
        "b": {"type": "integer", "min": -9, "max": 12, "exclude": [0, 1]},
    },
    "derived": {},
    "constraints": [],
    "prompt": "[[a]]",
    "answer": "a",
    "tolerance": 0,
}


@pytest.mark.parametrize("posted_in", LANGUAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_drawn_numbers_are_readable_in_each_language(language, posted_in):
    with translation.override(language):
        typed = parameter_forms.form_values(DRAWN)
    with translation.override(posted_in):
        form = AuthorForm(typed | {"typed_in": language})
        assert (parameter_forms.read_parameters(form), form.errors) == (DRAWN, {})


def test_a_german_page_writes_and_explains_drawn_numbers_in_german():
    with translation.override("de"):
        typed = parameter_forms.form_values(DRAWN)["drawn"]
        assert typed == "a: 2 bis 15\nb: -9 bis 12 ohne 0, 1"
        assert "a: -9 bis 12 ohne 0" in str(parameter_forms.DRAWN_HELP)
