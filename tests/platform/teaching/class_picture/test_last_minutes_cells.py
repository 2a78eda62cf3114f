"""Deleting the last ten minutes withdraws the class pictures that used them, but none before."""

from __future__ import annotations

from datetime import timedelta

import pytest

from estimates.group_figures.withdrawal import withdraw_gone
from estimates.models import Cell
from privacy import recent_deletion
from tests.platform.teaching.class_picture.test_cells import LATER, MINUTE, publish_only_cell
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
QUARTER = timedelta(minutes=15)


def test_deleting_the_last_minutes_withdraws_the_cell_they_are_in(course, people, watch):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()

    recent_deletion.begin_deletion(six[0], ["pointer:adapt"], now=LATER)
    withdraw_gone()

    assert Cell.objects.get().state == "withdrawn"


def test_a_cell_from_before_these_minutes_or_of_another_stream_stays(course, people, watch, allow):
    six = people(6)
    watch(six, CONFUSION=0.6)
    publish_only_cell()
    allow(six[0], "activity:adapt", now=TEN)

    recent_deletion.begin_deletion(six[1], ["pointer:adapt"], now=TEN + QUARTER + 20 * MINUTE)
    recent_deletion.begin_deletion(six[0], ["activity:adapt"], now=LATER)

    assert withdraw_gone() == 0
    assert Cell.objects.get().state == "published"
