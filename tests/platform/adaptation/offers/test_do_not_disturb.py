"""Quiet videos: while a video plays, a due offer waits for its pause or its end."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from adaptation.models import Intervention, RuleState
from telemetry import events, sittings
from tests.fixtures import factories
from tests.fixtures.offers import answer, decide, make_affect_fact, until_offered

pytestmark = pytest.mark.django_db
SURE = make_affect_fact("confusion", scopes=("pointer:adapt",))


@pytest.fixture
def sitting(mia, allow, now):
    """Mia in a video after one wrong answer; it has played since then."""
    allow(mia, "pointer:adapt")
    unit = factories.make_video_unit()
    factories.make_enrolment(mia, unit.course)
    question = factories.make_question(unit, time_s=20.0)
    factories.make_hints(question)
    found = sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)
    answer(found, question, "999", 0)
    turn(found, "play", 1)
    return found


def turn(sitting, name, second):
    at = sitting.began_at + timedelta(seconds=second)
    events.store(sitting, uuid.uuid4(), second, name, None, None, at)


def wish(person, on=True):
    person.quiet_videos = on
    person.save(update_fields=["quiet_videos"])


def test_without_the_wish_an_offer_comes_while_the_video_plays(sitting):
    found, cut = until_offered(sitting, SURE)
    assert (found.rule, cut) == ("R2", 5)


def test_with_it_the_offer_waits_for_the_pause_and_then_comes_at_once(sitting, mia):
    wish(sitting.learner)
    assert until_offered(sitting, SURE, last=12) == (None, 12)
    assert not Intervention.objects.exists()
    assert RuleState.objects.get(learner=mia, rule="R2").phase == "arming"
    turn(sitting, "pause", 60)
    found = decide(sitting, 12, SURE)
    assert (found.rule, found.delivered) == ("R2", True)


def test_with_it_the_end_of_the_video_is_a_pause(sitting):
    wish(sitting.learner)
    assert until_offered(sitting, SURE, last=8) == (None, 8)
    turn(sitting, "ended", 40)
    assert decide(sitting, 8, SURE).rule == "R2"


def test_what_stopped_holding_before_the_pause_is_never_offered(sitting):
    wish(sitting.learner)
    assert until_offered(sitting, SURE, last=8) == (None, 8)
    assert decide(sitting, 8, make_affect_fact("confusion", 0.1)) is None
    turn(sitting, "pause", 45)
    assert decide(sitting, 9, make_affect_fact("confusion", 0.1)) is None


def test_a_video_that_plays_for_an_hour_without_events_is_still_playing(sitting):
    wish(sitting.learner)
    assert until_offered(sitting, SURE, first=720, last=728) == (None, 728)
    turn(sitting, "pause", 3640)
    assert decide(sitting, 728, SURE).rule == "R2"
