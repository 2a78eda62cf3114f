"""Answers by the API: graded like on the page, stored once per id, correct answers hidden until
given."""

from __future__ import annotations

import json
import uuid

import pytest

from courses.models import Response
from estimates.models import MasteryEstimate

pytestmark = pytest.mark.django_db


@pytest.fixture
def question(quiz):
    return quiz.questions.get(position=1)


def given(*words, id=None):
    return {"id": str(id or uuid.uuid4()), "given": list(words), "elapsed_ms": 4000}


def test_a_right_answer_counts_as_on_the_page(api, mia, question):
    told = api(mia).send("post", f"questions/{question.code}/answers/", given(question.answer))
    assert told.status_code == 201
    assert told.json()["correct"] is True
    assert told.json()["question"]["right"] is True
    row = Response.objects.get(learner=mia)
    assert (row.question, row.correct, row.elapsed_ms) == (question, True, 4000)
    progress = api(mia).get(f"courses/{question.course.slug}/progress/").json()
    assert {one["unit"]: one["ratio"] for one in progress}[str(question.unit.code)] > 0
    assert MasteryEstimate.objects.filter(learner=mia).exists() == question.skills.exists()


def test_the_same_id_again_is_the_same_answer(api, mia, question):
    said, asked = given("999"), api(mia)
    first = asked.send("post", f"questions/{question.code}/answers/", said)
    again = asked.send("post", f"questions/{question.code}/answers/", said)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["correct"] is False
    assert Response.objects.count() == 1


def test_the_same_id_of_another_learner_is_another_answer(api, mia, noah, question):
    said = given(question.answer)
    for learner in (mia, noah):
        told = api(learner).send("post", f"questions/{question.code}/answers/", said)
        assert told.status_code == 201
    assert set(Response.objects.values_list("learner", flat=True)) == {mia.pk, noah.pk}


def test_an_id_of_another_question_is_refused(api, mia, quiz, question):
    said, other = given("1"), quiz.questions.get(position=2)
    api(mia).send("post", f"questions/{question.code}/answers/", said)
    told = api(mia).send("post", f"questions/{other.code}/answers/", said)
    assert (told.status_code, told.json()["code"]) == (400, "invalid")


def test_an_unreadable_reply_is_not_stored(api, mia, question):
    told = api(mia).send("post", f"questions/{question.code}/answers/", given("a lot"))
    assert (told.status_code, told.json()["code"]) == (422, "unreadable")
    assert not Response.objects.exists()


def test_no_question_shows_the_correct_answer_before_a_reply(api, mia, quiz):
    questions = list(quiz.questions.all())
    assert questions
    for question in questions:
        question.answer, question.explanation_html = "73184650", "<p>canary-explained</p>"
        question.save()
    asked = api(mia)
    told = [
        asked.get(f"units/{quiz.code}/questions/"),
        asked.get(f"questions/{questions[0].code}/"),
    ]
    for response in told:
        assert response.status_code == 200
        said = json.dumps(response.json())
        assert "73184650" not in said
        assert "canary-explained" not in said
        assert '"correct"' not in said


def test_a_question_of_a_test_is_a_404(api, mia, quiz, question):
    quiz.scenario = "graded"
    quiz.save()
    asked = api(mia)
    assert asked.get(f"questions/{question.code}/").status_code == 404
    assert asked.get(f"units/{quiz.code}/questions/").status_code == 404
    told = asked.send("post", f"questions/{question.code}/answers/", given(question.answer))
    assert told.status_code == 404
    assert not Response.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("ines", 403), ("mallory", 404)])
def test_only_learners_of_the_course_can_answer(request, api, question, who, status):
    person = request.getfixturevalue(who)
    told = api(person).send("post", f"questions/{question.code}/answers/", given("1"))
    assert told.status_code == status
    assert set(told.json()) == {"detail", "code"}
