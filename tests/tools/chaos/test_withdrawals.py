"""A Learner withdraws while faults are injected: nothing of what was withdrawn remains.

The check detects what does remain, and does not pass what was never tried.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from django.db import connection

from consent.grants import grants
from tests.tools.chaos.conftest import QUICK
from tools.chaos import withdrawal_client
from tools.chaos.fault_schedule import FaultSchedule
from tools.chaos.faults import Fault, KillWeb
from tools.chaos.scenario import open_withdrawing_page, sign_in_visitors
from tools.chaos.withdrawal_client import Consents, Withdraw

PLANTED = "tests.tools.chaos.defects"


def withdraw_with_faults(site, user, unit, *harms, patience_s=30.0):
    """Let one person withdraw and grant again once with each fault; return the consents."""

    async def go():
        await site.proxy.open()
        (browser,) = await asyncio.to_thread(visitor_of)
        async with open_withdrawing_page(browser, user, unit.code, Random(3)) as person:
            schedule = FaultSchedule([], Random(3), QUICK)
            for harm in harms:
                await asyncio.sleep(2.5)
                await schedule.apply_fault(Withdraw(site, person, harm))
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(
                site.fault_thread, person.settle, lambda: None, patience_s
            )
        await site.proxy.close()
        return found

    def visitor_of():
        try:
            return sign_in_visitors([user], site.proxy)
        finally:
            connection.close()

    return asyncio.run(go())


@pytest.mark.django_db(transaction=True)
def test_withdrawn_data_are_gone_and_newly_granted_data_are_stored(site_with, users, unit):
    site = site_with()
    found = withdraw_with_faults(site, users[0], unit, Fault(site), KillWeb(site), Fault(site))
    assert found.broken == [], (found, site.log("web")[-2000:])
    assert found.withdrawals == 3
    assert found.unsure == 0
    assert found.looks >= 7
    assert found.blocks_since > 0


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_removes_nothing_is_detected(site_with, users, unit, monkeypatch):
    """Planted: the Grants end, but the data stay."""

    def only_freeze(subject, scopes, *, now):
        grants.freeze(subject, scopes, now=now)
        grants.mark_cleared(subject, scopes)

    monkeypatch.setattr(withdrawal_client.erasure, "withdraw", only_freeze)
    site = site_with()
    found = withdraw_with_faults(site, users[0], unit, Fault(site), patience_s=5.0)
    assert found.withdrawals == 1
    assert "dead_rows" in found.broken, found


@pytest.mark.django_db(transaction=True)
def test_blocks_stored_after_the_withdrawal_are_detected(site_with, users, unit, without_trigger):
    site = site_with(f"{PLANTED}.deaf_gate:application")
    found = withdraw_with_faults(site, users[0], unit, Fault(site), Fault(site), patience_s=5.0)
    assert "dead_rows" in found.broken, (found, site.log("web")[-2000:])


def test_what_was_never_tried_does_not_pass():
    nothing = Consents(*[0] * 8)
    assert nothing.broken == ["withdrawals", "looks", "blocks_since"]


@pytest.fixture
def without_trigger():
    """Drop the trigger of the table of Blocks, and restore it after the test."""
    trigger = "telemetry_block_needs_grant"
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE telemetry_block DISABLE TRIGGER {trigger}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE telemetry_block ENABLE TRIGGER {trigger}")
        cursor.execute("SET ROLE attune_app")
