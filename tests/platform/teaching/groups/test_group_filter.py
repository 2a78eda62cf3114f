"""Groups that may be shown: never a few people, nor two groups that differ by a few (I-22)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from teaching.groups.group_filter import (
    EVERYBODY,
    audience_of,
    complement_key,
    label_of,
    split_by_month,
)
from tests.fixtures import class_activity
from tests.platform.teaching.conftest import TEN

FLOOR = 5
DAYS = st.integers(min_value=0, max_value=400)


def people_by_month(*counts):
    """Return so many people who joined in each month of 2026, from January on."""
    people = [
        datetime(2026, month, 3, tzinfo=UTC) for month, n in enumerate(counts, 1) for _ in range(n)
    ]
    return dict(enumerate(people))


def test_both_sides_of_a_month_have_enough_people():
    groups, blocked = split_by_month(people_by_month(5, 6), FLOOR)

    assert {key: len(who) for key, who in groups.items()} == {
        "": 11, "before-2026-02": 5, "from-2026-02": 6,
    }  # fmt: skip
    assert blocked == ()


@pytest.mark.parametrize(
    ("counts", "n", "late"), [((9, 4), 4, True), ((4, 9), 4, False), ((9, 1), 1, True)]
)
def test_a_month_with_a_few_on_one_side_is_named_and_not_offered(counts, n, late):
    groups, (blocked,) = split_by_month(people_by_month(*counts), FLOOR)

    assert set(groups) == {EVERYBODY}
    assert (blocked.month, blocked.n, blocked.late) == ("February 2026", n, late)


def test_two_months_that_differ_by_a_few_are_not_both_offered():
    groups, (blocked,) = split_by_month(people_by_month(6, 3, 8), FLOOR)

    assert set(groups) == {EVERYBODY, "before-2026-02", "from-2026-02"}
    assert (blocked.month, blocked.n, blocked.between) == ("March 2026", 3, "February 2026")


@given(st.lists(DAYS, max_size=60), st.integers(min_value=1, max_value=9))
def test_no_two_groups_that_may_be_chosen_differ_by_fewer_than_the_floor(days, floor):
    begin = datetime(2025, 11, 1, tzinfo=UTC)
    groups, _ = split_by_month(
        {n: begin + timedelta(days=day) for n, day in enumerate(days)}, floor
    )

    shown = [who for key, who in groups.items() if key]
    assert all(len(who) >= floor for who in shown)
    for one, other in combinations([*shown, groups[EVERYBODY]], 2):
        assert len(one - other) == 0 or len(one - other) >= floor
        assert len(other - one) == 0 or len(other - one) >= floor


def test_the_complement_of_a_group_has_a_name():
    assert complement_key("from-2026-11") == "before-2026-11"
    assert complement_key("before-2026-11") == "from-2026-11"
    assert label_of("from-2026-11") == "Joined from November 2026 on"
    assert label_of("before-2026-11") == "Joined before November 2026"
    assert label_of("x-2026-99") == "All learners"


@pytest.mark.django_db
def test_real_people_under_the_floor_are_left_out_of_simulated_ones(course, settings, mia, noah):
    settings.LEGAL_PROFILE = "demo"
    made_up = class_activity.class_of(course, 3, now=TEN, simulated=True)

    found = audience_of(course)

    assert found.simulated
    assert set(found.learners) == {person.pk for person in made_up}
    assert found.is_enough(1)
    assert not found.is_enough(0)


@pytest.mark.django_db
def test_from_the_floor_on_real_people_are_shown_alone(course, settings, mia, noah):
    settings.LEGAL_PROFILE = "demo"
    class_activity.class_of(course, 3, now=TEN, simulated=True)
    real = class_activity.class_of(course, 3, now=TEN, name="real")

    found = audience_of(course)

    assert not found.simulated
    assert set(found.learners) == {person.pk for person in (mia, noah, *real)}
    assert (found.is_enough(5), found.is_enough(4)) == (True, False)


@pytest.mark.django_db
def test_a_group_that_is_not_offered_is_empty(course, settings):
    settings.LEGAL_PROFILE = "demo"
    class_activity.class_of(course, 9, now=TEN)

    for key in ("from-2026-11", "before-1999-01", "everybody", "'; --"):
        assert audience_of(course, key).learners == ()
