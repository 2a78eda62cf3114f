"""The board highlights only a range that lies wholly outside the typical one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from estimates.group_figures.proportions import Picture
from estimates.models import Cell, Publication
from teaching.class_picture.typical_range import is_unusual, typical_ranges
from tests.fixtures import factories
from tests.platform.teaching.conftest import TEN


@pytest.mark.parametrize(
    ("found", "unusual"), [((30, 40), True), ((25, 40), False), ((0, 5), True), ((5, 60), False)]
)
def test_only_a_range_wholly_outside_is_framed(found, unusual):
    assert is_unusual(found, (10, 25)) is unusual


def test_nothing_is_highlighted_without_a_typical_range():
    assert not is_unusual((90, 100), None)


@pytest.mark.django_db
@pytest.mark.parametrize(("count", "known"), [(7, False), (8, True)])
def test_the_typical_range_is_the_median_of_eight_earlier_cells(count, known, settings):
    settings.LEGAL_PROFILE = "demo"
    course = factories.make_course()
    skill = factories.make_skill(course)
    for number in range(count + 1):
        quarter = TEN + timedelta(minutes=15 * number)
        made = Publication.objects.create(course=course, quarter=quarter, at=quarter)
        Cell.objects.create(
            publication=made,
            skill=skill,
            at=quarter,
            floor=5,
            n=50,
            labels=["CONFUSION"],
            shares=[95 if number == count else 20],
        )

    middle = Picture(50, {"CONFUSION": 20}, 0, simulated=False).ranges
    assert typical_ranges(course, TEN + timedelta(minutes=15 * count)) == (middle if known else {})
