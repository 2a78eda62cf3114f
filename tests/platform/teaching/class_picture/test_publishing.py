"""Publishing continues after failures, and does not wait for a correction in progress."""

from __future__ import annotations

import logging
import threading

import pytest
from django.db import OperationalError, connection, transaction

from consent.models import Grant
from estimates.models import AffectEstimate, Publication
from teaching.class_picture import cells, participants
from tests.fixtures import factories
from tests.platform.teaching.class_picture.test_cells import LATER, dispute, publish_only_cell
from tests.platform.teaching.conftest import BOTH, TEN, sit, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def broken_course(mia, allow, feel):
    """A course whose class picture the database rejects, because of an unknown label."""
    course = factories.make_course("broken")
    factories.make_enrolment(mia, course)
    unit = factories.make_video_unit(course)
    mia.simulated = True
    mia.save(update_fields=["simulated"])
    allow(mia, *BOTH)
    sitting = sit(mia, unit, TEN)
    tell(sitting, "play", TEN, 0.0)
    feel(sitting, 2, GLADNESS=0.6)
    return course


def test_a_course_that_fails_is_logged_and_retried_while_others_go_on(
    broken_course, course, people, watch, caplog
):
    watch(people(5), CONFUSION=0.6)

    assert publish_only_cell().n == 5

    assert not Publication.objects.filter(course=broken_course, quarter=TEN).exists()
    assert "class_picture.unpublished" in caplog.text
    AffectEstimate.objects.filter(sitting__unit__course=broken_course).delete()
    assert cells.publish_due(LATER) == 1


def test_an_unreadable_estimate_is_logged_and_left_out(course, people, watch, caplog):
    sat = watch(people(6), CONFUSION=0.6)
    spoilt = sat[0].affectestimates.all()
    spoilt.update(sealed=bytes(sat[1].affectestimates.first().sealed))

    with caplog.at_level(logging.WARNING):
        assert publish_only_cell().n == 5

    assert caplog.text.count("estimate.unreadable") == spoilt.count()
    assert str(sat[0].learner.code) not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_an_estimate_being_corrected_at_this_moment_is_left_out(course, people, watch):
    sat = watch(people(6), cuts=(2,), CONFUSION=0.6)
    corrected, go_on = threading.Event(), threading.Event()

    def correct() -> None:
        with transaction.atomic():
            dispute(sat[0], LATER)
            corrected.set()
            go_on.wait(20)
        connection.close()

    thread = threading.Thread(target=correct)
    thread.start()
    corrected.wait(20)
    try:
        seen = publish_only_cell()
    finally:
        go_on.set()
        thread.join()

    assert (seen.n, seen.members.filter(learner=sat[0].learner).count()) == (5, 0)


ESTIMATES = AffectEstimate.objects.all()
GRANTS = Grant.objects.filter(scope="pointer:teach")


@pytest.mark.parametrize("rows", [ESTIMATES, GRANTS], ids=["correction", "withdrawal"])
@pytest.mark.django_db(transaction=True)
def test_it_waits_for_the_publication_that_counts_its_estimate(
    course, people, watch, monkeypatch, rows
):
    sat = watch(people(5), CONFUSION=0.6)
    refused: list[str] = []

    def look(*args, places=participants.group_by_section, **now):
        thread = threading.Thread(
            target=_lock_now, args=(rows.filter(learner=sat[0].learner), refused)
        )
        thread.start()
        thread.join()
        return places(*args, **now)

    monkeypatch.setattr(participants, "group_by_section", look)
    assert publish_only_cell().n == 5

    assert len(refused) == 1


def _lock_now(rows, refused) -> None:
    """Take the lock that a correction or withdrawal takes first, without waiting."""
    try:
        with transaction.atomic():
            list(rows.select_for_update(nowait=True))
    except OperationalError as error:
        refused.append(str(error))
    connection.close()
