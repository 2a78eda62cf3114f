"""The web program: one port, with pages in this process and sockets in another; both end together.

Rendering a page holds the interpreter for some 10 ms at a time. In one process with the sockets,
each Block of a class would wait behind it.
"""

from __future__ import annotations

import argparse
import gc
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

import uvicorn

from config.server.head_limits import LimitedHeads
from config.server.socket_handoff import End, HandoffProtocol, PagesServer, SocketsServer, make_pair
from deployment.processes import SOCKETS

QUIET: Final[dict[str, Any]] = {"access_log": False, "log_level": "warning", "log_config": None}

logger = logging.getLogger("config.server.web_server")


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal; return 1 if the sockets' process ended by itself."""
    parser = argparse.ArgumentParser(prog="config.server.web_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    place = parser.parse_args(arguments)
    from config.asgi_sockets import application

    _freeze_objects()
    ours, theirs = make_pair()
    other = os.fork()
    if other == 0:
        ours.close()
        with suppress(KeyboardInterrupt):
            _serve_sockets(application, theirs)
        return 0
    theirs.close()
    return _serve_pages(place.host, place.port, ours, other)


def _serve_sockets(application: Any, way: End) -> None:
    # A garbage collection after every few hundred Blocks took a seventh of the time.
    gc.set_threshold(20_000, 20, 20)
    # The loop waits this long for each thread that waits for the database.
    sys.setswitchinterval(0.001)
    SocketsServer(_make_config(application), way).run()


def _serve_pages(host: str, port: int, way: End, other: int) -> int:
    from config.asgi_pages import application

    _freeze_objects()
    http: Any = partial(HandoffProtocol, way=way)
    server = PagesServer(_make_config(application, host=host, port=port, http=http), way, other)
    with suppress(KeyboardInterrupt):
        server.run()
    if server.alone:
        logger.critical("web.sockets_ended")
    return int(server.alone)


def _make_config(application: Any, **more: Any) -> uvicorn.Config:
    options = {"http": LimitedHeads, **SOCKETS, **QUIET, **more}
    return uvicorn.Config(application, lifespan="off", timeout_graceful_shutdown=3, **options)


def _freeze_objects() -> None:
    """Exclude all objects loaded so far from garbage collection."""
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
