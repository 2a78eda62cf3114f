from __future__ import annotations

import json
import uuid

import pytest
from django.db import connection

from courses.answers import responses
from courses.answers.replies import UngradableReply
from courses.models import Completion, Response
from courses.questions import question_versions
from courses.questions.question_spec import item_of
from tests.fixtures import factories
from vault.keystore import open_keystore
from vault.sealed_values import KeyDestroyed, Tampered

pytestmark = pytest.mark.django_db
SPEC = {
    "params": {"a": {"type": "integer", "min": 2, "max": 9}},
    "derived": {},
    "constraints": [],
    "prompt": "What is $[[a]] + 1$?",
    "answer": "a + 1",
    "tolerance": 0,
}


@pytest.fixture
def answer(mia, now):
    def record(question, given, **options):
        values = {"sitting": None, "hints_used": 1, "elapsed_ms": 900, "draw": None, "now": now}
        return responses.record(learner=mia, question=question, given=given, **(values | options))

    return record


def test_answer_is_graded_and_stored(answer, mia, now):
    sitting = uuid.uuid4()
    kept = Response.objects.get(pk=answer(factories.make_question(), "5", sitting=sitting).pk)
    assert (kept.learner, kept.correct, kept.hints_used, kept.elapsed_ms) == (mia, True, 1, 900)
    assert (kept.sitting, kept.answered_at, kept.draw) == (sitting, now, None)


def test_answer_is_sealed_and_readable_with_its_key(answer):
    canary = "5555.125"
    made = answer(factories.make_question(), canary)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(r)::text FROM courses_response r")
        assert canary not in cursor.fetchone()[0]
    assert canary.encode() not in bytes(Response.objects.get(pk=made.pk).given_sealed)
    assert responses.unseal_reply(Response.objects.get(pk=made.pk)) == canary


def test_a_sealed_answer_moved_to_another_row_cannot_be_read(answer):
    question = factories.make_question()
    one, two = answer(question, "5"), answer(question, "6")
    Response.objects.filter(pk=two.pk).update(given_sealed=one.given_sealed)
    with pytest.raises(Tampered):
        responses.unseal_reply(Response.objects.get(pk=two.pk))


def test_without_its_key_an_answer_cannot_be_read(answer, mia):
    made = answer(factories.make_question(), "5")
    open_keystore().destroy(mia.code, ["course"])
    with pytest.raises(KeyDestroyed):
        responses.unseal_reply(Response.objects.get(pk=made.pk))


def test_feedback_is_for_the_page_and_not_stored(answer):
    question = factories.make_question(
        wrong_answers=[
            {"value": 23, "tolerance": 0, "misconception": "m", "feedback_html": "Once more."}
        ]
    )
    made = answer(question, "23")
    assert (made.correct, made.feedback, made.misconception) == (False, "Once more.", "m")
    assert Response.objects.get(pk=made.pk).feedback == ""


def test_the_letters_of_a_choice_are_sealed_too(answer):
    made = answer(factories.make_question(kind="multiple"), ["b", "a"])
    assert responses.unseal_reply(made) == ["b", "a"]


def test_a_draw_is_graded_by_its_own_numbers(answer):
    question = factories.make_question(answer="1000", parameterised=SPEC)
    item = item_of(question, draw=7)
    assert "<math" in item.prompt_html
    assert not answer(question, "1000", draw=7).correct
    assert answer(question, item.answer, draw=7).correct


def test_a_draw_of_a_plain_question_is_an_error(answer):
    with pytest.raises(ValueError, match="expected a parameterised question"):
        answer(factories.make_question(), "5", draw=3)


def test_ungradable_reply_is_not_stored(answer):
    with pytest.raises(UngradableReply):
        answer(factories.make_question(), "five")
    assert not Response.objects.exists()


def test_counts_from_a_page_are_bounded(answer):
    made = answer(factories.make_question(), "5", elapsed_ms=10**15, hints_used=-4)
    made.refresh_from_db()
    assert (made.elapsed_ms, made.hints_used) == (responses.LONGEST_MS, 0)


def test_quiz_is_done_when_each_question_was_correct_once(answer, mia):
    unit = factories.make_quiz_unit(questions=2)
    first, second = unit.questions.filter(position__isnull=False)
    answer(first, "5")
    answer(first, "5")
    answer(second, "6")
    assert Completion.objects.get(unit=unit).done_at is None
    answer(second.variants.get(), "5")
    done = Completion.objects.get(unit=unit)
    assert done.done_at is not None
    assert responses.find_correct_questions(mia, unit.questions.all()) == {first.pk, second.pk}


def test_sealed_answer_is_json(answer):
    assert (
        json.dumps(responses.unseal_reply(answer(factories.make_question(), " 1/2 "))) == '" 1/2 "'
    )


def test_answers_share_one_stored_wording(answer):
    question = factories.make_question()
    first, again = answer(question, "5"), answer(question, "4")
    question.answer = "4"
    question.save(update_fields=["answer"])
    later = answer(question, "4")
    assert first.content_id == again.content_id != later.content_id
    kept = Response.objects.select_related("content").get(pk=again.pk)
    assert question_versions.load_as_answered(kept, question).answer == "5"
    assert question.answer == "4"
    Response.objects.filter(pk=again.pk).update(content=None)
    old = Response.objects.select_related("content").get(pk=again.pk)
    assert question_versions.load_as_answered(old, question).answer == "4"
