"""Every way to end a session closes its sockets, and nothing is stored afterwards."""

from __future__ import annotations

import asyncio
import time
import uuid

import pyotp
import pytest
from channels.db import database_sync_to_async
from django.contrib.auth.hashers import make_password
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from accounts.api_tokens import api_tokens
from accounts.mfa import second_factor
from accounts.models import ApiToken, Session, User
from accounts.people import lock_account, set_password
from accounts.sessions.session_watch import current_watch
from consent.permits import gate
from privacy.erasure import erasure
from telemetry.device_tokens import device_tokens
from telemetry.models import Block, DeviceToken, Event
from tests.fixtures.accounts.second_factor import with_factor
from tests.fixtures.sockets.lab_device import BridgeClient
from tests.fixtures.sockets.socket_client import SocketPage, block
from tests.fixtures.users import PASSWORD
from tests.platform.realtime.blocks.test_ingest import say_yes

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
SIGNED_OUT = 4401
MEASURED = 100


def of_page(page):
    """Return a browser with the page's own cookie."""
    client = Client()
    name, _, value = page.cookie.decode().partition("=")
    client.cookies[name] = value
    return client


def elsewhere(mia):
    client = Client()
    client.force_login(mia)
    Session.objects.filter(user=mia).update(factor_at=timezone.now(), confirmed_at=timezone.now())
    return client


def log_out(page, _mia):
    assert of_page(page).post("/accounts/logout/").status_code == 204


def everywhere(_page, mia):
    assert elsewhere(mia).post("/accounts/logout/", {"everywhere": "1"}).status_code == 204


def others(_page, mia):
    assert elsewhere(mia).post("/accounts/security/others/").status_code == 302


def new_password(_page, mia):
    new = {"old": PASSWORD, "new": "a staple in it", "again": "a staple in it"}
    assert elsewhere(mia).post("/accounts/password/", new).status_code == 302


def password_of_a_shell(_page, mia):
    set_password(mia, "a staple in it")


def password_of_a_row(_page, mia):
    """Change the row directly: no hint is sent, so the watch must find it."""
    User.objects.filter(pk=mia.pk).update(password=make_password("a staple in it"))


def factor_added(_page, mia):
    client, now = elsewhere(mia), timezone.now()
    assert client.post("/accounts/factor/add/", {"begin": "1"}).status_code == 302
    proof = pyotp.TOTP(second_factor.read_new_secret(mia, now=now)).at(now)
    assert client.post("/accounts/factor/add/", {"proof": proof}).status_code == 200


def factor_added_in_a_row(_page, mia):
    with_factor(mia, now=timezone.now())


def factor_removed(_page, mia):
    second_factor.remove(mia, actor=mia.code, now=timezone.now())


def expired(_page, mia):
    Session.objects.filter(user=mia).update(expires_at=timezone.now())


def locked(_page, mia):
    lock_account(mia.code, by=None)


def locked_in_a_row(_page, mia):
    User.objects.filter(pk=mia.pk).update(is_active=False)


def role_lost(_page, mia):
    User.objects.filter(pk=mia.pk).update(roles=[])


def erased(_page, mia):
    erasure.erase(mia.code, actor=mia.code, cause="request", now=timezone.now())


CAUSES = (
    log_out, everywhere, others, new_password, password_of_a_shell, password_of_a_row, factor_added,
    factor_added_in_a_row, factor_removed, expired, locked, locked_in_a_row, role_lost, erased,
)  # fmt: skip
# Rows changed directly: the watch closes the socket, within half a second.
BY_HAND = {password_of_a_row, factor_added_in_a_row, locked_in_a_row, role_lost}
KEEPS_TOKENS = {log_out, expired, *BY_HAND}


@pytest.fixture
def sensed(sitting, settings):
    """mia's Sitting with pointer granted."""
    settings.LEGAL_PROFILE = "demo"
    say_yes(sitting.learner, "pointer:adapt")
    return sitting


@database_sync_to_async
def tokens_of(mia):
    """Create an API token and a device token."""
    now = timezone.now()
    api_tokens.make_token(mia, "phone", "read", 1, now=now)
    permits = gate.permits(mia.code, ["pointer:adapt"], now=now).granted.values()
    return device_tokens.make(mia, "other", [*permits], 1, now=now)


@database_sync_to_async
def stored():
    return Block.objects.count() + Event.objects.count()


@database_sync_to_async
def tokens():
    return ApiToken.objects.count() + DeviceToken.objects.count()


def event():
    return {"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"}


async def sensing(sensed):
    page = await SocketPage(sensed).opened()
    await page.send(block("pointer", 0, t0=0.1))
    await page.hear("ack")
    return page


async def ended(page, mia, end, first):
    """End the session while the page keeps sending.

    Return the seconds until its socket closed, and what was acknowledged after the end was
    committed.
    """
    await database_sync_to_async(end)(page, mia)
    at, before = time.monotonic(), await stored()
    await page.send(block("pointer", first, t0=0.2))
    await page.say(event())
    assert await page.closed(2) == SIGNED_OUT
    took = time.monotonic() - at
    await asyncio.sleep(0.1)
    assert end in BY_HAND or await stored() <= before, f"{end.__name__}: stored after the end"
    return took


async def cast_again(mia):
    """Restore mia as she was before."""

    @database_sync_to_async
    def restore():
        second_factor.SecondFactor.objects.all().delete()
        User.objects.filter(pk=mia.pk).update(
            password=make_password(PASSWORD), is_active=True, roles=["learner"]
        )
        mia.refresh_from_db()

    await restore()


async def test_every_cause_closes_the_socket_and_ends_tokens_where_it_must(process, sensed, mia):
    for number, cause in enumerate(CAUSES):
        page = await sensing(sensed)
        await tokens_of(mia)
        assert await ended(page, mia, cause, 1 + number) < 2, cause.__name__
        left = await tokens()
        assert (left > 0) == (cause in KEEPS_TOKENS), cause.__name__
        await database_sync_to_async(ApiToken.objects.all().delete)()
        await database_sync_to_async(DeviceToken.objects.all().delete)()
        if cause is not erased:
            await cast_again(mia)


async def test_the_commit_stores_nothing_for_an_ended_session(process, sensed, mia, monkeypatch):
    """The commit itself checks: a Block and a text in flight are refused, not acknowledged."""
    monkeypatch.setattr("push.notify_each", lambda _: None)
    monkeypatch.setattr("accounts.sessions.session_watch.CHECK_INTERVAL_S", 60)
    for said in (
        lambda page: page.send(block("pointer", 5, t0=0.2)),
        lambda page: page.say(event()),
    ):
        page = await sensing(sensed)
        await database_sync_to_async(everywhere)(page, mia)
        before = await stored()
        await said(page)
        assert await page.next(2) == {"closed": SIGNED_OUT}
        assert await stored() == before


async def test_a_page_is_closed_if_its_session_cannot_be_checked(process, sensed, monkeypatch):
    page = await sensing(sensed)

    def away(*_):
        raise OperationalError

    monkeypatch.setattr("accounts.sessions.session_store.load_versions", away)
    assert await page.closed(3) == 1011
    assert not current_watch().entries


@pytest.mark.timed
@pytest.mark.long
async def test_sockets_are_closed_within_a_second(process, sensed, mia):
    """The 99th percentile of a hundred ends, over the causes that can be repeated."""
    causes = [cause for cause in CAUSES if cause is not erased]
    took = []
    for number in range(MEASURED):
        page = await sensing(sensed)
        took.append(await ended(page, mia, causes[number % len(causes)], 1 + number))
        await cast_again(mia)
    took.sort()
    print(f"median {took[49]:.3f} s, p99 {took[98]:.3f} s, longest {took[-1]:.3f} s")
    assert took[98] <= 1.0


async def test_a_revoked_key_closes_its_socket_by_the_same_hint(process, sensed, mia, monkeypatch):
    monkeypatch.setattr("realtime.device_consumer.CHECK_EVERY_S", 60)
    bridge = await BridgeClient.begun(sensed, "pointer")
    await database_sync_to_async(device_tokens.end_all)(mia, by=mia.code)
    assert await bridge.closed(2) == SIGNED_OUT
