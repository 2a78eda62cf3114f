"""The import worker: it survives errors, and changes only its own row."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from authoring import translatable_message
from authoring.errors import BrokenPackage
from authoring.imports import import_requests, worker
from authoring.imports.import_course import NEW
from authoring.imports.read_package import SeveralCourses
from authoring.imports.target import Target
from authoring.models import Arrival
from courses.media.stored_file import StoreUnavailable
from tests.fixtures.media_files import arrival_file

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def arrival(media, ines):
    return import_requests.send(SimpleUploadedFile("a.zip", b"PK"), target=NEW, by=ines, now=NOW)


@pytest.fixture
def reads(monkeypatch):
    """Return a function that replaces the import."""

    def replace(act):
        monkeypatch.setattr(worker, "import_package", lambda *args, **options: act())

    return replace


def raising(error):
    def act():
        raise error

    return act


def process(row):
    worker.process_due(now=lambda: NOW)
    row.refresh_from_db()
    return row


def take_over(row):
    """Take the row as another worker does once the first lease has expired."""
    Arrival.objects.filter(pk=row.pk).update(tries=2)


def test_error_while_splitting_a_pool_fails_only_its_row(arrival, reads, monkeypatch):
    reads(raising(SeveralCourses(["One", "Two"])))
    monkeypatch.setattr(import_requests, "split", lambda *args, **now: 1 / 0)
    assert process(arrival).state == "failed"
    assert not arrival_file(arrival).exists()


@pytest.mark.parametrize(("number", "state"), [(20, "owed"), (21, "refused")])
def test_a_pool_may_become_twenty_courses_at_once(arrival, reads, monkeypatch, number, state):
    names = [f"Course {place}" for place in range(number)]
    reads(raising(SeveralCourses(names)))
    monkeypatch.setattr(worker, "_process", once(worker._process))
    assert process(arrival).state == state
    assert Arrival.objects.count() == (number if state == "owed" else 1)
    if state == "refused":
        assert "contains 21 courses; upload at most 20" in translatable_message.format_stored(
            arrival.why
        )


def once(act):
    """Run the act for the first row, and nothing for the rows that it adds."""
    left = [act]

    def acted(row, now):
        if left:
            left.pop()(row, now)
        else:
            Arrival.objects.filter(pk=row.pk).update(due_at=NOW + worker.LEASE)

    return acted


def test_row_taken_by_another_worker_is_not_split(arrival):
    take_over(arrival)
    import_requests.split(arrival, ["One", "Two"], now=NOW)
    assert Arrival.objects.count() == 1
    assert Arrival.objects.get().parts == []


@pytest.mark.parametrize(
    "error", [worker.ImportCancelled(), BrokenPackage("a.zip", "", "no"), OSError()]
)
def test_late_worker_leaves_the_file_to_its_successor(arrival, reads, error):
    def act():
        take_over(arrival)
        raise error

    reads(act)
    assert process(arrival).state == "owed"
    assert arrival_file(arrival).is_file()


def test_an_outage_of_the_store_uses_up_no_try_and_loses_no_package(arrival, reads):
    reads(raising(StoreUnavailable("away")))
    for number in range(2 * worker.MAX_TRIES):
        at = NOW + number * worker.LEASE
        assert worker.process_due(now=lambda at=at: at) == 1
    arrival.refresh_from_db()
    assert (arrival.state, arrival.tries) == ("owed", 0)
    assert arrival_file(arrival).is_file()


def test_worker_deletes_the_file_of_a_cancelled_import(arrival, reads):
    def act():
        Arrival.objects.all().delete()
        raise worker.ImportCancelled

    reads(act)
    worker.process_due(now=lambda: NOW)
    assert not arrival_file(arrival).parent.exists()


def test_unconfirmed_import_expires_with_a_reason(media, ines):
    sent = SimpleUploadedFile("a.zip", b"PK")
    target = Target(slug="own", updates=True)
    row = import_requests.send(sent, target=target, by=ines, now=NOW)
    Arrival.objects.update(state="ready", due_at=None)
    import_requests.clear_expired(now=NOW + import_requests.MAX_WAIT)
    row.refresh_from_db()
    assert (row.state, translatable_message.format_stored(row.why)) == (
        "refused",
        "You did not confirm the import within 7 days.",
    )
    assert not arrival_file(row).exists()


def test_a_folder_needs_no_longer_lease_for_a_large_package(arrival, reads):
    Arrival.objects.filter(pk=arrival.pk).update(bytes=10**12)
    due = []
    reads(lambda: due.append(Arrival.objects.get(pk=arrival.pk).due_at))
    process(arrival)
    assert due == [NOW + worker.LEASE]
