"""The quarterly retention review (I-14).

It covers each retention class with what is overdue, legal holds, and a sample of leaves. Signing it
off is recorded as a leaf.
"""

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
from accounts.administration.two_steward_requests import find_open
from accounts.models import User
from audit.leaves import is_sound
from audit.models import Leaf, Position
from consent.legal_profiles import profiles
from privacy.export.category_labels import label_of
from privacy.retention import legal_holds, retention_classes
from privacy.retention.legal_holds import Hold
from privacy.retention.retention_classes import DAYS, GRACE, REASONS, ROWS, RetentionClass
from stewardship.consent_register import short_code

REVIEW_EVERY: Final = timedelta(days=92)
SAMPLE_SIZE: Final = 12
# Seeds are short enough to be read out and typed.
SEED_LIMIT: Final = 1_000_000
REVIEW_VERB: Final = "retention.review"
# Names for Stewards; those of `privacy.export.category_labels` address the person.
CATEGORY_TITLES: Final = {
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
    """Something must be fixed first; the text says what."""


@dataclass(frozen=True, slots=True)
class RetentionRow:
    """One retention class; `overdue` must be 0; `soon`: the next run deletes something."""

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
class SampledLeaf:
    place: int
    at: datetime
    verb: str
    public: str
    sound: bool


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A legal hold, active or waiting for another Steward."""

    id: UUID
    person: str
    what: str
    ends_at: datetime
    waiting: bool


@dataclass(frozen=True, slots=True)
class ReviewState:
    """The last review, and when the next is due; without any, it is due now."""

    at: datetime | None
    due_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class RetentionReview:
    """The whole review, as the page shows it and a signature confirms it."""

    profile: str
    lines: tuple[RetentionRow, ...]
    held: tuple[HoldRow, ...]
    sample: tuple[SampledLeaf, ...]
    seed: int
    reviewed: ReviewState

    @property
    def overdue(self) -> int:
        return sum(line.overdue for line in self.lines)

    @property
    def unsound(self) -> int:
        return sum(not leaf.sound for leaf in self.sample)


def load_review(seed: int, *, now: datetime) -> RetentionReview:
    """Return the state of retention at `now`, with the leaves drawn by this seed."""
    profile = profiles.current(now=now)
    found = retention_classes.in_force(profile)
    overdue, next_at = (
        retention_classes.count_due(found, now - GRACE),
        retention_classes.find_next(found, now),
    )
    lines = [_retention_row(*each, now) for each in zip(found, overdue, next_at, strict=True)]
    return RetentionReview(
        profile=_(profile.title) if profile else "",
        lines=tuple(sorted(lines, key=lambda line: (not line.by_profile, line.what, line.table))),
        held=tuple(_hold_row(row, waiting=False) for row in _load_holds(legal_holds.in_force(now)))
        + tuple(
            _hold_row(row, waiting=True) for row in _load_holds(find_open(Hold.objects.all(), now))
        ),
        sample=draw_sample(seed),
        seed=seed,
        reviewed=load_review_state(now),
    )


@transaction.atomic
def sign_off(by: User, seed: int, *, now: datetime) -> None:
    """Sign off the review, with its figures in the leaf. Raises CannotSign."""
    found = load_review(seed, now=now)
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
    audit.record(REVIEW_VERB, actor=by.code, subject=None, public=public)


def draw_sample(seed: int) -> tuple[SampledLeaf, ...]:
    """Draw leaves from the whole tree; the same seed and tree give the same leaves."""
    size = Position.objects.count()
    rng = random.Random(seed)  # noqa: S311  # a sample that another Steward can draw again
    places = rng.sample(range(size), min(SAMPLE_SIZE, size))
    rows = Position.objects.filter(seq__in=places).select_related("leaf").order_by("seq")
    return tuple(_sampled_leaf(row) for row in rows)


def load_review_state(now: datetime) -> ReviewState:
    last = (
        Leaf.objects.filter(verb=REVIEW_VERB).order_by("-at").values_list("at", flat=True).first()
    )
    due_at = last + REVIEW_EVERY if last else None
    return ReviewState(last, due_at, late=due_at is None or due_at <= now)


def category_title(category: str) -> str:
    return str(CATEGORY_TITLES.get(category) or _(label_of(category)))


def _retention_row(
    each: RetentionClass, overdue: int, next_at: datetime | None, now: datetime
) -> RetentionRow:
    return RetentionRow(
        what=category_title(each.holding.category),
        table=each.table,
        unit=str(UNITS[each.unit]),
        kept=each.kept,
        by_profile=each.by == "profile",
        overdue=overdue,
        next_at=next_at,
        soon=next_at is not None and next_at <= now + GRACE,
    )


def _load_holds(rows: object) -> list[Hold]:
    return list(rows.select_related("person").order_by("ends_at"))  # type: ignore[attr-defined]


def _hold_row(row: Hold, *, waiting: bool) -> HoldRow:
    return HoldRow(
        row.id, short_code(row.person.code), category_title(row.category), row.ends_at, waiting
    )


def _sampled_leaf(row: Position) -> SampledLeaf:
    leaf = row.leaf
    return SampledLeaf(row.seq, leaf.at, leaf.verb, leaf.public, is_sound(leaf))
