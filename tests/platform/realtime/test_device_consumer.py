"""The socket of a device token: what it may send, what it never receives, and when it ends."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from accounts.models import User
from attune_client.messages import make_hello
from privacy.erasure import erasure
from push import notify
from telemetry import sittings
from telemetry.device_tokens import device_tokens
from telemetry.models import Block, Device, DeviceToken, Event
from tests.fixtures.sockets.lab_device import BridgeClient, bearer, key_of
from tests.fixtures.sockets.socket_client import HOST, SocketPage, block
from tests.platform.realtime.blocks.test_ingest import freeze, say_yes

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
GRANTED = ("eda", "ppg", "pointer")


@pytest.fixture
def lesson(settings, sitting, process):
    """mia's open Sitting, ten minutes old; wearable and pointer are granted."""
    settings.LEGAL_PROFILE = "demo"
    say_yes(sitting.learner, *(f"{name}:adapt" for name in GRANTED))
    return sitting


in_database = database_sync_to_async


def change(model, **fields):
    return in_database(lambda: model.objects.update(**fields))()


async def stored(**where):
    return await in_database(lambda: Block.objects.filter(**where).count())()


async def ended(bridge, code):
    """Assert that the socket closes with this code within a second, whatever it sent before."""
    began = time.monotonic()
    assert await bridge.closed(2) == code
    return time.monotonic() - began


async def test_its_blocks_are_stored_while_the_page_has_its_own_socket(lesson):
    page = await SocketPage(lesson).opened()
    bridge = await BridgeClient.begun(lesson, "eda", "ppg")
    assert bridge.offered() == {"eda", "ppg"}

    await bridge.send(block("eda", 0, t0=1.0), block("ppg", 0, t0=1.0))
    await page.send(block("pointer", 0, t0=1.0))

    assert {(await bridge.hear("ack"))["stream"] for _ in range(2)} == {"eda", "ppg"}
    assert (await page.hear("ack"))["stream"] == "pointer"
    assert await stored() == 3
    await bridge.leave()
    await page.leave()


async def test_it_sends_no_stream_that_its_token_does_not_name(lesson):
    bridge = await BridgeClient.begun(lesson, "eda")
    await bridge.send(block("ppg", 0, t0=1.0))
    error = await bridge.hear("error")
    assert (error["code"], error["stream"]) == ("no_grant", "ppg")
    assert await stored() == 0
    await bridge.leave()


@pytest.mark.parametrize(
    "said",
    [
        {"type": "event", "t": 1, "name": "play"},
        {"type": "report", "t": 1, "label": "stuck"},
        {"type": "intervention.outcome", "code": str(uuid.uuid4()), "outcome": "shown"},
        {"type": "pause", "paused": True},
    ],
    ids=lambda said: said["type"],
)
async def test_it_can_send_no_other_message(lesson, said):
    bridge = await BridgeClient.begun(lesson, "eda")
    await bridge.say({"id": str(uuid.uuid4()), **said})
    assert (await bridge.hear("error"))["code"] == "bad_message"
    assert await in_database(Event.objects.count)() == 0
    await bridge.leave()


async def test_it_names_the_device_only_for_its_own_streams(lesson):
    bridge = await BridgeClient.begun(lesson, "eda")
    told = {"type": "device", "id": str(uuid.uuid4()), "t": 1, "backend": "shimmer3"}
    await bridge.say({**told, "stream": "eda"})
    assert (await bridge.hear("ack"))["id"] == told["id"]
    await bridge.say({**told, "id": str(uuid.uuid4()), "stream": "ppg", "scale": 0.1})
    assert (await bridge.hear("error"))["code"] == "no_grant"
    found = in_database(lambda: list(Device.objects.values_list("stream", "backend")))
    assert await found() == [("eda", "shimmer3")]
    await bridge.leave()


async def test_no_offer_and_no_guess_is_shown_to_it(lesson):
    page = await SocketPage(lesson).opened()
    bridge = await BridgeClient.begun(lesson, "eda")
    tell = in_database(notify)
    for group in (f"sitting.{lesson.id}", f"learner.{lesson.learner.code}"):
        for kind in ("share.asked", "pair.changed", "message.sent"):
            await tell(group, {"type": kind})
    for kind in ("share.asked", "pair.changed", "message.sent"):
        assert (await page.hear(kind))["type"] == kind
    assert await bridge.silent(0.5)
    await bridge.leave()
    await page.leave()


async def test_a_withdrawal_ends_it_within_a_second(lesson):
    bridge = await BridgeClient.begun(lesson, "eda")
    withdraw = in_database(erasure.withdraw)
    await withdraw(lesson.learner.code, ["eda:adapt"], now=timezone.now())
    assert await ended(bridge, 4403) < 1


async def test_a_new_grant_does_not_revive_an_old_token(lesson):
    _, text = await in_database(key_of)(lesson.learner, "eda")
    await in_database(freeze)(lesson.learner, "eda:adapt")
    await in_database(say_yes)(lesson.learner, "eda:adapt")
    bridge = await BridgeClient.at(lesson, text)
    assert await bridge.closed() == 4403


async def test_it_continues_with_the_remaining_streams(lesson):
    bridge = await BridgeClient.begun(lesson, "eda", "ppg")
    await in_database(freeze)(lesson.learner, "eda:adapt")
    await bridge.send(block("eda", 0, t0=1.0), block("ppg", 0, t0=1.0))
    assert (await bridge.hear("error"))["stream"] == "eda"
    assert (await bridge.hear("ack"))["stream"] == "ppg"
    assert await stored(stream="eda") == 0
    await bridge.leave()


async def test_a_revoked_expired_or_orphaned_token_ends_within_a_second(lesson):
    async def taken_back():
        rows = await in_database(lambda: list(DeviceToken.objects.all()))()
        await in_database(device_tokens.revoke)(lesson.learner, rows[0].id)

    def expired():
        past = timezone.now() - timedelta(minutes=1)
        return change(DeviceToken, made_at=past - timedelta(hours=1), expires_at=past)

    def gone():
        return change(User, is_active=False)

    for end in (taken_back, expired, gone):
        bridge = await BridgeClient.begun(lesson, "eda")
        await end()
        assert await ended(bridge, 4401) < 1, end
        await in_database(DeviceToken.objects.all().delete)()


async def test_it_ends_with_the_lesson(lesson):
    bridge = await BridgeClient.begun(lesson, "eda")
    await in_database(sittings.close)(lesson, now=timezone.now())
    assert await ended(bridge, 4403) < 1


async def test_a_pause_on_the_page_holds_for_it_within_a_second(lesson):
    page = await SocketPage(lesson).opened()
    bridge = await BridgeClient.begun(lesson, "eda")
    await page.say({"type": "pause", "paused": True, "id": str(uuid.uuid4())})
    await page.hear("ack")
    assert await bridge.silent(0.9)
    await bridge.send(block("eda", 0, t0=1.0))
    error = await bridge.hear("error")
    assert (error["code"], error["detail"]) == ("no_grant", "paused")
    assert await stored() == 0
    await bridge.leave()
    await page.leave()


@pytest.mark.parametrize("said", ["Bearer ", "Bearer nonsense", "Basic bWlhOm1pYQ==", ""])
async def test_an_invalid_token_opens_nothing_even_with_a_session(lesson, said):
    page = await SocketPage(lesson).sign_in()
    await page.connect((b"authorization", said.encode()), (b"origin", b"http://testserver"))
    assert await page.closed() == 4401


async def test_two_tokens_open_nothing(lesson):
    _, text = await in_database(key_of)(lesson.learner, "eda")
    bridge = await BridgeClient.at(lesson, text, bearer(text))
    assert await bridge.closed() == 4401


async def test_it_opens_only_its_own_learner_s_lesson(lesson, noah):
    await in_database(say_yes)(noah, "eda:adapt")
    _, text = await in_database(key_of)(noah, "eda")
    bridge = await BridgeClient.at(lesson, text)
    assert await bridge.closed() == 4403


async def test_a_site_with_https_takes_no_token_in_clear(lesson, settings):
    from asgiref.testing import ApplicationCommunicator

    from config.asgi import application

    settings.HTTPS = True
    _, text = await in_database(key_of)(lesson.learner, "eda")
    scope = {
        "type": "websocket",
        "path": f"/ws/sittings/{lesson.id}/",
        "query_string": b"",
        "headers": [HOST, bearer(text)],
        "subprotocols": [],
    }
    socket = ApplicationCommunicator(application, scope)
    await socket.send_input({"type": "websocket.connect"})
    assert (await socket.receive_output(5))["type"] == "websocket.close"


async def test_a_second_program_with_the_same_key_is_refused_and_the_first_stays(lesson):
    _, text = await in_database(key_of)(lesson.learner, "eda")
    first = await BridgeClient.at(lesson, text)
    await first.hello()
    second = await BridgeClient.at(lesson, text)
    await second.say(make_hello(second.page))
    assert await second.closed() == 4409
    await first.send(block("eda", 0, t0=1.0))
    assert (await first.hear("ack"))["seq"] == 0
    await first.leave()


async def test_the_same_program_coming_back_replaces_its_own_socket(lesson):
    _, text = await in_database(key_of)(lesson.learner, "eda")
    first = await BridgeClient.at(lesson, text)
    await first.hello()
    await first.send(block("eda", 0, t0=1.0))
    await first.hear("ack")
    again = await BridgeClient.at(lesson, text)
    again.page = first.page
    welcome = await again.hello(unacked={"eda": [[1, 2]]})
    assert await first.closed() == 4409
    assert welcome["elsewhere"] == []
    assert welcome["streams"][0]["next_seq"] == 1
    await again.leave()


async def test_under_school_law_a_token_s_socket_takes_nothing_of_a_body(lesson, settings):
    _, text = await in_database(key_of)(lesson.learner, "eda", "ppg")
    bridge = await BridgeClient.at(lesson, text)
    await bridge.hello()
    settings.LEGAL_PROFILE = "eu_education"
    assert await ended(bridge, 4403) < 1
    again = await BridgeClient.at(lesson, text)
    assert await again.closed() == 4403
    assert await stored() == 0
