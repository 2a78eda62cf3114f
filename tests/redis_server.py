"""A Redis of the test's own, where the program is installed."""

from __future__ import annotations

import shutil
import time

import pytest
import redis

from operations.nemesis.site import REDIS, Redis
from tests.free_ports import free_port


@pytest.fixture
def redis_server():
    if shutil.which(REDIS) is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    server = Redis(free_port())
    server.start()
    until_it_answers(server)
    yield server
    server.kill()


def until_it_answers(server):
    with redis.Redis(port=server.port, socket_timeout=0.3) as asking:
        for _ in range(50):
            try:
                asking.ping()
                break
            except redis.ConnectionError:
                time.sleep(0.1)
