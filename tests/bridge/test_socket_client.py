"""How the bridge reconnects after its socket broke."""

from __future__ import annotations

import asyncio
from random import Random

import pytest
from websockets.asyncio.server import serve

from bridge.http_client import SiteAddress
from bridge.outbox import Outbox
from bridge.socket_client import SittingConnection, draw_wait_s


@pytest.mark.parametrize(
    ("attempt", "shortest", "longest"),
    [(0, 0, 0.5), (1, 0, 1), (2, 0, 2), (3, 1.5, 4), (4, 2.5, 5), (40, 2.5, 5)],
)
def test_it_waits_as_a_page_does(attempt, shortest, longest):
    rng = Random(attempt)
    waits = [draw_wait_s(attempt, rng) for _ in range(500)]
    assert shortest <= min(waits) < shortest + 0.1
    assert longest - 0.1 < max(waits) <= longest


def test_waits_grow_while_the_site_hangs_up_before_its_welcome(monkeypatch):
    attempts = []

    def noted(attempt, rng):
        attempts.append(attempt)
        line.done = len(attempts) == 4
        return 0.0

    async def hang_up(socket):
        await socket.close(1011)

    async def go():
        async with serve(hang_up, "127.0.0.1", 0) as site:
            port = site.sockets[0].getsockname()[1]
            line.site = SiteAddress("http", f"127.0.0.1:{port}", "a key")
            await asyncio.wait_for(line.run(), 20)

    monkeypatch.setattr("bridge.socket_client.draw_wait_s", noted)
    line = SittingConnection(
        SiteAddress("http", "127.0.0.1", "a key"), "x", Outbox(), say=print, rng=Random(1)
    )
    asyncio.run(go())
    assert attempts == [1, 2, 3, 4]
