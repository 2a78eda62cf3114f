"""The people measurement with few people: file, import, pages, undo."""

from __future__ import annotations

import os
from datetime import date
from random import Random

import pytest
from django.utils import timezone

from accounts.models import Guardianship, User
from tests.fixtures.servers.web_server import served
from tools.loadtest.people import invented_people, measurement
from tools.loadtest.people.steward_browser import StewardBrowser

pytestmark = pytest.mark.django_db(transaction=True)


def run(settings, count, *, undo):
    """Run it and return the rows by their topic."""
    settings.LEGAL_PROFILE, settings.ALLOWED_HOSTS = "demo", ["127.0.0.1"]
    steward = measurement.make_steward(timezone.now())
    with served(settings) as address:
        browser = StewardBrowser(address, steward)
        programs = {"web": os.getpid()}
        found = list(measurement.measure(browser, programs, count, times=1, undo=undo))
    return {row["what"]: row for row in found}


@pytest.fixture(autouse=True)
def once(monkeypatch):
    monkeypatch.setattr(measurement, "WARM_UP", 1)


def test_sixty_people_are_imported_and_found_on_the_pages(settings):
    rows = run(settings, 60, undo=False)

    assert User.objects.filter(number_digest__isnull=False).count() == 60
    assert rows["read"]["tally"]["new"] >= 60
    assert rows["read again"]["tally"] == {"error": 0, "new": 0, "updated": 0, "same": 60}
    assert rows["apply"]["skipped"] == rows["apply"]["tally"]["error"] == 0
    assert all(row["p95_ms"] >= row["p50_ms"] > 0 for row in rows.values() if "p95_ms" in row)
    assert rows["all of them"]["requests"] == 12
    assert rows["memory after the pages"]["web_peak_grown_mb"] >= 0


def test_an_undo_removes_everybody(settings):
    rows = run(settings, 3, undo=True)

    assert rows["undo"]["minutes"] >= 0
    assert User.objects.count() == 1


def test_a_list_is_reproducible_with_teachers_birth_dates_and_guardians():
    people = invented_people.invent(1000, rng=Random(0))

    assert people == invented_people.invent(1000, rng=Random(0))
    assert {person.role for person in people} == {"learner", "teacher", "author"}
    assert len({person.number for person in people}) == 1000
    assert any(person.guardian for person in people)
    assert all(date.fromisoformat(person.born) for person in people if person.born)
    assert not Guardianship.objects.exists()
    assert invented_people.as_csv(people).count(b"\n") == 1001
