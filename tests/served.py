"""The site behind the real server: uvicorn with the flags of `demo`."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from contextlib import contextmanager

import uvicorn

from classroom.seats import seats
from telemetry.writer import writer


@contextmanager
def served(settings):
    """Its address, host and port."""
    settings.LEGAL_PROFILE = "demo"
    from config.asgi import application

    with socket.create_server(("127.0.0.1", 0)) as listening:
        config = uvicorn.Config(
            application, ws="config.websocket:WebSocket", ws_max_size=262_144,
            ws_per_message_deflate=False, ws_ping_interval=5, ws_ping_timeout=5,
            log_level="warning", lifespan="off",
        )  # fmt: skip
        running = uvicorn.Server(config)
        thread = threading.Thread(target=lambda: asyncio.run(_serve(running, listening)))
        thread.start()
        try:
            while not running.started:
                time.sleep(0.01)
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            # A failing test would wait for this thread for ever.
            running.should_exit = True
            thread.join(15)


async def _serve(running, listening):
    """A web process from its start to a clean end."""
    await running.serve([listening])
    await writer().close()
    await seats().close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=2)
