"""A film from a bucket over the real server: sought, for members alone, and never half as whole."""

from __future__ import annotations

import io
import random
import resource
import socket
import time
from contextlib import closing
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path

import pytest
from django.conf import settings as site
from django.test import Client

from courses.media import s3_store
from courses.media.media_store import open_store
from courses.media.stored_file import PIECE
from tests.fixtures import factories
from tests.fixtures.servers.s3_server import fill_store
from tests.fixtures.servers.web_server import served

pytestmark = pytest.mark.django_db(transaction=True)
FILM = random.Random(32).randbytes(24 * PIECE)


@pytest.fixture
def unit(bucket_store, mia):
    unit = factories.make_video_unit()
    factories.make_enrolment(mia, unit.course)
    fill_store({f"{unit.course.code}/lecture.mp4": FILM})
    return unit


@pytest.fixture
def address(unit, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    with served(settings) as address:
        yield address


def ask(address, unit, person, **headers):
    """Send a request for the film and return the connection and the answer."""
    line = HTTPConnection(address, timeout=30)
    if person is not None:
        client = Client()
        client.force_login(person)
        name = site.SESSION_COOKIE_NAME
        headers["Cookie"] = f"{name}={client.cookies[name].value}"
    line.request("GET", f"/media/units/{unit.code}/lecture.mp4", headers=headers)
    return line, line.getresponse()


def test_a_film_is_sought_from_a_bucket_at_our_own_address(address, unit, mia):
    for first in (len(FILM) // 2, len(FILM) * 11 // 12, 0):
        line, answer = ask(address, unit, mia, Range=f"bytes={first}-{first + PIECE + 9}")
        with closing(line):
            assert answer.status == 206
            assert answer.read() == FILM[first : first + PIECE + 10]
            assert answer.headers["Content-Range"].endswith(f"/{len(FILM)}")
            assert "Location" not in answer.headers
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
            said = str(answer.headers)
            assert site.MEDIA_BUCKET.endpoint not in said
            assert site.MEDIA_BUCKET.key not in said


def test_a_copied_address_gives_nothing_to_others(address, unit, mallory):
    for person, status in ((mallory, 404), (None, 401)):
        line, answer = ask(address, unit, person, Range="bytes=0-99")
        with closing(line):
            assert answer.status == status
            assert FILM[:20] not in answer.read()


def test_a_whole_film_arrives_whole(address, unit, mia):
    line, answer = ask(address, unit, mia)
    with closing(line):
        assert answer.read() == FILM


def test_a_viewer_who_pauses_holds_one_piece_and_no_connection(address, unit, mia, monkeypatch):
    asked = count_pieces(monkeypatch)
    line, answer = ask(address, unit, mia)
    with closing(line):
        answer.read(1000)
        time.sleep(1)
        paused = len(asked)
        # The rest is in the buffers of the sockets.
        assert 1 <= paused < 16
        time.sleep(1)
        assert len(asked) == paused
        assert len(answer.read()) == len(FILM) - 1000


def test_a_viewer_who_leaves_ends_the_reading(address, unit, mia, monkeypatch):
    asked = count_pieces(monkeypatch)
    line, answer = ask(address, unit, mia)
    answer.read(1000)
    line.sock and line.sock.shutdown(socket.SHUT_RDWR)
    line.close()
    answer.close()
    time.sleep(1)
    left = len(asked)
    time.sleep(1)
    assert len(asked) == left < 24


def count_pieces(monkeypatch):
    asked, get = [], s3_store.obstore.get_async

    async def count(store, name, options):
        asked.append(options["range"])
        return await get(store, name, options=options)

    monkeypatch.setattr(s3_store.obstore, "get_async", count)
    return asked


def test_a_store_that_dies_within_a_film_breaks_the_answer_off(address, unit, mia, s3_server):
    line, answer = ask(address, unit, mia)
    answer.read(1000)
    s3_server.kill()
    with closing(line), pytest.raises((IncompleteRead, ConnectionResetError)):
        answer.read()


def test_a_store_that_is_away_is_a_503_that_says_so(address, unit, mia, s3_server):
    s3_server.kill()
    line, answer = ask(address, unit, mia, Range="bytes=0-99", Accept="text/html")
    with closing(line):
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "60"
        assert "This site cannot reach its file storage." in answer.read().decode()
    s3_server.start()
    time.sleep(s3_store.REST_S)
    line, answer = ask(address, unit, mia, Range="bytes=0-99")
    with closing(line):
        assert answer.read() == FILM[:100]


class ManyBytes(io.RawIOBase):
    """A film of 2 GB that is nowhere whole: each MiB begins with its number."""

    def __init__(self, pieces):
        self.pieces, self.at = pieces, 0

    def read(self, size=-1):
        end = self.pieces * PIECE
        size = end - self.at if size < 0 else min(size, end - self.at)
        found = b"".join(
            make_piece(number) for number in range(self.at // PIECE, -(-(self.at + size) // PIECE))
        )
        start = self.at % PIECE
        self.at += size
        return found[start : start + size]

    def seek(self, to, whence=0):
        self.at = (0, self.at, self.pieces * PIECE)[whence] + to
        return self.at

    def tell(self):
        return self.at


def make_piece(number):
    return number.to_bytes(8) * (PIECE // 8)


@pytest.mark.long
def test_an_hour_of_2_gb_is_sought_at_minute_30_and_55_with_little_memory(address, unit, mia):
    pieces = 2048
    open_store().save(f"{unit.course.code}/lecture.mp4", ManyBytes(pieces))
    before = memory_mb()
    for minute in (30, 55):
        first = pieces * minute // 60
        began = time.monotonic()
        line, answer = ask(address, unit, mia, Range=f"bytes={first * PIECE}-")
        with closing(line):
            assert answer.status == 206
            assert answer.headers["Content-Length"] == str((pieces - first) * PIECE)
            assert answer.read(PIECE) == make_piece(first)
            sought_s = time.monotonic() - began
            for number in range(first + 1, first + 100):
                assert answer.read(PIECE) == make_piece(number)
        print(f"minute {minute}: first MiB after {sought_s:.3f} s, 100 MiB after "
              f"{time.monotonic() - began:.2f} s, {memory_mb() - before:.0f} MB more")  # fmt: skip
        assert sought_s < 2
    assert memory_mb() - before < 40


def memory_mb():
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
