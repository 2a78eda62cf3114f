"""Learners who are doing well, and learners whom no Teacher noticed for a week."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.utils import timezone

import audit
from courses import completion
from teaching.dashboard import unnoticed_learners
from teaching.dashboard.doing_well import find_successes
from teaching.models import Handled
from teaching.roster import class_of
from telemetry.models import Sitting
from tests.platform.teaching.conftest import TEN, answer, sit

pytestmark = pytest.mark.django_db
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def well(course, *people, now=TEN):
    return find_successes(course, [person.pk for person in people], now=now)


def test_a_return_after_two_weeks_with_a_finished_unit_is_a_success(course, video, quiz, mia):
    sit(mia, video, TEN - 17 * DAY)
    sit(mia, quiz, TEN - 5 * MINUTE)
    assert well(course, mia) == ()

    completion.mark_done(mia, video, now=TEN - MINUTE)

    (found,) = well(course, mia)
    assert (found.kind, found.count, found.unit) == ("back", 17, "Factoring trinomials")


def test_thirteen_days_are_no_long_absence(course, video, mia):
    sit(mia, video, TEN - 13 * DAY)
    sit(mia, video, TEN - 5 * MINUTE)
    completion.mark_done(mia, video, now=TEN - MINUTE)

    assert well(course, mia) == ()


def test_a_return_some_days_ago_is_not_shown_today(course, video, mia):
    for days in (30, 10, 0):
        sit(mia, video, TEN - days * DAY - 5 * MINUTE)
    completion.mark_done(mia, video, now=TEN - MINUTE)

    assert well(course, mia) == ()


def test_a_run_of_right_answers_is_listed_once_and_first(course, video, question, mia, noah):
    for person in (mia, noah):
        sit(person, video, TEN - 20 * DAY)
        sit(person, video, TEN - 9 * MINUTE)
        completion.mark_done(person, video, now=TEN - MINUTE)
    for second in range(5):
        answer(mia, question, TEN - MINUTE + timedelta(seconds=second), right=True)

    assert [(each.learner, each.kind) for each in well(course, noah, mia)] == [
        (mia.pk, "row"), (noah.pk, "back"),
    ]  # fmt: skip


@pytest.fixture
def active_class(course, video, mia, noah):
    for person in (mia, noah):
        sit(person, video, TEN - DAY)
    return class_of(course)


def unnoticed(course, class_, now=TEN, seen=()):
    return set(unnoticed_learners.find_unnoticed(course, class_, seen, now=now))


def test_an_active_learner_who_was_not_handled_is_named(course, active_class, mia, noah):
    assert unnoticed(course, active_class) == {mia.pk, noah.pk}
    assert unnoticed(course, active_class, seen={mia.pk}) == {noah.pk}


def test_a_learner_inactive_this_week_is_not_named(course, active_class, mia):
    Sitting.objects.filter(learner=mia).update(began_at=TEN - 8 * DAY)

    assert mia.pk not in unnoticed(course, active_class)


def test_a_learner_who_only_watched_a_video_elsewhere_was_active(course, video, people, mia):
    completion.mark_done(mia, video, now=TEN - DAY)

    assert unnoticed(course, class_of(course)) == {mia.pk}


@pytest.mark.parametrize(("days", "named"), [(6, False), (8, True)])
def test_a_handled_learner_counts_as_noticed_for_a_week(
    course, active_class, quiz, mia, ines, days, named
):
    Handled.objects.create(
        course=course, learner=mia, about=quiz.code, by=ines, at=TEN - days * DAY
    )

    assert (mia.pk in unnoticed(course, active_class)) is named


@pytest.mark.parametrize("verb", ["teacher.view", "share.ask"])
def test_a_learner_whom_a_teacher_viewed_or_asked_was_noticed(transactional_db, request, verb):
    course, mia, ines = (request.getfixturevalue(name) for name in ("course", "mia", "ines"))
    now = timezone.now()
    sit(mia, request.getfixturevalue("video"), now - DAY)
    from django.db import transaction

    with transaction.atomic():
        public = {"what": "course"} if verb == "teacher.view" else {}
        audit.record(verb, actor=ines.code, subject=mia.code, public=public)

    assert mia.pk not in unnoticed(course, class_of(course), now=now)


def test_at_most_three_are_named_and_other_ones_the_next_day(course, video, people):
    for person in people(9):
        sit(person, video, TEN - DAY)
    class_ = class_of(course)

    days = [unnoticed(course, class_, now=TEN + day * DAY) for day in range(4)]

    assert {len(found) for found in days} == {3}
    assert len(set.union(*days)) > 3


def test_the_page_says_it_in_one_sentence(client_for, course, video, mia, noah, ines):
    for person in (mia, noah):
        sit(person, video, timezone.now() - DAY)

    text = client_for(ines).get("/teach/algebra/").content.decode()

    said = " ".join(re.sub(r"<[^>]+>", "", text).split())
    assert "No teacher has opened the page of mia or noah in the last 7 days" in said
