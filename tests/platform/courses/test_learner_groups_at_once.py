"""Two Teachers change one group at once, in a real database: nothing is lost or made up."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, transaction
from django.http import Http404

from audit.models import Leaf
from courses import learner_groups
from courses.models import Enrolment, LearnerGroup
from tests.fixtures import factories

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def course(mia, noah, ines):
    course = factories.make_course("algebra")
    for learner in (mia, noah):
        factories.make_enrolment(learner, course)
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def group(course):
    return factories.make_group(course)


@contextmanager
def another_waits(act):
    """Run `act` on another connection until it ends or waits for this transaction; then commit."""
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        started = []

        def begin():
            started.append(pool.submit(close_after, act))
            while not started[0].done() and not is_one_waiting():
                time.sleep(0.01)
            return started[0]

        yield begin


def close_after(act):
    try:
        return act()
    finally:
        connection.close()


def is_one_waiting():
    """Return whether another connection waits for this one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted"
            " AND pg_backend_pid() = ANY (pg_blocking_pids(pid))"
        )
        return cursor.fetchone() is not None


def test_a_rename_does_not_bring_back_a_group_deleted_meanwhile(group, ines, now):
    stale = LearnerGroup.objects.get()
    with another_waits(lambda: learner_groups.rename_group(stale, "Friday", by=ines)) as begin:
        learner_groups.delete_group(group, by=ines, now=now)
        renaming = begin()
    with pytest.raises(Http404):
        renaming.result(10)
    assert LearnerGroup.objects.get().deleted_at == now
    assert not Leaf.objects.filter(public__contains="group_named").exists()


def test_a_deletion_keeps_the_name_that_the_group_was_given_meanwhile(group, ines, now):
    stale = LearnerGroup.objects.get()
    with another_waits(lambda: learner_groups.delete_group(stale, by=ines, now=now)) as begin:
        learner_groups.rename_group(group, "Friday", by=ines)
        deleting = begin()
    deleting.result(10)
    kept = LearnerGroup.objects.get()
    assert (kept.name, kept.deleted_at) == ("Friday", now)


def test_a_group_forgotten_meanwhile_is_not_restored(course, group, ines, now):
    late = now + 2 * learner_groups.RESTORE_WITHIN
    learner_groups.delete_group(group, by=ines, now=now)
    stale = LearnerGroup.objects.get()
    restore = lambda: learner_groups.restore_group(stale, by=ines, now=late)  # noqa: E731
    with another_waits(restore) as begin:
        learner_groups.forget_deleted(now=late)
        restoring = begin()
    with pytest.raises(Http404):
        restoring.result(10)
    assert not learner_groups.list_groups(course).exists()


def test_no_one_is_put_into_a_group_deleted_meanwhile(course, group, mia, noah, ines, now):
    people = [mia.code, noah.code]
    move = lambda: learner_groups.move_learners(course, people, group, by=ines)  # noqa: E731
    with another_waits(move) as begin:
        learner_groups.delete_group(group, by=ines, now=now)
        moving = begin()
    with pytest.raises(Http404):
        moving.result(10)
    assert not Enrolment.objects.filter(group__isnull=False).exists()
    assert not Leaf.objects.filter(verb="enrolment.change").exists()


def test_a_move_after_another_says_truly_where_each_one_was(course, group, mia, ines):
    friday = factories.make_group(course, name="Friday")
    move = lambda: learner_groups.move_learners(course, [mia.code], friday, by=ines)  # noqa: E731
    with another_waits(move) as begin:
        learner_groups.move_learners(course, [mia.code], group, by=ines)
        moving = begin()
    assert moving.result(10) == {mia.code: group.code}
