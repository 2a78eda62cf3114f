"""A week's cells: states beside results of each skill, counted once, under live Grants."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from teaching.class_picture.current_cells import withdraw_gone
from teaching.models import Cell, Publication
from teaching.state_results import weekly_cells
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 11, 23, 0, 2, tzinfo=UTC)
WEEK_START = datetime(2026, 11, 16, tzinfo=UTC)
CONFUSED = {"CONFUSION": 1.0, "INTEREST": 0.0}
INTERESTED = {"CONFUSION": 0.0, "INTEREST": 1.0}


@pytest.fixture
def class_(people, question, try_question):
    """Twelve people: of six confused ones two are right, of six interested ones all."""
    persons = people(12)
    try_question(persons[:2], question, right=True, **CONFUSED)
    try_question(persons[2:6], question, right=False, **CONFUSED)
    try_question(persons[6:], question, right=True, **INTERESTED)
    return persons


def publish():
    return weekly_cells.publish_due(MONDAY)


def test_the_week_with_this_day_begins_on_monday():
    assert weekly_cells.week_of(TEN) == WEEK_START
    assert weekly_cells.week_of(WEEK_START) == WEEK_START


def test_a_skill_has_the_states_before_answers_and_how_many_were_correct(course, class_):
    assert publish() == 1

    cell = Cell.objects.get(kind="results")
    assert (cell.skill, cell.n, cell.members.count()) == (course.skills.get(), 10, 12)
    assert dict(zip(cell.labels, cell.shares, strict=True)) == {"CONFUSION": 50, "INTEREST": 50}
    assert dict(zip(cell.labels, cell.right, strict=True)) == {"CONFUSION": 17, "INTEREST": 50}
    assert cell.right_all == 67
