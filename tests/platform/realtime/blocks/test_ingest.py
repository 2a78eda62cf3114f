"""Ingest of Blocks over the real ASGI application: gate, seal, commit, ack; and each bad input."""

from __future__ import annotations

import math
import uuid

import pytest
import pytest_asyncio
from channels.db import database_sync_to_async
from django.utils import timezone

from attune_client.blocks import HEAD
from attune_client.messages import make_hello
from consent.grants import grants
from consent.notices import notices
from consent.stream_groups import group_of
from telemetry.models import Block, Window
from tests.fixtures.consent import withdraw
from tests.fixtures.sockets.socket_client import SocketPage, block

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
SCOPES = ("pointer:adapt", "activity:adapt", "heart:adapt")


def say_yes(person, *scopes):
    now = timezone.now()
    notices.publish(now)
    for scope in scopes:
        notice = notices.current(group_of(scope.split(":")[0]), person.age_band, now=now)
        grants.grant(person.code, [scope], notice=notice, now=now, actor=person.code)


def freeze(person, *scopes):
    """Withdraw the Grant and clear it, as an erasure does at its end."""
    withdraw(person, scopes, now=timezone.now())
    grants.mark_cleared(person.code, scopes)


@pytest.fixture
def allowed(settings, sitting):
    settings.LEGAL_PROFILE = "demo"
    say_yes(sitting.learner, *SCOPES)
    return sitting


@pytest_asyncio.fixture
async def sensed(allowed, process):
    """mia's page, with pointer, activity and heart granted in epoch 1."""
    page = await SocketPage(allowed).opened()
    yield page
    await page.leave()


@database_sync_to_async
def stored():
    return list(Block.objects.order_by("stream", "seq").values_list("stream", "seq"))


async def test_welcome_names_each_granted_stream_its_epoch_and_next_number(allowed, process):
    page = await (await SocketPage(allowed).sign_in()).connect()
    welcome = await page.hello()
    assert {s["stream"]: (s["epoch"], s["next_seq"]) for s in welcome["streams"]} == {
        "pointer": (1, 0),
        "activity": (1, 0),
        "heart": (1, 0),
    }
    await page.leave()


async def test_blocks_are_acknowledged_after_they_are_stored_sealed(sensed):
    beats = [[1.0, 72, 833, 1]]
    await sensed.send(block("pointer", 0), block("activity", 0), block("heart", 0, rows=beats))
    acked = {(m["stream"], m["seq"]) for m in [await sensed.hear("ack") for _ in range(3)]}
    assert acked == {("pointer", 0), ("activity", 0), ("heart", 0)}
    rows = await database_sync_to_async(lambda: list(Block.objects.all()))()
    assert len(rows) == 3
    assert all(block("heart", 0, rows=beats)[24:] not in bytes(row.sealed) for row in rows)


async def test_stored_blocks_make_windows_fall_due(sensed):
    await sensed.send(block("pointer", 0, t0=21.0))
    await sensed.hear("ack")
    cuts = await database_sync_to_async(lambda: set(Window.objects.values_list("cut", flat=True)))()
    assert cuts == set(range(4, 16))


async def test_a_block_sent_twice_is_stored_once_and_acknowledged_again(sensed):
    for _ in range(2):
        await sensed.send(block("pointer", 0))
        assert (await sensed.next())["type"] == "ack"
    assert await stored() == [("pointer", 0)]


async def test_the_same_number_with_other_content_is_a_conflict(sensed):
    await sensed.send(block("pointer", 0))
    await sensed.hear("ack")
    await sensed.send(block("pointer", 0, rows=[[1.0] * 13]))
    error = await sensed.next()
    assert (error["code"], error["stream"], error["seq"]) == ("conflict", "pointer", 0)
    await sensed.send(block("pointer", 1))
    assert (await sensed.hear("ack"))["seq"] == 1


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (block("typing", 0), "no_grant"),
        (block("pointer", 1, epoch=0), "stale_epoch"),
        (block("pointer", 1, epoch=2), "stale_epoch"),
        (block("pointer", 1, rows=[[math.inf] + [0.0] * 12]), "bad_values"),
        (block("pointer", 1, rows=[[math.nan] + [0.0] * 12]), "bad_values"),
        (block("pointer", 1, t0=math.nan), "bad_values"),
        (block("pointer", 1, t0=5000.0), "bad_values"),
        (block("pointer", 1, t0=0.5), "time_reversed"),
        (block("heart", 1, rows=[[5.0, 60, 900, 1], [4.0, 60, 900, 1]]), "time_reversed"),
        (HEAD.pack(1, 99, 1, 1, 1.0, 1.0, 1, 1) + bytes(4), "unknown_stream"),
    ],
)
async def test_a_bad_block_is_answered_and_its_neighbours_are_stored(sensed, bad, code):
    await sensed.send(block("pointer", 0, t0=1.0))
    await sensed.hear("ack")
    await sensed.send(block("activity", 0), bad, block("activity", 1))
    error = await sensed.hear("error")
    assert error["code"] == code
    assert error["detail"]
    assert (await sensed.hear("ack"))["seq"] == 1
    assert await stored() == [("activity", 0), ("activity", 1), ("pointer", 0)]


async def test_an_error_settles_its_number(sensed):
    await sensed.send(block("pointer", 0), block("pointer", 1, epoch=9), block("pointer", 2))
    assert (await sensed.hear("error"))["seq"] == 1
    assert (await sensed.hear("ack"))["seq"] == 2


@pytest.mark.parametrize(
    "bad",
    [
        block("pointer", 1)[:-1],
        block("pointer", 1) + b"\x01",
        block("pointer", 1, version=2),
        block("pointer", 1, count=60_000),
        HEAD.pack(1, 1, 1, 1, 1.0, 1.0, 1, 12) + bytes(48),
        b"",
    ],
)
async def test_a_message_that_lies_about_its_length_closes_4400_and_stores_nothing(sensed, bad):
    await sensed.send(block("activity", 0) if bad else b"", bad)
    assert await sensed.closed() == 4400
    assert await stored() == []


async def test_a_message_of_65_kib_closes_4413_and_stores_nothing(sensed):
    rows = [[0.0] * 13] * 1300
    await sensed.send(block("pointer", 0, rows=rows))
    assert await sensed.closed() == 4413
    assert await stored() == []


async def test_blocks_before_hello_are_a_bad_message(allowed, process):
    page = await (await SocketPage(allowed).sign_in()).connect()
    await page.send(block("pointer", 0))
    assert (await page.next())["code"] == "bad_message"
    assert await stored() == []
    await page.leave()


async def test_a_block_after_withdrawal_is_refused_and_the_page_was_told(sensed, allowed):
    await sensed.send(block("pointer", 0), block("activity", 0))
    await sensed.hear("ack")
    await sensed.hear("ack")
    await database_sync_to_async(freeze)(allowed.learner, "pointer:adapt")
    told = await sensed.hear("consent.changed")
    assert (told["scope"], told["granted"], told["epoch"], told["next_seq"]) == (
        "pointer:adapt", False, 2, 1,
    )  # fmt: skip
    await sensed.send(block("pointer", 1), block("activity", 1))
    assert (await sensed.hear("error"))["code"] == "no_grant"
    assert (await sensed.hear("ack"))["stream"] == "activity"


async def test_a_block_from_before_a_withdrawal_is_refused_after_a_new_grant(sensed, allowed):
    learner = allowed.learner
    await database_sync_to_async(freeze)(learner, "pointer:adapt")
    await database_sync_to_async(say_yes)(learner, "pointer:adapt")
    while not (told := await sensed.hear("consent.changed"))["granted"]:
        pass
    assert told["epoch"] == 3
    await sensed.send(block("pointer", 0, epoch=1), block("pointer", 1, epoch=3))
    error = await sensed.hear("error")
    assert (error["code"], error["seq"]) == ("stale_epoch", 0)
    assert (await sensed.hear("ack"))["seq"] == 1
    assert await stored() == [("pointer", 1)]


async def test_the_database_enforces_a_withdrawal_whose_push_was_lost(sensed, allowed, monkeypatch):
    """The push is lost and the Permit is still cached: the SQL statement itself refuses (I-2)."""
    monkeypatch.setattr("realtime.blocks.ingest.BlockIngest.changed", lambda self, scope: {})
    await sensed.send(block("pointer", 0), block("activity", 0))
    await sensed.hear("ack")
    await sensed.hear("ack")
    await database_sync_to_async(freeze)(allowed.learner, "pointer:adapt")
    await sensed.send(block("activity", 1), block("pointer", 1))
    error = await sensed.hear("error")
    assert (error["code"], error["seq"]) == ("no_grant", 1)
    assert await stored() == [("activity", 0), ("activity", 1), ("pointer", 0)]


async def test_after_a_reconnect_what_was_not_stored_is_asked_for_again(sensed, allowed):
    await sensed.send(block("pointer", 0), block("pointer", 3))
    assert (await sensed.hear("ack"))["seq"] == 3
    await sensed.leave()
    again = await (await SocketPage(allowed, page=sensed.page).sign_in()).connect()
    welcome = await again.hello(unacked={"pointer": [[1, 3]], "sonar": [[0, 1]]})
    assert {s["stream"]: s["next_seq"] for s in welcome["streams"]}["pointer"] == 4
    await again.send(block("pointer", 1))
    ack = await again.hear("ack")
    assert (ack["seq"], ack["gaps"]) == (1, [[2, 2]])
    await again.send(block("pointer", 2), block("pointer", 3))
    assert (await again.hear("ack"))["seq"] == 3
    assert await stored() == [("pointer", n) for n in range(4)]
    await again.leave()


async def test_no_sensed_value_and_no_identity_is_logged(sensed, caplog):
    caplog.set_level("DEBUG", logger="realtime")
    await sensed.send(block("pointer", 0, rows=[[31.337] * 13], count=2))
    assert await sensed.closed() == 4400
    assert "31.337" not in caplog.text
    assert "Traceback" not in caplog.text
    assert str(sensed.sitting.learner.code) not in caplog.text


async def test_while_paused_blocks_are_refused_and_settled_and_afterwards_stored(sensed):
    await sensed.send(block("pointer", 0))
    await sensed.hear("ack")
    await sensed.say({"type": "pause", "paused": True})
    await sensed.send(block("pointer", 1), block("activity", 0))
    for _ in range(2):
        error = await sensed.hear("error")
        assert (error["code"], error["detail"]) == ("no_grant", "paused")
    await sensed.say({"type": "pause", "paused": False})
    await sensed.send(block("pointer", 2), block("activity", 1))
    acked = {(m["stream"], m["seq"]) for m in [await sensed.hear("ack") for _ in range(2)]}
    assert acked == {("pointer", 2), ("activity", 1)}
    assert await stored() == [("activity", 1), ("pointer", 0), ("pointer", 2)]


async def test_a_pause_outlives_its_socket(sensed, allowed):
    await sensed.say({"type": "pause", "paused": True})
    await sensed.send(block("pointer", 0))
    await sensed.hear("error")
    await sensed.leave()
    again = await SocketPage(allowed, page=sensed.page).opened()
    await again.send(block("pointer", 1))
    assert (await again.hear("error"))["detail"] == "paused"
    assert await stored() == []
    await again.leave()


async def test_a_pause_that_names_itself_is_acknowledged_when_it_holds(sensed):
    pause = {"type": "pause", "paused": True, "id": str(uuid.uuid4())}
    await sensed.say(pause)
    assert await sensed.hear("ack") == {"type": "ack", "id": pause["id"]}
    await sensed.send(block("pointer", 0))
    assert (await sensed.hear("error"))["detail"] == "paused"


@pytest.mark.parametrize(
    "unacked",
    [
        {"pointer": [[0, 2**31]]},
        {"pointer": [[0, 49_999]], "activity": [[0, 49_999]], "heart": [[7, 7]]},
        {f"stream {n}": [[0, 9_999]] for n in range(11)},
    ],
    ids=["one stream", "all together", "many unknown"],
)
async def test_unacked_numbers_without_end_are_a_bad_message(allowed, process, unacked):
    page = await (await SocketPage(allowed).sign_in()).connect()
    hello = make_hello(str(uuid.uuid4()), unacked=unacked)
    await page.say(hello)
    assert (await page.next())["code"] == "bad_message"
    await page.leave()
