"""What is said in one turn of the loop is one write to the network, and nothing of it is lost."""

from __future__ import annotations

import asyncio

import pytest

from config.websocket import MOST_BYTES, Gathering


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
