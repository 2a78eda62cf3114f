"""Simulated Learners with open Sittings and Grants, in a throw-away database."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

from accounts.models import User
from accounts.people import make_person
from consent.grants import grants
from consent.notices import notices
from consent.stream_groups import group_of
from courses.models import Course, Enrolment, Unit
from telemetry import sittings
from telemetry.blocks import partitions

STREAMS = ("pointer", "typing", "activity", "face")


@dataclass(frozen=True, slots=True)
class SittingAccess:
    """What a client needs to connect: the Sitting and the session cookie of its Learner."""

    sitting: str
    cookie: str


def make_sittings(count: int, now: datetime) -> list[SittingAccess]:
    """Create `count` Learners of one unit, each with four streams granted."""
    notices.publish(now)
    partitions.open_days()
    unit = _make_unit()
    return [_make_sitting(f"bench-{number}", unit, now) for number in range(count)]


def _make_unit() -> Unit:
    course = Course.objects.create(
        slug="bench", title="Bench", description="-", licence_name="-", attribution="-"
    )
    return Unit.objects.create(course=course, ref="unit", position=1, kind="reading", title="Bench")


def _make_sitting(login: str, unit: Unit, now: datetime) -> SittingAccess:
    person = make_person(
        login, name=login, roles=["learner"], password=None, simulated=True, now=now
    )
    Enrolment.objects.create(user=person, course=unit.course, role="learner", since=now)
    _allow(person, now)
    sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=now)
    client = Client()
    client.force_login(get_user_model().objects.get(pk=person.pk))
    name = settings.SESSION_COOKIE_NAME
    return SittingAccess(str(sitting.id), f"{name}={client.cookies[name].value}")


def _allow(person: User, now: datetime) -> None:
    for stream in STREAMS:
        notice = notices.current(group_of(stream), person.age_band, now=now)
        if notice is None:
            raise LookupError(f"expected a published notice for {stream}")
        scopes = [f"{stream}:adapt"]
        grants.grant(person.code, scopes, notice=notice, now=now, actor=person.code)
