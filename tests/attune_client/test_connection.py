"""How a client talks to a site: hello, Blocks, answers, and reconnection after a break."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from random import Random

import numpy as np
import pytest
from websockets.asyncio.server import serve

from attune_client import connection as connections
from attune_client.blocks import BlockRows
from attune_client.connection import SittingConnection, SocketAddress
from attune_client.messages import make_event, make_outcome
from attune_client.outbox import Outbox
from attune_client.reconnection import ReconnectWaits
from telemetry.blocks.frame_parser import parse

WELCOME = {
    "type": "welcome",
    "sitting": "s",
    "now": 12.0,
    "streams": [
        {"stream": "eda", "epoch": 1, "next_seq": 3},
        {"stream": "temp", "epoch": 1, "next_seq": 0},
    ],
    "elsewhere": ["temp"],
}


class Client(SittingConnection):
    """A client that notes what it was told."""

    beat_s = 0.05

    def __init__(self, *, waits=None, clock=None):
        waits = waits or ReconnectWaits(Random(1), longest_s=0.01)
        super().__init__(Outbox(), waits=waits, **({"clock": clock} if clock else {}))
        self.url, self.heard, self.refused, self.off, self.closed = "", [], [], [], []

    @property
    def address(self):
        return SocketAddress(self.url, {"Cookie": "a=b"}, origin="http://here", patience_s=5)

    def on_message(self, message):
        self.heard.append(message["type"])

    def on_message_refused(self, message):
        self.refused.append(message)

    def on_switched_off(self, stream):
        self.off.append(stream)

    def on_close(self, code):
        self.closed.append(code)


class Site:
    """A site that says welcome, notes what comes, and answers as `answer` says."""

    def __init__(self, answer=lambda site, message: None, welcome=WELCOME):
        self.answer, self.welcome = answer, welcome
        self.hellos, self.messages, self.blocks, self.headers = [], [], [], []

    async def talk(self, socket):
        self.headers.append(socket.request.headers)
        async for data in socket:
            message = parse(data) if isinstance(data, bytes) else json.loads(data)
            if isinstance(data, bytes):
                self.blocks += [(frame.stream.name, frame.seq) for frame in message]
            elif message["type"] == "hello":
                self.hellos.append(message)
                await socket.send(json.dumps(self.welcome))
                continue
            else:
                self.messages.append(message)
            for answer in self.answer(self, message) or ():
                if isinstance(answer, int):
                    await socket.close(answer)
                    return
                await socket.send(json.dumps(answer))


@asynccontextmanager
async def run_client(site, client):
    """Run the client at this site inside the context."""
    talk = getattr(site, "talk", site)
    async with serve(talk, "127.0.0.1", 0) as server:
        client.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        running = asyncio.create_task(client.run())
        try:
            yield
        finally:
            client.stop()
            await asyncio.wait_for(running, 10)


async def until(condition):
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


def cut(t0=1.0):
    return BlockRows("eda", t0, 4.0, np.ones((4, 1)))


def acknowledge(site, message):
    if isinstance(message, dict):
        return [{"type": "ack", "id": message["id"]}] if "id" in message else []
    return [{"type": "ack", "stream": "eda", "seq": message[-1].seq, "gaps": []}]


def test_it_says_hello_sends_what_is_queued_and_ends_when_all_is_answered():
    async def go():
        client, site = Client(), Site(acknowledge)
        async with run_client(site, client):
            await asyncio.wait_for(client.welcomed.wait(), 5)
            event = make_event(client.now(), "play")
            client.queue_block(cut())
            client.queue_message(event)
            client.send_unkept(make_outcome("code", "shown"))
            await client.finish(5)
            await asyncio.wait_for(client.over.wait(), 5)
        return client, site, event

    client, site, event = asyncio.run(go())
    (hello,) = site.hellos
    assert hello == {"type": "hello", "version": 1, "page": client.page, "unacked": {}}
    assert site.blocks == [("eda", 3)]
    assert [m for m in site.messages if "id" in m] == [event]
    assert [m["outcome"] for m in site.messages if m["type"] == "intervention.outcome"] == ["shown"]
    assert (site.headers[0]["Origin"], site.headers[0]["Cookie"]) == ("http://here", "a=b")
    assert client.outbox.is_empty()
    assert (client.closed_with, client.closed, client.reconnects) == (None, [1000], 0)
    assert (client.elsewhere, set(client.outbox.epochs)) == ({"temp"}, {"eda"})


def test_the_time_is_the_sittings_and_never_runs_back():
    async def go():
        seconds = [100.0]
        client, site = Client(clock=lambda: seconds[0]), Site()
        async with run_client(site, client):
            await asyncio.wait_for(client.welcomed.wait(), 5)
            first = client.now()
            client._hear({**WELCOME, "now": 10.0})
            return first, client.now()

    assert asyncio.run(go()) == (12.0, 12.0)


def test_after_a_break_it_says_what_it_keeps_and_sends_that_again():
    def break_first(site, message):
        return [1011] if len(site.hellos) == 1 else acknowledge(site, message)

    async def go():
        client, site = Client(), Site(break_first)
        async with run_client(site, client):
            await asyncio.wait_for(client.welcomed.wait(), 5)
            client.queue_block(cut())
            await until(client.outbox.is_empty)
        return client, site

    client, site = asyncio.run(go())
    assert [hello["unacked"] for hello in site.hellos] == [{}, {"eda": [[3, 3]]}]
    assert len({hello["page"] for hello in site.hellos}) == 1
    assert site.blocks == [("eda", 3)] * 2
    assert (client.reconnects, client.closed[0], client.outbox.sent) == (1, 1011, 1)


@pytest.mark.parametrize("code", [4400, 4401, 4403, 4409, 4413])
def test_a_final_code_ends_it(code):
    async def go():
        client, site = Client(), Site(lambda *_: [code])
        async with run_client(site, client):
            await asyncio.wait_for(client.welcomed.wait(), 5)
            client.queue_block(cut())
            await asyncio.wait_for(client.over.wait(), 5)
        return client

    client = asyncio.run(go())
    assert (client.closed_with, client.closed, client.reconnects) == (code, [code], 0)


def test_waits_grow_while_the_site_hangs_up_before_its_welcome():
    attempts = []

    class Waits(ReconnectWaits):
        def draw(self, attempt):
            attempts.append(attempt)
            client.done = len(attempts) == 4
            return 0.0

    async def hang_up(socket):
        await socket.close(1011)

    async def go():
        async with run_client(hang_up, client):
            await asyncio.wait_for(client.over.wait(), 20)

    client = Client(waits=Waits(Random(1)))
    asyncio.run(go())
    assert attempts == [1, 2, 3, 4]


def test_an_error_settles_a_block_or_a_message_and_is_told():
    def refuse(site, message):
        if isinstance(message, dict):
            return [{"type": "error", "code": "bad_message", "id": message["id"]}]
        return [{"type": "error", "code": "bad_values", "stream": "eda", "seq": message[0].seq}]

    async def go():
        client, site = Client(), Site(refuse)
        async with run_client(site, client):
            await asyncio.wait_for(client.welcomed.wait(), 5)
            client.queue_block(cut())
            client.queue_message(make_event(1.0, "play"))
            await until(client.outbox.is_empty)
        return client

    client = asyncio.run(go())
    assert client.outbox.refused == {"bad_values": 1}
    assert client.outbox.refused_messages == {"bad_message": 1}
    assert [message["name"] for message in client.refused] == ["play"]


def test_a_withdrawal_empties_its_stream_and_a_new_grant_goes_on_with_its_number():
    changed = {"type": "consent.changed", "scope": "eda:adapt", "epoch": 2}
    client = Client()
    client._hear(WELCOME)
    client.queue_block(cut())
    client._hear({**changed, "scope": "eda:research", "granted": False})
    assert not client.outbox.is_empty()
    client._hear({**changed, "granted": False})
    client._hear({**changed, "granted": False})
    assert (client.outbox.is_empty(), client.off) == (True, ["eda"])
    client._hear({**changed, "granted": True, "next_seq": 8})
    client.queue_block(cut())
    assert client.outbox.unacked() == {"eda": [[8, 8]]}
    assert client.heard == ["welcome", *["consent.changed"] * 4]


def test_slow_thins_the_stream():
    client = Client()
    client._hear(WELCOME)
    client._hear({"type": "slow", "stream": "eda", "rate_hz": 2})
    client.queue_block(cut())
    (frame,) = parse(client.outbox.take_blocks(1.0)[0])
    assert frame.rows == 2


def test_a_site_that_stops_answering_is_connected_to_again(monkeypatch):
    monkeypatch.setattr(connections, "STALLED_S", 0.3)

    async def go():
        client = Client()
        site = Site(lambda site, message: acknowledge(site, message) * (len(site.hellos) > 1))
        async with run_client(site, client):
            await asyncio.wait_for(client.welcomed.wait(), 5)
            client.queue_block(cut())
            await until(client.outbox.is_empty)
        return client

    assert asyncio.run(go()).reconnects == 1
