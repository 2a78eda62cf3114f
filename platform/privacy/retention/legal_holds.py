"""Legal holds: two Stewards keep one kind of record of a person longer, at most a year.

Sensed and estimated data can never be held (I-14): the list below is closed here and in the
database. A hold only stops expiry. An erasure overrides it and deletes it, because the keys are
destroyed at once and the held rows could not be read anyway.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, Holding, closed, holds
from vault.sealed_values import KeyDestroyed, Place, seal_value, unseal_value

# Kinds of records that can expire and are neither sensed, estimated nor self-reported.
HOLDABLE: Final = ("course record", "identity")
STATES: Final = ("asked", "confirmed", "declined", "cancelled", "ended")
LONGEST_DAYS: Final = 365
OPEN_FOR: Final = timedelta(days=7)
LONGEST_REASON: Final = 2000


class CannotHold(ValueError):
    """The hold is not possible; the message says why and can be shown as it is."""


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
class Hold(models.Model):
    """One legal hold, requested or in force. `ends_at` counts from the request."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="holds")
    category = models.CharField(max_length=16)
    days = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, default="asked")
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    reason = models.BinaryField()

    class Meta:
        constraints = [
            closed("category", HOLDABLE, name="privacy_hold_category"),
            closed("state", STATES, name="privacy_hold_state"),
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=LONGEST_DAYS), name="privacy_hold_days"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__lte=F("asked_at") + timedelta(days=LONGEST_DAYS)),
                name="privacy_hold_ends",
            ),
            models.CheckConstraint(
                condition=~Q(state="confirmed", asked_by=F("decided_by")),
                name="privacy_hold_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at=None)
                | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="privacy_hold_decided",
            ),
            models.UniqueConstraint(
                fields=["person", "category"],
                condition=Q(state__in=("asked", "confirmed")),
                name="privacy_hold_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.category} until {self.ends_at:%Y-%m-%d}, {self.state}"


def in_force(now: datetime) -> models.QuerySet[Hold]:
    """Return holds confirmed by a second Steward and not over."""
    return Hold.objects.filter(state="confirmed", ends_at__gt=now)


def open_requests(now: datetime) -> models.QuerySet[Hold]:
    """Return requested holds that can still be answered."""
    return Hold.objects.filter(state="asked", asked_at__gt=now - OPEN_FOR)


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
    """Request a hold; it takes effect when another Steward confirms it. Raises CannotHold."""
    _require_steward(asker)
    reason = reason.strip()
    if category not in HOLDABLE:
        raise CannotHold(
            _("Sensed or estimated data can never be held. Select a type of data from the list.")
        )
    if not 1 <= days <= LONGEST_DAYS:
        raise CannotHold(_("A legal hold lasts 1 to {n} days.").format(n=LONGEST_DAYS))
    if not 0 < len(reason) <= LONGEST_REASON:
        raise CannotHold(
            _("Enter a reason of at most {n} characters.").format(
                n=number_format(LONGEST_REASON, force_grouping=True)
            )
        )
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    _close_old(person, now)
    if Hold.objects.filter(person=person, category=category, state__in=STATES[:2]).exists():
        raise CannotHold(
            _("There is already a legal hold on this, in force or waiting for an answer.")
        )
    hold = Hold(person=person, category=category, days=days, asked_by=asker, asked_at=now)
    hold.ends_at = now + timedelta(days=days)
    place = _place(hold.id, person.code)
    hold.reason = seal_value(reason, place=place, scopes={"identity": 0}, now=now)
    hold.save(force_insert=True)
    _record_leaf("ask", hold, asker)
    return hold


@transaction.atomic
def confirm(decider: User, id: UUID, *, now: datetime) -> Hold:
    """Put a hold in force, by another Steward than the requester. Raises CannotHold."""
    _require_steward(decider)
    hold = _lock_open(id, ("asked",))
    if hold.asked_at <= now - OPEN_FOR or hold.ends_at <= now:
        raise CannotHold(_("This request is more than seven days old. Start a new one."))
    if hold.asked_by is None or not hold.asked_by.is_active:
        raise CannotHold(
            _("The person who requested this has left. Start a new request: two people must agree.")
        )
    _require_steward(hold.asked_by)
    if hold.asked_by == decider:
        raise CannotHold(_("You requested this, so another data steward has to confirm it."))
    return _decide("confirmed", hold, decider, now)


@transaction.atomic
def end(decider: User, id: UUID, *, now: datetime) -> Hold:
    """Cancel one's own request, decline another's, or end a hold. Raises CannotHold."""
    _require_steward(decider)
    hold = _lock_open(id, ("asked", "confirmed"))
    if hold.state == "confirmed":
        return _decide("ended", hold, decider, now)
    return _decide("cancelled" if hold.asked_by == decider else "declined", hold, decider, now)


def reason_of(hold: Hold) -> str:
    """Return the reason; "" if it cannot be read any more."""
    if not hold.reason:
        return ""
    try:
        return str(unseal_value(hold.reason, place=_place(hold.id, hold.person.code)))
    except KeyDestroyed:
        return ""


def of_person(person: User, now: datetime) -> Iterable[Hold]:
    """Return the holds of a person that are in force."""
    return in_force(now).filter(person=person).order_by("ends_at")


def _close_old(person: User, now: datetime) -> None:
    """Close expired holds and requests, so that a new request is possible."""
    old = Hold.objects.filter(person=person)
    old.filter(state="confirmed", ends_at__lte=now).update(state="ended")
    lapsed = old.filter(state="asked", asked_at__lte=now - OPEN_FOR)
    lapsed.update(state="declined", decided_at=now)


def _lock_open(id: UUID, states: tuple[str, ...]) -> Hold:
    rows = Hold.objects.select_for_update(of=["self"]).select_related("person", "asked_by")
    hold = rows.filter(id=id, state__in=states).first()
    if hold is None:
        raise CannotHold(_("This has already been answered."))
    return hold


def _decide(state: str, hold: Hold, decider: User, now: datetime) -> Hold:
    hold.state, hold.decided_by, hold.decided_at = state, decider, now
    hold.save(update_fields=["state", "decided_by", "decided_at"])
    _record_leaf(state, hold, decider)
    return hold


def _require_steward(person: User) -> None:
    if not person.is_active or not person.has_role("steward"):
        raise PermissionDenied("only a Steward holds records")


def _record_leaf(act: str, hold: Hold, actor: User) -> None:
    kind = hold.category.replace(" ", "_")
    public = {"act": act, "hold": hold.id, "category": kind, "days": hold.days}
    audit.record("retention.hold", actor=actor.code, subject=hold.person.code, public=public)


def _place(hold: UUID, person: UUID) -> Place:
    return Place("privacy_hold", "reason", str(hold), person)
