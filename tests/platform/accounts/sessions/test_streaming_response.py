"""A streamed response breaks off when the session that requested it ends."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from accounts.models import Session, User
from accounts.sessions import revocation
from accounts.sessions.session_watch import current_watch
from accounts.sessions.streaming_response import stream_while_signed_in

PLATFORM = Path(__file__).resolve().parents[4] / "platform"
# The course is one file, made before the first byte is sent: nothing is left to check.
WHOLE = {"authoring/exports/views.py"}


class Parts:
    """Many parts, each a moment after the last; `made` counts them."""

    def __init__(self, count=200):
        self.count, self.made, self.closed = count, 0, False

    async def __aiter__(self):
        try:
            for _ in range(self.count):
                self.made += 1
                yield b"part"
                await asyncio.sleep(0.02)
        finally:
            self.closed = True


@database_sync_to_async
def signed_in(person):
    client = Client()
    client.force_login(person)
    return client.session.session_key


async def nothing(_count):
    return None


async def read(stream, after=nothing):
    """Return the number of parts until the stream broke off; None if it was complete."""
    count = 0
    try:
        async for _ in stream:
            count += 1
            await after(count)
    except asyncio.CancelledError:
        return count
    return None


def log_out(person):
    revocation.end_sessions(Session.objects.filter(user=person))


def lose_role(person):
    User.objects.filter(pk=person.pk).update(roles=[])


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("end", [log_out, lose_role])
async def test_it_breaks_off_soon_after_the_log_in_has_ended(mia, end):
    key, parts = await signed_in(mia), Parts()

    async def end_it(count):
        if count == 5:
            await database_sync_to_async(end)(mia)

    got = await read(stream_while_signed_in(key, aiter(parts)), end_it)
    assert got is not None
    assert 5 <= got < parts.count
    assert (parts.made - got, parts.closed, current_watch().entries) == (1, True, set())


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_it_completes_while_the_session_is_open_and_stops_watching(mia):
    parts = Parts(10)
    assert await read(stream_while_signed_in(await signed_in(mia), aiter(parts))) is None
    assert (parts.made, parts.closed, current_watch().entries) == (10, True, set())


@pytest.mark.asyncio
@pytest.mark.django_db(transaction=True)
async def test_without_a_log_in_there_is_no_second_part():
    assert await read(stream_while_signed_in(None, aiter(Parts()))) == 1


def test_every_streamed_response_follows_its_session():
    streams = re.compile(r"(StreamingHttpResponse|FileResponse)\(")
    found = {
        str(path.relative_to(PLATFORM))
        for path in PLATFORM.rglob("*.py")
        if streams.search(path.read_text())
    }
    assert found == {"accounts/sessions/streaming_response.py", *WHOLE}
