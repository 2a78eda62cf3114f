"""The cast and the course of the demo, made once; a second start finds them."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from random import Random

from django.conf import settings
from django.core.management import call_command
from django.db import transaction

from accounts import people
from accounts.models import Guardianship, User
from accounts.site import site_facts
from accounts.site.site_facts import SiteFacts
from consent.models import Notice
from consent.notices import notices
from consent.notices.site_change import change_site
from courses.models import Course, Enrolment
from demo import learner_history, sample_exams
from demo.learner_history import Past
from estimates.registry import predictors
from telemetry.blocks import partitions

CONTENT = Path(__file__).parent / "content"
COURSE_PACKAGE, DISCUSSION = CONTENT / "course", CONTENT / "discussion.json"
SYLLABLES = ("ba", "do", "fi", "ga", "ke", "lo", "mi", "na", "po", "ru", "sa", "ti", "vo", "zu")


@dataclass(frozen=True, slots=True)
class Member:
    """One of the cast: who they are, and what they do in the course."""

    login: str
    name: str
    roles: Sequence[str]
    in_course: str = ""
    age_band: str = "adult"


@dataclass(frozen=True, slots=True)
class Person:
    """A log-in to print."""

    login: str
    password: str
    role: str


CAST = (
    Member("mia", "mia", ("learner",), "learner"),
    Member("noah", "noah", ("learner",), "learner", "teen"),
    Member("greta", "greta", ("guardian",)),
    Member("ines", "ines", ("teacher", "author"), "teacher"),
    Member("amir", "amir", ("steward",)),
    Member("sara", "sara", ("steward",)),
    Member("ravi", "ravi", ("researcher",)),
    Member("mallory", "mallory", ("learner",)),
)

SITE = SiteFacts(
    name="Demo school",
    controller="Demo school, a demonstration on this computer. No real organisation runs it.",
    contact="demo@school.example (a demonstration: nobody reads it)",
)

# mia and noah use no sensor; what they did and said in the course is their past.
PASTS = {"mia": Past(0.9, lessons=3, offers=2), "noah": Past(-0.4, lessons=2, offers=2)}


def seed(package: Path, *, now: datetime) -> list[Person]:
    """People, course, enrolments, a past and the days of the Block table; what is there stays."""
    since = now if Notice.objects.exists() else now - learner_history.SPAN
    partitions.open_days()
    _name_site(since)
    predictors.register_shipped(now=now)
    passwords = _passwords(settings.VAR / "secrets" / "demo_passwords")
    if not Course.objects.exists() and package.is_dir():
        call_command("import_course", str(package), verbosity=0)
    with transaction.atomic():
        users = {member.login: _person(member, passwords, since) for member in CAST}
        _guard(users["greta"], users["noah"], since)
        for course in Course.objects.all():
            _enrol(course, users, since)
    _pasts(users, now)
    _tests(users, now)
    call_command("seed_discussion", str(DISCUSSION), verbosity=0)
    return [Person(m.login, passwords[m.login], "+".join(m.roles)) for m in CAST]


def _name_site(now: datetime) -> None:
    """Record the demo's facts where none are recorded, and publish the notices."""
    if not site_facts.is_recorded():
        codes = tuple(code for code, _name in settings.LANGUAGES)
        change_site(replace(SITE, languages=codes), by=None, now=now)
    notices.publish(now)


def _pasts(users: dict[str, User], now: datetime) -> None:
    course = Course.objects.order_by("pk").first()
    if course is None:
        return
    for number, (login, past) in enumerate(PASTS.items()):
        learner_history.write(users[login], course, past, now=now, rng=Random(number))  # noqa: S311


def _tests(users: dict[str, User], now: datetime) -> None:
    course = Course.objects.order_by("pk").first()
    if course is not None:
        sample_exams.make(course, mia=users["mia"], noah=users["noah"], now=now)


def _person(member: Member, passwords: dict[str, str], now: datetime) -> User:
    found = people.find_by_login(member.login)
    if found is not None:
        return found
    return people.make_person(
        member.login,
        name=member.name,
        roles=member.roles,
        password=passwords[member.login],
        age_band=member.age_band,
        now=now,
    )


def _guard(guardian: User, ward: User, now: datetime) -> None:
    if not Guardianship.objects.filter(guardian=guardian, ward=ward).exists():
        people.make_guardian(guardian, ward, now=now)


def _enrol(course: Course, users: dict[str, User], now: datetime) -> None:
    for member in CAST:
        if member.in_course:
            Enrolment.objects.get_or_create(
                course=course,
                user=users[member.login],
                defaults={"role": member.in_course, "since": now},
            )


def _passwords(kept: Path) -> dict[str, str]:
    """Made at the first start and kept (0600), so that the second start can print them again."""
    if kept.exists():
        found: dict[str, str] = json.loads(kept.read_text())
        return found
    fresh = {member.login: _speakable() for member in CAST}
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        json.dump(fresh, out)
    return fresh


def _speakable() -> str:
    """Four words of two syllables: 30 bits behind a throttle, and a person can type it."""
    words = ("".join(secrets.choice(SYLLABLES) for _ in range(2)) for _ in range(4))
    return "-".join(words)
