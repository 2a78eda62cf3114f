"""Facts from time: the position in the video, the pace of hints, and the length of work."""

from __future__ import annotations

import math
import uuid
from datetime import timedelta

import pytest

from adaptation.models import Intervention
from interventions.facts import UNKNOWN
from telemetry import events, sittings
from tests.fixtures import factories
from tests.fixtures.offers import answer, read_facts

pytestmark = pytest.mark.django_db


@pytest.fixture
def watching(mia, now):
    unit = factories.make_video_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


@pytest.fixture
def solving(mia, now):
    unit = factories.make_quiz_unit()
    factories.make_enrolment(mia, unit.course)
    return sittings.open(mia, unit, scenario="course", page=uuid.uuid4(), now=now)


def told(sitting, *rows):
    for t, name, value in rows:
        at = sitting.began_at + timedelta(seconds=t)
        events.store(sitting, uuid.uuid4(), float(t), name, value, None, at)


def value(sitting, name, second):
    """Return a fact at the end of the Window that ends at that second."""
    return read_facts(sitting, second // 5 - 1)[1][name].value


def test_going_back_counts_where_one_is_again_and_for_two_minutes(watching):
    told(watching, (0, "play", 0.0), (20, "seek", -8.0), (28, "seek", -8.0))
    assert value(watching, "replays_here", 30) == 2
    assert value(watching, "replays_here", 45) == 0
    told(watching, (50, "pause", 15.0))
    assert value(watching, "replays_here", 60) == 2
    assert value(watching, "replays_here", 145) == 1
    assert value(watching, "replays_here", 150) == 0


def test_where_the_video_is_is_not_known_before_it_was_played(watching):
    assert read_facts(watching, 5)[1]["replays_here"].value is UNKNOWN


def test_hints_opened_in_quick_succession_count_until_the_next_answer(solving):
    told(solving, (10, "hint", 1.0), (11, "hint", 2.0), (12.5, "hint", 3.0))
    assert value(solving, "quick_hints", 20) == 2
    told(solving, (21, "hint", 4.0))
    assert value(solving, "quick_hints", 25) == 0


def test_a_hint_opened_slowly_does_not_count_as_quick(solving):
    told(solving, (10, "hint", 1.0), (19, "hint", 2.0))
    assert value(solving, "quick_hints", 25) == 0


def test_away_is_a_hidden_page_in_which_nothing_plays(watching):
    told(watching, (5, "play", 0.0), (10, "visibility", 0.0))
    assert value(watching, "away_s", 100) == 0
    told(watching, (110, "pause", 99.0))
    assert value(watching, "away_s", 160) == 50
    told(watching, (170, "visibility", 1.0))
    assert value(watching, "away_s", 200) == 0


def test_a_hint_after_the_page_was_hidden_says_that_the_next_page_is_in_front(solving):
    told(solving, (10, "visibility", 0.0))
    assert value(solving, "tab_hidden", 20) is True
    told(solving, (21, "hint", 1.0))
    assert value(solving, "tab_hidden", 25) is False


def test_stopped_means_idle_after_an_answer_with_the_page_in_front(solving):
    assert value(solving, "stopped_s", 60) == 0
    answer(solving, solving.unit.questions.get(position=1), "999", 10)
    assert value(solving, "stopped_s", 140) == 130
    told(solving, (141, "visibility", 0.0))
    assert value(solving, "stopped_s", 150) == 0


def test_work_counts_over_pages_and_ends_after_five_idle_minutes(mia, solving, now):
    before = sittings.open(
        mia, solving.unit, scenario="course", page=uuid.uuid4(), now=now - timedelta(minutes=20)
    )
    told(before, (0, "hint", 1.0), (250, "hint", 2.0), (500, "hint", 3.0), (780, "hint", 4.0))
    told(before, (1000, "hint", 5.0))
    told(solving, (60, "hint", 1.0))
    assert value(solving, "active_min", 60) == pytest.approx(21, abs=0.1)

    told(solving, (400, "hint", 2.0))
    assert value(solving, "active_min", 460) == pytest.approx(1, abs=0.1)


def test_a_video_that_plays_is_no_break(watching):
    told(watching, (0, "play", 0.0))
    assert value(watching, "active_min", 480) == pytest.approx(8, abs=0.1)


def test_seconds_since_a_dismissal(solving, now):
    assert value(solving, "dismissed_s", 10) == math.inf
    Intervention.objects.create(
        sitting=solving, learner=solving.learner, rule="R1", version=1, cut=1, kind="hint",
        probability=1, delivered=True, sealed=b"", outcome="later", outcome_at=now,
    )  # fmt: skip
    assert value(solving, "dismissed_s", 30) == 30
