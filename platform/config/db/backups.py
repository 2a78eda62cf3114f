"""Backups: database and media in one folder, complete or not at all, and never the keystore.

So a backup alone opens nothing, and what is erased after it stays unreadable in it (I-12). The
manifest is written last: a folder without one, or with other bytes, is refused.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import partial
from hashlib import file_digest
from pathlib import Path
from typing import Any

# As in Python's library from 3.11.4 on; Debian 12 has 3.11.2.
from backports import tarfile
from django.conf import settings

from config.embedded_postgres.paths import PostgresFailed, binaries
from courses.media.media_store import MediaStore
from courses.media.stored_file import is_stored

DATABASE, MEDIA, MANIFEST = "database.dump", "media.tar", "manifest.json"
FORMAT = 1
# Under MEDIA_ROOT: videos that still arrive or are converted, and sounds while they are written
# down. They change or disappear while they are read.
ARRIVING = ("./films", "./speech")
TABLES = (
    "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)


class BackupFailed(RuntimeError):
    """A backup could not be made or restored; the message says why, without any value of a row."""


def make_backup(
    folder: Path,
    login: Mapping[str, Any],
    media: Path,
    *,
    now: datetime,
    bucket: MediaStore | None = None,
) -> Path:
    """Write one backup under `folder`, readable only by this user; return its own folder.

    `bucket` has the stored files if they are not in `media`. Raises StoreUnavailable.
    """
    made = folder / f"attune-{now:%Y%m%dT%H%M%SZ}"
    made.mkdir(mode=0o700, parents=True)
    _run_program("pg_dump", login, "--format=custom", f"--file={made / DATABASE}")
    with tarfile.open(made / MEDIA, "w") as archive:
        there = _add_bucket(archive, bucket) if bucket is not None else frozenset()
        if media.is_dir():
            archive.add(media, arcname=".", filter=partial(_skip, there))
    manifest = {"form": FORMAT, "made_at": now.isoformat(), "sha256": _digests(made)}
    (made / MANIFEST).write_text(json.dumps(manifest, indent=1))
    return made


def _skip(there: Collection[str], entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Skip what arrives, and what was added from the bucket."""
    return None if entry.name in ARRIVING or _name_of(entry) in there else entry


def _name_of(entry: tarfile.TarInfo) -> str:
    return str(entry.name).removeprefix("./")


def _add_bucket(archive: tarfile.TarFile, bucket: MediaStore) -> frozenset[str]:
    """Add the files of the bucket, and return their names."""
    added = []
    for file in bucket.list_files():
        with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR) as into:
            try:
                path = bucket.fetch(file.name, Path(into))
            except FileNotFoundError:
                # It was deleted since the files were listed.
                continue
            archive.add(path, arcname=f"./{file.name}")
        added.append(file.name)
    return frozenset(added)


def restore_backup(
    made: Path, login: Mapping[str, Any], media: Path, *, bucket: MediaStore | None = None
) -> None:
    """Restore into an empty database, an empty media folder and, if named, an empty bucket.

    Raises BackupFailed and StoreUnavailable.
    """
    check_backup(made)
    if (
        _run_program("psql", login, "--tuples-only", "--no-align", f"--command={TABLES}").strip()
        != "0"
    ):
        raise BackupFailed("expected an empty database: name a new one, or empty this one")
    if media.is_dir() and any(media.iterdir()):
        raise BackupFailed("expected an empty MEDIA_ROOT: move its files away first")
    if bucket is not None and next(iter(bucket.list_files()), None):
        raise BackupFailed("expected an empty bucket: name another prefix in MEDIA_S3_URL")
    _run_program(
        *("pg_restore", login, "--no-owner", "--exit-on-error", "--single-transaction"),
        *(f"--dbname={login['NAME']}", str(made / DATABASE)),
    )
    with tarfile.open(made / MEDIA) as archive:
        for entry in archive:
            content = archive.extractfile(entry) if bucket and is_stored(_name_of(entry)) else None
            if bucket is not None and content is not None:
                bucket.save(_name_of(entry), content)
            else:
                archive.extract(entry, media, filter="data")


def check_backup(made: Path) -> None:
    """Raise BackupFailed unless this is a complete backup of a known format."""
    try:
        manifest = json.loads((made / MANIFEST).read_text())
        if manifest["form"] != FORMAT or manifest["sha256"] != _digests(made):
            raise BackupFailed(f"{made.name} is of another form, or its bytes have changed")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{made.name} is no whole backup ({type(error).__name__})") from None


def _digests(made: Path) -> dict[str, str]:
    found = {}
    for name in (DATABASE, MEDIA):
        with (made / name).open("rb") as file:
            found[name] = file_digest(file, "sha256").hexdigest()
    return found


def _run_program(name: str, login: Mapping[str, Any], *arguments: str) -> str:
    """Run a PostgreSQL program; the password is passed in its environment."""
    done = subprocess.run(
        [_find_program(name), *arguments], env={**os.environ, **_environment(login)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        first = next(iter(done.stderr.strip().splitlines()), "it said nothing")
        raise BackupFailed(f"{name}: {first}")
    return done.stdout


def _find_program(name: str) -> str:
    """Return the wheel's program, which reads every older server too, else the system's."""
    try:
        return str(binaries() / name)
    except PostgresFailed:
        found = shutil.which(name)
    if found is None:
        raise BackupFailed(f"{name} is not here: install PostgreSQL's client programs")
    return found


def _environment(login: Mapping[str, Any]) -> dict[str, str]:
    options = {k: v for k, v in login["OPTIONS"].items() if k.startswith("ssl")}
    named = {
        "HOST": login["HOST"], "PORT": login["PORT"], "USER": login["USER"],
        "PASSWORD": login["PASSWORD"], "DATABASE": login["NAME"], **options,
        "TARGETSESSIONATTRS": login["OPTIONS"].get("target_session_attrs"),
    }  # fmt: skip
    return {f"PG{name.upper()}": str(value) for name, value in named.items() if value}
