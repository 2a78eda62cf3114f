"""Each due row goes to one worker, the longest due first, and a lease ends by itself."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from privacy.models import RecordsSent
from tests.fixtures.users import make
from work_queue.due_rows import lease_due, lock_due, lock_free, process_each, take_lease

LEASE = timedelta(minutes=5)
ROWS = RecordsSent.objects


@pytest.fixture
def due(now):
    """Return three rows, due for three, two and one minutes, and store one that is not due."""

    def row(name, minutes):
        at = now - timedelta(minutes=minutes)
        return ROWS.create(learner=make(name), until=at, due_at=at)

    row("nils", -1)
    return [row("nora", 3), row("nick", 2), row("nina", 1)]


def in_another_worker(take):
    """Return what `take` gives to a worker with a connection of its own."""
    found = []

    def work():
        with transaction.atomic():
            found.extend(take())
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(10)
    assert not thread.is_alive(), "a worker waited for another"
    return found


@pytest.mark.django_db(transaction=True)
def test_a_worker_skips_the_rows_of_another_and_does_not_wait(due, now):
    with transaction.atomic():
        mine = lock_due(ROWS.all(), 2, now=now)
        others = in_another_worker(lambda: lock_due(ROWS.all(), 3, now=now))
        free = in_another_worker(lambda: lock_free(ROWS.filter(due_at__lte=now)))
    assert (mine, others, free) == (due[:2], due[2:], due[2:])


@pytest.mark.django_db
def test_a_lease_moves_the_row_that_was_due_longest_and_counts_the_try(due, now):
    row = take_lease(ROWS.all(), now=now, lease=LEASE, statements=4)
    assert (row, row.tries, row.due_at, row.statements) == (due[0], 1, now + LEASE, 4)
    row.refresh_from_db()
    assert (row.tries, row.due_at, row.statements) == (1, now + LEASE, 4)


@pytest.mark.django_db
def test_leased_rows_fall_due_again_when_their_lease_ends(due, now):
    assert lease_due(ROWS.all(), 2, now=now, lease=LEASE) == due[:2]
    assert lease_due(ROWS.all(), 2, now=now, lease=LEASE) == due[2:]
    assert take_lease(ROWS.all(), now=now, lease=LEASE) is None
    again = lease_due(ROWS.all(), 9, now=now + LEASE, lease=LEASE)
    assert set(due) <= set(again)


def test_an_error_of_one_row_stops_no_other():
    failed = []

    def process(row):
        if row == "bad":
            raise IndexError("unforeseen")
        return row == "good"

    rows = ["good", "bad", "unchanged", "good"]
    postpone = lambda row, error: failed.append((row, type(error)))  # noqa: E731
    assert process_each(rows, process, postpone=postpone) == 2
    assert failed == [("bad", IndexError)]
