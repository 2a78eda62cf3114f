"""Published files move to a bucket and back, whole, and again after a kill."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from courses.media.media_store import open_bucket, open_folder, open_store

CODE = "6f1c2a3e-0000-4000-8000-000000000001"
FILES = {f"{CODE}/a-0123456789ab.mp4": bytes(range(256)), f"{CODE}/b.vtt": b"WEBVTT\n",
         "data-sets/7": b"sealed", "arrivals/1/course": b"waits"}  # fmt: skip


@pytest.fixture
def stores(bucket_store, settings):
    """The two stores; the folder has the files, and a working file beside them."""
    folder = open_folder()
    for name, content in FILES.items():
        folder.save(name, io.BytesIO(content))
    working = settings.MEDIA_ROOT / "films" / "1" / "film"
    working.parent.mkdir(parents=True)
    working.write_bytes(b"arriving")
    return folder, open_bucket()


def move(*options):
    out, err = io.StringIO(), io.StringIO()
    call_command("move_media", *options, stdout=out, stderr=err)
    return out.getvalue()


def contents(store):
    return {file.name: store.read_bytes(file.name) for file in store.list_files()}


def test_files_are_copied_and_kept_until_they_are_to_be_deleted(stores, settings):
    folder, bucket = stores
    assert move("--to", "s3").startswith("4 files copied (0.0 MB), 0 were there, 0 not equal, 0")
    assert contents(bucket) == contents(folder) == FILES
    said = move("--to", "s3", "--delete-source")
    assert said.startswith("0 files copied (0.0 MB), 4 were there, 0 not equal, 4 deleted")
    assert (contents(bucket), contents(folder)) == (FILES, {})
    assert (settings.MEDIA_ROOT / "films/1/film").read_bytes() == b"arriving"


def test_a_site_moves_and_comes_back_with_what_it_stored_meanwhile(stores, settings):
    folder, _bucket = stores
    more = [f"{CODE}/{name}.vtt" for name in ("first", "second", "third")]
    move("--to", "s3")
    folder.save(more[0], io.BytesIO(b"before the pause"))
    move("--to", "s3", "--only-missing")
    open_store().save(more[1], io.BytesIO(b"with the bucket"))
    move("--to", "s3", "--delete-source")
    assert contents(open_store()).keys() == {*FILES, *more[:2]}
    move("--to", "folder")
    open_store().save(more[2], io.BytesIO(b"before the next pause"))
    move("--to", "folder", "--only-missing")
    settings.MEDIA_BUCKET = None
    assert contents(open_store()).keys() == {*FILES, *more}


def test_the_copy_in_the_pause_reads_no_file_again(stores, monkeypatch):
    folder, bucket = stores
    move("--to", "s3")
    folder.save(f"{CODE}/new.vtt", io.BytesIO(b"before the pause"))
    read, open_file = [], type(folder).open_file

    def note(store, name):
        read.append(name)
        return open_file(store, name)

    monkeypatch.setattr(type(folder), "open_file", note)
    said = move("--to", "s3", "--only-missing")
    assert said.startswith("1 files copied (0.0 MB), 4 were there")
    assert set(read) == {f"{CODE}/new.vtt"}
    assert contents(bucket) == contents(folder)
    with pytest.raises(CommandError, match="has to compare each copy"):
        move("--to", "s3", "--only-missing", "--delete-source")


def test_nothing_is_deleted_from_a_bucket_that_a_site_may_use(stores):
    _folder, bucket = stores
    move("--to", "s3")
    with pytest.raises(CommandError, match="deletes nothing from a bucket"):
        move("--to", "folder", "--delete-source")
    assert contents(bucket) == FILES


def test_a_move_that_was_killed_goes_on(stores, monkeypatch):
    folder, bucket = stores
    save, saved = type(bucket).save, []

    def die_later(self, name, content):
        # The first one checks the bucket.
        if len(saved) == 2:
            raise KeyboardInterrupt
        saved.append(save(self, name, content))

    with monkeypatch.context() as patch:
        patch.setattr(type(bucket), "save", die_later)
        with pytest.raises(KeyboardInterrupt):
            move("--to", "s3", "--delete-source")
    assert len(contents(bucket)) == 1
    assert contents(bucket) | contents(folder) == FILES
    assert move("--to", "s3").startswith("3 files copied")
    assert contents(bucket) == FILES


def test_a_copy_with_a_changed_byte_is_deleted_and_its_source_kept(stores, monkeypatch):
    folder, bucket = stores
    save = type(bucket).save

    def spoil(self, name, content):
        save(self, name, io.BytesIO(content.read()[:-1] + b"?"))

    monkeypatch.setattr(type(bucket), "save", spoil)
    with pytest.raises(CommandError, match="4 files are not there"):
        move("--to", "s3", "--delete-source")
    assert (contents(folder), contents(bucket)) == (FILES, {})


def test_a_server_that_is_away_stops_it_and_nothing_is_deleted(stores, s3_server):
    folder, _ = stores
    s3_server.kill()
    with pytest.raises(CommandError, match="does not answer"):
        move("--to", "s3", "--delete-source")
    assert contents(folder) == FILES


def test_without_a_bucket_it_says_what_to_set(settings):
    settings.MEDIA_BUCKET = None
    with pytest.raises(CommandError, match="MEDIA_S3_URL is not set"):
        move("--to", "s3")
