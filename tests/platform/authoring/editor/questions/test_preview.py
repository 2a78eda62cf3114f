"""The preview of a question: the learner's own fields, from a form in any state."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authoring.editor.form_parsing import with_rows
from authoring.editor.questions import forms
from authoring.editor.questions.answer_forms import ANSWER_EDITORS
from authoring.editor.questions.preview import build_preview

COURSE = UUID(int=1)
BLANK = {"id": "question-1", "type": "single", "prompt": ""}


def typed_form(kind="single", **fields):
    return forms.new_form_values(kind) | {"prompt": "How much is $2+2$?"} | fields


def test_a_question_without_text_has_no_preview():
    assert build_preview(typed_form(prompt=" "), BLANK, COURSE) is None


@pytest.mark.parametrize("kind", ANSWER_EDITORS)
def test_a_form_that_is_just_begun_has_a_preview_of_each_kind(kind):
    shown = build_preview(typed_form(kind), BLANK, COURSE)

    assert shown.kind == kind
    assert "<math" in shown.prompt_html + shown.tail_html + "".join(f.html for f in shown.fields)
    assert shown.options == ()


def test_choices_hints_and_explanation_are_shown_as_typed():
    typed = typed_form(explanation="Count **on**.")
    typed = with_rows(typed, "choices", [{"text": "$4$"}, {"text": ""}, {"text": "five"}])
    typed = with_rows(typed, "hints", [{"kind": "prompt", "text": "Use fingers."}])

    shown = build_preview(typed, BLANK, COURSE)

    assert ["<math" in each.html or each.html for each in shown.options] == [True, "five"]
    assert shown.hints == ("Use fingers.",)
    assert "Count" in shown.explanation


FIELDS = st.dictionaries(
    st.sampled_from(
        ["stem", "prompt", "answer", "tolerance", "units", "accepted", "extra", "explanation"]
        + ["difficulty"]
        + [f"choices-{n}-{part}" for n in range(2) for part in ("text", "right", "id", "part")]
        + [f"gaps-0-{part}" for part in ("id", "kind", "answer", "choices", "units", "tolerance")]
        + [f"hints-0-{part}" for part in ("kind", "text", "reply", "answer", "choices")]
    ),
    st.sampled_from(
        ["", "$", "$x$", "[[1]]", "[[", "1", "-", "1/0", "text", "numeric", "scaffold", "x"]
    ),
)


@given(kind=st.sampled_from([*ANSWER_EDITORS, "none", ""]), fields=FIELDS)
def test_no_state_of_a_form_stops_the_preview(kind, fields):
    shown = build_preview(typed_form(kind, **fields), BLANK, COURSE)

    assert shown is None or shown.kind == kind


def test_an_unknown_kind_of_a_gap_has_no_preview_and_stops_nothing():
    typed = typed_form("cloze", prompt="It is [[1]].") | {"gaps-0-id": "1", "gaps-0-kind": "x"}
    assert build_preview(typed, BLANK, COURSE) is None


def test_a_picture_of_the_draft_is_shown():
    shown = build_preview(typed_form(prompt="![A cat](cat-1.png)"), BLANK, COURSE)
    assert f"{COURSE}/cat-1.png" in shown.prompt_html


def test_it_says_that_capitals_matter():
    typed = typed_form("text", answer="Co", compare="cased")
    assert build_preview(typed, BLANK, COURSE).cased
    assert not build_preview(typed | {"compare": "words"}, BLANK, COURSE).cased
