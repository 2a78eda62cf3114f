"""Backups: the database and the media in one folder, whole or not at all, and never the keystore.

So a backup opens nothing by itself, and what is erased after it was made stays unreadable in it
(I-12). The manifest is written last: a folder without one, or with other bytes, is refused.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from datetime import datetime
from hashlib import file_digest
from pathlib import Path
from typing import Any

# As in Python's own library from 3.11.4 on; Debian 12 has 3.11.2.
from backports import tarfile

from config.embedded_postgres.paths import PostgresFailed, binaries

DATABASE, MEDIA, MANIFEST = "database.dump", "media.tar", "manifest.json"
FORM = 1
TABLES = (
    "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)


class BackupFailed(RuntimeError):
    """It could not be made or read in; the message says why, without any value of a row."""


def make(folder: Path, login: Mapping[str, Any], media: Path, *, now: datetime) -> Path:
    """Write one backup under `folder`, readable by this user alone; its own folder."""
    made = folder / f"attune-{now:%Y%m%dT%H%M%SZ}"
    made.mkdir(mode=0o700, parents=True)
    _run("pg_dump", login, "--format=custom", f"--file={made / DATABASE}")
    with tarfile.open(made / MEDIA, "w") as archive:
        if media.is_dir():
            archive.add(media, arcname=".")
    manifest = {"form": FORM, "made_at": now.isoformat(), "sha256": _digests(made)}
    (made / MANIFEST).write_text(json.dumps(manifest, indent=1))
    return made


def read_in(made: Path, login: Mapping[str, Any], media: Path) -> None:
    """Into a database without tables and a media folder without files; else BackupFailed."""
    check(made)
    if _run("psql", login, "--tuples-only", "--no-align", f"--command={TABLES}").strip() != "0":
        raise BackupFailed("expected an empty database: name a new one, or empty this one")
    if media.is_dir() and any(media.iterdir()):
        raise BackupFailed("expected an empty MEDIA_ROOT: move its files away first")
    _run(
        *("pg_restore", login, "--no-owner", "--exit-on-error", "--single-transaction"),
        *(f"--dbname={login['NAME']}", str(made / DATABASE)),
    )
    with tarfile.open(made / MEDIA) as archive:
        archive.extractall(media, filter="data")


def check(made: Path) -> None:
    """Return whether this is a whole backup of a form we know; raises BackupFailed."""
    try:
        manifest = json.loads((made / MANIFEST).read_text())
        if manifest["form"] != FORM or manifest["sha256"] != _digests(made):
            raise BackupFailed(f"{made.name} is of another form, or its bytes have changed")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackupFailed(f"{made.name} is no whole backup ({type(error).__name__})") from None


def _digests(made: Path) -> dict[str, str]:
    found = {}
    for name in (DATABASE, MEDIA):
        with (made / name).open("rb") as file:
            found[name] = file_digest(file, "sha256").hexdigest()
    return found


def _run(name: str, login: Mapping[str, Any], *arguments: str) -> str:
    """A program of PostgreSQL's own; the password goes by its environment."""
    done = subprocess.run(
        [_program(name), *arguments], env={**os.environ, **_place(login)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        first = next(iter(done.stderr.strip().splitlines()), "it said nothing")
        raise BackupFailed(f"{name}: {first}")
    return done.stdout


def _program(name: str) -> str:
    """The wheel's, which reads every older server too; else the system's."""
    try:
        return str(binaries() / name)
    except PostgresFailed:
        found = shutil.which(name)
    if found is None:
        raise BackupFailed(f"{name} is not here: install PostgreSQL's client programs")
    return found


def _place(login: Mapping[str, Any]) -> dict[str, str]:
    options = {k: v for k, v in login["OPTIONS"].items() if k.startswith("ssl")}
    named = {
        "HOST": login["HOST"], "PORT": login["PORT"], "USER": login["USER"],
        "PASSWORD": login["PASSWORD"], "DATABASE": login["NAME"], **options,
    }  # fmt: skip
    return {f"PG{name.upper()}": str(value) for name, value in named.items() if value}
