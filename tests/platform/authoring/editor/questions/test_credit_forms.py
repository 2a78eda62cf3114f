"""Points, partial credit and other numbers, from their fields to the gradebook."""

from __future__ import annotations

import pytest

from authoring.editor.form_parsing import AuthorForm
from authoring.editor.questions import forms
from authoring.versions import drafts, publication
from courses.models import Question, Response
from tests.fixtures import exams, factories
from tests.fixtures.question_items import item_of_spec
from tests.fixtures.users import NOW, client_for_person

HEAD = {"id": "q", "prompt": "Why?", "skill": "sums", "difficulty": 2}
TWO = [{"id": "a", "text": "Yes", "correct": True}, {"id": "b", "text": "No", "correct": False}]
THREE = [*TWO, {"id": "c", "text": "Both", "correct": True}]
OTHERS = [
    {"value": 6, "tolerance": 0.5, "share": 100, "feedback": "Also right."},
    {"from": "1/3", "to": 4, "share": "100/3", "feedback": "The order of magnitude is right."},
]


def read(question, **typed):
    form = AuthorForm(forms.form_values(question) | typed)
    return forms.read_question(form, question, ["sums"], None), form.errors


@pytest.mark.parametrize(
    "own",
    [
        {"type": "numeric", "answer": 5, "tolerance": 0.1, "other_answers": OTHERS, "points": 2.5},
        {"type": "single", "choices": [TWO[0], TWO[1] | {"share": 40}]},
        {"type": "single", "choices": [TWO[0], TWO[1] | {"share": 99.5}]},
        {"type": "multiple", "choices": THREE, "partial_credit": True},
        {
            "type": "multiple",
            "choices": [TWO[0] | {"share": 25}, TWO[1] | {"share": -50}, THREE[2] | {"share": 75}],
            "partial_credit": True,
        },
    ],
)
def test_points_and_shares_survive_the_form(own):
    question = HEAD | own
    assert read(question) == (question, {})


@pytest.mark.parametrize(
    ("own", "typed", "field"),
    [
        ("numeric", {"points": "0"}, "points"),
        ("numeric", {"points": "1.005"}, "points"),
        ("numeric", {"points": "1001"}, "points"),
        ("numeric", {"other-0-value": ""}, "other-0-value"),
        ("numeric", {"other-0-share": "0"}, "other-0-share"),
        ("numeric", {"other-0-share": "0.001"}, "other-0-share"),
        ("numeric", {"other-0-share": "101"}, "other-0-share"),
        ("numeric", {"other-1-value": "3"}, "other-1-value"),
        ("numeric", {"other-1-to": "0.3"}, "other-1-to"),
        ("numeric", {"other-1-to": ""}, "other-1-to"),
        ("single", {"choices-1-share": "100"}, "choices-1-share"),
        ("single", {"choices-1-share": "-1"}, "choices-1-share"),
        ("multiple", {"choices-0-share": "60"}, "choices"),
        ("multiple", {"choices-1-share": "10"}, "choices-1-share"),
    ],
)
def test_an_error_is_reported_at_its_field(own, typed, field):
    kinds = {
        "numeric": {"answer": 5, "other_answers": OTHERS},
        "single": {"choices": TWO},
        "multiple": {"choices": THREE},
    }
    _, errors = read(HEAD | {"type": own} | kinds[own], **{"partial_credit": "on", **typed})
    assert list(errors) == [field]


MAIN = {"type": "numeric", "answer": 5, "tolerance": 0}
RANGE = {"from": "14/3", "to": 6, "share": 100}


@pytest.mark.parametrize(
    ("own", "fields"),
    [
        (MAIN, ("", "", "")),
        (MAIN | {"other_answers": [RANGE | {"feedback": "Yes."}, *OTHERS]}, ("14/3", "6", "Yes.")),
        (MAIN | {"other_answers": [RANGE]}, ("14/3", "6", "")),
        (
            MAIN
            | {"tolerance": 0.5}
            | {"other_answers": [{"value": 5, "tolerance": 0.5, "share": 100, "feedback": "Yes."}]},
            ("", "", "Yes."),
        ),
    ],
)
def test_the_main_number_has_a_range_and_feedback_as_the_others_have(own, fields):
    question = HEAD | own
    typed = forms.form_values(question)
    assert tuple(typed[f"main-{name}"] for name in ("from", "to", "feedback")) == fields
    assert read(question) == (question, {})
    read_back = forms.read_question(AuthorForm(typed), HEAD | MAIN, ["sums"], None)
    assert read_back == question


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"main-from": "4"}, "main-to"),
        ({"main-from": "6", "main-to": "4"}, "main-to"),
        ({"main-from": "6", "main-to": "7"}, "answer"),
        ({"main-from": "4", "main-to": "6", "tolerance": "0.5"}, "tolerance"),
        ({"main-from": "four", "main-to": "6"}, "main-from"),
    ],
)
def test_an_error_of_the_main_number_is_reported_at_its_field(typed, field):
    assert list(read(HEAD | MAIN, **typed)[1]) == [field]


def test_numbers_of_the_main_range_are_correct_and_get_its_feedback():
    item = item_of_spec(HEAD | MAIN | {"other_answers": [RANGE | {"feedback": "Yes."}, OTHERS[1]]})
    verdicts = [item.grade(given) for given in ("5", "5.5", "14/3", "4", "7")]
    assert [one.correct for one in verdicts] == [True, True, True, False, False]
    assert ["Yes." in one.feedback_html for one in verdicts] == [True] * 3 + [False] * 2


def test_shares_are_ignored_without_partial_credit():
    made, errors = read(HEAD | {"type": "multiple", "choices": THREE}, **{"choices-0-share": "60"})
    assert (made["choices"], errors) == (THREE, {})


@pytest.mark.django_db
class TestWholeRoad:
    """A number with two right ranges of different worth: editor, test, report and gradebook."""

    @pytest.fixture
    def unit(self, load, package, small_course, ines):
        small_course["units"][2] |= {"scenario": "practice"}
        course = load(package(small_course)).course
        return course.units.get(ref="quiz-01")

    def write(self, ines, unit):
        url = f"/author/courses/{unit.course.slug}/questions/new/?unit={unit.code}&kind=numeric"
        author = client_for_person(ines)
        fields = {
            "kind": "numeric",
            "prompt": "How many are there?",
            "difficulty": "3",
            "points": "3",
            "skill-one-step-add-sub": "on",
            "answer": "100",
            "tolerance": "1",
            "other-0-from": "90",
            "other-0-to": "110",
            "other-0-share": "50",
            "other-0-feedback": "Close. Count again.",
        }
        stamp = author.get(url).context["author"].working.stamp
        answer = author.post(url, {"stamp": stamp, "act": "save", **fields})
        assert answer.status_code == 302, answer.context["errors"]
        stamp = drafts.working_copy_of(unit.course).stamp
        publication.publish(unit.course, stamp=stamp, by=ines, now=NOW)
        return Question.objects.get(prompt="How many are there?")

    def test_a_partly_right_number_reaches_the_gradebook(self, ines, mia, unit):
        factories.make_enrolment(ines, unit.course, role="teacher")
        question = self.write(ines, unit)
        unit.questions.exclude(pk=question.pk).update(position=None)
        unit.questions.filter(pk=question.pk).update(position=1)
        type(unit).objects.filter(pk=unit.pk).update(scenario="graded", attempts=1)
        unit.refresh_from_db()
        factories.make_enrolment(mia, unit.course)

        attempt = exams.take(mia, unit, "92")

        (row,) = Response.objects.filter(attempt=attempt)
        assert (row.correct, row.partly, row.partly_of) == (False, 1, 2)
        assert (attempt.right, attempt.out_of, attempt.per_point) == (3, 6, 2)
        report = client_for_person(mia).get(f"/attempts/{attempt.pk}/report/").content.decode()
        for words in ("1.5 of 3 points", "partly right", "Close. Count again.", "50%"):
            assert words in report
        book = client_for_person(ines).get(f"/teach/{unit.course.slug}/grades/?as=csv")
        assert '"mia","1 of 3","50"' in book.content.decode()
