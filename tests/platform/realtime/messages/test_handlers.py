from __future__ import annotations

import asyncio
import uuid

import psycopg
import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import connection
from django.utils import timezone

from attune_client.messages import make_hello
from config.db.database_url import make_conninfo
from realtime import connection_locks
from realtime.consumers import SEAT_KEPT
from realtime.messages import event_batches
from realtime.messages.handlers import MAX_BACKGROUND
from telemetry import sittings
from telemetry.models import Event, Sitting, Window
from tests.fixtures.sockets.socket_client import SocketPage, block

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process"),
]


async def count(model):
    return await database_sync_to_async(model.objects.count)()


async def test_hello_is_answered_by_welcome_with_the_clock_and_no_stream(sitting):
    page = await (await SocketPage(sitting).sign_in()).connect()
    welcome = await page.hello()
    assert welcome["sitting"] == str(sitting.id)
    assert welcome["now"] == pytest.approx(600, abs=20)
    assert welcome["streams"] == []
    await page.leave()


async def test_an_event_is_acknowledged_stored_once_and_makes_windows_fall_due(page):
    event = {"type": "event", "id": str(uuid.uuid4()), "t": 12.5, "name": "seek", "value": -8.0}
    for _ in range(2):
        await page.say(event)
        assert await page.next() == {"type": "ack", "id": event["id"]}
    kept = await database_sync_to_async(Event.objects.get)()
    assert (str(kept.id), kept.t, kept.name, kept.value) == (event["id"], 12.5, "seek", -8.0)
    cuts = await database_sync_to_async(lambda: set(Window.objects.values_list("cut", flat=True)))()
    assert cuts == set(range(2, 14))


def hold_back(monkeypatch):
    """Delay the stored messages until the event is set."""
    go, take = asyncio.Event(), event_batches.store_message

    async def waiting(*told_by):
        await go.wait()
        return await take(*told_by)

    monkeypatch.setattr(event_batches, "store_message", waiting)
    return go


async def test_a_pending_message_delays_no_later_one(page, monkeypatch):
    go = hold_back(monkeypatch)
    event = {"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"}
    await page.say(event)
    await page.send(block("pointer", 0))
    assert (await page.next())["stream"] == "pointer"
    go.set()
    assert await page.next() == {"type": "ack", "id": event["id"]}


async def test_a_page_has_a_limited_number_of_pending_messages(page, monkeypatch):
    go = hold_back(monkeypatch)
    for _ in range(MAX_BACKGROUND + 1):
        await page.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"})
    await page.send(block("pointer", 0))
    assert await page.silent()
    go.set()
    heard = [(await page.next())["type"] for _ in range(MAX_BACKGROUND + 2)]
    assert heard.count("ack") == MAX_BACKGROUND + 1


async def test_a_message_is_stored_even_if_the_page_has_left(page, monkeypatch):
    go = hold_back(monkeypatch)
    await page.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "pause"})
    await page.say({"type": "pause", "paused": False})
    await asyncio.sleep(0.1)
    await page.leave()
    go.set()
    for _ in range(50):
        if await count(Event):
            break
        await asyncio.sleep(0.1)
    assert await count(Event) == 1


async def test_pausing_is_remembered(page):
    await page.say({"type": "pause", "paused": True})
    await page.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"})
    await page.hear("ack")
    assert (await database_sync_to_async(Sitting.objects.get)()).paused


@pytest.mark.parametrize(
    "message",
    [
        {"type": "event", "id": "mine", "t": 1, "name": "play"},
        {"type": "event", "id": str(uuid.uuid4()), "t": "1", "name": "play"},
        {"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "typed: hello"},
        {"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play", "value": 10**400},
        {"type": "event", "id": str(uuid.uuid4()), "t": 99_999, "name": "play"},
        {"type": "report", "id": str(uuid.uuid4()), "t": 1, "label": "SAD"},
        {"type": "intervention.outcome", "code": str(uuid.uuid4()), "outcome": "accepted"},
        {"type": "pause", "paused": "yes"},
        make_hello(str(uuid.uuid4())),
        {"type": "grade me"},
        {"kind": "event"},
        [1, 2],
        "null",
    ],
)
async def test_a_bad_message_is_answered_and_the_socket_stays(page, message):
    await page.say(message)
    error = await page.next()
    assert (error["type"], error["code"]) == ("error", "bad_message")
    assert await count(Event) == 0
    await page.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"})
    await page.hear("ack")


@pytest.mark.parametrize("text", ["{", "", '{"type": "event", "t": NaN}', "[" * 20_000, "\x00"])
async def test_broken_json_closes_the_socket_with_4400(page, text):
    await page.say(text)
    assert await page.closed() == 4400


async def test_another_version_closes_the_socket_with_4400(sitting):
    page = await (await SocketPage(sitting).sign_in()).connect()
    await page.say({"type": "hello", "version": 2, "page": page.page})
    assert await page.closed() == 4400


async def test_nothing_is_taken_before_hello(sitting):
    page = await (await SocketPage(sitting).sign_in()).connect()
    await page.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"})
    assert (await page.next())["code"] == "bad_message"
    assert await count(Event) == 0
    await page.leave()


async def test_without_a_session_the_socket_is_closed_with_4401(sitting):
    page = await SocketPage(sitting).connect()
    assert await page.closed() == 4401


async def test_a_stranger_gets_4403(sitting, mallory):
    page = await (await SocketPage(sitting).sign_in(mallory)).connect()
    assert await page.closed() == 4403


async def test_a_closed_sitting_gets_4403(sitting):
    await database_sync_to_async(sittings.close)(sitting, now=timezone.now())
    page = await (await SocketPage(sitting).sign_in()).connect()
    assert await page.closed() == 4403


@pytest.mark.parametrize(
    "headers",
    [
        [(b"origin", b"https://evil.example")],
        [(b"origin", b"http://testserver.evil.example")],
        [(b"origin", b"null")],
        [(b"x-no-origin", b"at all")],
    ],
)
async def test_a_socket_from_another_origin_gets_4403_whoever_sends_the_cookie(sitting, headers):
    page = await (await SocketPage(sitting).sign_in()).connect(*headers)
    assert await page.closed() == 4403


async def test_a_second_page_gets_4409_and_the_first_stays(page, sitting):
    other = await (await SocketPage(sitting).sign_in()).connect()
    await other.say(make_hello(other.page))
    assert await other.closed() == 4409
    await page.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"})
    await page.hear("ack")


async def test_a_page_tries_again_while_a_host_that_died_seems_to_hold_its_seat(sitting):
    """Its lock falls free once the database notices; 4409 would end the lesson for good."""
    database = settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]}
    number = connection_locks._lock_number(sitting.id)
    with psycopg.connect(make_conninfo(database), autocommit=True) as dead:
        dead.execute("SELECT pg_advisory_lock(%s)", [number])
        page = await (await SocketPage(sitting).sign_in()).connect()
        await page.say(make_hello(page.page))
        assert await page.closed() == 1011
    again = await (await SocketPage(sitting, page=page.page).sign_in()).connect()
    await again.hello()
    await again.leave()


async def test_a_second_page_gets_4409_where_another_process_keeps_the_seat(sitting):
    database = settings.DATABASES["default"] | {"NAME": connection.settings_dict["NAME"]}
    number = connection_locks._lock_number(sitting.id)
    layer = get_channel_layer()
    elsewhere = await layer.new_channel()
    await layer.group_add(f"sitting.{sitting.id}", elsewhere)
    with psycopg.connect(make_conninfo(database), autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", [number])
        page = await (await SocketPage(sitting).sign_in()).connect()
        await page.say(make_hello(page.page))
        wanted = await asyncio.wait_for(layer.receive(elsewhere), 5)
        assert (wanted["key"], wanted["page"]) == (str(sitting.id), str(page.page))
        await layer.group_send(f"seat.{wanted['by']}", {"type": SEAT_KEPT})
        assert await page.closed() == 4409
    await layer.forget(elsewhere)


@pytest.mark.parametrize("release", ["earlier", "this"])
async def test_a_page_that_keeps_its_seat_says_so(page, sitting, release):
    layer = get_channel_layer()
    asking = await layer.new_channel()
    mark = str(uuid.uuid4())
    await layer.group_add(f"seat.{mark}", asking)
    wanted = {"key": str(sitting.id), "page": str(uuid.uuid4()), "by": mark}
    if release == "earlier":
        del wanted["key"]
    await layer.group_send(f"sitting.{sitting.id}", {"type": "seat.wanted", **wanted})
    assert (await asyncio.wait_for(layer.receive(asking), 5))["type"] == SEAT_KEPT
    await layer.forget(asking)
    await page.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"})
    await page.hear("ack")


async def test_the_same_page_replaces_its_own_older_socket(page, sitting):
    again = SocketPage(sitting, page=page.page)
    await (await again.sign_in()).connect()
    await again.hello()
    assert await page.closed() == 4409
    await again.say({"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"})
    await again.hear("ack")
    await again.leave()


async def test_the_seat_is_free_again_after_the_page_left(sitting):
    first = await SocketPage(sitting).opened()
    await first.leave()
    second = await SocketPage(sitting).opened()
    await second.leave()


async def test_a_message_of_65_kib_closes_the_socket_with_4413(page):
    await page.say({"type": "event", "pad": "x" * (65 * 1024)})
    assert await page.closed() == 4413
    assert await count(Event) == 0


async def test_more_than_twenty_messages_a_second_for_five_seconds_get_4429(page, monkeypatch):
    clock = iter(n / 25 for n in range(1000))
    monkeypatch.setattr("realtime.consumers.clock", lambda: next(clock))
    for _ in range(130):
        await page.say({"type": "pause"})
    assert await page.closed() == 4429
