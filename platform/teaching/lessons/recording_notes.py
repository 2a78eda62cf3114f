"""Write, list and close the notes for the authors of a unit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from courses.models import Unit
from courses.timestamps import format_time
from teaching.lessons.models import RecordingNote
from vault.errors import KeyDestroyed
from vault.sealed_values import Place, seal_value, unseal_value

LONGEST_NOTE: Final = 1000
MOST_OPEN: Final = 20
SCOPES: Final = {"course": 0}


@dataclass(frozen=True, slots=True)
class ShownNote:
    """A note as a page shows it; `at` is the time in the video, or empty."""

    id: UUID
    at: str
    text: str
    made_at: datetime


def write_note(
    unit: Unit, author: User, text: str, *, at_s: float | None, now: datetime
) -> RecordingNote:
    """Store a note of at most `LONGEST_NOTE` letters; ValueError for an empty or longer one."""
    text = text.strip()
    if not 0 < len(text) <= LONGEST_NOTE:
        raise ValueError(f"expected 1 to {LONGEST_NOTE} letters, got {len(text)}")
    row = RecordingNote(unit=unit, author=author, at_s=at_s, made_at=now)
    row.sealed = seal_value(text, place=_place(row), scopes=SCOPES, now=now)
    row.save()
    return row


def has_room(units: Iterable[Unit]) -> bool:
    """Return whether fewer than `MOST_OPEN` notes about these units are open."""
    return open_notes(units).count() < MOST_OPEN


def close_note(units: Iterable[Unit], note: UUID, *, now: datetime) -> None:
    """Mark a note about one of these units as dealt with; 404 if there is no such open one."""
    if not open_notes(units).filter(id=note).update(done_at=now):
        raise Http404


def open_notes(units: Iterable[Unit]) -> QuerySet[RecordingNote]:
    return RecordingNote.objects.filter(unit__in=units, done_at=None)


def load_notes(units: Iterable[Unit]) -> list[ShownNote]:
    """Return the open notes about these units, newest first."""
    rows = open_notes(units).select_related("author").order_by("-made_at")
    return list(_read(rows))


def _read(rows: Iterable[RecordingNote]) -> Iterator[ShownNote]:
    """Yield the notes that can be read; those of an account under erasure cannot."""
    for row in rows:
        try:
            text = str(unseal_value(row.sealed, place=_place(row)))
        except KeyDestroyed:
            continue
        at = "" if row.at_s is None else format_time(row.at_s)
        yield ShownNote(row.id, at, text, row.made_at)


def _place(row: RecordingNote) -> Place:
    return Place("teaching_recordingnote", "sealed", str(row.id), row.author.code)
