"""An Attempt stores answers ungraded until it ends, and ends once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction

from courses import attempts, availability
from courses.answers.replies import UngradableReply
from courses.attempts import AttemptClosed
from courses.models import Attempt, Extra, Response
from tests.fixtures.exams import make_test

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def begin_attempt(learner, unit, now):
    return attempts.begin(learner, unit, rng=Random(1), now=now)


def hand_in(attempt, now, *, right=0):
    attempt.handed_in_at, attempt.right, attempt.out_of = now, right, 3
    attempt.answers_sealed = None
    attempt.save()


def extra(learner, unit, now, **fields):
    return Extra.objects.create(learner=learner, unit=unit, given_at=now, **fields)


def test_beginning_twice_gives_one_attempt(mia, now):
    unit = make_test(mia, time_limit_s=600)
    first, second = begin_attempt(mia, unit, now), begin_attempt(mia, unit, now + HOUR / 60)
    assert first == second
    assert first.ends_at == now + timedelta(minutes=10)
    assert Attempt.objects.count() == 1


def test_due_date_shortens_only_graded_tests(mia, now):
    due = now + HOUR / 12
    graded = make_test(mia, time_limit_s=3600, due_at=due)
    practice = make_test(mia, scenario="practice", time_limit_s=3600, due_at=due)
    assert begin_attempt(mia, graded, now).ends_at == availability.end_of(due)
    assert begin_attempt(mia, practice, now).ends_at == now + HOUR


@pytest.mark.parametrize(
    ("scenario", "fields", "why"),
    [
        ("graded", {"opens_at": HOUR}, "not_open"),
        ("graded", {"due_at": -HOUR}, "late"),
        ("graded", {"due_at": -MINUTE}, "late"),
        ("practice", {"opens_at": HOUR}, "not_open"),
    ],
)
def test_attempt_cannot_begin_outside_its_dates(mia, now, scenario, fields, why):
    unit = make_test(mia, scenario=scenario, **{name: now + at for name, at in fields.items()})
    with pytest.raises(AttemptClosed) as closed:
        begin_attempt(mia, unit, now)
    assert closed.value.code == why
    assert not Attempt.objects.exists()


@pytest.mark.parametrize("second", [0, 30, 59])
def test_a_due_minute_counts_to_its_end(mia, second):
    due = datetime(2026, 12, 1, 23, 59, second, tzinfo=UTC)
    midnight = datetime(2026, 12, 2, tzinfo=UTC)
    unit = make_test(mia, due_at=due)
    instant = timedelta(microseconds=1)
    assert begin_attempt(mia, unit, midnight - instant).ends_at == midnight
    dates = availability.load_availability(mia, [unit], now=midnight)
    assert dates.is_over(unit, now=midnight)
    assert not dates.is_over(unit, now=midnight - instant)


def test_practice_has_no_deadline(mia, now):
    assert begin_attempt(mia, make_test(mia, scenario="practice", due_at=now - HOUR), now)


def test_attempts_are_limited_and_extended_by_a_teacher(mia, now):
    unit = make_test(mia, attempts=1)
    hand_in(begin_attempt(mia, unit, now), now)
    with pytest.raises(AttemptClosed) as closed:
        begin_attempt(mia, unit, now)
    assert closed.value.code == "none_left"
    extra(mia, unit, now, attempts=1)
    assert begin_attempt(mia, unit, now).number == 2


def test_later_date_applies_to_one_learner(mia, noah, now):
    unit = make_test(mia, noah, due_at=now - HOUR)
    extra(mia, unit, now, due_at=now + HOUR)
    assert begin_attempt(mia, unit, now).ends_at == availability.end_of(now + HOUR)
    with pytest.raises(AttemptClosed):
        begin_attempt(noah, unit, now)
    assert availability.load_availability(noah, [unit], now=now).due[unit.pk] == now - HOUR


def test_answer_is_saved_changed_and_removed_ungraded(mia, now):
    unit = make_test(mia)
    attempt, question = begin_attempt(mia, unit, now), unit.questions.get(position=1)
    for given in ("4", "7"):
        attempts.save_answer(attempt, question, given, elapsed_ms=900, now=now)
    attempt.refresh_from_db()
    assert attempts.load_answers(attempt)[question.code].given == "7"
    assert str(question.code).encode() not in bytes(attempt.answers_sealed)
    assert not Response.objects.exists()
    attempts.save_answer(attempt, question, " ", elapsed_ms=900, now=now)
    attempt.refresh_from_db()
    assert attempts.load_answers(attempt) == {}


def test_ungradable_reply_keeps_the_previous_answer(mia, now):
    unit = make_test(mia)
    attempt, question = begin_attempt(mia, unit, now), unit.questions.get(position=1)
    attempts.save_answer(attempt, question, "4", elapsed_ms=0, now=now)
    with pytest.raises(UngradableReply):
        attempts.save_answer(attempt, question, "many", elapsed_ms=0, now=now)
    attempt.refresh_from_db()
    assert attempts.load_answers(attempt)[question.code].given == "4"


def test_nothing_is_saved_after_the_time_is_over(mia, now):
    unit = make_test(mia, time_limit_s=60)
    attempt, question = begin_attempt(mia, unit, now), unit.questions.get(position=1)
    attempts.save_answer(attempt, question, "4", elapsed_ms=0, now=now + timedelta(seconds=59))
    with pytest.raises(AttemptClosed):
        attempts.save_answer(attempt, question, "5", elapsed_ms=0, now=now + timedelta(seconds=60))
    attempt.refresh_from_db()
    assert attempts.load_answers(attempt)[question.code].given == "4"


def test_best_attempt_counts_and_the_first_of_equals(mia, now):
    unit = make_test(mia)
    for right in (1, 3, 3):
        hand_in(begin_attempt(mia, unit, now), now, right=right)
    assert attempts.find_best(attempts.load_overview(mia, unit, now=now).done).number == 2


@pytest.mark.parametrize(
    ("fields", "taken", "passed", "shows"),
    [
        ({"scenario": "practice"}, 1, 0, True),
        ({"attempts": 2}, 1, 0, False),
        ({"attempts": 2}, 2, 0, True),
        ({"attempts": 2, "due_at": 1}, 1, 0, False),
        ({"attempts": 2, "due_at": 1}, 2, 0, True),
        ({"due_at": 1}, 3, 0, False),
        ({"due_at": 1}, 1, 2, True),
        ({}, 1, 0, True),
    ],
)
def test_correct_answers_are_shown_only_when_no_attempt_is_left(
    mia, now, fields, taken, passed, shows
):
    due = {"due_at": now + HOUR} if fields.get("due_at") else {}
    unit = make_test(mia, **{**fields, **due})
    for _ in range(taken):
        hand_in(begin_attempt(mia, unit, now), now)
    turns = attempts.load_overview(mia, unit, now=now)
    assert turns.shows_answers(turns.done[0], now + passed * HOUR) == shows


def test_database_enforces_attempt_constraints(mia, now):
    unit = make_test(mia)
    first = begin_attempt(mia, unit, now)
    rows = [
        Attempt(learner=mia, unit=unit, number=2, scenario="graded", began_at=now),
        Attempt(pk=first.pk, learner=mia, unit=unit, number=1, scenario="graded", began_at=now,
                handed_in_at=now),
        Attempt(learner=mia, unit=make_test(), number=1, scenario="course", began_at=now),
    ]  # fmt: skip
    for row in rows:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()


@pytest.mark.parametrize(
    "fields",
    [{"scenario": "exam"}, {"attempts": 0}, {"time_limit_s": 0}, {"kind": "reading"}, {"late": 1}],
)
def test_database_rejects_invalid_tests(now, fields):
    unit = make_test()
    if fields.pop("late", None):
        fields = {"opens_at": now, "due_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        type(unit).objects.filter(pk=unit.pk).update(**fields)
