"""The tus protocol over real sockets: lines break anywhere, and the film arrives whole."""

from __future__ import annotations

import hashlib
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from authoring.films import film_files, film_uploads
from authoring.media.uploads import FILM
from authoring.models import Upload
from courses.refused_file import RefusedFile
from tests.fixtures import factories
from tests.fixtures.servers.web_server import served
from tests.fixtures.tus_sender import MB, sender
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db(transaction=True)
FILM_SIZE = 40 * MB


@pytest.fixture
def course(load, package, small_course, ines, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    course = load(package(small_course)).course
    factories.make_enrolment(ines, course, role="teacher")
    return course


@pytest.fixture
def address(settings, course):
    with served(settings) as found:
        yield found


@pytest.fixture
def place(course):
    unit = course.units.get(kind="video")
    return f"/author/courses/{course.slug}/units/{unit.code}/uploads/"


@pytest.fixture
def send(address, ines):
    return sender(address, ines)


@pytest.fixture
def begun(send, place):
    """Return the address of an upload of ten bytes, of which four are here."""
    url = send.create(place, 10).headers["Location"]
    assert send.append(url, 0, b"abcd").status == 204
    return url


def content():
    return film_files.path_of(Upload.objects.get().id).read_bytes()


def test_a_film_arrives_whole_although_the_line_breaks_five_times(send, place):
    film = random.Random(31).randbytes(FILM_SIZE)
    url = send.create(place, len(film)).headers["Location"]
    assert send.append(url, 0, film[: 8 * MB]).status == 204
    # This process also sends: its buffers are there now.
    before, breaks, offset = _memory(), 0, 8 * MB
    while offset < len(film):
        piece = film[offset : offset + 8 * MB]
        if breaks < 5:
            breaks += 1
            send.break_within(url, offset, piece, at=len(piece) * breaks // 6)
        else:
            assert send.append(url, offset, piece).status == 204
        offset = send.offset(url)
        assert offset % (8 * MB) == 0 or offset == len(film)
    row = Upload.objects.get()
    assert (breaks, row.state, row.offset) == (5, "pending", len(film))
    with film_files.path_of(row.id).open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    assert found == hashlib.sha256(film).hexdigest()
    # A server that held what arrives would have 32 MB more.
    assert _memory() - before < 24 * MB


def _memory():
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE")


@pytest.mark.parametrize("at", [0, 1, 70_000, 299_999])
def test_a_piece_that_breaks_off_is_not_counted(send, place, at):
    url = send.create(place, 300_000).headers["Location"]
    send.break_within(url, 0, bytes(300_000), at=at)
    assert send.offset(url) == 0
    assert send.append(url, 0, b"x" * 300_000).status == 204
    assert content() == b"x" * 300_000


def test_a_piece_sent_twice_counts_once(send, begun):
    assert send.append(begun, 0, b"abcd").status == 409
    assert send.append(begun, 4, b"efghij").status == 204
    assert send.append(begun, 4, b"efghij").status == 409
    assert content() == b"abcdefghij"


@pytest.mark.parametrize("offset", ["3", "5", "10", "99999999"])
def test_a_piece_at_another_offset_is_refused(send, begun, offset):
    assert send.append(begun, offset, b"efghij").status == 409
    assert (send.offset(begun), content()) == (4, b"abcd")


@pytest.mark.parametrize("offset", ["", "-4", "x", "4.0", "9" * 40])
def test_an_offset_that_is_no_number_is_refused(send, begun, offset):
    assert send.append(begun, offset, b"efghij").status == 400
    assert send.offset(begun) == 4


def test_a_piece_beyond_the_end_is_refused_and_leaves_no_trace(send, begun):
    assert send.append(begun, 4, b"efghijk").status == 413
    assert send.offset(begun) == 4
    assert send.append(begun, 4, b"EFGHIJ").status == 204
    assert content() == b"abcdEFGHIJ"


def test_a_piece_of_more_than_eight_megabytes_is_refused(send, place):
    url = send.create(place, 9 * MB).headers["Location"]
    assert send.append(url, 0, bytes(8 * MB + 1)).status == 413
    assert send.offset(url) == 0


def test_two_senders_of_one_piece_store_it_once(send, place, monkeypatch):
    url = send.create(place, 4 * MB).headers["Location"]
    found, write = [], film_uploads._write

    def write_slowly(*args, **options):
        time.sleep(1)
        return write(*args, **options)

    monkeypatch.setattr(film_uploads, "_write", write_slowly)
    both = [
        threading.Thread(target=lambda: found.append(send.append(url, 0, bytes(4 * MB)).status))
        for _ in range(2)
    ]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sorted(found) == [204, 409]
    assert content() == bytes(4 * MB)


def test_another_type_or_version_is_refused(send, begun):
    assert send.append(begun, 4, b"efghij", Content_Type="text/plain").status == 415
    answer = send.append(begun, 4, b"efghij", Tus_Resumable="0.2.2")
    assert (answer.status, answer.headers["Tus-Version"]) == (412, "1.0.0")
    assert send.offset(begun) == 4


def test_the_server_says_what_it_can(send, place):
    answer = send.ask("OPTIONS", place)
    assert answer.headers["Tus-Max-Size"] == str(4 * 1024 * MB)
    assert answer.headers["Tus-Extension"] == "creation,termination,expiration"


@pytest.mark.parametrize("length", ["0", "", "-1", str(FILM.most + 1)])
def test_a_film_of_no_size_or_too_large_is_refused(send, place, length):
    assert send.create(place, length).status == 413
    assert not Upload.objects.exists()


def test_a_full_disk_refuses_a_film_before_it_is_sent(send, place, monkeypatch):
    monkeypatch.setattr(film_uploads, "RESERVE", 2**60)
    answer = send.create(place, 10)
    assert (answer.status, "enough space" in answer.text) == (413, True)


def test_a_fourth_unfinished_film_is_refused_with_advice(send, place):
    assert [send.create(place, 10).status for _ in range(4)] == [201, 201, 201, 413]
    assert "Finish or cancel" in send.create(place, 10).text


def test_a_cancelled_film_is_gone(send, begun):
    path = film_files.path_of(Upload.objects.get().id)
    assert send.ask("DELETE", begun).status == 204
    assert not path.exists()
    assert send.ask("HEAD", begun).status == 404


def test_parallel_requests_begin_three_uploads_and_no_more(course, ines, monkeypatch):
    """Called in threads, because the server of a test answers one request after another."""
    check = film_uploads._check_room

    def check_slowly(length):
        check(length)
        time.sleep(0.3)

    def begin():
        unit, now = course.units.get(kind="video").code, timezone.now()
        try:
            film_uploads.begin(course, unit, 10, keeps_original=False, by=ines, now=now)
        except RefusedFile:
            return "refused"
        finally:
            connection.close()
        return "begun"

    monkeypatch.setattr(film_uploads, "_check_room", check_slowly)
    assert sorted(run_at_once(*[begin] * 6)) == ["begun"] * 3 + ["refused"] * 3
    assert Upload.objects.count() == len(list(film_files.folder().iterdir())) == 3


def test_a_cancel_while_the_film_is_placed_deletes_nothing(send, begun):
    """The conversion holds the row when the cancel arrives; the cancel waits, and is too late."""
    row = Upload.objects.get()
    folder = film_files.path_of(row.id).parent
    placed = threading.Event()

    def place_slowly():
        with transaction.atomic():
            done = {"offset": row.length, "state": "there", "due_at": None}
            Upload.objects.filter(pk=row.pk).update(**done)
            placed.set()
            time.sleep(1)
        connection.close()

    def cancel():
        placed.wait()
        return send.ask("DELETE", begun).status

    assert run_at_once(place_slowly, cancel) == [None, 404]
    assert (Upload.objects.get().state, folder.exists()) == ("there", True)


def test_a_cancel_that_is_rolled_back_leaves_row_and_file(begun, ines):
    row = Upload.objects.get()
    with suppress(ZeroDivisionError), transaction.atomic():
        assert film_uploads.cancel(row.id, by=ines)
        raise ZeroDivisionError
    assert Upload.objects.get() == row
    assert content() == b"abcd"


def run_at_once(*calls):
    """Return what each call returns; each runs in a thread of its own."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [each.result() for each in [pool.submit(call) for call in calls]]


def test_nobody_else_sees_continues_or_deletes_an_upload(address, send, begun, course):
    olga = make("olga")
    olga.roles = ["author"]
    olga.save()
    factories.make_enrolment(olga, course, role="teacher")
    other = sender(address, olga)
    assert other.ask("HEAD", begun).status == 404
    assert other.append(begun, 4, b"efghij").status == 404
    assert other.ask("DELETE", begun).status == 404
    assert (send.offset(begun), content()) == (4, b"abcd")


def test_a_learner_or_an_outsider_begins_no_upload(address, place, course, mia, mallory):
    factories.make_enrolment(mia, course)
    assert sender(address, mia).create(place, 10).status == 404
    assert sender(address, mallory).create(place, 10).status == 404
    assert not Upload.objects.exists()


def test_an_upload_that_stopped_a_week_ago_is_deleted_with_its_file(send, begun):
    path = film_files.path_of(Upload.objects.get().id)
    last = timezone.now()
    film_uploads.clear_expired(now=last + timedelta(days=6, hours=23))
    assert send.offset(begun) == 4
    film_uploads.clear_expired(now=last + timedelta(days=7, hours=2))
    assert not path.exists()
    assert send.ask("HEAD", begun).status == 404
