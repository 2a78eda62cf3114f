"""Which cells lost a member: of one Publication, or of all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from courses.models import Course
from estimates.group_figures import weekly_cells
from estimates.group_figures.withdrawal import cells_losing_people, withdraw_gone
from estimates.models import Cell, Publication
from estimates.models.group_figures import TEACH
from tests.platform.teaching.class_picture.test_cells import dispute
from tests.platform.teaching.conftest import TEN
from tests.platform.teaching.state_results.conftest import CONFUSED, MONDAY

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def two_weeks(people, question, try_question):
    """Twelve people who are sensed in two weeks; return their Sittings of each."""
    group = people(12)
    sat = []
    for begin in (TEN, TEN + WEEK):
        sat.append(try_question(group, question, right=True, at=begin, **CONFUSED))
        weekly_cells.publish_due(Course.objects.all(), TEACH, begin + (MONDAY - TEN))
    return sat


def test_a_correction_is_seen_in_its_own_publication_alone(two_weeks):
    dispute(two_weeks[0][0], MONDAY + WEEK)
    first, second = Publication.objects.order_by("since")

    assert cells_losing_people(first) == {first.cells.get().pk}
    assert cells_losing_people(second) == set()


def test_a_grant_that_ended_is_seen_in_every_publication(two_weeks):
    two_weeks[0][0].learner.grants.filter(scope="pointer:teach").update(live=False)

    found = [cells_losing_people(each) for each in Publication.objects.order_by("since")]

    assert found == [{each.pk} for each in Cell.objects.order_by("publication__since")]
    assert withdraw_gone() == 2
    assert not Cell.objects.exclude(state="withdrawn").exists()
