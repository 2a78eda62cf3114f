"""A question survives its form unchanged, and errors are reported at their fields."""

from __future__ import annotations

import pytest

from authoring.editor.form_parsing import AuthorForm
from authoring.editor.questions import forms
from authoring.formats.attune.questions import skills_of
from courses.question_types.registry import QUESTION_TYPES
from tests.fixtures.question_items import item_of_spec, specs_of_every_kind

HINTS = [
    {"kind": "prompt", "text": "What was added?", "id": "q-h1"},
    {"kind": "strategy", "text": "Take it away.", "other": "Think of a balance."},
    {
        "kind": "scaffold",
        "text": "What is $7 - 3$?",
        "title": "A smaller step",
        "reply": {"type": "numeric", "answer": 4},
        "needs": [1],
    },
    {
        "kind": "scaffold",
        "text": "Which is it?",
        "reply": {
            "type": "single",
            "choices": [
                {"id": "a", "text": "More", "correct": False},
                {"id": "b", "text": "Less", "correct": True},
            ],
        },
    },
    {
        "kind": "scaffold",
        "text": "In which order?",
        "reply": {"type": "order", "choices": [{"id": "x", "text": "1"}, {"id": "y", "text": "2"}]},
    },
]
HEAD = {"id": "q", "prompt": "Why?", "skill": "sums", "difficulty": 2, "explanation": "So."}
CHOICES = [
    {"id": "a", "text": "Yes", "correct": True, "feedback": "Right."},
    {"id": "c", "text": "No", "correct": False, "misconception": "mixes-signs"},
]
KINDS = {
    "single": {"choices": CHOICES},
    "multiple": {"choices": [*CHOICES, {"id": "d", "text": "Both", "correct": True}]},
    "numeric": {
        "answer": "3/4",
        "tolerance": 0.5,
        "units": [{"name": "km", "factor": 1000}, {"name": "m", "factor": 1}],
        "wrong_answers": [{"value": 4, "tolerance": 0, "feedback": "Divide once more."}],
        "parameterised": {
            "params": {"a": {"type": "integer", "min": 2, "max": 9, "exclude": [3, 4]}},
            "derived": {"b": "a + 1"},
            "constraints": ["b > 2"],
            "prompt": "What is $[[a]] + 1$?",
            "answer": "b",
            "tolerance": 0,
        },
    },
    "text": {"answer": "photosynthesis", "accepted": ["photo*"], "compare": "words"},
    "order": {"choices": [{"id": "x", "text": "First"}, {"id": "y", "text": "Then"}]},
    "match": {
        "choices": [
            {"id": "a", "text": "Dog", "match": "pb"},
            {"id": "b", "text": "Cat", "match": "pa"},
            {"id": "c", "text": "Wolf", "match": "pb"},
        ],
        "parts": [
            {"id": "pb", "text": "barks"},
            {"id": "pa", "text": "mews"},
            {"id": "pc", "text": "sings"},
        ],
    },
    "cloze": {
        "prompt": "[[1]] is [[2]] with [[3]].",
        "parts": [
            {"id": "1", "kind": "text", "answer": "It", "compare": "words", "accepted": ["it*"]},
            {
                "id": "2",
                "kind": "numeric",
                "answer": 5,
                "tolerance": 0.1,
                "units": [{"name": "m", "factor": 1}],
            },
            {
                "id": "3",
                "kind": "choice",
                "choices": [
                    {"id": "a", "text": "hay", "correct": False},
                    {"id": "b", "text": "corn", "correct": True},
                ],
            },
        ],
    },
}


KINDS["essay"] = {
    "word_limit": 300,
    "rubric": [
        {
            "id": "c1",
            "text": "Thesis",
            "levels": [
                {"id": "l1", "text": "None = nothing said", "points": 0},
                {"id": "l2", "text": "Clear", "points": 2.5},
            ],
        }
    ],
}
KINDS["file"] = {
    "file_kinds": ["pdf", "text"],
    "most_files": 2,
    "rubric": KINDS["essay"]["rubric"],
}


def read(question, length=None, **typed):
    form = AuthorForm(forms.form_values(question) | typed)
    made = forms.read_question(form, question, ["sums", "parts"], length)
    return made, form.errors


def sound(question):
    """Add a tolerance of zero, which may be written or omitted."""
    return {key: value for key, value in question.items() if (key, value) != ("tolerance", 0)}


@pytest.mark.parametrize("kind", KINDS)
def test_form_round_trip_preserves_the_question(kind):
    question = HEAD | {"type": kind, "hints": HINTS, "stem": "Once.", "source": "us"} | KINDS[kind]
    made, errors = read(question)
    assert errors == {}
    assert sound(made) == question


@pytest.mark.parametrize(
    ("kind", "whole"), [("essay", "word_limit"), ("file", "most_files"), ("file", "difficulty")]
)
def test_a_whole_number_may_be_written_with_a_point_in_a_package(kind, whole):
    """JSON has one type of numbers, so course.json may say 2.0 where it means 2."""
    question = HEAD | {"type": kind} | KINDS[kind]
    made, errors = read(question | {whole: float(question[whole])})
    assert errors == {}
    assert repr(made[whole]) == repr(question[whole])


def test_a_question_of_every_kind_is_graded_the_same_after_its_form():
    specs = specs_of_every_kind()
    assert {one["type"] for one in specs} == set(QUESTION_TYPES)
    for question in specs:
        form = AuthorForm(forms.form_values(question))
        length = 30.0 if "time" in question else None
        made = forms.read_question(form, question, skills_of(question), length)
        assert form.errors == {}
        before, after = item_of_spec(question), item_of_spec(made)
        assert after.prompt_html == before.prompt_html
        replies = list(before.sample_replies())
        assert [after.is_correct(one) for one in replies] == [
            before.is_correct(one) for one in replies
        ]


def test_video_question_keeps_its_time_and_section():
    question = HEAD | {"type": "order", "time": 92.5, "jump_back": [60, 90.25]} | KINDS["order"]
    assert read(question, length=100.0) == (question, {})


def test_changing_the_kind_removes_fields_of_the_old_kind():
    question = HEAD | {"type": "numeric"} | KINDS["numeric"]
    typed = {"kind": "text", "answer": "four", "compare": "words", "accepted": "4"}
    made, errors = read(question, **typed)
    assert errors == {}
    text = {"type": "text", "answer": "four", "accepted": ["4"], "compare": "words"}
    assert made == HEAD | text


@pytest.mark.parametrize(
    ("kind", "typed", "field"),
    [
        ("single", {"choices-1-correct": "on"}, "choices"),
        ("single", {"choices-0-text": " "}, "choices-0-text"),
        ("single", {"prompt": ""}, "prompt"),
        ("single", {"skill-sums": ""}, "skills"),
        ("numeric", {"answer": "four"}, "answer"),
        ("numeric", {"tolerance": "-1"}, "tolerance"),
        ("numeric", {"units": "km"}, "units"),
        ("numeric", {"wrong-0-value": ""}, "wrong-0-value"),
        ("numeric", {"drawn": "a between 2 and 9"}, "drawn"),
        ("numeric", {"drawn": "a: 2 to " + "9" * 5000}, "drawn"),
        ("numeric", {"drawn": "a: 2 to 9 not " + "9" * 5000}, "drawn"),
        ("text", {"compare": "fuzzy"}, "compare"),
        ("match", {"choices-0-right": ""}, "choices-0-right"),
        ("cloze", {"prompt": "No gap."}, "prompt"),
        ("cloze", {"prompt": "[[1]] [[2]] [[3]] [[4]]"}, "gaps"),
        ("cloze", {"gaps-2-choices": "hay\ncorn"}, "gaps-2-choices"),
        ("order", {"hints-0-kind": "nudge"}, "hints-0-kind"),
        ("essay", {"criteria-0-text": " "}, "criteria-0-text"),
        ("essay", {"criteria-0-levels": "Clear = 2"}, "criteria-0-levels"),
        ("essay", {"criteria-0-levels": "Clear\nNone = 0"}, "criteria-0-levels"),
        ("essay", {"criteria-0-levels": "Clear = 0\nNone = 0"}, "criteria-0-levels"),
        ("essay", {"criteria-0-levels": "Clear = 2.005\nNone = 0"}, "criteria-0-levels"),
        ("essay", {"word_limit": "0"}, "word_limit"),
        ("file", {"most_files": "6"}, "most_files"),
        ("file", {"most_files": "9" * 5000}, "most_files"),
        ("file", {"criteria-0-text": " "}, "criteria-0-text"),
        ("order", {"hints-2-answer": ""}, "hints-2-answer"),
    ],
)
def test_errors_are_reported_at_their_field(kind, typed, field):
    question = HEAD | {"type": kind, "hints": HINTS} | KINDS[kind]
    assert field in read(question, **typed)[1]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"time": "2:00"}, "time"),
        ({"time": "soon"}, "time"),
        ({"from": ""}, "to"),
        ({"to": "1:35"}, "to"),
    ],
)
def test_time_must_be_in_the_video_and_section_before_it(typed, field):
    question = HEAD | {"type": "order", "time": 92.5, "jump_back": [60, 90.25]} | KINDS["order"]
    assert field in read(question, length=100.0, **typed)[1]


def options_of(question):
    """Return each option of a question by its id, with those of gaps and hints."""
    rows = [question, *question.get("parts", ())]
    rows += [hint["reply"] for hint in question.get("hints", ()) if "reply" in hint]
    listed = [*question.get("parts", ())] if question["type"] == "match" else []
    listed += [choice for row in rows for choice in row.get("choices", ())]
    return {one["id"]: one["text"] for one in listed}


@pytest.mark.parametrize(
    ("kind", "removed", "added"),
    [
        ("single", {"choices-1-id": "", "choices-1-text": "Perhaps"}, "Perhaps"),
        ("multiple", {"choices-2-id": "", "choices-2-text": "Neither"}, "Neither"),
        ("order", {"choices-1-id": "", "choices-1-text": "Last"}, "Last"),
        ("match", {"extra": "growls"}, "growls"),
        ("cloze", {"gaps-2-choices": "rye\n*corn"}, "rye"),
        ("order", {"hints-3-choices": "*Less\nAs many"}, "As many"),
    ],
)
def test_replaced_option_gets_a_new_id(kind, removed, added):
    question = HEAD | {"type": kind, "hints": HINTS} | KINDS[kind]
    before = options_of(question)
    made, errors = read(question, **removed)
    assert errors == {}
    after = options_of(made)
    (new,) = (id for id, text in after.items() if text == added)
    assert new not in before
    same = {id: text for id, text in after.items() if id != new}
    assert same.items() <= before.items()


CLOZE = {
    "prompt": "The [[g7]] is hot and the [[ice]] is cold.",
    "parts": [
        {"id": "g7", "kind": "text", "answer": "sun", "compare": "words"},
        {"id": "ice", "kind": "text", "answer": "moon", "compare": "words"},
    ],
}


def test_gaps_are_numbered_and_keep_their_ids():
    question = HEAD | {"type": "cloze"} | CLOZE
    assert forms.form_values(question)["prompt"] == "The [[1]] is hot and the [[2]] is cold."
    swapped = "The [[2]] is cold and the [[1]] is hot."
    made, errors = read(question, **{"prompt": swapped, "gaps-1-answer": "night"})
    assert errors == {}
    assert made["prompt"] == "The [[ice]] is cold and the [[g7]] is hot."
    assert [(gap["id"], gap["answer"]) for gap in made["parts"]] == [
        ("ice", "night"),
        ("g7", "sun"),
    ]


def test_replaced_gap_gets_a_new_id():
    question = HEAD | {"type": "cloze"} | CLOZE
    for key in ("", "forged", "g7"):
        made, errors = read(question, **{"gaps-1-key": key, "gaps-1-answer": "sea"})
        assert errors == {}
        first, second = (gap["id"] for gap in made["parts"])
        assert first == "g7"
        assert second not in ("g7", "ice", "2", "forged")
        assert made["prompt"] == f"The [[g7]] is hot and the [[{second}]] is cold."


def test_another_kind_has_its_own_number_of_blank_rows_but_keeps_what_was_typed():
    rows = forms.read_rows(forms.new_form_values("single"), "choices")
    blank = forms.with_rows({"kind": "hotspot"}, "choices", [*rows, {"id": "x", "text": " "}])
    assert len(forms.read_rows(forms.switch_kind(blank), "choices")) == 2
    typed = blank | {"choices-2-feedback": "Why?"}
    assert len(forms.read_rows(forms.switch_kind(typed), "choices")) == len(rows) + 1
