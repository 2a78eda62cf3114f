"""A socket handles its page's messages and hints one at a time, and ends with its page."""

from __future__ import annotations

import asyncio
import weakref
from types import SimpleNamespace

import pytest

from push.base_consumer import SequentialConsumer
from push.channel_groups import ChannelQueues
from push.close_codes import BROKEN
from push.postgres_layer import NotifyLayer

pytestmark = pytest.mark.asyncio


class Layer:
    """A channel layer whose hints come from the test."""

    def __init__(self):
        self.hints = asyncio.Queue()

    async def new_channel(self):
        return "specific.test!1"

    async def receive(self, channel):
        return await self.hints.get()

    async def forget(self, channel):
        """Do nothing: no state is stored for a channel."""


class Socket(SequentialConsumer):
    """Records what it handled, and how many messages it handled at once."""

    def __init__(self):
        super().__init__()
        self.heard, self.at_once, self.most = [], 0, 0

    def goes_beside(self, hint):
        return hint["type"].startswith("shown")

    async def dispatch(self, message):
        if message["type"] == "bad":
            raise RuntimeError("odd")
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(1 if "slow" in message["type"] else 0.01)
        self.heard.append(message["type"])
        self.at_once -= 1
        if message["type"] == "websocket.disconnect":
            await super().websocket_disconnect(message)


class World:
    def __init__(self, monkeypatch):
        self.layer, self.page, self.said = Layer(), asyncio.Queue(), []
        monkeypatch.setattr("push.base_consumer.get_channel_layer", lambda _: self.layer)
        monkeypatch.setattr("channels.generic.websocket.aclose_old_connections", self._nothing)
        self.socket = Socket()
        self.running = asyncio.create_task(self.socket({}, self.page.get, self._send))

    async def _nothing(self):
        pass

    async def _send(self, message):
        self.said.append(message)

    async def ended(self):
        await self.page.put({"type": "websocket.disconnect", "code": 1001})
        await asyncio.wait_for(self.running, 3)


async def test_page_and_hints_are_heard_one_at_a_time(monkeypatch):
    world = World(monkeypatch)
    for each in range(5):
        await world.page.put({"type": f"page {each}"})
        await world.layer.hints.put({"type": f"hint {each}"})
    while len(world.socket.heard) < 10:
        await asyncio.sleep(0.01)
    await world.ended()
    assert [each for each in world.socket.heard if each[0] == "p"] == [
        f"page {n}" for n in range(5)
    ]
    assert [each for each in world.socket.heard if each[0] == "h"] == [
        f"hint {n}" for n in range(5)
    ]
    assert world.socket.most == 1


async def test_independent_hints_wait_for_earlier_hints_but_not_for_the_page(
    monkeypatch,
):
    world = World(monkeypatch)
    await world.page.put({"type": "slow page"})
    for each in ("shown 1", "shown 2", "hint", "shown 3"):
        await world.layer.hints.put({"type": each})
    await asyncio.sleep(0.3)
    assert world.socket.heard == ["shown 1", "shown 2"]
    await asyncio.sleep(1)
    await world.ended()
    assert world.socket.heard[2:5] == ["slow page", "hint", "shown 3"]


class Message(dict):
    """A message whose release can be observed."""


async def test_a_message_is_released_once_it_is_handled(monkeypatch):
    world = World(monkeypatch)
    message = Message(type="page")
    seen = weakref.ref(message)
    await world.page.put(message)
    del message
    await asyncio.sleep(0.1)
    assert world.socket.heard == ["page"]
    assert seen() is None
    await world.ended()


async def test_reading_hints_ends_with_the_page(monkeypatch):
    world = World(monkeypatch)
    await asyncio.sleep(0)
    await world.ended()
    await asyncio.sleep(0)
    assert [task for task in asyncio.all_tasks() if task.get_name() == "hints of a socket"] == []


async def test_a_hint_that_fails_closes_the_socket(monkeypatch, caplog):
    world = World(monkeypatch)
    await world.layer.hints.put({"type": "bad"})
    async with asyncio.timeout(3):
        while not world.said:
            await asyncio.sleep(0.01)
    assert world.said == [{"type": "websocket.close", "code": BROKEN}]
    assert "socket.hint_failed" in caplog.text
    await world.ended()


async def test_a_socket_ends_even_if_its_disconnect_handler_fails(monkeypatch):
    world = World(monkeypatch)

    async def away(_):
        world.socket.heard.append("failed")

    monkeypatch.setattr(world.socket, "dispatch", away)
    await world.ended()
    assert world.socket.heard == ["failed"]


async def test_a_message_that_raises_ends_the_socket_and_frees_it(monkeypatch, caplog):
    world = World(monkeypatch)
    left = []

    async def disconnect(code):
        left.append(code)

    monkeypatch.setattr(world.socket, "disconnect", disconnect)
    await world.page.put({"type": "bad"})
    await asyncio.wait_for(world.running, 3)
    assert left == [BROKEN]
    assert world.said == [{"type": "websocket.close", "code": BROKEN}]
    assert "socket.failed" in caplog.text


async def test_a_page_that_leaves_while_a_hint_is_at_work_leaves_no_box_behind(monkeypatch):
    world = World(monkeypatch)
    layer = NotifyLayer()
    boxes = ChannelQueues(100)
    layer._loops[asyncio.get_running_loop()] = SimpleNamespace(
        boxes=boxes, start=world._nothing, stop_if_idle=lambda: None
    )
    world.socket.channel_layer = world.layer = layer
    monkeypatch.setattr("push.base_consumer.get_channel_layer", lambda _: layer)
    world.running.cancel()
    world.running = asyncio.create_task(world.socket({}, world.page.get, world._send))
    await world.page.put({"type": "page"})
    await asyncio.sleep(0.05)
    boxes.deliver(world.socket.channel_name, {"type": "shown slowly"})
    await asyncio.sleep(0.05)
    await world.ended()
    assert len(boxes) == 0
