"""Submitting grades each stored answer once, by hand or by the clock, and updates mastery."""

from __future__ import annotations

from datetime import timedelta
from random import Random

import pytest
from django.db import transaction
from django.db.models import F

from adaptation import submit_attempt
from adaptation.answer_question import answer
from consent.permits import gate
from courses import attempts, completion
from courses.answers.replies import UngradableReply
from courses.answers.responses import unseal_reply
from courses.models import Attempt, Completion, QuestionContent, Response
from estimates.knowledge import mastery
from interventions.choice import Rng
from pipeline import tasks
from tests.fixtures.exams import begin, make_test

pytestmark = pytest.mark.django_db(transaction=True)
MINUTE = timedelta(minutes=1)


class NoLot(Rng):
    """A test draws nothing at random."""

    def random(self):
        raise AssertionError("expected no draw in a test")


def test_each_answer_is_judged_once_and_the_attempt_counted(mia, now):
    unit = make_test(mia)
    attempt = begin(mia, unit, "5", "7", now=now)
    done = submit_attempt.submit(attempt, now=now + MINUTE)
    assert (done.right, done.out_of, done.handed_in_at) == (1, 3, now + MINUTE)
    assert done.answers_sealed is None
    rows = Response.objects.filter(attempt=done).order_by("question__position")
    assert [(unseal_reply(row), row.correct, row.elapsed_ms) for row in rows] == [
        ("5", True, 1500),
        ("7", False, 1500),
    ]
    again = submit_attempt.submit(attempt, now=now + 2 * MINUTE)
    assert (again.right, again.handed_in_at) == (1, now + MINUTE)
    assert Response.objects.count() == 2


CHANGES = {
    "another answer": lambda rows: rows.update(answer="9"),
    "another kind": lambda rows: rows.update(kind="text", answer="five", compare="words"),
    "retired": lambda rows: rows.update(unit=None, position=None),
    "another order": lambda rows: rows.filter(position__lt=3).update(position=4 - F("position")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_running_attempt_is_judged_by_the_questions_it_began_with(mia, now, change):
    unit = make_test(mia)
    attempt = begin(mia, unit, "5", "7", now=now)
    with transaction.atomic():
        unit.questions.filter(position=3).update(position=9)
        CHANGES[change](unit.questions.filter(position__lt=9))
    for question in attempts.load_questions(attempt)[2:]:
        attempts.save_answer(attempt, question, "5", elapsed_ms=1500, now=now)
    done = submit_attempt.submit(attempt, now=now + MINUTE)
    assert (done.right, done.out_of) == (2, 3)
    assert len(attempts.load_questions(done)) == 3


def test_a_question_is_stored_once_for_all_who_begin_with_it(mia, noah, now):
    unit = make_test(mia, noah)
    for learner in (mia, noah):
        attempts.begin(learner, unit, rng=Random(1), now=now)
    assert QuestionContent.objects.count() == 3


def test_it_is_learnt_from_when_it_is_handed_in_and_not_before(mia, now):
    unit = make_test(mia)
    attempt = begin(mia, unit, "5", "5", "5", now=now)
    permit = gate.permit(mia.code, "course", now=now)
    skills = unit.questions.get(position=1).skills.all()
    assert [known.n for known in mastery.read(permit).of_skills(skills)] in ([], [0])
    submit_attempt.submit(attempt, now=now)
    mastery.refine_due(now=now)
    assert [known.n for known in mastery.read(permit).of_skills(skills)] == [3]


def test_a_test_is_done_when_handed_in_however_it_went(mia, now):
    unit = make_test(mia)
    submit_attempt.submit(begin(mia, unit, now=now), now=now)
    assert Completion.objects.get().done_at == now
    assert completion.load_progress(mia, unit.course)[unit.pk].done
    assert completion.count_done(unit.course) == {mia.pk: 1}


def test_the_sweep_hands_in_what_a_closed_page_left_at_the_end_of_its_time(mia, now, monkeypatch):
    unit = make_test(mia, time_limit_s=60)
    attempt = begin(mia, unit, "5", now=now)
    monkeypatch.setattr(tasks.timezone, "now", lambda: now + 59 * timedelta(seconds=1))
    tasks.sweep()
    assert Attempt.objects.get().handed_in_at is None
    monkeypatch.setattr(tasks.timezone, "now", lambda: now + 5 * MINUTE)
    tasks.sweep()
    attempt.refresh_from_db()
    assert (attempt.right, attempt.handed_in_at) == (1, now + MINUTE)


def test_an_attempt_without_an_end_waits(mia, now):
    begin(mia, make_test(mia), "5", now=now)
    submit_attempt.submit_due(now + timedelta(days=400))
    assert Attempt.objects.get().handed_in_at is None


def test_a_refused_attempt_does_not_block_the_others(mia, noah, now):
    unit = make_test(mia, noah, time_limit_s=60)
    for learner in (mia, noah):
        begin(learner, unit, "5", now=now)
    type(mia).objects.filter(pk=mia.pk).update(is_active=False)
    submit_attempt.submit_due(now + MINUTE)
    assert Attempt.objects.get(learner=noah).handed_in_at == now + MINUTE
    assert Attempt.objects.get(learner=mia).handed_in_at is None


def test_a_reset_attempt_is_not_handed_in(mia, now):
    attempt = begin(mia, make_test(mia, time_limit_s=60), "5", now=now)
    attempts.reset(attempt, now=now)
    submit_attempt.submit_due(now + MINUTE)
    assert not Response.objects.exists()


def test_no_question_of_a_test_is_answered_outside_of_an_attempt(mia, now):
    unit = make_test(mia)
    question = unit.questions.get(position=1)
    with pytest.raises(UngradableReply, match="is part of a test"):
        answer(
            mia, question, "5", sitting=None, hints_used=0, elapsed_ms=1, draw=None, now=now,
            rng=NoLot(),
        )  # fmt: skip
    assert not Response.objects.exists()


def test_an_unreadable_attempt_does_not_block_the_others(mia, noah, now, caplog):
    unit = make_test(mia, noah, time_limit_s=60)
    for learner in (mia, noah):
        begin(learner, unit, "5", now=now)
    Attempt.objects.filter(learner=mia).update(answers_sealed=b"0" * 64)
    submit_attempt.submit_due(now + MINUTE)
    assert Attempt.objects.get(learner=noah).handed_in_at == now + MINUTE
    assert Attempt.objects.get(learner=mia).handed_in_at is None
    assert "attempt.not_handed_in" in caplog.text
