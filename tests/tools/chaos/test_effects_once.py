"""Work that is done twice has its effect once; and where a table would take it twice, it is seen.

Planted: the tables without the constraint that says once, and a worker that does things twice.
"""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from adaptation.offers import decision_record
from estimates.registry import predictors
from pipeline import window_processing as pipeline_windows
from telemetry import sittings, windows
from tests.fixtures import factories
from tests.fixtures.offers import answer
from tests.tools.chaos.conftest import attacked
from tools.chaos import invariants
from tools.testbed.sandbox import SHOWN

pytestmark = pytest.mark.django_db(transaction=True)
FIRES_AT = 46
ONCE = {
    "estimates_affectestimate": "sitting, cut, predictor",
    "adaptation_intervention": "sitting, rule, cut",
}


def drain(at):
    pipeline_windows.drain(now=lambda: at, rng=random.Random(1))


def guessed_twice(site, users, unit, monkeypatch):
    """Windows are worked off by a worker that leaves no mark, and once more by one that does."""
    for folder in settings.ARTEFACTS_DIR.glob(f"{SHOWN}-*"):
        predictors.register(folder, now=timezone.now())
    storm = attacked(site, users[:2], unit)
    soon = timezone.now() + timedelta(seconds=15)
    with monkeypatch.context() as patched:
        patched.setattr(windows, "finish", lambda *_, **__: None)
        drain(soon)
    drain(soon + windows.LEASE + timedelta(seconds=1))
    return invariants.effects([page.sitting for page in storm.pages], now=soon)


def test_a_window_that_is_guessed_about_twice_has_one_estimate(site_with, users, unit, monkeypatch):
    effects = guessed_twice(site_with(), users, unit, monkeypatch)
    assert effects.estimates > 0
    assert effects.broken == []


def test_estimates_that_are_there_twice_are_found(
    site_with, users, unit, monkeypatch, without_once
):
    effects = guessed_twice(site_with(), users, unit, monkeypatch)
    assert effects.estimates_twice > 0
    assert effects.interventions_twice == 0


def offered_twice(person, monkeypatch):
    """A rule fires, and a worker writes its offer down and once more."""
    honest = decision_record._create_row
    monkeypatch.setattr(
        decision_record, "_create_row", lambda *told: [honest(*told), honest(*told)][1]
    )
    unit = factories.make_quiz_unit()
    factories.make_enrolment(person, unit.course)
    began = timezone.now() - timedelta(minutes=1)
    sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
    for second in (10, 15):
        answer(sitting, unit.questions.get(position=1), "999", second)
    times = [sitting.began_at + timedelta(seconds=second) for second in range(FIRES_AT + 1)]
    for at in times:
        drain(at)
    return invariants.effects([sitting.id], now=times[-1])


def test_an_offer_that_is_written_twice_is_not_there_twice(mia, monkeypatch, caplog):
    assert offered_twice(mia, monkeypatch).broken == []
    assert "adaptation_intervention_once" in caplog.text


def test_offers_that_are_there_twice_are_found(mia, monkeypatch, without_once):
    assert offered_twice(mia, monkeypatch).interventions_twice == 1


@pytest.fixture
def without_once():
    """The tables as somebody might have made them; the constraints are put back."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for table in ONCE:
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {table}_once")
        cursor.execute("SET ROLE attune_app")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        for table, columns in ONCE.items():
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {table}_once UNIQUE ({columns})")
        cursor.execute("SET ROLE attune_app")
