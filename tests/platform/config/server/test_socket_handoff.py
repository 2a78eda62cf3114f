"""Messages between the two processes of the web program; test_serving runs both."""

from __future__ import annotations

import asyncio
import math

import pytest
import uvicorn

from config.server import socket_handoff
from config.server.concurrency_limit import SOCKETS_LAG


def test_the_pages_process_receives_the_sockets_lag():
    async def go():
        ours, theirs = socket_handoff.make_pair()
        config = uvicorn.Config("config.asgi:application", log_config=None)
        pages = socket_handoff.PagesServer(config, ours, other=0)
        sockets = socket_handoff.SocketsServer(config, theirs)
        told = []
        for late_s in (0.0, 0.4, 0.0):
            sockets.own.due -= late_s
            await sockets.on_tick(1)
            pages._read_lag()
            told.append(SOCKETS_LAG.reported_s)
        ours.close()
        theirs.close()
        return told

    try:
        first, late, afterwards = asyncio.run(go())
    finally:
        SOCKETS_LAG.reported_s, SOCKETS_LAG.at = 0.0, math.inf
    assert first == 0
    assert late > 0.2
    assert afterwards == pytest.approx(late / 2, abs=0.002)
