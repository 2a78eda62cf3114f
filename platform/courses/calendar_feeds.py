"""The secret calendar address of a person's due dates: create, find, revoke, list."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

import audit
from accounts.keyed_hash import digest_secret
from accounts.models import User
from courses import availability
from courses.access import courses_learnt_by
from courses.models import CalendarFeed, Unit

KEY_BYTES: Final = 24
# Past dates stay in a calendar for this long.
PAST: Final = timedelta(days=60)


@transaction.atomic
def make_key(person: User, *, now: datetime) -> str:
    """Return the key of a new address; the previous address stops working."""
    key = secrets.token_urlsafe(KEY_BYTES)
    columns = {"key_digest": digest_secret(key), "made_at": now}
    CalendarFeed.objects.update_or_create(person=person, defaults=columns)
    audit.record("person.calendar_make", actor=person.code, subject=person.code)
    return key


@transaction.atomic
def end_all(person: User, *, by: UUID | None) -> dict[str, int]:
    """Revoke the person's address; return the number of addresses, by table."""
    count, _tables = CalendarFeed.objects.filter(person=person).delete()
    if count:
        audit.record("person.calendar_end", actor=by, subject=person.code)
    return {CalendarFeed._meta.db_table: count}


def find_owner(key: str) -> User | None:
    """Return the person whose address this is, while their account is active."""
    people = User.objects.filter(calendar_feed__key_digest=digest_secret(key), is_active=True)
    return people.first()


def load_due_dates(person: User, *, now: datetime) -> list[tuple[Unit, datetime]]:
    """Return the units of this person's courses that have a due date, in order of the dates."""
    units = Unit.objects.filter(course__in=courses_learnt_by(person), position__isnull=False)
    found = list(units.select_related("course"))
    due = availability.load_availability(person, found, now=now).due
    listed = [(unit, date) for unit in found if (date := due[unit.pk])]
    return sorted((row for row in listed if row[1] > now - PAST), key=lambda row: row[1])
