"""Simulated people: marked accounts, with a name that says so too, and their consent.

They cannot sign in: there is no password, only the session that the command opens and ends itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import transaction

from accounts import people
from accounts.models import User
from accounts.sessions.session_store import BACKEND, SessionStore
from consent.grants import grants
from consent.notices import notices
from consent.permits import gate
from consent.permits.errors import Refused
from consent.scopes import REPORTS_TEACH, scope, split
from consent.stream_groups import group_of
from courses.models import Course, Enrolment

STREAMS = ("pointer", "typing", "activity", "face", "gaze", "heart", "ppg", "ecg", "eda", "layout")
SCOPES = (
    *(scope(stream, purpose) for stream in STREAMS for purpose in ("adapt", "teach")),
    REPORTS_TEACH,
)
RESEARCH_SCOPES = tuple(scope(stream, "research") for stream in STREAMS)
NAMES = (
    "Ada Ben Caro Dario Elif Finn Gita Hugo Ida Jan Kaya Leon Mara Nils Olga Paul Quinn Rosa "
    "Samir Tova Uma Viktor Wanda Yara Zeno Aino Bela Clara Dana Emil"
)
FIRST_NAMES = tuple(NAMES.split())


def enrol(course: Course, count: int, *, now: datetime) -> list[User]:
    """Return the first `count` simulated people, enrolled in this course; create missing ones."""
    return [_make_person(number, course, now) for number in range(1, count + 1)]


def make_login(number: int) -> str:
    return f"simulated-{number:03d}"


def make_name(number: int) -> str:
    """Return Ada (simulated), …; after the last name Ada 2 (simulated)."""
    lap, place = divmod(number - 1, len(FIRST_NAMES))
    return f"{FIRST_NAMES[place]}{f' {lap + 1}' if lap else ''} (simulated)"


@transaction.atomic
def _make_person(number: int, course: Course, now: datetime) -> User:
    user = people.find_by_login(make_login(number)) or people.make_person(
        make_login(number),
        name=make_name(number),
        roles=["learner"],
        password=None,
        simulated=True,
        now=now,
    )
    defaults = {"since": now}
    Enrolment.objects.get_or_create(course=course, user=user, role="learner", defaults=defaults)
    return user


def allow(user: User, *, now: datetime, scopes: Sequence[str] = SCOPES) -> None:
    """Grant these scopes: help and class picture for each simulated Stream if none are given.

    Raises Refused.
    """
    if not user.simulated:
        raise ValueError("expected a simulated person; others consent themselves")
    missing = gate.permits(user.code, scopes, now=now).refused
    by_group = defaultdict(list)
    for each in missing:
        by_group[group_of(split(each)[0].name)].append(each)
    for group, own in by_group.items():
        notice = notices.current(group, user.age_band, now=now)
        if notice is None:
            raise Refused("stale_notice", "No notice is published yet: start the site once.")
        grants.grant(user.code, own, notice=notice, now=now, actor=user.code)


def sign_in(user: User) -> str:
    """Open a session; return the cookie's value."""
    if not user.simulated:
        raise ValueError("expected a simulated person; others sign in with a password")
    store = SessionStore()
    store.create()
    store[SESSION_KEY] = str(user.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = user.get_session_auth_hash()
    store.save()
    return str(store.session_key)


def sign_out(cookie: str) -> None:
    SessionStore().delete(cookie)
