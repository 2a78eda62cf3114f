"""Work that is done twice has its effect once; a table that allowed duplicates would be detected.

Planted: tables without their unique constraint, and a worker that does its work twice.
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
from tests.tools.chaos.conftest import inject_faults_into
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


def process_windows_twice(site, users, unit, monkeypatch):
    """Process Windows with a worker that does not mark them done, then with one that does."""
    for folder in settings.ARTEFACTS_DIR.glob(f"{SHOWN}-*"):
        predictors.register(folder, now=timezone.now())
    schedule = inject_faults_into(site, users[:2], unit)
    soon = timezone.now() + timedelta(seconds=15)
    with monkeypatch.context() as patched:
        patched.setattr(windows, "finish", lambda *_, **__: None)
        drain(soon)
    drain(soon + windows.LEASE + timedelta(seconds=1))
    return invariants.count_effects([page.sitting for page in schedule.pages], now=soon)


def test_a_window_processed_twice_has_one_estimate(site_with, users, unit, monkeypatch):
    effects = process_windows_twice(site_with(), users, unit, monkeypatch)
    assert effects.estimates > 0
    assert effects.broken == []


def test_duplicate_estimates_are_detected(
    site_with, users, unit, monkeypatch, without_unique_constraints
):
    effects = process_windows_twice(site_with(), users, unit, monkeypatch)
    assert effects.estimates_twice > 0
    assert effects.interventions_twice == 0


def store_offer_twice(person, monkeypatch):
    """Fire a rule and have the worker store its offer twice."""
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
    return invariants.count_effects([sitting.id], now=times[-1])


def test_an_offer_stored_twice_exists_once(mia, monkeypatch, caplog):
    assert store_offer_twice(mia, monkeypatch).broken == []
    assert "adaptation_intervention_once" in caplog.text


def test_duplicate_offers_are_detected(mia, monkeypatch, without_unique_constraints):
    assert store_offer_twice(mia, monkeypatch).interventions_twice == 1


@pytest.fixture
def without_unique_constraints():
    """Drop the unique constraints, and restore them after the test."""
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
