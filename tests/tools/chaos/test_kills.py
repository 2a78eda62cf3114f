"""A web process is killed under sending pages: what it acknowledged is there, once, unchanged.

And the checkers see it where that is not so: each planted defect is found by what it does.
"""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from pipeline.window_processing import drain
from tests.tools.chaos.conftest import attacked
from tools.chaos import invariants
from tools.chaos.faults import Drain, KillWeb, KillWhileLocked
from tools.chaos.network_faults import JUMPS_S, ClockJump, Network
from tools.testbed.proxy import Weather

pytestmark = pytest.mark.django_db(transaction=True)
PLANTED = "tests.tools.chaos.defects"


def found_in(storm):
    return invariants.judge(page.outbox for page in storm.pages)


def effects_of(storm):
    """Once everything is worked off that falls due within a quarter of a minute."""
    soon = timezone.now() + timedelta(seconds=15)
    drain(now=lambda: soon, rng=random.Random(1))
    return invariants.effects([page.sitting for page in storm.pages], now=soon)


def test_a_killed_web_process_loses_doubles_and_changes_nothing(site_with, users, unit):
    site = site_with()
    half_open = Network(site, "half-open", Weather(deaf=True), cut_after=True)
    storm = attacked(site, users, unit, KillWeb(site), KillWhileLocked(site), half_open)
    verdict, effects = found_in(storm), effects_of(storm)
    assert verdict.broken == [], (verdict, [page.errors for page in storm.pages])
    assert verdict.acknowledged == verdict.sent > 50
    assert storm.kills == 2
    assert max(storm.recovered_s) < 10
    assert effects.broken == [], effects
    assert effects.windows >= 2 * len(users)
    assert "Traceback" not in site.log("web")


def test_a_web_process_that_is_told_to_end_says_so_and_loses_nothing(site_with, users, unit):
    site = site_with()
    drain = Drain(site)
    storm = attacked(site, users, unit, drain)
    assert [page.ended_with for page in storm.pages] == [[1012]] * len(users)
    assert found_in(storm).broken == []
    assert drain.slow == 0
    assert "Traceback" not in site.log("web"), site.log("web")


@pytest.mark.parametrize("seconds", JUMPS_S)
def test_what_a_clock_that_was_set_tells_is_refused_and_all_else_is_stored(
    site_with, users, unit, seconds
):
    site = site_with()
    storm = attacked(site, users, unit, lambda pages: ClockJump(site, pages[:2], seconds), seed=3)
    verdict = invariants.judge((page.outbox for page in storm.pages), allowed=storm.refuses)
    assert verdict.broken == [], (verdict, [page.errors for page in storm.pages])
    refused = [page.outbox.refused["bad_values"] for page in storm.pages]
    assert min(refused[:2]) > 0
    assert refused[2:] == [0, 0, 0]
    assert max(storm.recovered_s) < 30


def test_an_ack_before_the_commit_is_found(site_with, users, unit):
    site = site_with(f"{PLANTED}.early_ack:application")
    verdict = found_in(attacked(site, users, unit, KillWhileLocked(site)))
    assert verdict.lost > 0
    assert verdict.doubled == verdict.corrupt == 0


def test_a_table_without_its_key_is_found(site_with, users, unit, without_key):
    site = site_with()
    half_open = Network(site, "half-open", Weather(deaf=True), cut_after=True)
    verdict = found_in(attacked(site, users, unit, half_open))
    assert verdict.doubled > 0
    assert verdict.lost == 0


def test_work_that_is_only_woken_for_is_found(site_with, users, unit):
    site = site_with(f"{PLANTED}.wake_only:application")
    storm = attacked(site, users, unit, KillWeb(site))
    assert found_in(storm).broken == []
    assert effects_of(storm).windows_missing > 0


def test_other_content_than_was_sent_is_found(site_with, users, unit):
    site = site_with(f"{PLANTED}.other_content:application")
    verdict = found_in(attacked(site, users, unit))
    assert verdict.corrupt >= len(users)
    assert verdict.lost == verdict.doubled == 0


@pytest.fixture
def without_key():
    """The table of Blocks as somebody might have made it; the key is put back."""
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
