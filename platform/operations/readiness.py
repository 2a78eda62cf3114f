"""Whether the site can do its work now: each part is asked, none is believed (I-30)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.utils import timezone

from audit import standing
from consent import profiles
from consent.profiles import ProfileError
from privacy import ledger
from privacy.models import Erasure
from vault import signing
from vault.errors import KeyDestroyed, KeystoreBusy, Tampered

DAYS_AHEAD = 1
UNVERIFIED = timedelta(minutes=10)
LEAST_FREE_MB = 100
# Reads the bound of each partition, so no name is assumed.
MISSING = """
SELECT day FROM unnest(%s::text[]) AS day WHERE NOT EXISTS (
  SELECT FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
  WHERE i.inhparent = to_regclass('telemetry_block')
    AND starts_with(pg_get_expr(c.relpartbound, c.oid), format('FOR VALUES FROM (%%L)', day)))
"""
SET_UP = """
SELECT EXISTS (SELECT FROM consent_notice),
       EXISTS (SELECT FROM accounts_siterecord WHERE controller <> '' AND contact <> ''),
       EXISTS (SELECT FROM estimates_predictor WHERE active),
       EXISTS (SELECT FROM accounts_user WHERE is_active AND 'steward' = ANY (roles))
"""
NOTICES = "Privacy notices"
NO_CONTROLLER = "no controller or contact named"
SET_UP_PARTS = (
    (NOTICES, "none in force"),
    (NOTICES, NO_CONTROLLER),
    ("Models", "none in use"),
    ("Steward", "none"),
)
FAILURES = (
    DatabaseError,
    psycopg.Error,
    sqlite3.Error,
    OSError,
    KeystoreBusy,
    KeyDestroyed,
    Tampered,
    ProfileError,
)


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must work; `trouble` is empty when it does."""

    name: str
    trouble: str


def parts() -> list[Part]:
    return [Part(name, _trouble(ask)) for name, ask in QUESTIONS.items()]


def _trouble(ask: Callable[[], str]) -> str:
    """A failing question is trouble too; its text may hold an address, so its kind is told."""
    try:
        return ask()
    except FAILURES as error:
        return type(error).__name__


def _database() -> str:
    """It answers, and the tables of this release are there; those of a newer one do no harm."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        missing = _migrations() - set(cursor.fetchall())
    return f"{len(missing)} migrations to come: run manage.py migrate" if missing else ""


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Of the release that this process runs: the files of one that is put beside it later are not
    its own. By their names, as no page has use for the migrations themselves."""
    return frozenset(
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in (Path(app.path) / "migrations").glob("[!_]*.py")
    )


def _partitions() -> str:
    """Without the partition of a day, every Block of a Sitting begun that day is refused."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [[day.isoformat() for day in _days()]])
        missing = [day for (day,) in cursor.fetchall()]
    return f"no partition for {', '.join(missing)}" if missing else ""


def _days() -> Iterator[date]:
    today = timezone.now().date()
    for ahead in range(DAYS_AHEAD + 1):
        yield today.fromordinal(today.toordinal() + ahead)


def _erasures() -> str:
    """A restored database forgets first; and an erasure that does not verify is nobody's secret."""
    if waiting := len(ledger.outstanding()):
        return f"{waiting} erased since this backup: run manage.py replay_erasures"
    late = Erasure.objects.filter(rotated_at__lt=timezone.now() - UNVERIFIED, verified_at=None)
    return f"{late.count()} erasures do not verify; the log says why" if late.exists() else ""


def _audit() -> str:
    return standing.trouble(now=timezone.now())


def _keystore() -> str:
    """A key that every site has is opened: the folder, its generation, the service around it. And
    a full disk would keep every no and every erasure from being written."""
    signing.public_key()
    free = shutil.disk_usage(settings.KEYSTORE_DIR).free // 2**20
    return f"{free} MB free on its disk" if free < LEAST_FREE_MB else ""


def _profile() -> str:
    """Without its file the gate refuses everything; a site that names none wants it so."""
    profiles.current(now=timezone.now())
    return ""


def find_missing() -> dict[str, str]:
    """Return what `manage.py setup` makes and is not there, by name, with what that means."""
    with connection.cursor() as cursor:
        cursor.execute(SET_UP)
        found = zip(SET_UP_PARTS, cursor.fetchone(), strict=True)
    missing = [part for part, there in found if not there]
    return {
        name: trouble
        for name, trouble in reversed(missing)
        if trouble != NO_CONTROLLER or must_name_controller()
    }


def must_name_controller() -> bool:
    """Say whether this is a site of its own: the demo's people are simulated."""
    return settings.PRIVATE_POSTGRES is None and settings.LEGAL_PROFILE != "demo"


def describe(missing: Mapping[str, str]) -> str:
    return ". ".join(f"{name}: {trouble}" for name, trouble in missing.items())


def how_to_mend(missing: Mapping[str, str], command: str = "setup") -> str:
    """Return what to do about it; empty where nothing is missing."""
    if NO_CONTROLLER in missing.values():
        return f"Run manage.py {command}, or open Steward → Site"
    return f"Run manage.py {command}" if missing else ""


def _set_up() -> str:
    """Without them no learner can consent, nothing is estimated, and requests stay unanswered."""
    missing = find_missing()
    return f"{describe(missing)}. {how_to_mend(missing)}" if missing else ""


def _broker() -> str:
    if settings.REDIS_URL:
        return _redis()
    with psycopg.connect(settings.BROKER_CONNINFO, connect_timeout=2) as broker:
        row = broker.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone()
    return "" if row == (True,) else "queue functions are not installed"


def _redis() -> str:
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()
    except redis.RedisError as error:
        return type(error).__name__
    return ""


QUESTIONS: dict[str, Callable[[], str]] = {
    "database": _database,
    "partitions": _partitions,
    "setup": _set_up,
    "keystore": _keystore,
    "profile": _profile,
    "broker": _broker,
    "erasures": _erasures,
    "audit": _audit,
}
