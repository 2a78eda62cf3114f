"""Everything sent in one tick of the loop is one network write, and nothing is lost."""

from __future__ import annotations

import asyncio

import pytest
import pytest_asyncio
from h11 import Connection as H11Connection
from hypothesis import example, given, settings
from hypothesis import strategies as st
from uvicorn.config import Config
from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.wsproto_impl import WSProtocol
from uvicorn.server import ServerState
from wsproto import ConnectionType
from wsproto.connection import Connection
from wsproto.events import CloseConnection, Request, TextMessage

from config.server.websocket_protocol import MOST_BYTES, SHORT, BatchingWebSocket, BufferedTransport


class Line:
    """A transport that records what was done with it."""

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
    gathering = BufferedTransport(line)
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
    gathering = BufferedTransport(line)
    gathering.write(b"last words")
    gathering.close()
    await asyncio.sleep(0)
    assert line.done == [b"last words", "closed"]
    assert gathering.is_closing()


@pytest.mark.asyncio
async def test_much_at_once_does_not_wait_so_that_the_line_can_say_it_is_full():
    line = Line()
    gathering = BufferedTransport(line)
    gathering.write(bytes(MOST_BYTES + 1))
    assert [len(each) for each in line.done] == [MOST_BYTES + 1]


@pytest.mark.asyncio
async def test_all_else_is_delegated_to_the_transport():
    gathering = BufferedTransport(Line())
    gathering.pause_reading()
    gathering.resume_reading()
    assert gathering.transport.done == ["paused", "resumed"]
    assert gathering.get_extra_info("peername") == "peername"


class Plain(Line):
    """A transport without address or TLS."""

    def get_extra_info(self, name):
        return None


CALL = (
    b"GET /ws/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


async def dial(protocol=BatchingWebSocket, *, first=b""):
    """Return a socket after its handshake, with what it received and what was written since."""
    heard = []

    async def app(scope, receive, send):
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] != "websocket.disconnect":
            heard.append(message)
        heard.append(message)

    config = Config(app, ws_per_message_deflate=False, ws_ping_interval=None)
    socket = protocol(config, ServerState(), {}, asyncio.get_running_loop())
    socket.line, socket.heard = Plain(), heard
    socket.connection_made(socket.line)
    socket.data_received(CALL)
    if first:
        socket.data_received(first)
    while not socket.line.done:
        await asyncio.sleep(0)
    socket.line.done.clear()
    return socket


@pytest_asyncio.fixture
async def opened():
    return await dial()


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
async def test_after_the_accept_the_handshake_is_freed(opened):
    kept = vars(opened.conn.handshake).values()
    assert not [each for each in kept if isinstance(each, Request | H11Connection)]


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
async def test_after_a_close_of_either_side_nothing_more_is_sent(opened):
    page = Connection(ConnectionType.CLIENT)
    opened.data_received(page.send(CloseConnection(code=1000)))
    with pytest.raises(ClientDisconnected):
        await opened.send({"type": "websocket.send", "text": "too late"})
    await asyncio.sleep(0)
    assert texts_in(opened.line) == []


@pytest.mark.asyncio
async def test_after_its_own_close_nothing_more_is_sent(opened):
    await opened.send({"type": "websocket.close", "code": 4400})
    with pytest.raises(RuntimeError):
        await opened.send({"type": "websocket.send", "text": "one more"})
    await asyncio.sleep(0)
    assert texts_in(opened.line) == []


def frame(payload, *, opcode=2, fin=True, mask=b"\1\2\3\4", masked=True):
    size = len(payload)
    head = bytes(((0x80 if fin else 0) | opcode,))
    bit = 0x80 if masked else 0
    if size < 126:
        head += bytes((bit | size,))
    elif size < 65536:
        head += bytes((bit | 126,)) + size.to_bytes(2)
    else:
        head += bytes((bit | 127,)) + size.to_bytes(8)
    if not masked:
        return head + payload
    return head + mask + bytes(each ^ mask[n % 4] for n, each in enumerate(payload))


LONG = frame(bytes(range(200)))
payloads = st.sampled_from([bytes(range(250))[:size] for size in (0, 3, 125, 126, 128, 130)])
frames = st.builds(
    frame,
    payloads,
    opcode=st.sampled_from((2, 2, 1, 0, 9, 8, 3)),
    fin=st.booleans(),
    mask=st.sampled_from((bytes(4), b"\1\2\3\4", b"\xff\0\x80\x7f")),
    masked=st.sampled_from((True, True, True, False)),
)
# What arrives in one piece: a whole message alone, or something before or between such.
other = st.one_of(
    frames,
    st.tuples(frames, frames).map(b"".join),
    st.builds(lambda whole, cut: whole[:cut], frames, st.integers(1, 9)),
    st.sampled_from([LONG[:1], LONG[:8], LONG[:50], LONG[50:], LONG + LONG, LONG + LONG[:3]]),
    st.just(frame(b"a part", fin=False)),
    st.just(frame(b"\x03\xe8", opcode=8)),
)
pieces = st.lists(st.one_of(st.just(LONG), other), min_size=2, max_size=6)


async def played(protocol, sent, first):
    socket = await dial(protocol, first=first)
    for piece in sent:
        socket.data_received(piece)
        for _ in range(4):
            await asyncio.sleep(0)
    socket.connection_lost(OSError())
    for _ in range(4):
        await asyncio.sleep(0)
    said = [each for each in socket.line.done if each not in ("paused", "resumed")]
    words = b"".join(each for each in said if isinstance(each, bytes))
    return socket.heard, words, "closed" in said


@settings(max_examples=150, deadline=None)
@given(pieces, st.one_of(st.just(b""), st.just(LONG), other))
@example([LONG[:8], LONG], b"")
@example([LONG[:50], LONG], b"")
@example([frame(b"a part", fin=False), LONG], b"")
@example([LONG], LONG)
def test_frames_are_received_and_answered_as_by_wsproto(sent, first):
    ours = asyncio.run(played(BatchingWebSocket, sent, first))
    assert ours == asyncio.run(played(WSProtocol, sent, first))


@pytest.mark.asyncio
async def test_after_its_own_close_no_message_is_received(opened):
    await opened.send({"type": "websocket.close", "code": 4400})
    opened.data_received(LONG)
    for _ in range(3):
        await asyncio.sleep(0)
    assert [each["type"] for each in opened.heard] == ["websocket.disconnect"]


@pytest.mark.asyncio
async def test_a_whole_binary_message_is_read_without_wsproto_and_a_cut_one_by_it(monkeypatch):
    opened, by_wsproto = await dial(), []
    monkeypatch.setattr(WSProtocol, "data_received", lambda self, data: by_wsproto.append(data))
    message = LONG
    opened.data_received(message)
    await asyncio.sleep(0)
    assert opened.heard == [{"type": "websocket.receive", "bytes": bytes(range(200))}]
    opened.data_received(message[:50])
    assert by_wsproto == [message[:50]]


@pytest.mark.asyncio
async def test_a_page_that_sends_too_fast_is_paused(opened):
    opened.data_received(frame(bytes(200)))
    assert opened.line.done == ["paused"]
    await asyncio.sleep(0)
    assert opened.line.done == ["paused", "resumed"]
