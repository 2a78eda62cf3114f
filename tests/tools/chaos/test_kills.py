"""A web process killed while pages send: what it acknowledged is stored, once and unchanged.

The checks also detect each planted defect by its effects.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from pipeline.window_processing import drain
from tests.tools.chaos.conftest import inject_faults_into
from tools.chaos import invariants
from tools.chaos.faults import Drain, KillWeb, KillWhileLocked
from tools.chaos.network_faults import JUMPS_S, ClockJump, NetworkFault
from tools.testbed.proxy import NetworkConditions

pytestmark = pytest.mark.django_db(transaction=True)
PLANTED = "tests.tools.chaos.defects"


def found_in(schedule):
    return invariants.judge(page.outbox for page in schedule.pages)


def effects_of(schedule):
    """Count effects once all work due within a quarter of a minute is done."""
    soon = timezone.now() + timedelta(seconds=15)
    drain(now=lambda: soon, rng=random.Random(1))
    return invariants.count_effects([page.sitting for page in schedule.pages], now=soon)


def test_a_killed_web_process_loses_duplicates_or_changes_nothing(site_with, users, unit):
    site = site_with()
    half_open = NetworkFault(site, "half-open", NetworkConditions(deaf=True), cut_after=True)
    schedule = inject_faults_into(
        site, users, unit, KillWeb(site), KillWhileLocked(site), half_open
    )
    verdict, effects = found_in(schedule), effects_of(schedule)
    assert verdict.broken == [], (verdict, [page.errors for page in schedule.pages])
    assert verdict.acknowledged == verdict.sent > 50
    assert schedule.kills == 2
    assert max(schedule.recovered_s) < 10
    assert effects.broken == [], effects
    assert effects.windows >= 2 * len(users)
    assert "Traceback" not in site.log("web")


def test_a_terminated_web_process_says_goodbye_and_loses_nothing(site_with, users, unit):
    site = site_with()
    drain = Drain(site)
    schedule = inject_faults_into(site, users, unit, drain)
    assert [page.ended_with for page in schedule.pages] == [[1012]] * len(users)
    assert found_in(schedule).broken == []
    assert drain.slow == 0
    assert "Traceback" not in site.log("web"), site.log("web")


@pytest.mark.parametrize("seconds", JUMPS_S)
def test_data_of_a_wrong_clock_are_refused_and_the_rest_is_stored(site_with, users, unit, seconds):
    site = site_with()
    schedule = inject_faults_into(
        site, users, unit, lambda pages: ClockJump(site, pages[:2], seconds), seed=3
    )
    verdict = invariants.judge((page.outbox for page in schedule.pages), allowed=schedule.refuses)
    assert verdict.broken == [], (verdict, [page.errors for page in schedule.pages])
    refused = [page.outbox.refused["bad_values"] for page in schedule.pages]
    assert min(refused[:2]) > 0
    assert refused[2:] == [0, 0, 0]
    assert max(schedule.recovered_s) < 30


def test_an_ack_before_the_commit_is_detected(site_with, users, unit):
    site = site_with(f"{PLANTED}.early_ack:application")
    verdict = found_in(inject_faults_into(site, users, unit, KillWhileLocked(site)))
    assert verdict.lost > 0
    assert verdict.doubled == verdict.corrupt == 0


def test_a_table_without_its_key_is_detected(site_with, users, unit, without_key):
    site = site_with()
    half_open = NetworkFault(site, "half-open", NetworkConditions(deaf=True), cut_after=True)
    verdict = found_in(inject_faults_into(site, users, unit, half_open))
    assert verdict.doubled > 0
    assert verdict.lost == 0


def test_work_announced_only_by_wake_ups_is_detected(site_with, users, unit):
    site = site_with(f"{PLANTED}.wake_only:application")
    schedule = inject_faults_into(site, users, unit, KillWeb(site))
    assert found_in(schedule).broken == []
    assert effects_of(schedule).windows_missing > 0


def test_changed_content_is_detected(site_with, users, unit):
    site = site_with(f"{PLANTED}.other_content:application")
    verdict = found_in(inject_faults_into(site, users, unit))
    assert verdict.corrupt >= len(users)
    assert verdict.lost == verdict.doubled == 0


@pytest.fixture
def without_key():
    """Drop the primary key of the table of Blocks, and restore it after the test."""
    key = "telemetry_block_pkey"
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE telemetry_block DROP CONSTRAINT {key}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("TRUNCATE telemetry_block")
        cursor.execute(
            f"ALTER TABLE telemetry_block ADD CONSTRAINT {key}"
            " PRIMARY KEY (day, sitting, stream, seq)"
        )
        cursor.execute("SET ROLE attune_app")
