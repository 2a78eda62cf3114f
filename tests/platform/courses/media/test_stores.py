"""A folder and a bucket behave alike; a bucket that refuses or is away says why."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import timedelta
from types import SimpleNamespace

import obstore
import pytest

from authoring.tasks import clear_up
from courses.media import s3_store
from courses.media.media_store import open_copies, open_folder, open_store
from courses.media.stored_file import PIECE, StoreUnavailable, is_stored
from tests.fixtures.servers.s3_server import fill_store
from tools.testbed.s3_server import READER_KEY, connect

CODE = "6f1c2a3e-0000-4000-8000-000000000001"
NAME = f"{CODE}/lecture-0123456789ab.mp4"
BYTES = bytes(range(256)) * 4


def read(store, file, first, last):
    async def join():
        return b"".join([part async for part in store.read_range(file, first, last)])

    return asyncio.run(join())


def names(store, folder=""):
    return [file.name for file in store.list_files(folder)]


def test_what_was_saved_is_found_read_and_deleted(any_store):
    assert any_store.find(NAME) is None
    any_store.save(NAME, io.BytesIO(BYTES))
    file = any_store.find(NAME)
    assert (file.name, file.size) == (NAME, len(BYTES))
    assert abs(file.changed_at - time.time()) < 60
    assert file.etag == any_store.find(NAME).etag != ""
    assert any_store.read_bytes(NAME) == BYTES
    with any_store.open_file(NAME) as content:
        assert (content.read(10), content.read()) == (BYTES[:10], BYTES[10:])
    any_store.delete([NAME, f"{CODE}/never-there.png"])
    assert any_store.find(NAME) is None
    assert names(any_store) == []


@pytest.mark.parametrize(("first", "last"), [(0, 0), (5, 99), (len(BYTES) - 1, len(BYTES) - 1)])
def test_a_range_has_both_of_its_ends(any_store, first, last):
    fill_store({NAME: BYTES})
    assert read(any_store, any_store.find(NAME), first, last) == BYTES[first : last + 1]


def test_a_range_over_several_pieces_is_whole(any_store):
    content = b"".join(number.to_bytes(4) for number in range(3 * PIECE // 4 + 5))
    fill_store({NAME: content})
    last = len(content) - 2
    assert read(any_store, any_store.find(NAME), 3, last) == content[3 : last + 1]


def test_files_are_listed_by_folder(any_store):
    other = CODE.replace("6f1c", "7f1c")
    fill_store({NAME: b"1", f"{other}/a.png": b"2", "data-sets/x": b"3"})
    assert names(any_store, CODE) == [NAME]
    assert sorted(names(any_store)) == sorted([NAME, f"{other}/a.png", "data-sets/x"])


def test_a_copy_is_a_file_of_its_own(any_store):
    fill_store({NAME: BYTES})
    any_store.copy(NAME, f"{CODE}/second.mp4")
    assert any_store.read_bytes(NAME) == BYTES
    any_store.delete([NAME])
    assert any_store.read_bytes(f"{CODE}/second.mp4") == BYTES
    with pytest.raises(FileNotFoundError):
        any_store.copy(NAME, f"{CODE}/third.mp4")


def test_a_file_moved_in_leaves_its_place(any_store, tmp_path):
    source = tmp_path / "film"
    source.write_bytes(BYTES)
    any_store.move_in(NAME, source)
    assert any_store.read_bytes(NAME) == BYTES
    assert not source.exists()


def test_a_copy_on_this_disk_has_the_name_and_ends_with_its_block(any_store, tmp_path):
    fill_store({NAME: BYTES})
    with open_copies(CODE) as copies:
        path = copies.path("lecture-0123456789ab.mp4")
        assert (path.name, path.read_bytes()) == ("lecture-0123456789ab.mp4", BYTES)
        with pytest.raises(FileNotFoundError):
            copies.path("other.mp4")
    assert path.exists() == path.is_relative_to(tmp_path / "media")


@pytest.mark.parametrize(
    "name", ["../x.mp4", f"{CODE}/../../x", "/etc/passwd", f"{CODE}//a", "a\0"]
)
def test_a_name_leads_nowhere_else(any_store, name):
    assert any_store.find(name) is None
    with pytest.raises(FileNotFoundError):
        any_store.save(name, io.BytesIO(b"x"))
    with pytest.raises(FileNotFoundError):
        any_store.read_bytes(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (NAME, True),
        ("data-sets/1", True),
        ("films/x/film", False),
        ("arrivals/x/course", True),
        (CODE, False),
        (f"{CODE}/.half.part", False),
    ],
)
def test_working_files_are_not_stored(name, expected):
    assert is_stored(name) is expected


def test_a_file_that_is_missing_is_named_and_its_server_is_not(any_store, tmp_path):
    for read in (
        any_store.read_bytes,
        any_store.open_file,
        lambda name: any_store.fetch(name, tmp_path),
    ):
        with pytest.raises(FileNotFoundError) as raised:
            read(NAME)
        assert raised.value.filename.endswith(NAME)
        assert "127.0.0.1" not in str(raised.value)


def test_other_files_of_the_bucket_are_no_files_of_the_site(bucket_store):
    fill_store({NAME: b"1", "films/1/00": b"piece", "readme.txt": b"of the operator"})
    obstore.put(bucket_store._store, ".hidden/x", b"of another program")
    assert names(bucket_store) == [NAME]
    assert names(bucket_store, "films") == ["films/1/00"]


def test_what_a_killed_process_began_to_store_is_deleted_after_a_day(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    store = open_folder()
    store.save(NAME, io.BytesIO(BYTES))
    left = tmp_path / CODE / f".{uuid.uuid4().hex}.part"
    alone = tmp_path / "arrivals" / "1" / left.name
    alone.parent.mkdir(parents=True)
    for path in (left, alone):
        path.write_bytes(b"half")
    store.delete_parts(before=time.time() - 60)
    assert left.exists()
    assert alone.exists()
    store.delete_parts(before=time.time() + 60)
    assert not left.exists()
    assert not alone.parent.exists()
    assert names(store) == [NAME]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"secret": "another-secret"}, "MEDIA_S3_SECRET is wrong"),
        ({"key": "unknown-key"}, "MEDIA_S3_KEY is unknown"),
        ({"endpoint": "http://127.0.0.1:9"}, "does not answer"),
        ({"name": "no-such-bucket"}, "the bucket of MEDIA_S3_URL does not exist"),
    ],
)
def test_a_check_says_what_to_repair(s3_server, changes, reason):
    store = connect(dataclasses.replace(s3_server.bucket(), **changes))
    with pytest.raises(StoreUnavailable, match=reason):
        store.check()


def test_a_key_that_may_only_read_cannot_write_and_the_check_says_so(s3_server):
    bucket = s3_server.bucket()
    store = connect(bucket)
    store.save(NAME, io.BytesIO(BYTES))
    reader = connect(dataclasses.replace(bucket, key=READER_KEY))
    assert reader.read_bytes(NAME) == BYTES
    for write in (lambda: reader.save(NAME, io.BytesIO(b"other")), reader.check):
        with pytest.raises(StoreUnavailable, match="may not use the bucket"):
            write()
    store.check()
    assert names(store, "checks") == []


def test_a_bucket_that_is_gone_is_no_missing_file(s3_server):
    store = connect(dataclasses.replace(s3_server.bucket(), name="no-such-bucket"))
    with pytest.raises(StoreUnavailable, match="the bucket of MEDIA_S3_URL does not exist"):
        store.read_bytes(NAME)


def test_variables_of_other_programs_change_nothing(s3_server, monkeypatch):
    monkeypatch.setenv("AWS_SESSION_TOKEN", "of-another-account")
    monkeypatch.setenv("AWS_SKIP_SIGNATURE", "true")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    store = connect(s3_server.bucket())
    store.check()
    address = obstore.sign(store._store, "GET", NAME, timedelta(seconds=1))
    assert "X-Amz-Signature" in address
    assert "of-another-account" not in address


def test_a_wrong_secret_reads_nothing_and_no_file_is_called_missing(bucket_store, settings):
    fill_store({NAME: BYTES})
    file = bucket_store.find(NAME)
    settings.MEDIA_BUCKET = dataclasses.replace(settings.MEDIA_BUCKET, secret="another")
    with pytest.raises(StoreUnavailable):
        open_store().find(NAME)
    with pytest.raises(StoreUnavailable):
        read(open_store(), file, 0, 9)


def test_another_file_under_the_same_name_is_not_mixed_into_a_stream(bucket_store):
    fill_store({NAME: BYTES})
    file = bucket_store.find(NAME)
    fill_store({NAME: BYTES[::-1]})
    with pytest.raises(StoreUnavailable):
        read(bucket_store, file, 0, 9)


def test_a_file_that_is_deleted_while_it_is_read_is_missing(bucket_store):
    fill_store({NAME: bytes(4 * PIECE)})
    with bucket_store.open_file(NAME) as content:
        content.read(10)
        bucket_store.delete([NAME])
        with pytest.raises(FileNotFoundError):
            content.read()


def test_a_file_that_is_gone_is_missing_whatever_the_library_says(bucket_store):
    def fail(_size):
        raise OSError("Generic S3 error: error decoding response body")

    fill_store({NAME: bytes(4 * PIECE)})
    for there, error in ((True, StoreUnavailable), (False, FileNotFoundError)):
        content = bucket_store.open_file(NAME)
        content.raw._reader = SimpleNamespace(read=fail)
        if not there:
            bucket_store.delete([NAME])
        with pytest.raises(error):
            content.read()


def test_each_piece_is_a_request_of_its_own(bucket_store, monkeypatch):
    asked = []
    get = obstore.get_async

    async def count(store, name, options):
        asked.append(options["range"])
        return await get(store, name, options=options)

    monkeypatch.setattr(s3_store.obstore, "get_async", count)
    fill_store({NAME: bytes(2 * PIECE + 1)})
    assert len(read(bucket_store, bucket_store.find(NAME), 0, 2 * PIECE)) == 2 * PIECE + 1
    assert asked == [(0, PIECE), (PIECE, 2 * PIECE), (2 * PIECE, 2 * PIECE + 1)]


def test_the_server_refuses_a_signature_that_has_expired(bucket_store):
    """The site hands out no signed address; this shows that the server would end one."""
    fill_store({NAME: BYTES})
    address = obstore.sign(bucket_store._store, "GET", NAME, timedelta(seconds=1))
    with urllib.request.urlopen(address) as answer:
        assert answer.read() == BYTES
    time.sleep(2.1)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(address)


@pytest.mark.skipif(shutil.which("faketime") is None, reason="no faketime here")
@pytest.mark.parametrize("apart", ["-20m", "+20m"])
def test_a_computer_whose_clock_is_wrong_reads_nothing_and_is_told_so(s3_server, apart):
    program = (
        "import dataclasses, sys; from config.media_bucket import read_media_bucket; "
        "from tools.testbed.s3_server import connect; connect(read_media_bucket()).check()"
    )
    place = {**os.environ, **s3_server.environment(s3_server.bucket())}
    command = ["faketime", "-m", "-f", apart, sys.executable, "-c", program]
    done = subprocess.run(command, env=place, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "the clock of this computer or of the server is wrong" in done.stderr


def test_a_server_that_is_away_is_reported_within_seconds_and_found_again(bucket_store, s3_server):
    fill_store({NAME: BYTES})
    s3_server.kill()
    began = time.monotonic()
    with pytest.raises(StoreUnavailable, match="does not answer"):
        bucket_store.find(NAME)
    assert time.monotonic() - began < 10
    s3_server.start()
    assert bucket_store.read_bytes(NAME) == BYTES


@pytest.mark.django_db
def test_copies_of_a_killed_process_are_deleted_after_two_days(settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    for name, days in (("old", 3), ("new", 1)):
        (tmp_path / name / CODE).mkdir(parents=True)
        (tmp_path / name / CODE / "film.mp4").write_bytes(BYTES)
        at = time.time() - timedelta(days=days).total_seconds()
        os.utime(tmp_path / name, (at, at))
    clear_up()
    assert [path.name for path in tmp_path.iterdir()] == ["new"]


def test_a_file_that_is_copied_has_the_time_of_its_content_and_is_new_here(any_store, settings):
    any_store.save(NAME, io.BytesIO(BYTES))
    if settings.MEDIA_BUCKET is None:
        os.utime(settings.MEDIA_ROOT / NAME, (1e9, 1e9))
    any_store.copy(NAME, f"{CODE}/copy.mp4")
    made = any_store.find(f"{CODE}/copy.mp4")
    assert abs(made.stored_at - time.time()) < 60
    assert (made.changed_at == 1e9) == (settings.MEDIA_BUCKET is None)
