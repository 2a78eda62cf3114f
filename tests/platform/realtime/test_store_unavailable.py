"""An unavailable store closes the socket with 1011 and no traceback; the page connects again."""

from __future__ import annotations

import asyncio
import sqlite3
import uuid

import django.db
import psycopg
import pytest
import pytest_asyncio
import redis
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from attune_client.messages import make_hello
from consent.permits.permit_query import load_people
from push.message_format import REREAD
from realtime.connection_locks import seats
from realtime.ticker import ticker
from tests.fixtures.sockets.socket_client import SocketPage, block
from tests.platform.realtime.blocks.test_ingest import say_yes
from vault.errors import KeystoreBusy

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
AWAY = [
    psycopg.OperationalError("the connection is lost"),
    psycopg.errors.LockNotAvailable("no lock"),
    django.db.OperationalError("the connection is lost"),
    sqlite3.OperationalError("database is locked"),
    KeystoreBusy("a reader held the keystore open"),
    PermissionError("the folder cannot be read"),
    redis.ConnectionError("the broker is away"),
]


def raising(error):
    async def fail(*_, **__):
        raise error

    return fail


def failing(error):
    def fail(*_, **__):
        raise error

    return fail


@pytest_asyncio.fixture
async def sensed(settings, sitting, process):
    settings.LEGAL_PROFILE = "demo"
    settings.REDIS_URL = "redis://127.0.0.1:6379/0"
    await database_sync_to_async(say_yes)(sitting.learner, "pointer:adapt")
    page = await SocketPage(sitting).opened()
    yield page
    await page.leave()


@pytest.fixture(params=AWAY, ids=lambda error: type(error).__name__)
def error(request):
    return request.param


async def closed_quietly(page, caplog):
    assert await page.closed() == 1011
    assert "Traceback" not in caplog.text
    assert "socket.away" in caplog.text


async def test_keys_that_are_away_at_a_block_close_the_socket(sensed, monkeypatch, caplog, error):
    monkeypatch.setattr("realtime.blocks.ingest.load_permits", raising(error))
    await asyncio.sleep(1.05)
    await sensed.send(block("pointer", 0))
    await closed_quietly(sensed, caplog)


async def test_a_seat_that_cannot_be_taken_closes_the_socket(sitting, process, monkeypatch, caplog):
    page = await (await SocketPage(sitting).sign_in()).connect()
    monkeypatch.setattr("realtime.connection_locks.connect", raising(AWAY[0]))
    await page.say(make_hello(str(uuid.uuid4())))
    await closed_quietly(page, caplog)


async def test_a_log_in_that_cannot_be_looked_up_closes_the_socket(
    sitting, process, monkeypatch, caplog
):
    page = await SocketPage(sitting).sign_in()
    monkeypatch.setattr("accounts.sessions.session_store.find_open_by_key", failing(AWAY[2]))
    await page.connect()
    await closed_quietly(page, caplog)


async def test_an_offer_that_cannot_be_read_closes_the_socket(sensed, sitting, monkeypatch, caplog):
    monkeypatch.setattr("pipeline.page_messages.page_message", failing(AWAY[2]))
    hint = {"type": "intervention.show", "code": str(uuid.uuid4())}
    await get_channel_layer().group_send(f"sitting.{sitting.id}", hint)
    await closed_quietly(sensed, caplog)


async def test_a_reread_that_fails_closes_the_socket(sensed, sitting, monkeypatch, caplog):
    monkeypatch.setattr("realtime.blocks.ingest.load_permits", raising(AWAY[3]))
    await get_channel_layer().group_send(f"sitting.{sitting.id}", {"type": "push.reread"})
    await closed_quietly(sensed, caplog)


async def test_a_seat_that_cannot_be_left_ends_the_socket_all_the_same(sensed, monkeypatch, caplog):
    monkeypatch.setattr("realtime.connection_locks.SocketSeats.leave", raising(AWAY[0]))
    await sensed.leave()
    assert "Traceback" not in caplog.text
    assert "socket.away" in caplog.text


async def test_groups_that_cannot_be_left_end_the_socket_all_the_same(sensed, monkeypatch, caplog):
    layer = type(get_channel_layer())
    monkeypatch.setattr(layer, "group_discard", raising(AWAY[-1]))
    await sensed.leave()
    assert ticker().listeners == 0
    assert not [each for each in asyncio.all_tasks() if each.get_name() == "hints of a socket"]
    assert "Traceback" not in caplog.text
    assert caplog.text.count("socket.away") == 3


async def test_after_the_seat_backend_was_killed_the_page_reconnects(sensed, sitting):
    pid = seats().connection.info.backend_pid
    await database_sync_to_async(terminate_backend)(pid)
    await sensed.leave()
    again = await SocketPage(sitting, page=sensed.page).opened()
    await again.leave()


def terminate_backend(pid):
    with django.db.connection.as_owner(), django.db.connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    django.db.connection.close()


def looking_fails_once(monkeypatch):
    """Let the gate fail once and then work, like a database that restarts."""
    errors = [django.db.OperationalError("the connection is lost")]

    def looked(*said, **named):
        if errors:
            raise errors.pop()
        return load_people(*said, **named)

    monkeypatch.setattr("consent.permits.gate.load_people", looked)


async def test_a_gate_that_cannot_look_for_a_moment_refuses_no_block(sensed, monkeypatch):
    await asyncio.sleep(1.05)
    looking_fails_once(monkeypatch)
    await sensed.send(block("pointer", 0))
    assert (await sensed.hear("ack"))["seq"] == 0


async def test_a_report_during_a_gate_failure_is_not_refused(sensed, monkeypatch):
    looking_fails_once(monkeypatch)
    await sensed.say({"type": "report", "id": str(uuid.uuid4()), "t": 1.0, "label": "confusion"})
    assert await sensed.closed() == 1011


async def test_hints_that_were_lost_before_hello_close_nothing(sitting, process):
    page = await (await SocketPage(sitting).sign_in()).connect()
    (await get_channel_layer()._start_listener()).boxes.deliver_to_all(REREAD)
    await asyncio.sleep(0.1)
    await page.say(make_hello(str(uuid.uuid4())))
    assert (await page.hear("welcome"))["sitting"] == str(sitting.id)
    await page.leave()
