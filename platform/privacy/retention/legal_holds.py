"""Legal holds: two Stewards keep one kind of record of a person longer, at most a year.

Sensed and estimated data can never be held (I-14): the list below is closed here and in the
database. A hold only stops expiry. An erasure overrides it and deletes it, because the keys are
destroyed at once and the held rows could not be read anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

import audit
from accounts.administration.two_steward_requests import (
    InvalidRequest,
    TwoStewardRequest,
    check_reason,
    find_lapsed,
    lock_request,
    require_steward,
)
from accounts.models import User
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, Holding, closed, holds

# Kinds of records that can expire and are neither sensed, estimated nor self-reported.
HOLDABLE: Final = ("course record", "identity")
STATES: Final = ("asked", "confirmed", "declined", "cancelled", "ended")
LONGEST_DAYS: Final = 365


@holds(
    subject="person",
    category="legal hold",
    scope="identity",
    columns={
        "id": CODE,
        "person": LINK,
        "category": CODE,
        "days": NUMBER,
        "state": CODE,
        "asked_by": LINK,
        "asked_at": CLOCK,
        "decided_by": LINK,
        "decided_at": CLOCK,
        "ends_at": CLOCK,
        "reason": SEALED,
    },
    retain="1y",
    clock="ends_at",
)
class Hold(TwoStewardRequest):
    """One legal hold, requested or in force. `ends_at` counts from the request."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="holds")
    category = models.CharField(max_length=16)
    days = models.PositiveSmallIntegerField()
    ends_at = models.DateTimeField()

    class Meta:
        constraints = [
            *TwoStewardRequest.Meta.constraints,
            closed("category", HOLDABLE, name="privacy_hold_category"),
            closed("state", STATES, name="privacy_hold_state"),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=LONGEST_DAYS), name="privacy_hold_days"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("asked_at") + timedelta(days=LONGEST_DAYS)),
                name="privacy_hold_ends",
            ),
            models.UniqueConstraint(
                fields=["person", "category"],
                condition=Q(state__in=("asked", "confirmed")),
                name="privacy_hold_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} until {self.ends_at:%Y-%m-%d}, {self.state}"

    @property
    def reason_owner(self) -> User:
        """The person whose records are kept."""
        return self.person

    def is_open(self, now: datetime) -> bool:
        """Return whether it can be confirmed and would not be over at once."""
        return super().is_open(now) and self.ends_at > now


def in_force(now: datetime) -> models.QuerySet[Hold]:
    """Return holds confirmed by a second Steward and not over."""
    return Hold.objects.filter(state="confirmed", ends_at__gt=now)


def exclude_held(
    holding: Holding, rows: models.QuerySet[models.Model], now: datetime
) -> models.QuerySet[models.Model]:
    """Return these rows without those that a hold keeps."""
    if holding.category not in HOLDABLE or holding.subject in (None, "self"):
        return rows
    people = in_force(now).filter(category=holding.category).values("person")
    return rows.exclude(**{f"{holding.subject}__in": people})


@transaction.atomic
def ask(asker: User, person: User, category: str, reason: str, *, days: int, now: datetime) -> Hold:
    """Request a hold; it takes effect when another Steward confirms it. Raises InvalidRequest."""
    require_steward(asker)
    if category not in HOLDABLE:
        raise InvalidRequest(
            _("Sensed or estimated data can never be held. Select a type of data from the list.")
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise InvalidRequest(_("A legal hold lasts 1 to {n} days.").format(n=LONGEST_DAYS))
    reason = check_reason(reason)
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    _close_old(person, now)
    if Hold.objects.filter(person=person, category=category, state__in=STATES[:2]).exists():
        raise InvalidRequest(
            _("There is already a legal hold on this, in force or waiting for an answer.")
        )
    hold = Hold(person=person, category=category, days=days, asked_by=asker, asked_at=now)
    hold.ends_at = now + timedelta(days=days)
    hold.store(reason, now=now)
    _record_leaf("ask", hold, asker)
    return hold


@transaction.atomic
def confirm(decider: User, id: UUID, *, now: datetime) -> Hold:
    """Put a hold in force, by another Steward than the requester. Raises InvalidRequest."""
    require_steward(decider)
    hold = _lock_open(id, ("asked",))
    hold.require_open(now)
    hold.require_second_steward(decider)
    return _decide("confirmed", hold, decider, now)


@transaction.atomic
def end(decider: User, id: UUID, *, now: datetime) -> Hold:
    """Cancel one's own request, decline another's, or end a hold. Raises InvalidRequest."""
    require_steward(decider)
    hold = _lock_open(id, ("asked", "confirmed"))
    if hold.state == "confirmed":
        return _decide("ended", hold, decider, now)
    return _decide(hold.state_without_confirmation(decider), hold, decider, now)


def of_person(person: User, now: datetime) -> Iterable[Hold]:
    """Return the holds of a person that are in force."""
    return in_force(now).filter(person=person).order_by("ends_at")


def _close_old(person: User, now: datetime) -> None:
    """Close expired holds and requests, so that a new request is possible."""
    old = Hold.objects.filter(person=person)
    old.filter(state="confirmed", ends_at__lte=now).update(state="ended")
    find_lapsed(old, now).update(state="declined", decided_at=now)


def _lock_open(id: UUID, states: tuple[str, ...]) -> Hold:
    hold = lock_request(Hold.objects.select_related("person", "asked_by"), id, states)
    if hold is None:
        raise InvalidRequest(_("This has already been answered."))
    return hold


def _decide(state: str, hold: Hold, decider: User, now: datetime) -> Hold:
    hold.decide(state, decider, now)
    _record_leaf(state, hold, decider)
    return hold


def _record_leaf(act: str, hold: Hold, actor: User) -> None:
    kind = hold.category.replace(" ", "_")
    public = {"act": act, "hold": hold.id, "category": kind, "days": hold.days}
    audit.record("retention.hold", actor=actor.code, subject=hold.person.code, public=public)
