"""What a Steward reviews each quarter: each class with what is overdue, legal holds, a sample of
leaves; and signing that off, which is a leaf itself (I-14)."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

import audit
from accounts.models import User
from audit.leaves import is_sound
from audit.models import Leaf, Position
from consent.legal_profiles import profiles
from privacy.export.category_labels import label_of
from privacy.retention import legal_holds, retention_classes
from privacy.retention.legal_holds import Hold
from privacy.retention.retention_classes import DAYS, GRACE, REASONS, ROWS, RetentionClass
from stewardship.consent_register import short

EVERY: Final = timedelta(days=92)
SAMPLE: Final = 12
# A seed that a person can read out and type.
SEEDS: Final = 1_000_000
REVIEW: Final = "retention.review"
# As a Steward reads it; the words of `privacy.export.category_labels` speak to the person.
WORDS: Final = {
    "sensed": lazy("Sensor data"),
    "estimate": lazy("Estimates"),
    "dispute": lazy("Corrections of estimates"),
    "intervention": lazy("Reasons for suggestions"),
    "class picture": lazy("Class summaries"),
    "course record": lazy("Course records"),
    "identity": lazy("Sign-ins"),
    "security": lazy("Sign-in attempts"),
    "legal hold": lazy("Legal holds"),
    "share": lazy("Shared access, and requests for it"),
}

UNITS: Final = {DAYS: lazy("days"), ROWS: lazy("records"), REASONS: lazy("reasons")}


class CannotSign(ValueError):
    """Something is to be put right first; the sentence says what."""


@dataclass(frozen=True, slots=True)
class Line:
    """One class in force; `overdue` must be 0, `soon`: the next run takes something."""

    what: str
    table: str
    unit: str
    kept: timedelta
    by_profile: bool
    overdue: int
    next_at: datetime | None
    soon: bool

    @property
    def days(self) -> int:
        return self.kept.days


@dataclass(frozen=True, slots=True)
class Sampled:
    place: int
    at: datetime
    verb: str
    public: str
    sound: bool


@dataclass(frozen=True, slots=True)
class Held:
    """A legal hold, in force or waiting for another Steward."""

    id: UUID
    person: str
    what: str
    ends_at: datetime
    waiting: bool


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The last review and when the next is due; without any, it is due now."""

    at: datetime | None
    due_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class Retention:
    """All of it, as the page shows it and a signature confirms it."""

    profile: str
    lines: tuple[Line, ...]
    held: tuple[Held, ...]
    sample: tuple[Sampled, ...]
    seed: int
    reviewed: Reviewed

    @property
    def overdue(self) -> int:
        return sum(line.overdue for line in self.lines)

    @property
    def unsound(self) -> int:
        return sum(not leaf.sound for leaf in self.sample)


def look(seed: int, *, now: datetime) -> Retention:
    """The state of retention at `now`, with the leaves that this seed draws."""
    profile = profiles.current(now=now)
    found = retention_classes.in_force(profile)
    overdue, next_at = (
        retention_classes.count_due(found, now - GRACE),
        retention_classes.find_next(found, now),
    )
    lines = [_line(*each, now) for each in zip(found, overdue, next_at, strict=True)]
    return Retention(
        profile=_(profile.title) if profile else "",
        lines=tuple(sorted(lines, key=lambda line: (not line.by_profile, line.what, line.table))),
        held=tuple(_held(row, waiting=False) for row in _rows(legal_holds.in_force(now)))
        + tuple(_held(row, waiting=True) for row in _rows(legal_holds.open_requests(now))),
        sample=sample(seed),
        seed=seed,
        reviewed=reviewed(now),
    )


@transaction.atomic
def sign_off(by: User, seed: int, *, now: datetime) -> None:
    """Sign the review off, with its figures in the leaf. Raises CannotSign."""
    found = look(seed, now=now)
    if found.overdue:
        raise CannotSign(_("Something is overdue. Run manage.py expire, then check again."))
    if found.unsound:
        text = _("An audit entry in the sample does not verify. Run manage.py verify_audit first.")
        raise CannotSign(text)
    public = {
        "classes": len(found.lines),
        "overdue": found.overdue,
        "holds": len(found.held),
        "leaves": len(found.sample),
        "seed": seed,
    }
    audit.record(REVIEW, actor=by.code, subject=None, public=public)


def sample(seed: int) -> tuple[Sampled, ...]:
    """Leaves drawn from the whole tree; the same seed over the same tree draws the same."""
    size = Position.objects.count()
    rng = random.Random(seed)  # noqa: S311  # a sample that another Steward can draw again
    places = rng.sample(range(size), min(SAMPLE, size))
    rows = Position.objects.filter(seq__in=places).select_related("leaf").order_by("seq")
    return tuple(_sampled(row) for row in rows)


def reviewed(now: datetime) -> Reviewed:
    last = Leaf.objects.filter(verb=REVIEW).order_by("-at").values_list("at", flat=True).first()
    due_at = last + EVERY if last else None
    return Reviewed(last, due_at, late=due_at is None or due_at <= now)


def called(category: str) -> str:
    return str(WORDS.get(category) or _(label_of(category)))


def _line(each: RetentionClass, overdue: int, next_at: datetime | None, now: datetime) -> Line:
    return Line(
        what=called(each.holding.category),
        table=each.table,
        unit=str(UNITS[each.unit]),
        kept=each.kept,
        by_profile=each.by == "profile",
        overdue=overdue,
        next_at=next_at,
        soon=next_at is not None and next_at <= now + GRACE,
    )


def _rows(rows: object) -> list[Hold]:
    return list(rows.select_related("person").order_by("ends_at"))  # type: ignore[attr-defined]


def _held(row: Hold, *, waiting: bool) -> Held:
    return Held(row.id, short(row.person.code), called(row.category), row.ends_at, waiting)


def _sampled(row: Position) -> Sampled:
    leaf = row.leaf
    return Sampled(row.seq, leaf.at, leaf.verb, leaf.public, is_sound(leaf))
