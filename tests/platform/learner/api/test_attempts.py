"""Attempts by the API: the points of each answer, exactly when the report page shows them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from courses import attempts
from courses.gradebook.regrade_preview import RegradeChoice
from courses.models import Question
from tests.fixtures.exams import begin, make_test, regrade, take
from tests.fixtures.open_questions import add_essay, answer_of, mark

pytestmark = pytest.mark.django_db
FOUR = {"value": 4, "share": "100/3", "feedback_html": ""}


@pytest.fixture
def thirds(course):
    """Return a graded test: 5 is right, and 4 earns a third of the points of the second."""
    unit = make_test(course=course, attempts=2)
    second = unit.questions.filter(position=2)
    second.update(points=2.5, other_answers=[FOUR])
    return unit


def read(api, person, unit):
    response = api(person, "read").get(f"units/{unit.code}/attempts/")
    assert response.status_code == 200, response.content
    return response.json()


def test_an_attempt_has_points_of_points_possible_as_its_page_shows_them(
    api, client_for, mia, thirds
):
    taken = take(mia, thirds, "5", "4")
    (row,) = read(api, mia, thirds)
    assert (row["id"], row["counts"], row["percent"]) == (str(taken.id), True, 41)
    assert (row["points"], row["points_possible"]) == (1.83, 4.5)
    page = client_for(mia).get(f"/units/{thirds.code}/").content.decode()
    assert "1.83 of 4.5 points" in page


def test_answers_appear_only_when_the_report_shows_them(api, client_for, mia, thirds):
    taken = take(mia, thirds, "5", "4")
    report = f"/attempts/{taken.id}/report/"
    assert read(api, mia, thirds)[0]["answers"] is None
    assert "partly right" not in client_for(mia).get(report).content.decode()
    take(mia, thirds)
    first, _second = read(api, mia, thirds)
    codes = [str(one.code) for one in attempts.load_questions(taken)]
    assert first["answers"] == [
        answer(codes[0], correct=True, points=1.0),
        answer(codes[1], points=0.83, points_possible=2.5),
        answer(codes[2], given=False),
    ]
    page = client_for(mia).get(report).content.decode()
    assert "partly right" in page
    assert "0.83 of 2.5 points" in page


def answer(question, **own):
    row = {"given": True, "correct": False, "points": 0.0, "points_possible": 1.0}
    return {"question": question} | row | own


def test_a_practice_test_shows_them_at_once_and_has_no_grade(api, mia, course):
    unit = make_test(course=course, scenario="practice")
    take(mia, unit, "5", "5", "998")
    (row,) = read(api, mia, unit)
    assert (row["counts"], row["percent"]) == (False, None)
    assert [one["correct"] for one in row["answers"]] == [True, True, False]


def test_a_running_attempt_and_those_of_others_are_not_listed(api, mia, noah, ines, course):
    unit = make_test(course=course, scenario="practice")
    begin(mia, unit, "5", now=timezone.now())
    take(noah, unit, "5")
    assert read(api, mia, unit) == read(api, ines, unit) == []


def test_a_reset_attempt_is_not_listed(api, mia, thirds):
    attempts.reset(take(mia, thirds, "5"), now=timezone.now())
    assert read(api, mia, thirds) == []


def test_a_question_left_out_of_the_grade_has_no_points(api, mia, ines, course):
    unit = make_test(course=course, scenario="practice")
    take(mia, unit, "5", "998", "5")
    second = Question.objects.get(unit=unit, position=2)
    regrade(RegradeChoice(unit, second, "left_out", keeps_higher=False), "Unclear.", by=ines)
    (row,) = read(api, mia, unit)
    assert (row["points"], row["points_possible"]) == (2.0, 2.0)
    left_out = row["answers"][1]
    assert left_out == answer(str(second.code), correct=None, points=None, points_possible=None)


def test_a_quiz_with_hints_and_a_test_that_is_not_open_have_no_attempts(api, mia, quiz, course):
    assert api(mia).get(f"units/{quiz.code}/attempts/").status_code == 404
    unit = make_test(course=course, opens_at=timezone.now() + timedelta(days=1))
    assert api(mia).get(f"units/{unit.code}/attempts/").status_code == 403


def test_an_essay_is_given_and_has_neither_points_nor_a_grade_before_its_mark(
    api, mia, ines, course
):
    unit = make_test(course=course, questions=1)
    essay = add_essay(unit)
    written = answer_of(take(mia, unit, "5", "My own words."))
    (row,) = read(api, mia, unit)
    assert (row["percent"], row["unmarked"], row["counts"]) == (None, 1, False)
    assert (row["points"], row["points_possible"]) == (1.0, 5.0)
    told = answer(str(essay.code), correct=None, points=None, points_possible=4.0)
    assert row["answers"][1] == told
    mark(written, "3/4", by=ines)
    (row,) = read(api, mia, unit)
    assert (row["percent"], row["unmarked"], row["counts"]) == (80, 0, True)
    assert row["answers"][1] == told | {"points": 3.0}


def test_an_essay_without_a_text_has_no_points_and_waits_for_no_one(api, mia, course):
    unit = make_test(course=course, questions=1)
    essay = add_essay(unit)
    take(mia, unit, "5")
    (row,) = read(api, mia, unit)
    assert (row["percent"], row["unmarked"]) == (20, 0)
    assert row["answers"][1] == answer(str(essay.code), given=False, points_possible=4.0)
