"""Automatic updates of the age band of people whose date of birth is recorded."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import transaction

import audit
from accounts import age_bands
from accounts.administration.person_changes import end_guardianships
from accounts.administration.person_records import lock_person_row
from accounts.identity import load_birthday
from accounts.models import User
from accounts.sign_in import single_use
from accounts.site import site_facts
from vault.sealed_values import KeyDestroyed

NIGHT: Final = 3


def update_due(now: datetime) -> int:
    """Move each minor who had a birthday to the next band, once a day after NIGHT; return how many.

    Dates of birth are sealed, and a searchable column would reveal them, so all are unsealed. A run
    that fails is not marked as done; the next one starts over.
    """
    local = now.astimezone(site_facts.current().zone)
    day = local.date()
    if local.hour < NIGHT or single_use.is_spent("birthdays", day.isoformat()):
        return 0
    moved = update_age_bands(day, now=now)
    single_use.spend("birthdays", day.isoformat(), now=now)
    return moved


def update_age_bands(today: date, *, now: datetime) -> int:
    """Move each minor to the band of their age; return how many moved."""
    minors = User.objects.filter(born_sealed__isnull=False).exclude(age_band="adult")
    return sum(
        _update(person, today, now) for person in minors.order_by("pk").iterator(chunk_size=500)
    )


def _update(person: User, today: date, now: datetime) -> bool:
    if _compute_band(person, today) == person.age_band:
        return False
    with transaction.atomic():
        current = lock_person_row(person.code)
        band = _compute_band(current, today)
        if band == current.age_band:
            return False
        User.objects.filter(pk=current.pk).update(age_band=band)
        if band == "adult":
            end_guardianships(current, by=None, now=now)
        public = {"fields": "age_band"}
        audit.record("person.change", actor=None, subject=current.code, public=public)
    return True


def _compute_band(person: User, today: date) -> str:
    """Return the band on this day; for a person who is being erased, the current one."""
    try:
        born = load_birthday(person)
    except KeyDestroyed:
        return person.age_band
    return age_bands.band_on(born, today) if born else person.age_band
