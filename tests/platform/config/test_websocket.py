"""What is said in one turn of the loop is one write to the network, and nothing of it is lost."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.server import ServerState
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection, TextMessage

from config.websocket import MOST_BYTES, SHORT, Gathering, WebSocket


class Line:
    """A transport that remembers what was done with it."""

    def __init__(self):
        self.done = []

    def write(self, data):
        self.done.append(data)

    def close(self):
        self.done.append("closed")

    def pause_reading(self):
        self.done.append("paused")

    def resume_reading(self):
        self.done.append("resumed")

    def is_closing(self):
        return "closed" in self.done

    def get_extra_info(self, name):
        return name


@pytest.mark.asyncio
async def test_what_is_written_in_one_turn_goes_in_one_piece_and_in_order():
    line = Line()
    gathering = Gathering(line)
    for each in (b"one ", b"two ", b"three"):
        gathering.write(each)
    assert line.done == []
    await asyncio.sleep(0)
    assert line.done == [b"one two three"]
    gathering.write(b"four")
    await asyncio.sleep(0)
    assert line.done[1:] == [b"four"]


@pytest.mark.asyncio
async def test_what_was_said_before_closing_goes_out_before_it():
    line = Line()
    gathering = Gathering(line)
    gathering.write(b"last words")
    gathering.close()
    await asyncio.sleep(0)
    assert line.done == [b"last words", "closed"]
    assert gathering.is_closing()


@pytest.mark.asyncio
async def test_much_at_once_does_not_wait_so_that_the_line_can_say_it_is_full():
    line = Line()
    gathering = Gathering(line)
    gathering.write(bytes(MOST_BYTES + 1))
    assert [len(each) for each in line.done] == [MOST_BYTES + 1]


@pytest.mark.asyncio
async def test_all_else_is_the_transport_s_own():
    gathering = Gathering(Line())
    gathering.pause_reading()
    gathering.resume_reading()
    assert gathering.transport.done == ["paused", "resumed"]
    assert gathering.get_extra_info("peername") == "peername"


class Plain(Line):
    """Of no address and without TLS."""

    def get_extra_info(self, name):
        return None


CALL = (
    b"GET /ws/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def app(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


@pytest_asyncio.fixture
async def opened():
    """A socket after its handshake, with what went over its line since."""
    config = Config(app, ws_per_message_deflate=False, ws_ping_interval=None)
    socket = WebSocket(config, ServerState(), {}, asyncio.get_running_loop())
    socket.line = Plain()
    socket.connection_made(socket.line)
    socket.data_received(CALL)
    while not socket.line.done:
        await asyncio.sleep(0)
    socket.line.done.clear()
    return socket


def texts_in(line):
    page = Connection(ConnectionType.CLIENT)
    page.receive_data(b"".join(each for each in line.done if isinstance(each, bytes)))
    return [event.data for event in page.events() if isinstance(event, TextMessage)]


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [0, 1, SHORT - 1, SHORT, 200, 70_000])
async def test_a_text_of_any_length_arrives_as_it_was_said(opened, size):
    said = ["ä" * (size // 2) + "x" * (size % 2), "and the next"]
    for text in said:
        await opened.send({"type": "websocket.send", "text": text})
    await asyncio.sleep(0)
    assert texts_in(opened.line) == said


@pytest.mark.asyncio
async def test_while_the_line_is_full_a_short_text_waits_too(opened):
    opened.pause_writing()
    saying = asyncio.ensure_future(opened.send({"type": "websocket.send", "text": "later"}))
    await asyncio.sleep(0.01)
    assert not saying.done()
    opened.resume_writing()
    await saying
    await asyncio.sleep(0)
    assert texts_in(opened.line) == ["later"]


@pytest.mark.asyncio
async def test_after_a_farewell_of_either_side_nothing_more_is_said(opened):
    page = Connection(ConnectionType.CLIENT)
    opened.data_received(page.send(CloseConnection(code=1000)))
    with pytest.raises(ClientDisconnected):
        await opened.send({"type": "websocket.send", "text": "too late"})
    await asyncio.sleep(0)
    assert texts_in(opened.line) == []


@pytest.mark.asyncio
async def test_after_its_own_farewell_it_says_nothing_either(opened):
    await opened.send({"type": "websocket.close", "code": 4400})
    with pytest.raises(RuntimeError):
        await opened.send({"type": "websocket.send", "text": "one more"})
    await asyncio.sleep(0)
    assert texts_in(opened.line) == []
