"""The cast of the demo and of every test: real rows, made when a test asks for them.

`mia`, `noah` (16) and his Guardian `greta`, `ines`, `amir`, `sara`, `ravi`, and `mallory`, who has
an account and belongs to nothing. All have the password PASSWORD; `client_for(person)` is a test
client signed in as them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from asgiref.sync import async_to_sync
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.test import Client, RequestFactory
from django.utils import timezone

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
# What a browser says when it opens a page in a tab; without it a request is a script's.
NAVIGATES = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
BACKEND = "accounts.backend.DigestBackend"
ROLES = {
    "mia": ["learner"],
    "noah": ["learner"],
    "greta": ["guardian"],
    "ines": ["teacher", "author"],
    "amir": ["steward"],
    "sara": ["steward"],
    "ravi": ["researcher"],
    "mallory": ["learner"],
}


class QuickArgon2(Argon2PasswordHasher):
    """Argon2 with the least work: the same format, so the database's constraint still looks."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


@pytest.fixture(autouse=True)
def _quick_passwords(settings):
    settings.PASSWORD_HASHERS = [f"{__name__}.QuickArgon2"]


@pytest.fixture(autouse=True)
def _no_site_recorded():
    """What one test recorded of the site is nothing to the next; no page asks the database."""
    from accounts import site_facts

    site_facts.remember(site_facts.NOTHING, seconds=3600)


@pytest.fixture
def now() -> datetime:
    """A fixed moment, for everything that takes its time as a parameter."""
    return NOW


def make(login: str, *, now: datetime = NOW, age_band: str = "adult"):
    """One person of the cast by name, or a further one as a Learner."""
    from accounts.people import make_person

    return make_person(
        login,
        name=login,
        roles=ROLES.get(login, ["learner"]),
        password=PASSWORD,
        age_band=age_band,
        email=f"{login}@school.example",
        now=now,
    )


@pytest.fixture
def mia(db, now):
    return make("mia", now=now)


@pytest.fixture
def noah(db, now):
    return make("noah", now=now, age_band="teen")


@pytest.fixture
def greta(db, noah, now):
    from accounts.people import make_guardian

    guardian = make("greta", now=now)
    make_guardian(guardian, noah, now=now)
    return guardian


@pytest.fixture
def ines(db, now):
    return make("ines", now=now)


@pytest.fixture
def amir(db, now):
    return make("amir", now=now)


@pytest.fixture
def sara(db, now):
    return make("sara", now=now)


@pytest.fixture
def ravi(db, now):
    return make("ravi", now=now)


@pytest.fixture
def mallory(db, now):
    return make("mallory", now=now)


def rename(person, name: str) -> None:
    """Give somebody another name, as their account keeps it."""
    from dataclasses import replace

    from accounts.identity import load_identity, seal_identity

    identity = replace(load_identity(person), name=name)
    person.name_sealed = seal_identity(identity, person.code, now=timezone.now())["name_sealed"]
    person.save(update_fields=["name_sealed"])


def client_for_person(person) -> Client:
    """A client signed in as this person, just now and with all that it takes; None: nobody's."""
    from accounts.models import Session

    client = Client(headers=NAVIGATES)
    if person is not None:
        client.force_login(person, backend=BACKEND)
        at = timezone.now()
        Session.objects.filter(user=person).update(factor_at=at, confirmed_at=at)
    return client


def read_body(response) -> bytes:
    """Return the whole body, also of an answer in parts."""

    async def read(parts):
        return b"".join([part async for part in parts])

    if not response.streaming:
        return response.content
    # The connection is that of the test's transaction: Django's client keeps it open as well.
    with patch("channels.db.close_old_connections"):
        return async_to_sync(read)(response.streaming_content)


@pytest.fixture
def client() -> Client:
    """An anonymous client that opens pages as a tab does."""
    return Client(headers=NAVIGATES)


@pytest.fixture
def rf() -> RequestFactory:
    return RequestFactory(headers=NAVIGATES)


@pytest.fixture
def client_for(db) -> Callable[..., Client]:
    """`client_for(mia)`: a client signed in as mia; `client_for(None)`: an anonymous one."""
    return client_for_person
