"""The people and the course of the demo, created once; later starts find them."""

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
from demo import learner_history, sample_consents, sample_exams
from demo.learner_history import HistoryProfile
from estimates.registry import predictors
from telemetry.blocks import partitions

CONTENT = Path(__file__).parent / "content"
COURSE_PACKAGE, DISCUSSION = CONTENT / "course", CONTENT / "discussion.json"
MESSAGE = CONTENT / "class_message.json"
SYLLABLES = ("ba", "do", "fi", "ga", "ke", "lo", "mi", "na", "po", "ru", "sa", "ti", "vo", "zu")


@dataclass(frozen=True, slots=True)
class CastMember:
    """A person of the demo: their account, and their role in the course."""

    login: str
    name: str
    roles: Sequence[str]
    in_course: str = ""
    age_band: str = "adult"


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """A username and password to print."""

    login: str
    password: str
    role: str


CAST = (
    CastMember("mia", "mia", ("learner",), "learner"),
    CastMember("noah", "noah", ("learner",), "learner", "teen"),
    CastMember("lena", "lena", ("learner",), "learner", "child"),
    CastMember("greta", "greta", ("guardian",)),
    CastMember("ines", "ines", ("teacher", "author"), "teacher"),
    CastMember("amir", "amir", ("steward",)),
    CastMember("sara", "sara", ("steward",)),
    CastMember("ravi", "ravi", ("researcher",)),
    CastMember("mallory", "mallory", ("learner",)),
)

SITE = SiteFacts(
    name="Demo school",
    controller="Demo school, a demonstration on this computer. No real organisation runs it.",
    contact="demo@school.example (a demonstration: nobody reads it)",
)

# mia and noah use no sensor; their history is what they did and reported in the course.
HISTORIES = {
    "mia": HistoryProfile(0.9, lessons=3, offers=2),
    "noah": HistoryProfile(-0.4, lessons=2, offers=2),
}


def seed(package: Path, *, now: datetime) -> list[DemoLogin]:
    """Create people, course, enrolments, history and partitions; keep whatever exists."""
    since = now if Notice.objects.exists() else now - learner_history.SPAN
    partitions.open_days()
    _name_site(since)
    predictors.register_shipped(now=now)
    passwords = _load_passwords(settings.VAR / "secrets" / "demo_passwords")
    if not Course.objects.exists() and package.is_dir():
        call_command("import_course", str(package), verbosity=0)
    with transaction.atomic():
        users = {member.login: _make_person(member, passwords, since) for member in CAST}
        for ward in ("noah", "lena"):
            _add_guardian(users["greta"], users[ward], since)
        for course in Course.objects.all():
            _enrol(course, users, since)
    sample_consents.make_consents(users["lena"], users["greta"], now=now)
    _write_histories(users, now)
    _make_exams(users, now)
    call_command("seed_discussion", str(DISCUSSION), verbosity=0)
    return [DemoLogin(m.login, passwords[m.login], "+".join(m.roles)) for m in CAST]


def _name_site(now: datetime) -> None:
    """Record the demo's facts if none are recorded, and publish the notices."""
    if not site_facts.is_recorded():
        codes = tuple(code for code, _name in settings.LANGUAGES)
        change_site(replace(SITE, languages=codes), by=None, now=now)
    notices.publish(now)


def _write_histories(users: dict[str, User], now: datetime) -> None:
    course = Course.objects.order_by("pk").first()
    if course is None:
        return
    for number, (login, past) in enumerate(HISTORIES.items()):
        learner_history.write_history(users[login], course, past, now=now, rng=Random(number))  # noqa: S311


def _make_exams(users: dict[str, User], now: datetime) -> None:
    course = Course.objects.order_by("pk").first()
    if course is not None:
        sample_exams.make_exams(course, mia=users["mia"], noah=users["noah"], now=now)


def _make_person(member: CastMember, passwords: dict[str, str], now: datetime) -> User:
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


def _add_guardian(guardian: User, ward: User, now: datetime) -> None:
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


def _load_passwords(kept: Path) -> dict[str, str]:
    """Create passwords at the first start and store them (0600), so later starts can print them."""
    if kept.exists():
        found: dict[str, str] = json.loads(kept.read_text())
        return found
    fresh = {member.login: _make_password() for member in CAST}
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(kept, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as out:
        json.dump(fresh, out)
    return fresh


def _make_password() -> str:
    """Return a password of four two-syllable words: 30 bits, easy to type, and throttled."""
    words = ("".join(secrets.choice(SYLLABLES) for _ in range(2)) for _ in range(4))
    return "-".join(words)
