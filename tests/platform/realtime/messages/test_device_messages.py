"""A page names the device of a stream: stored and acknowledged under a live Grant, else refused."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from privacy.erasure import erasure
from telemetry import sittings
from telemetry.models import Device, DeviceToken
from tests.fixtures.sockets.socket_client import SocketPage
from tests.platform.realtime.blocks.test_ingest import say_yes

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process"),
]


@pytest.fixture
def worn(settings, sitting):
    """mia with a strap, and face and pulse granted."""
    settings.LEGAL_PROFILE = "demo"
    say_yes(sitting.learner, "face:adapt", "ppg:adapt")
    return sitting


def device(**changes):
    told = {"stream": "ppg", "backend": "polar_verity", "scale": 128, "t": 12.5}
    return {"type": "device", "id": str(uuid.uuid4())} | told | changes


@database_sync_to_async
def kept():
    rows = Device.objects.order_by("at")
    return [(str(row.id), row.stream, row.backend, row.scale) for row in rows]


async def test_it_is_acknowledged_and_stored_once(worn, page):
    said = device()
    for _ in range(2):
        await page.say(said)
        assert await page.next() == {"type": "ack", "id": said["id"]}
    assert await kept() == [(said["id"], "ppg", "polar_verity", 128.0)]


async def test_scale_and_time_are_optional(worn, page):
    said = {"type": "device", "id": str(uuid.uuid4()), "stream": "face", "backend": "human"}
    await page.say(said)
    assert (await page.next())["type"] == "ack"
    assert await kept() == [(said["id"], "face", "human", 1.0)]


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "mine"},
        {"stream": "sonar"},
        {"stream": 9},
        {"backend": "human"},
        {"backend": None},
        {"backend": "<script>"},
        {"scale": "128"},
        {"scale": 0},
        {"scale": -1},
        {"scale": 1e9},
        {"scale": True},
        {"t": -1},
        {"t": 99_999},
        {"t": "now"},
    ],
)
async def test_an_unknown_device_gets_an_error_and_the_socket_stays(worn, page, changes):
    said = device(**changes)
    await page.say(said)
    error = await page.next()
    assert (error["type"], error["code"]) == ("error", "bad_message")
    assert await kept() == []
    await page.say(device())
    assert (await page.next())["type"] == "ack"


async def test_without_a_grant_nothing_is_stored_and_the_error_names_it(worn, page):
    said = device(stream="heart", backend="bluetooth", scale=1)
    await page.say(said)
    error = await page.next()
    assert (error["code"], error["id"]) == ("no_grant", said["id"])
    assert await kept() == []


async def test_after_a_withdrawal_nothing_is_stored_and_earlier_rows_are_deleted(worn, page):
    await page.say(device())
    await page.next()
    withdraw = database_sync_to_async(erasure.withdraw)
    await withdraw(worn.learner.code, ["ppg:adapt"], now=timezone.now())
    said = device()
    await page.say(said)
    error = await page.hear("error")
    assert (error["code"], error["id"]) == ("no_grant", said["id"])
    assert await kept() == []


async def test_in_a_test_that_counts_it_is_refused_as_exam(worn):
    graded = await database_sync_to_async(sittings.open)(
        worn.learner, worn.unit, scenario="graded", page=uuid.uuid4(), now=timezone.now()
    )
    page = await SocketPage(graded).opened()
    await page.say(device(t=0))
    error = await page.next()
    assert (error["code"], error["detail"]) == ("no_grant", "exam")
    assert await kept() == []
    await page.leave()


@database_sync_to_async
def held_by_a_token(sitting):
    now = timezone.now()
    DeviceToken.objects.create(
        digest="0" * 64, learner=sitting.learner, sensor="lsl", scopes=["ppg:adapt"], epochs=[1],
        made_at=now, expires_at=now + timedelta(hours=1), used_at=now, sitting=sitting,
        holding=["ppg:adapt"],
    )  # fmt: skip


async def test_a_page_cannot_name_the_device_of_a_stream_from_another_source(worn):
    await held_by_a_token(worn)
    page = await SocketPage(worn).opened()
    said = device()
    await page.say(said)
    error = await page.next()
    assert (error["code"], error["id"]) == ("other_source", said["id"])
    await page.say(device(stream="face", backend="human", scale=1))
    assert (await page.next())["type"] == "ack"
    assert [row[1] for row in await kept()] == ["face"]
    await page.leave()
