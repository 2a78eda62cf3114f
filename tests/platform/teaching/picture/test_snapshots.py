"""Snapshots of a running cell: few, of the same people or of five more, never of one."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import erasure
from teaching.models import Cell, Publication
from teaching.picture import cells
from teaching.picture.snapshots import DELTA, STAND, of_whom
from tests.platform.teaching.conftest import TEN
from tests.platform.teaching.picture.test_cells import LATER, MINUTE, dispute, only, published

pytestmark = pytest.mark.django_db
FIRST, NEXT = TEN + MINUTE, TEN + MINUTE + STAND


@pytest.fixture
def class_(course, people, watch):
    """Twelve people who watch, and the first snapshot of them."""
    sat = watch(people(12), CONFUSION=0.6)
    assert only(course, FIRST).picture.n in (5, 10, 15)
    return sat


@pytest.fixture
def go_on(watch):
    """`go_on(sat)`: four minutes later each watches the same part again, and is guessed about."""

    def made(sat, **labels):
        again = [sitting.learner for sitting in sat]
        watch(again, at=TEN + 4 * MINUTE, **(labels or {"CONFUSION": 0.6}))

    return made


def snapshot() -> tuple[int, int]:
    cell = Cell.objects.get()
    return cell.snapshot, cell.members.count()


def test_until_five_minutes_have_passed_the_last_one_stands(course, class_, go_on):
    go_on(class_)

    only(course, NEXT - timedelta(seconds=1))

    assert snapshot() == (1, 12)


def test_then_there_is_one_more_of_the_same_people(course, class_, go_on):
    go_on(class_)

    only(course, NEXT)

    assert snapshot() == (2, 12)


@pytest.mark.parametrize(("joined", "members"), [(1, 12), (4, 12), (5, 17)])
def test_who_joins_waits_until_they_are_five(course, class_, go_on, people, watch, joined, members):
    go_on(class_)
    watch(people(joined), CONFUSION=0.6)

    only(course, NEXT)

    assert snapshot() == (2, members)


@pytest.mark.parametrize(("active", "number"), [(1, 1), (4, 1), (5, 2)])
def test_what_fewer_than_five_people_add_changes_no_number(course, class_, go_on, active, number):
    go_on(class_[:active], INTEREST=0.9)
    before = only(course, FIRST)

    after = only(course, NEXT)

    assert snapshot() == (number, 12)
    assert (after == before) == (number == 1)


def test_closing_leaves_out_one_who_came_late(course, class_, go_on, people, watch):
    go_on(class_)
    watch(people(1), CONFUSION=0.6)

    cell = published()

    assert (cell.snapshot, cell.members.count()) == (2, 12)


def test_a_withdrawn_cell_is_not_counted_anew_in_its_quarter(course, class_, go_on, people, watch):
    dispute(class_[0], FIRST)
    go_on(class_)
    watch(people(7), CONFUSION=0.6)

    assert only(course, NEXT) is None
    cells.publish_due(LATER)

    assert Cell.objects.get().state == "withdrawn"
    assert Cell.objects.get().n is None


def test_a_class_that_fell_under_the_floor_reads_as_too_few_so_far(course, people, watch):
    five = people(5)
    watch(five, CONFUSION=0.6)
    assert only(course, FIRST).picture

    erasure.withdraw(five[0].code, ["pointer:teach"], now=FIRST)

    seen = only(course, FIRST + timedelta(seconds=1))
    assert (seen.picture, seen.floor) == (None, 5)


def test_every_page_and_process_sees_the_same_snapshot(course, class_):
    seen = [cells.running(course, now=FIRST + timedelta(seconds=k)) for k in range(0, 280, 40)]

    assert all(each == seen[0] for each in seen)


def test_a_running_picture_is_not_among_the_published(course, class_):
    assert Publication.objects.get().at is None

    cells.publish_due(LATER)

    assert Publication.objects.get(quarter=TEN).at == LATER


def test_simulated_people_need_not_wait(course, people, watch):
    watch(people(2, simulated=True), CONFUSION=0.6)
    assert only(course, FIRST).picture.n == 2
    watch(people(1, simulated=True), CONFUSION=0.6)

    assert only(course, FIRST + timedelta(seconds=30)).picture.n == 3


@given(st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)), st.sets(st.integers(0, 30)))
def test_two_snapshots_are_of_the_same_people_or_of_five_more_and_of_five_with_news(
    before, here, fresh
):
    latest = {person: NEXT if person in fresh else TEN for person in here}

    who = of_whom(before, latest, since=FIRST)

    if who is not None:
        assert before <= who <= here
        assert len(who - before) == 0 or len(who - before) >= DELTA
        assert len((who - before) | (who & fresh)) >= DELTA
