"""The age band of people whose date of birth is recorded: it follows their birthdays by itself."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import transaction

import audit
from accounts import age_bands
from accounts.administration.person_changes import end_guardianships
from accounts.administration.person_records import lock_row
from accounts.identity import load_birthday
from accounts.models import User
from accounts.sign_in import single_use
from accounts.site import site_facts
from vault.sealed_values import KeyDestroyed

NIGHT: Final = 3


def update_due(now: datetime) -> int:
    """Move each minor who had a birthday to their band, once a day from NIGHT on; say how many.

    Dates of birth are sealed, so all of them are opened: a column to look for would tell them. What
    breaks off is not noted as done, and the next run begins again.
    """
    here = now.astimezone(site_facts.current().zone)
    day = here.date()
    if here.hour < NIGHT or single_use.is_spent("birthdays", day.isoformat()):
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
    if _band_of(person, today) == person.age_band:
        return False
    with transaction.atomic():
        current = lock_row(person.code)
        band = _band_of(current, today)
        if band == current.age_band:
            return False
        User.objects.filter(pk=current.pk).update(age_band=band)
        if band == "adult":
            end_guardianships(current, by=None, now=now)
        public = {"fields": "age_band"}
        audit.record("person.change", actor=None, subject=current.code, public=public)
    return True


def _band_of(person: User, today: date) -> str:
    """Return the band of this day; of a person who is being erased the one they have."""
    try:
        born = load_birthday(person)
    except KeyDestroyed:
        return person.age_band
    return age_bands.band_on(born, today) if born else person.age_band
