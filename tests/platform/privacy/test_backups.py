"""A backup is complete, holds no key, and restores everything not erased since."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import uuid
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from config.db import backups, database_url
from privacy.erasure import erasure
from tools.testbed.s3_server import connect

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _own_keystore(own_keystore):
    pass


@pytest.fixture
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.mkdir()
    (settings.MEDIA_ROOT / "lesson.vtt").write_text("WEBVTT\n")
    return settings.MEDIA_ROOT


def back_up(folder, capsys=None):
    connection.close()
    call_command("backup", "--to", str(folder))
    (made,) = folder.iterdir()
    return made


def manage(place, media, *arguments):
    variables = {**os.environ, **place, "ATTUNE_NO_BOOTSTRAP": "1", "MEDIA_ROOT": str(media),
                 "KEYSTORE_DIR": str(settings.KEYSTORE_DIR)}  # fmt: skip
    return subprocess.run(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=variables,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def asked(place, question):
    with psycopg.connect(
        database_url.make_conninfo(database_url.parse_url(place["DATABASE_URL"]))
    ) as restored:
        return restored.execute(question).fetchall()


def test_a_restored_site_has_all_but_what_was_erased_since(lives, media, empty_database, tmp_path):
    mia, ravi = lives("mia"), lives("ravi")
    made = back_up(tmp_path / "backups")
    erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())

    done = manage(empty_database, tmp_path / "new", "restore", str(made))

    assert done.returncode == 0, done.stderr
    assert "1 repeated, 0 left" in done.stdout
    assert [(ravi.code,)] == asked(empty_database, "SELECT code FROM accounts_user")
    sent = "SELECT sitting, stream, seq, sealed FROM telemetry_block ORDER BY 1, 2, 3"
    with connection.cursor() as cursor:
        cursor.execute(sent)
        here = [(*rest, bytes(sealed)) for *rest, sealed in cursor.fetchall()]
    assert asked(empty_database, sent) == here != []
    assert (tmp_path / "new" / "lesson.vtt").read_text() == "WEBVTT\n"


def test_the_restored_site_keeps_its_triggers_and_rights(lives, media, empty_database, tmp_path):
    lives("ravi")
    made = back_up(tmp_path / "backups")
    assert manage(empty_database, tmp_path / "new", "restore", str(made)).returncode == 0

    done = manage(empty_database, tmp_path / "new", "check", "--database", "default")

    assert done.returncode == 0, done.stderr
    walls = "SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal"
    with connection.cursor() as cursor:
        cursor.execute(walls)
        assert asked(empty_database, walls) == cursor.fetchall()


def test_a_backup_has_no_key_and_is_readable_only_by_its_owner(lives, media, tmp_path):
    lives("ravi")
    made = back_up(tmp_path / "backups")

    assert {file.name for file in made.iterdir()} == {"database.dump", "media.tar", "manifest.json"}
    assert made.stat().st_mode & 0o077 == 0
    kek = next(Path(settings.KEYSTORE_DIR).glob("kek-*")).read_bytes()
    assert not any(kek in file.read_bytes() for file in made.iterdir())


def test_what_disappears_again_is_left_out_and_a_course_of_that_name_is_not(media, tmp_path):
    """A sound that a worker deletes while it is read would make the whole backup fail."""
    kept = media / "physics" / "speech"
    for folder in (media / "speech", media / "films", kept):
        folder.mkdir(parents=True)
        (folder / "sound.wav").write_bytes(b"RIFF")
    made = back_up(tmp_path / "backups")

    with tarfile.open(made / "media.tar") as archive:
        files = sorted(entry.name for entry in archive if entry.isfile())
    assert files == ["./lesson.vtt", "./physics/speech/sound.wav"]


def test_a_backup_with_a_changed_byte_or_no_end_is_refused(media, empty_database, tmp_path):
    made = back_up(tmp_path / "backups")
    dump = made / "database.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    with pytest.raises(backups.BackupFailed, match="have changed"):
        backups.check_backup(made)
    (made / "manifest.json").unlink()
    with pytest.raises(backups.BackupFailed, match="no whole backup"):
        backups.check_backup(made)


def test_it_restores_only_into_an_empty_site(lives, media, tmp_path):
    lives("ravi")
    made = back_up(tmp_path / "backups")
    connection.close()

    with pytest.raises(CommandError, match="expected an empty database"):
        call_command("restore", str(made))


def test_a_backup_holds_the_files_of_a_bucket_and_brings_them_back(
    lives, empty_database, bucket_store, settings, s3_server, tmp_path
):
    lives("ravi")
    name, waits = f"{uuid.UUID(int=1)}/film.mp4", f"{uuid.UUID(int=1)}/not-moved-yet.mp4"
    stored = {name: b"film", "arrivals/1/course": b"waits"}
    for each, content in stored.items():
        bucket_store.save(each, io.BytesIO(content))
    bucket_store.save("films/1/00", io.BytesIO(b"a piece that arrives"))
    for each, content in ((name, b"left after the move"), (waits, b"only here")):
        path = settings.MEDIA_ROOT / each
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    made = back_up(tmp_path / "backups")
    bucket = s3_server.bucket()

    place = empty_database | s3_server.environment(bucket)
    done = manage(place, tmp_path / "new", "restore", str(made))

    assert done.returncode == 0, done.stderr
    store = connect(bucket)
    assert {file.name: store.read_bytes(file.name) for file in store.list_files()} == {
        **stored,
        waits: b"only here",
    }
    assert not [path for path in (tmp_path / "new").rglob("*") if path.is_file()]
