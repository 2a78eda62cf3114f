"""Readiness of the site: each component is actually tried (I-30)."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import psycopg
from django.apps import apps
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Q

from audit import health_check
from consent.legal_profiles import profiles
from consent.legal_profiles.profiles import ProfileError
from privacy.erasure import ledger
from privacy.models import Erasure
from vault import signing
from vault.errors import KeyDestroyed, KeystoreBusy, Tampered

# For so long after its start a site may not have run a sweep yet.
STARTING = timedelta(minutes=2)
UNVERIFIED = timedelta(minutes=10)
LEAST_FREE_MB = 100
# Reads the bound of each partition instead of assuming its name.
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
DATABASE = "database"
# What a check needs; those are checked before it.
NEEDS = {
    **dict.fromkeys(("partitions", "setup", "profile", "audit"), (DATABASE,)),
    "erasures": (DATABASE, "keystore"),
}
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


class CheckAnswer(NamedTuple):
    """`trouble`: what is wrong now. `overdue`: what the next sweep fixes. "" for nothing."""

    trouble: str = ""
    overdue: str = ""


@dataclass(frozen=True, slots=True)
class ComponentStatus:
    """The state of one component; `trouble` is empty when it works.

    `starting`: what waits for the first sweep since the site's start. `failed`: the check raised.
    """

    name: str
    trouble: str
    starting: str = ""
    failed: bool = False


def check_components(*, now: datetime, started: datetime) -> list[ComponentStatus]:
    """Check each component; what needs the database or the keystore is not tried if that fails.

    Each try would wait for a connection, longer in all than a probe waits for the answer.
    """
    starts = is_starting(now, started)
    done: dict[str, ComponentStatus] = {}
    for name in CHECKS:
        failed = [done[each] for each in NEEDS.get(name, ()) if done[each].failed]
        done[name] = (
            replace(failed[0], name=name) if failed else _check_component(name, now, starts=starts)
        )
    return [*done.values()]


def is_starting(now: datetime, started: datetime) -> bool:
    """Return whether the first sweep may still be pending; False if the clock was set back.

    Before that, what became overdue while nothing ran is not reported as trouble.
    """
    return timedelta(0) <= now - started < STARTING


def _check_component(name: str, now: datetime, *, starts: bool) -> ComponentStatus:
    """Run one check; report an exception by its type only, as its text may hold an address."""
    try:
        trouble, overdue = CHECKS[name](now)
    except FAILURES as error:
        return ComponentStatus(name, type(error).__name__, failed=True)
    return (
        ComponentStatus(name, trouble, overdue)
        if starts
        else ComponentStatus(name, trouble or overdue)
    )


def _check_database(_: datetime) -> CheckAnswer:
    """Check that it answers and has this release's tables; tables of newer releases are fine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        missing = _list_migrations() - set(cursor.fetchall())
    return CheckAnswer(
        f"{len(missing)} migrations to come: run manage.py migrate" if missing else ""
    )


@cache
def _list_migrations() -> frozenset[tuple[str, str]]:
    """Return the names of the migrations of the running release.

    Cached, as files of a release installed later are not its own. Names are enough here; the
    modules are not imported.
    """
    return frozenset(
        (app.label, file.stem)
        for app in apps.get_app_configs()
        for file in (Path(app.path) / "migrations").glob("[!_]*.py")
    )


def _check_partitions(now: datetime) -> CheckAnswer:
    """Check the partitions of today and tomorrow.

    Without the partition of a day, every Block of a Sitting begun that day is refused. Tomorrow's
    can wait for the sweep that creates it.
    """
    today = now.astimezone(UTC).date()
    days = today.isoformat(), (today + timedelta(days=1)).isoformat()
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [[*days]])
        missing = {day for (day,) in cursor.fetchall()}
    text = f"no partition for {', '.join(sorted(missing))}" if missing else ""
    return CheckAnswer(text) if days[0] in missing else CheckAnswer(overdue=text)


def _check_erasures(now: datetime) -> CheckAnswer:
    """Check that erasures were replayed after a restore, and that finished ones verify."""
    if waiting := len(ledger.outstanding()):
        return CheckAnswer(f"{waiting} erased since this backup: run manage.py replay_erasures")
    # Those that wait for a rotation, too: a move of the keys that did not finish holds it up.
    due = Q(derived_at__lt=now - UNVERIFIED) | Q(rotated_at__lt=now - UNVERIFIED)
    late = Erasure.objects.filter(due, verified_at=None).count()
    return CheckAnswer(overdue=f"{late} erasures do not verify; the log says why" if late else "")


def _check_audit(now: datetime) -> CheckAnswer:
    return CheckAnswer(health_check.find_disagreement(), health_check.find_overdue(now=now))


def _check_keystore(_: datetime) -> CheckAnswer:
    """Decrypt with a key that every site has, and check the free space of the disk.

    A full disk would prevent every withdrawal and erasure from being recorded.
    """
    signing.public_key()
    free = shutil.disk_usage(settings.KEYSTORE_DIR).free // 2**20
    return CheckAnswer(f"{free} MB free on its disk" if free < LEAST_FREE_MB else "")


def _check_profile(now: datetime) -> CheckAnswer:
    """Check the profile's file: without it the gate refuses everything. None set is no trouble."""
    profiles.current(now=now)
    return CheckAnswer()


def find_missing() -> dict[str, str]:
    """Return what `manage.py setup` would create and is missing, by name, with its state."""
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
    """Return whether the site needs a controller; the demo, with its simulated people, does not."""
    return settings.PRIVATE_POSTGRES is None and settings.LEGAL_PROFILE != "demo"


def describe(missing: Mapping[str, str]) -> str:
    return ". ".join(f"{name}: {trouble}" for name, trouble in missing.items())


def suggest_fix(missing: Mapping[str, str], command: str = "setup") -> str:
    """Return what to do about it; "" if nothing is missing."""
    if NO_CONTROLLER in missing.values():
        return f"Run manage.py {command}, or open Data protection → Site"
    return f"Run manage.py {command}" if missing else ""


def _check_setup(_: datetime) -> CheckAnswer:
    """Check what `setup` creates; without it no consent, no estimates and no answered requests."""
    missing = find_missing()
    return CheckAnswer(f"{describe(missing)}. {suggest_fix(missing)}" if missing else "")


def _check_broker(_: datetime) -> CheckAnswer:
    if settings.REDIS_URL:
        return CheckAnswer(_check_redis())
    with psycopg.connect(settings.BROKER_CONNINFO, connect_timeout=2) as broker:
        row = broker.execute("SELECT to_regnamespace('pgmq') IS NOT NULL").fetchone()
    return CheckAnswer("" if row == (True,) else "queue functions are not installed")


def _check_redis() -> str:
    import redis

    try:
        redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2).ping()
    except redis.RedisError as error:
        return type(error).__name__
    return ""


CHECKS: dict[str, Callable[[datetime], CheckAnswer]] = {
    DATABASE: _check_database,
    "partitions": _check_partitions,
    "setup": _check_setup,
    "keystore": _check_keystore,
    "profile": _check_profile,
    "broker": _check_broker,
    "erasures": _check_erasures,
    "audit": _check_audit,
}
