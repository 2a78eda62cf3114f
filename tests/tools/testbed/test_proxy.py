"""The proxy does to a connection what its conditions say, and nothing by default."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from random import Random

import pytest

from tools.testbed.proxy import NetworkConditions, Proxy, is_one_frame

pytestmark = pytest.mark.asyncio


@asynccontextmanager
async def connect_through_proxy(weather):
    """Open a connection to an echo server through a proxy with these conditions."""

    echoes = []

    async def echo(reader, writer):
        with suppress(OSError):
            while data := await reader.read(1024):
                writer.write(data)
            writer.close()
            await writer.wait_closed()

    def begin(reader, writer):
        echoes.append(asyncio.create_task(echo(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    proxy = Proxy(server.sockets[0].getsockname()[1], Random(1), weather)
    await proxy.open()
    reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    yield proxy, reader, writer
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
    await proxy.close()
    await asyncio.gather(*echoes)
    server.close()


async def read_exactly(reader, size, seconds=1.0):
    try:
        return await asyncio.wait_for(reader.readexactly(size), seconds)
    except (TimeoutError, asyncio.IncompleteReadError, ConnectionError):
        return None


async def test_by_default_everything_passes():
    async with connect_through_proxy(NetworkConditions()) as (_, reader, writer):
        writer.write(b"word" * 5000)
        assert await read_exactly(reader, 20_000) == b"word" * 5000


async def test_latency_applies_in_both_directions():
    async with connect_through_proxy(NetworkConditions(latency_s=0.2)) as (_, reader, writer):
        began = asyncio.get_running_loop().time()
        writer.write(b"word")
        assert await read_exactly(reader, 4) == b"word"
        assert asyncio.get_running_loop().time() - began >= 0.4


async def test_little_bandwidth_takes_its_time():
    async with connect_through_proxy(NetworkConditions(bytes_a_second=10_000)) as (
        _,
        reader,
        writer,
    ):
        began = asyncio.get_running_loop().time()
        writer.write(b"x" * 2000)
        assert await read_exactly(reader, 2000, 5) is not None
        assert asyncio.get_running_loop().time() - began >= 0.4


async def test_half_open_receives_nothing_and_stays_open():
    async with connect_through_proxy(NetworkConditions(deaf=True)) as (proxy, reader, writer):
        writer.write(b"word")
        assert await read_exactly(reader, 4, 0.2) is None
        proxy.conditions = NetworkConditions()
        writer.write(b"more")
        assert await read_exactly(reader, 4) == b"more"


async def test_a_connection_is_cut_after_so_many_bytes():
    async with connect_through_proxy(NetworkConditions(drop_after=100)) as (proxy, reader, writer):
        writer.write(b"x" * 60)
        assert await read_exactly(reader, 60) == b"x" * 60
        writer.write(b"x" * 60)
        assert await read_exactly(reader, 60) is None
        await asyncio.sleep(0.05)
        assert proxy.lines == set()


async def test_only_a_whole_binary_frame_is_sent_twice():
    frame = bytes([0x82, 0x83, 0, 0, 0, 0]) + b"abc"
    async with connect_through_proxy(NetworkConditions(twice=True)) as (_, reader, writer):
        writer.write(frame)
        assert await read_exactly(reader, 18) == frame * 2
        writer.write(b"GET / HTTP/1.1")
        assert await read_exactly(reader, 14) == b"GET / HTTP/1.1"
        assert await read_exactly(reader, 1, 0.1) is None


async def test_a_reset_cuts_every_line():
    async with connect_through_proxy(NetworkConditions()) as (proxy, reader, writer):
        writer.write(b"word")
        assert await read_exactly(reader, 4) == b"word"
        proxy.reset()
        assert await read_exactly(reader, 1) is None


async def test_only_a_whole_frame_is_one():
    long = bytes([0x82, 0x80 | 126, 1, 0]) + bytes(4) + bytes(256)
    assert is_one_frame(long)
    assert not is_one_frame(long[:-1])
    assert not is_one_frame(long + b"x")
    assert not is_one_frame(bytes([0x81]) + long[1:])
    assert not is_one_frame(b"")


async def test_a_connection_cancelled_while_closing_closes_both_ends():
    async with connect_through_proxy(NetworkConditions()) as (proxy, reader, writer):
        writer.write(b"word")
        assert await read_exactly(reader, 4) == b"word"
        (line,) = proxy.lines
        closing = asyncio.create_task(line.close())
        await asyncio.sleep(0)
        closing.cancel()
        await asyncio.gather(closing, return_exceptions=True)
        assert (line.page.is_closing(), line.site.is_closing()) == (True, True)
