"""Whether the site can do its work now: each part is asked, none is believed (I-30)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection

from audit import health_check
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import ProfileError
from privacy.erasure import ledger
from privacy.models import Erasure
from vault import signing
from vault.errors import KeyDestroyed, KeystoreBusy, Tampered

# So long after its start a site may have run no sweep yet.
STARTING = timedelta(minutes=2)
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
    ("Data steward", "none"),
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


class Answer(NamedTuple):
    """What is wrong in any case, and what the next sweep puts in order; empty for nothing."""

    trouble: str = ""
    overdue: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that must work; `trouble` is empty when it does.

    `starting`: what waits for the first sweep since the site's start.
    """

    name: str
    trouble: str
    starting: str = ""


def parts(*, now: datetime, started: datetime) -> list[Part]:
    return [_ask(name, now, starts=is_starting(now, started)) for name in QUESTIONS]


def is_starting(now: datetime, started: datetime) -> bool:
    """Say whether the first sweep may still be to come; not for ever, and not by a clock put back.

    What was overdue while nothing ran is no trouble before that.
    """
    return timedelta(0) <= now - started < STARTING


def _ask(name: str, now: datetime, *, starts: bool) -> Part:
    """A failing question is trouble too; its text may hold an address, so its kind is told."""
    try:
        trouble, overdue = QUESTIONS[name](now)
    except FAILURES as error:
        return Part(name, type(error).__name__)
    return Part(name, trouble, overdue) if starts else Part(name, trouble or overdue)


def _database(_: datetime) -> Answer:
    """It answers, and the tables of this release are there; those of a newer one do no harm."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        missing = _migrations() - set(cursor.fetchall())
    return Answer(f"{len(missing)} migrations to come: run manage.py migrate" if missing else "")


@cache
def _migrations() -> frozenset[tuple[str, str]]:
    """Of the release that this process runs: the files of one that is put beside it later are not
    its own. By their names, as no page has use for the migrations themselves."""
    return frozenset(
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in (Path(app.path) / "migrations").glob("[!_]*.py")
    )


def _partitions(now: datetime) -> Answer:
    """Without the partition of a day, every Block of a Sitting begun that day is refused.

    That of the next day can wait for the sweep that opens it.
    """
    today = now.astimezone(UTC).date()
    days = today.isoformat(), (today + timedelta(days=1)).isoformat()
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [[*days]])
        missing = {day for (day,) in cursor.fetchall()}
    text = f"no partition for {', '.join(sorted(missing))}" if missing else ""
    return Answer(text) if days[0] in missing else Answer(overdue=text)


def _erasures(now: datetime) -> Answer:
    """A restored database forgets first; and an erasure that does not verify is nobody's secret."""
    if waiting := len(ledger.outstanding()):
        return Answer(f"{waiting} erased since this backup: run manage.py replay_erasures")
    late = Erasure.objects.filter(rotated_at__lt=now - UNVERIFIED, verified_at=None).count()
    return Answer(overdue=f"{late} erasures do not verify; the log says why" if late else "")


def _audit(now: datetime) -> Answer:
    return Answer(health_check.find_disagreement(), health_check.find_overdue(now=now))


def _keystore(_: datetime) -> Answer:
    """A key that every site has is opened: the folder, its generation, the service around it. And
    a full disk would keep every no and every erasure from being written."""
    signing.public_key()
    free = shutil.disk_usage(settings.KEYSTORE_DIR).free // 2**20
    return Answer(f"{free} MB free on its disk" if free < LEAST_FREE_MB else "")


def _profile(now: datetime) -> Answer:
    """Without its file the gate refuses everything; a site that names none wants it so."""
    profiles.current(now=now)
    return Answer()


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


def _set_up(_: datetime) -> Answer:
    """Without them no learner can consent, nothing is estimated, and requests stay unanswered."""
    missing = find_missing()
    return Answer(f"{describe(missing)}. {how_to_mend(missing)}" if missing else "")


def _broker(_: datetime) -> Answer:
    if settings.REDIS_URL:
        return Answer(_redis())
    with psycopg.connect(settings.BROKER_CONNINFO, connect_timeout=2) as broker:
        row = broker.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone()
    return Answer("" if row == (True,) else "queue functions are not installed")


def _redis() -> str:
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()
    except redis.RedisError as error:
        return type(error).__name__
    return ""


QUESTIONS: dict[str, Callable[[datetime], Answer]] = {
    "database": _database,
    "partitions": _partitions,
    "setup": _set_up,
    "keystore": _keystore,
    "profile": _profile,
    "broker": _broker,
    "erasures": _erasures,
    "audit": _audit,
}
