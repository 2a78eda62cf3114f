"""Published files move to a bucket and back, whole, and again after a kill."""

from __future__ import annotations

import io

import pytest
from django.core.management import CommandError, call_command

from courses.media.media_store import open_bucket, open_folder

CODE = "6f1c2a3e-0000-4000-8000-000000000001"
FILES = {f"{CODE}/a-0123456789ab.mp4": bytes(range(256)), f"{CODE}/b.vtt": b"WEBVTT\n",
         "data-sets/7": b"sealed"}  # fmt: skip


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
    assert move("--to", "s3").startswith("3 files copied (0.0 MB), 0 were there, 0 not equal, 0")
    assert contents(bucket) == contents(folder) == FILES
    said = move("--to", "s3", "--delete-source")
    assert said.startswith("0 files copied (0.0 MB), 3 were there, 0 not equal, 3 deleted")
    assert (contents(bucket), contents(folder)) == (FILES, {})
    assert (settings.MEDIA_ROOT / "films/1/film").read_bytes() == b"arriving"


def test_they_come_back_to_the_folder(stores):
    folder, bucket = stores
    move("--to", "s3", "--delete-source")
    move("--to", "folder", "--delete-source")
    assert (contents(folder), contents(bucket)) == (FILES, {})


def test_a_move_that_was_killed_goes_on(stores, monkeypatch):
    folder, bucket = stores
    save, saved = type(bucket).save, []

    def die_later(self, name, content):
        if saved:
            raise KeyboardInterrupt
        saved.append(save(self, name, content))

    with monkeypatch.context() as patch:
        patch.setattr(type(bucket), "save", die_later)
        with pytest.raises(KeyboardInterrupt):
            move("--to", "s3", "--delete-source")
    assert len(contents(bucket)) == 1
    assert contents(bucket) | contents(folder) == FILES
    assert move("--to", "s3").startswith("2 files copied")
    assert contents(bucket) == FILES


def test_a_copy_with_a_changed_byte_is_deleted_and_its_source_kept(stores, monkeypatch):
    folder, bucket = stores
    save = type(bucket).save

    def spoil(self, name, content):
        save(self, name, io.BytesIO(content.read()[:-1] + b"?"))

    monkeypatch.setattr(type(bucket), "save", spoil)
    with pytest.raises(CommandError, match="3 files are not there"):
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
