"""Check-ins: Learners who opted in are asked at random moments that do not interrupt."""

from __future__ import annotations

import math
import uuid
from datetime import timedelta
from random import Random

import pytest
from django.db import IntegrityError, transaction

from adaptation import check_ins
from adaptation.models import Intervention
from consent.permits import gate
from estimates import self_reports
from telemetry import events, sittings
from telemetry.models import Sitting
from tests.fixtures import factories

pytestmark = pytest.mark.django_db


class Fixed:
    """A random source that always gives the same number."""

    def __init__(self, share=0.5):
        self.share = share

    def random(self):
        return self.share


@pytest.fixture
def learner(mia):
    return want(mia, 6)


@pytest.fixture
def sitting(learner, now):
    return begun(learner, now)


def want(person, times):
    person.check_ins = times
    person.save(update_fields=["check_ins"])
    return person


def begun(learner, at, unit=None):
    unit = unit or factories.make_video_unit()
    return sittings.open(learner, unit, scenario=unit.scenario, page=uuid.uuid4(), now=at)


def due(sitting, at):
    """Make a check-in due while the Learner is active."""
    Sitting.objects.filter(pk=sitting.pk).update(check_in_at=at, active_at=at)


def asked(at, share=0.5):
    return [row.id for row in check_ins.ask_due(now=at, rng=Fixed(share))]


def test_a_moment_is_drawn_first_and_asked_at_when_it_comes(sitting, now):
    assert asked(now) == []
    sitting.refresh_from_db()
    assert sitting.check_in_at == now + math.log(2) * timedelta(minutes=15)
    sittings.touch(sitting.id, sitting.check_in_at - timedelta(minutes=1))
    assert asked(sitting.check_in_at - timedelta(seconds=1)) == []
    assert asked(sitting.check_in_at) == [sitting.id]
    assert asked(sitting.check_in_at + timedelta(seconds=5)) == []
    assert check_ins.seconds_left(sitting, now=sitting.check_in_at) == 180


def test_moments_come_evenly_over_the_time_learnt_however_it_is_cut_into_sittings(mia, now):
    lot, want_six = Random(4), want(mia, 6)
    waits = [check_ins.draw_wait(want_six, lot).total_seconds() for _ in range(4000)]
    assert sum(waits) / len(waits) == pytest.approx(900, rel=0.05)
    # As likely in the first five minutes as in the next, if the first passed without one.
    first = sum(wait < 300 for wait in waits) / len(waits)
    left = [wait for wait in waits if wait >= 300]
    assert sum(wait < 600 for wait in left) / len(left) == pytest.approx(first, abs=0.03)


def test_a_learner_who_did_not_opt_in_is_never_asked(sitting, learner, now):
    due(sitting, now)
    want(learner, 0)
    assert asked(now) == []
    assert begun(factories.make_user(), now).check_in_at is None


@pytest.mark.parametrize("scenario", ["graded", "practice"])
def test_no_check_in_comes_in_a_test_and_the_database_refuses_one(learner, now, scenario):
    unit = factories.make_unit(kind="quiz")
    unit.scenario = scenario
    sitting = begun(learner, now, unit)
    assert asked(now) == asked(now + timedelta(seconds=5)) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        due(sitting, now)


def test_with_quiet_videos_the_check_in_comes_at_another_moment(sitting, learner, now):
    learner.quiet_videos = True
    learner.save(update_fields=["quiet_videos"])
    events.store(sitting, uuid.uuid4(), 0.0, "play", None, None, now)
    due(sitting, now)
    assert asked(now) == []
    sitting.refresh_from_db()
    assert sitting.check_in_at > now
    assert sitting.checked_in_at is None
    events.store(sitting, uuid.uuid4(), 1.0, "pause", None, None, now)
    due(sitting, now)
    assert asked(now) == [sitting.id]


def test_no_check_in_comes_soon_after_an_offer_or_a_report(sitting, learner, now):
    permit = gate.permit(learner.code, "course", now=now)
    self_reports.store(sitting, uuid.uuid4(), 0.0, "boredom", permit, now=now)
    Intervention.objects.create(
        sitting=sitting, learner=learner, rule="R1", version=1, cut=1, kind="hint", probability=1.0,
        delivered=True, sealed=b"", decided_at=now + timedelta(minutes=5),
    )  # fmt: skip
    for minutes in (2, 7):
        due(sitting, now + timedelta(minutes=minutes))
        assert asked(now + timedelta(minutes=minutes)) == []
    due(sitting, now + timedelta(minutes=9))
    assert asked(now + timedelta(minutes=9)) == [sitting.id]


def test_a_missed_moment_is_drawn_again(sitting, now):
    due(sitting, now)
    later = now + timedelta(minutes=6)
    assert asked(later) == []
    sittings.touch(sitting.id, later)
    assert asked(later) == []
    sitting.refresh_from_db()
    assert sitting.check_in_at > later


def test_check_ins_are_apart_and_limited_per_day(learner, now):
    want(learner, 3)
    for minutes, expected in ((0, 1), (6, 0), (12, 1), (24, 1), (36, 0)):
        at = now + timedelta(minutes=minutes)
        other = begun(learner, at)
        due(other, at)
        assert len(asked(at)) == expected, minutes
    tomorrow = now + timedelta(days=1, minutes=1)
    other = begun(learner, tomorrow)
    due(other, tomorrow)
    assert asked(tomorrow) == [other.id]


def test_an_answer_counts_only_while_the_check_in_is_open(sitting, now):
    due(sitting, now)
    with pytest.raises(check_ins.NotAsked):
        check_ins.accept_answer(sitting, 5.0)
    asked(now)
    with pytest.raises(check_ins.NotAsked):
        check_ins.accept_answer(sitting, 600.0)
    assert check_ins.seconds_left(sitting, now=now) == 180
    check_ins.accept_answer(sitting, 60.0)
    assert check_ins.seconds_left(sitting, now=now) == 0


def test_a_dismissed_check_in_does_not_return_and_can_lower_the_number(sitting, learner, now):
    due(sitting, now)
    asked(now)
    for _ in range(2):  # sent twice, counts once
        check_ins.dismiss(sitting, less=True)
    learner.refresh_from_db()
    assert learner.check_ins == 3
    assert check_ins.seconds_left(sitting, now=now) == 0
