"""The same socket behind the real server: uvicorn with wsproto and the flags of `demo`."""

from __future__ import annotations

import asyncio
import gc
import json
import uuid

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed

from attune_client.connection import SocketAddress
from attune_client.messages import make_hello
from config.server.websocket_protocol import BatchingWebSocket
from realtime.blocks.ingest import BlockIngest
from realtime.consumers import SittingConsumer
from realtime.routing import NO_SUCH_SOCKET
from telemetry.models import Block, Event
from tests.fixtures.servers.web_server import served
from tests.fixtures.sockets.socket_client import block
from tests.platform.realtime.blocks.test_ingest import say_yes

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings):
    with served(settings) as address:
        yield address


@pytest.fixture
def headers(sitting):
    client = Client()
    client.force_login(sitting.learner)
    name = settings.SESSION_COOKIE_NAME
    return {"Cookie": f"{name}={client.cookies[name].value}"}


def dial(server, sitting, headers, origin=None):
    url = f"ws://{server}/ws/sittings/{sitting.id}/"
    return SocketAddress(url, headers, origin or f"http://{server}").open()


async def greet(socket, page=None):
    await socket.send(json.dumps(make_hello(str(page or uuid.uuid4()))))
    return await hear(socket, "welcome")


async def hear(socket, type):
    while (message := json.loads(await asyncio.wait_for(socket.recv(), 5)))["type"] != type:
        pass
    return message


async def closed(socket):
    try:
        while True:
            await asyncio.wait_for(socket.recv(), 10)
    except ConnectionClosed as end:
        return end.rcvd.code if end.rcvd else 1006


def test_a_page_sends_and_is_answered_over_a_real_socket(server, sitting, headers):
    say_yes(sitting.learner, "pointer:adapt")

    async def go():
        async with dial(server, sitting, headers) as page:
            welcome = await greet(page)
            assert [s["stream"] for s in welcome["streams"]] == ["pointer"]
            await page.send(b"".join(block("pointer", n) for n in range(3)))
            assert (await hear(page, "ack"))["seq"] == 2
            event = {"type": "event", "id": str(uuid.uuid4()), "t": 1, "name": "play"}
            await page.send(json.dumps(event))
            assert (await hear(page, "ack"))["id"] == event["id"]

    asyncio.run(go())
    assert Block.objects.count() == 3
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00" * (65 * 1024), 4413),
        ("x" * (65 * 1024), 4413),
        (b"\x01" * 30, 4400),
        ("{", 4400),
        (b"\x00" * (300 * 1024), 1009),
    ],
    ids=["65 KiB of bytes", "65 KiB of text", "no head", "no JSON", "300 KiB"],
)
def test_bad_data_closes_with_its_code_and_without_a_traceback(
    server, sitting, headers, caplog, capfd, data, code
):
    async def go():
        async with dial(server, sitting, headers) as page:
            await greet(page)
            await page.send(data)
            return await closed(page)

    assert asyncio.run(go()) == code
    assert Block.objects.count() == 0
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())


def test_bad_utf8_ends_the_socket_without_a_traceback(server, sitting, headers, caplog, capfd):
    async def go():
        async with dial(server, sitting, headers) as page:
            await greet(page)
            await page.send(b"\xff\xfe{", text=True)
            return await closed(page)

    assert asyncio.run(go()) in (1006, 1007)
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())


def test_without_a_session_or_from_another_origin_the_page_gets_the_code(server, sitting, headers):
    async def go():
        async with dial(server, sitting, {}) as page:
            assert await closed(page) == 4401
        async with dial(server, sitting, headers, origin="https://evil.example") as page:
            assert await closed(page) == 4403

    asyncio.run(go())


def living():
    """Return the parts of open pages that are alive in this process."""
    kinds = (SittingConsumer, BlockIngest, BatchingWebSocket)
    return [thing for thing in gc.get_objects() if type(thing) in kinds]


def test_a_closed_page_is_freed_without_garbage_collection(server, sitting, headers):
    say_yes(sitting.learner, "pointer:adapt")
    elsewhere = living()  # held here, so that what other tests left is not counted when it goes

    def own():
        return sum(all(thing is not other for other in elsewhere) for thing in living())

    async def go():
        async with dial(server, sitting, headers) as page:
            await greet(page)
            await page.send(block("pointer", 0))
            await hear(page, "ack")
            assert own() == 3
        for _ in range(50):
            await asyncio.sleep(0.1)
            if not own():
                break

    gc.disable()
    try:
        asyncio.run(go())
        assert own() == 0
    finally:
        gc.enable()


def test_a_second_page_is_refused_and_a_reconnect_of_the_first_takes_over(server, sitting, headers):
    async def go():
        mine = uuid.uuid4()
        async with dial(server, sitting, headers) as first:
            await greet(first, mine)
            async with dial(server, sitting, headers) as other:
                await other.send(json.dumps(make_hello(str(uuid.uuid4()))))
                assert await closed(other) == 4409
            async with dial(server, sitting, headers) as again:
                await greet(again, mine)
                assert await closed(first) == 4409

    asyncio.run(go())


def test_a_path_that_is_no_sitting_is_refused(server, headers):
    async def go():
        url = f"ws://{server}/ws/elsewhere/"
        async with SocketAddress(url, headers, f"http://{server}").open() as socket:
            return await closed(socket)

    assert asyncio.run(go()) == NO_SUCH_SOCKET
