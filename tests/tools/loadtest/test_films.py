"""The film measurement with a small film: broken line, digest, memory, and a loss that it finds."""

from __future__ import annotations

import os

import pytest

from authoring.films import film_uploads
from authoring.media.uploads import MB
from tests.fixtures.browser.demo_course import import_demo_course
from tests.fixtures.servers.web_server import served
from tools.loadtest.films import film_sender, measurement

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def measure(settings, tmp_path, monkeypatch, now):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    monkeypatch.setattr(measurement, "OUTAGE_S", 0)
    course = import_demo_course(now=now)
    author = measurement.make_author(course, now)

    def run(length, line):
        """Return the row about the film, and those about the memory."""
        with served(settings) as address:
            programs = {"web": os.getpid()}
            *memory, film = measurement.measure(address, programs, course, author, length, line)
        return film, memory

    return run


def test_a_film_over_a_line_that_breaks_twice_is_whole(measure):
    film, memory = measure(20 * MB + 1, measurement.Line(None, 2))
    assert (film["whole"], film["breaks"], film["mb"]) == (True, 2, 20)
    assert film["resent_mb"] > 0
    assert film["web_peak_grown_mb"] >= film["web_grown_mb"]
    assert memory[0]["web_mb"] > 0


def test_a_film_takes_as_long_as_its_line_allows(measure):
    film, _ = measure(4 * MB, measurement.Line(2, 0))
    assert 2 <= film["seconds"] < 10


def test_a_server_that_changes_one_byte_is_found(measure, monkeypatch):
    copy = film_uploads._copy

    def change_first_byte(piece, out, most):
        out.write(b"\0")
        return copy(piece, out, most)

    monkeypatch.setattr(film_uploads, "_copy", change_first_byte)
    film, _ = measure(2 * MB, measurement.Line(None, 0))
    assert not film["whole"]


def test_each_piece_is_the_same_at_each_call_and_no_other():
    pieces = [film_sender.make_piece(1, offset, 9 * MB) for offset in (0, 8 * MB, 0)]
    assert [len(piece) for piece in pieces] == [8 * MB, MB, 8 * MB]
    assert pieces[0] == pieces[2]
    assert pieces[0][:MB] != pieces[1]
