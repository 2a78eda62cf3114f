"""Snapshots of a cell: one of real people, after the quarter of an hour has ended."""

from __future__ import annotations

from datetime import timedelta

import pytest

from estimates.models import Cell, Publication
from teaching.class_picture import cells
from tests.platform.teaching.class_picture.test_cells import (
    LATER,
    MINUTE,
    only_running_section,
    publish_only_cell,
)
from tests.platform.teaching.conftest import TEN, tell

pytestmark = pytest.mark.django_db
FIRST = TEN + MINUTE


@pytest.fixture
def class_(course, people, watch):
    """Six people who watch the video."""
    return watch(people(6), CONFUSION=0.6)


@pytest.mark.parametrize("minute", [1, 6, 14])
def test_while_the_quarter_lasts_real_people_are_not_shown(course, class_, minute):
    assert only_running_section(course, TEN + minute * MINUTE).picture is None
    assert not Cell.objects.exists()


def test_when_it_has_ended_there_is_one_picture_of_all_of_them(course, class_):
    only_running_section(course, FIRST)

    cell = publish_only_cell()

    assert (cell.n, cell.members.count()) == (5, 6)
    assert cells.publish_due(LATER + MINUTE) == 0


def test_a_latecomer_is_counted(course, class_, people, watch):
    only_running_section(course, FIRST)
    watch(people(1), at=TEN + 9 * MINUTE, CONFUSION=0.6)

    assert publish_only_cell().members.count() == 7


def test_requests_for_help_are_counted_while_it_lasts(course, class_):
    for sitting in class_[:5]:
        tell(sitting, "stuck", TEN + MINUTE / 4)

    assert only_running_section(course, FIRST).stuck == 5


def test_a_running_picture_is_not_among_the_published(course, class_):
    only_running_section(course, FIRST)
    assert Publication.objects.get().at is None

    cells.publish_due(LATER)

    assert Publication.objects.get(quarter=TEN).at == LATER


def test_simulated_people_are_counted_at_once(course, people, watch):
    watch(people(2, simulated=True), CONFUSION=0.6)
    assert only_running_section(course, FIRST).picture.n == 2
    watch(people(1, simulated=True), CONFUSION=0.6)

    assert only_running_section(course, FIRST + timedelta(seconds=30)).picture.n == 3


def test_real_people_are_counted_after_the_quarter_even_with_simulated_ones(
    course, class_, people, watch
):
    watch(people(2, simulated=True), CONFUSION=0.6)
    assert only_running_section(course, FIRST).picture.simulated

    cell = publish_only_cell()

    assert (cell.simulated, cell.n) == (False, 5)
