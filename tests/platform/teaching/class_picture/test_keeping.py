"""The class picture is deleted after the profile's retention period, "handled" after eight days."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from estimates.models import Cell, Member, Publication
from privacy.retention import expiry
from teaching.class_picture import cells
from teaching.models import Handled
from tests.platform.teaching.class_picture.test_cells import publish_only_cell
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


@pytest.mark.parametrize(("profile", "days"), [("demo", 7), ("", 30)])
def test_a_class_picture_is_deleted_with_its_cells_and_members(
    course, people, watch, settings, profile, days
):
    watch(people(5), CONFUSION=0.6)
    publish_only_cell()
    settings.LEGAL_PROFILE = profile

    expiry.delete_expired(now=TEN + days * DAY)
    assert Cell.objects.exists()
    expiry.delete_expired(now=TEN + days * DAY + SECOND)

    assert not Cell.objects.exists()
    assert not Member.objects.exists()
    assert not Publication.objects.filter(quarter=TEN).exists()


def test_a_younger_class_picture_stays(course, people, watch):
    watch(people(5), CONFUSION=0.6)
    publish_only_cell()
    Publication.objects.create(course=course, quarter=TEN - DAY, at=TEN - DAY)

    expiry.delete_expired(now=TEN + 6 * DAY + SECOND)

    assert Cell.objects.get().publication.quarter == TEN
    assert not Publication.objects.filter(quarter=TEN - DAY).exists()


def test_handled_rows_are_deleted_after_eight_days(course, mia, ines):
    Handled.objects.create(course=course, learner=mia, about=uuid.uuid4(), by=ines, at=TEN)

    expiry.delete_expired(now=TEN + 8 * DAY)
    assert Handled.objects.exists()
    expiry.delete_expired(now=TEN + 8 * DAY + SECOND)

    assert not Handled.objects.exists()


def test_a_deleted_picture_is_not_published_again(course, people, watch):
    watch(people(5), CONFUSION=0.6)
    publish_only_cell()
    expiry.delete_expired(now=TEN + 8 * DAY)

    assert cells.publish_due(TEN + 8 * DAY) == 0
