"""A journey over weeks: the range, activity and self-reports of each week, mastery at its end."""

from __future__ import annotations

import random
import re
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from adaptation import answer_question
from adaptation.models import Intervention
from consent.permits import gate
from estimates import self_reports
from estimates.knowledge import mastery, mastery_history
from learner.journey import date_range
from learner.journey.date_range import WeekRange
from learner.journey.views import build_journey
from telemetry import sittings
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 20)
MONDAY = date(2026, 11, 16)
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("asked", "first", "weeks"),
    [
        ({}, date(2026, 10, 26), 4),
        ({"weeks": "1"}, MONDAY, 1),
        ({"weeks": "12", "to": "2026-11-18"}, date(2026, 8, 31), 12),
        ({"weeks": "1", "to": "2026-10-28"}, date(2026, 10, 26), 1),
        ({"weeks": "9000", "to": "yesterday"}, date(2026, 10, 26), 4),
        ({"to": "2031-01-01"}, date(2026, 10, 26), 4),
        ({"weeks": "1", "to": "0001-01-01"}, date(2000, 1, 3), 1),
    ],
)
def test_the_address_chooses_whole_weeks_and_never_the_future(asked, first, weeks):
    span = date_range.parse_range(asked, TODAY)
    assert (span.first, span.weeks) == (first, weeks)
    assert {monday.weekday() for monday in span.mondays} == {0}


def test_earlier_and_later_lead_to_adjacent_weeks_up_to_this_one():
    now = WeekRange(MONDAY, 4, TODAY)
    assert now.later == ""
    before = date_range.parse_range({"weeks": "4", "to": now.earlier[-10:]}, TODAY)
    assert before.last == now.first - WEEK
    assert before.later[-10:] == str(MONDAY)
    assert before.title == "Four weeks, until 25 October 2026"


@pytest.fixture
def quiz(mia):
    found = factories.make_quiz_unit(questions=4)
    found.unit_skills.create(skill=found.course.skills.get())
    factories.make_enrolment(mia, found.course)
    return found


def answer(mia, quiz, place, given, at):
    question = quiz.questions.get(position=place)
    answer_question.answer(
        mia, question, given, sitting=None, hints_used=0, elapsed_ms=900, draw=None, now=at,
        rng=random.Random(1),
    )  # fmt: skip


def values(journey, name):
    return next(row.values for row in journey.weeks if row.name == name)


def live(mia, quiz, now=NOW):
    """Create a half-hour Sitting two weeks ago with reports and an offer; answers in two weeks."""
    then = now - 2 * WEEK
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=then)
    sittings.touch(sitting.id, then + timedelta(minutes=30))
    permit = gate.permit(mia.code, "course", now=then)
    for label in ("confusion", "confusion", "got_it"):
        self_reports.store(sitting, uuid.uuid4(), 1.0, label, permit, now=then)
    for cut, outcome in enumerate(("accepted", "later", None)):
        Intervention.objects.create(
            code=uuid.uuid4(), sitting=sitting, learner=mia, rule="R1", version=1, cut=cut,
            kind="hint", probability=1.0, delivered=True, scopes=[], epochs=[], sealed=b"",
            decided_at=then, outcome=outcome, outcome_at=then if outcome else None,
        )  # fmt: skip
    answer(mia, quiz, 1, "4", then)
    answer(mia, quiz, 2, "5", then)
    answer(mia, quiz, 3, "5", now)


def test_each_week_shows_activity_reports_and_offers(mia, quiz):
    live(mia, quiz)
    found = build_journey(mia, now=NOW)
    assert values(found, "Minutes") == ("0", "30", "0", "0")
    assert values(found, "Answers") == ("0", "2", "0", "1")
    assert values(found, "Correct answers") == ("0", "1", "0", "1")
    assert values(found, "Confused") == ("0", "2", "0", "0")
    assert values(found, "Got it") == ("0", "1", "0", "0")
    assert values(found, "Suggestions") == ("0", "3", "0", "0")
    assert values(found, "Suggestions accepted") == ("0", "1", "0", "0")
    assert values(found, "Suggestions dismissed") == ("0", "1", "0", "0")
    assert values(found, "Interest or enjoyment, estimated") == ("none",) * 4
    assert [mark.kind for mark in found.chart.offers] == ["taken"]
    assert "Bored" not in {row.name for row in found.weeks}


def test_a_sitting_over_midnight_on_sunday_counts_in_both_weeks(mia, quiz):
    sunday = datetime(2026, 11, 15, 23, 50, tzinfo=UTC)
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=sunday)
    sittings.touch(sitting.id, sunday + timedelta(minutes=30))
    now = sunday + timedelta(minutes=40)
    found = build_journey(mia, now=now)
    assert values(found, "Minutes") == ("0", "0", "10", "20")
    assert [day for day, _ in found.days] == [MONDAY, date(2026, 11, 15)]
    assert found.lead == "This week: 20 minutes, 0 answers."
    this_week = build_journey(mia, now=now, span=WeekRange(MONDAY, 1, MONDAY))
    assert values(this_week, "Minutes") == ("20",)


def test_the_middle_of_the_night_is_that_of_the_learners_time_zone(mia, quiz):
    evening = datetime(2026, 11, 15, 22, 50, tzinfo=UTC)
    sitting = sittings.open(mia, quiz, scenario="course", page=uuid.uuid4(), now=evening)
    sittings.touch(sitting.id, evening + timedelta(minutes=30))
    with timezone.override("Europe/Berlin"):
        found = build_journey(mia, now=evening + timedelta(minutes=40))
    assert values(found, "Minutes") == ("0", "0", "10", "20")


def test_other_weeks_show_their_own_figures_and_day(mia, quiz):
    live(mia, quiz)
    span = WeekRange(date(2026, 11, 2), 1, TODAY)
    found = build_journey(mia, now=NOW, span=span)
    assert values(found, "Answers") == ("2",)
    assert [day for day, _ in found.days] == [date(2026, 11, 6)]
    assert any("1 of 2 questions correct" in item.text for item in found.items)
    empty = build_journey(mia, now=NOW, span=WeekRange(date(2026, 10, 5), 1, TODAY))
    assert (empty.chart.rows, empty.empty) == ((), False)


def test_weekly_mastery_ends_with_the_current_mastery(mia, quiz):
    live(mia, quiz)
    mastery.refine_due(now=NOW)
    (line,) = build_journey(mia, now=NOW).weekly_mastery
    assert line.texts[0] == "not known"
    assert line.texts[1] == line.texts[2] != line.texts[3]
    assert len(line.bands) == 3
    permit = gate.permit(mia.code, "course", now=NOW)
    (now,) = mastery.read(permit).of_skills(quiz.course.skills.all())
    ((_, (traced,)),) = mastery_history.trace_at(permit, [NOW + WEEK]).items()
    assert (traced.p, traced.lo, traced.hi, traced.n) == (now.p, now.lo, now.hi, now.n)


def test_weeks_with_nothing_in_them_and_a_choice_say_so_on_the_page(client_for, mia, quiz):
    live(mia, quiz, timezone.now())
    client = client_for(mia)
    page = client.get("/journey/?weeks=1&to=2020-08-03").content.decode()
    assert "Nothing in these weeks." in page
    assert "Nothing here yet" not in page
    assert re.search(r'aria-current="true">1 week<', page)
    page = client.get("/journey/?weeks=12").content.decode()
    assert "What you probably knew, week by week" in page
    assert page.count('<th scope="col" class="r">week of') == 12
