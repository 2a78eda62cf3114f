"""Somebody takes back what they allow while the site is harmed: nothing of that stands afterwards.

And the checker sees it where something does, and does not call held what was never tried.
"""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from django.db import connection

from consent.grants import grants
from tests.tools.chaos.conftest import QUICK
from tools.chaos import withdrawal_client
from tools.chaos.fault_schedule import Storm
from tools.chaos.faults import Fault, KillWeb
from tools.chaos.scenario import visitors, wavering
from tools.chaos.withdrawal_client import Consents, Withdraw

PLANTED = "tests.tools.chaos.defects"


def changed_their_mind(site, user, unit, *harms, patience_s=30.0):
    """One person sends, and takes back and allows once with each harm; what their Sitting says."""

    async def go():
        await site.proxy.open()
        (browser,) = await asyncio.to_thread(visitor_of)
        async with wavering(browser, user, unit.code, Random(3)) as person:
            storm = Storm([], Random(3), QUICK)
            for harm in harms:
                await asyncio.sleep(2.5)
                await storm.strike(Withdraw(site, person, harm))
            loop = asyncio.get_running_loop()
            found = await loop.run_in_executor(site.hands, person.settle, lambda: None, patience_s)
        await site.proxy.close()
        return found

    def visitor_of():
        try:
            return visitors([user], site.proxy)
        finally:
            connection.close()

    return asyncio.run(go())


@pytest.mark.django_db(transaction=True)
def test_what_was_withdrawn_is_gone_and_what_is_allowed_again_is_stored(site_with, users, unit):
    site = site_with()
    found = changed_their_mind(site, users[0], unit, Fault(site), KillWeb(site), Fault(site))
    assert found.broken == [], (found, site.log("web")[-2000:])
    assert found.withdrawals == 3
    assert found.unsure == 0
    assert found.looks >= 7
    assert found.blocks_since > 0


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_that_only_says_so_is_found(site_with, users, unit, monkeypatch):
    """Planted: the Grants fall, and what was taken under them stays."""

    def only_freeze(subject, scopes, *, now):
        grants.freeze(subject, scopes, now=now)
        grants.mark_cleared(subject, scopes)

    monkeypatch.setattr(withdrawal_client.erasure, "withdraw", only_freeze)
    site = site_with()
    found = changed_their_mind(site, users[0], unit, Fault(site), patience_s=5.0)
    assert found.withdrawals == 1
    assert "dead_rows" in found.broken, found


@pytest.mark.django_db(transaction=True)
def test_blocks_that_land_after_the_withdrawal_are_found(site_with, users, unit, without_wall):
    site = site_with(f"{PLANTED}.deaf_gate:application")
    found = changed_their_mind(site, users[0], unit, Fault(site), Fault(site), patience_s=5.0)
    assert "dead_rows" in found.broken, (found, site.log("web")[-2000:])


def test_what_was_never_tried_has_not_held():
    nothing = Consents(*[0] * 8)
    assert nothing.broken == ["withdrawals", "looks", "blocks_since"]


@pytest.fixture
def without_wall():
    """The table of Blocks without its trigger; it is put back."""
    trigger = "telemetry_block_needs_grant"
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE telemetry_block DISABLE TRIGGER {trigger}")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(f"ALTER TABLE telemetry_block ENABLE TRIGGER {trigger}")
        cursor.execute("SET ROLE attune_app")
