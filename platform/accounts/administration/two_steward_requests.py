"""Requests of one Steward, with a reason, that another Steward confirms within seven days."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, TypeVar
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import F, Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from accounts.models import User
from vault.sealed_values import KeyDestroyed, Place, seal_value, unseal_value

OPEN_FOR: Final = timedelta(days=7)
LONGEST_REASON: Final = 2000


class InvalidRequest(ValueError):
    """A refused request or answer; the sentence can be shown to the user."""


class TwoStewardRequest(models.Model):
    """One request; the database refuses one that the same person requested and confirmed.

    The reason is sealed for one person: it is erased with their account.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    state = models.CharField(max_length=9, default="asked")
    asked_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    reason = models.BinaryField()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="confirmed", asked_by=F("decided_by")),
                name="%(app_label)s_%(class)s_two_people",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", decided_at=None)
                | (~Q(state="asked") & Q(decided_at__isnull=False)),
                name="%(app_label)s_%(class)s_decided",
            ),
        ]

    @property
    def reason_owner(self) -> User | None:
        """The person with whose key the reason is sealed; None once their account is deleted."""
        raise NotImplementedError

    def store(self, reason: str, *, now: datetime) -> None:
        """Store a new request with its sealed reason."""
        if self.reason_owner is None:
            raise ValueError("expected a person with whose key the reason is sealed")
        place = self._place(self.reason_owner.code)
        self.reason = seal_value(reason, place=place, scopes={"identity": 0}, now=now)
        self.save(force_insert=True)

    def read_reason(self) -> str | None:
        """Return the reason; None if it cannot be read any more."""
        if self.reason_owner is None or not self.reason:
            return None
        try:
            return str(unseal_value(self.reason, place=self._place(self.reason_owner.code)))
        except KeyDestroyed:
            return None

    def decide(self, state: str, decider: User, now: datetime) -> None:
        """Store the decision."""
        self.state, self.decided_by, self.decided_at = state, decider, now
        self.save(update_fields=["state", "decided_by", "decided_at"])

    def is_open(self, now: datetime) -> bool:
        """Return whether it is young enough to be confirmed."""
        return self.asked_at > now - OPEN_FOR

    def require_open(self, now: datetime) -> None:
        """Raise InvalidRequest for a request that is too old to be confirmed."""
        if not self.is_open(now):
            raise InvalidRequest(_("This request is more than seven days old. Start a new one."))

    def require_second_steward(self, decider: User) -> None:
        """Raise InvalidRequest unless `decider` and a Steward who requested it are two people."""
        if self.asked_by is None or not self.asked_by.is_active:
            raise InvalidRequest(
                _(
                    "The person who requested this has left. Start a new request: two people must "
                    "agree."
                )
            )
        require_steward(self.asked_by)
        if self.asked_by == decider:
            raise InvalidRequest(
                _("You requested this, so another data steward has to confirm it.")
            )

    def state_without_confirmation(self, decider: User) -> str:
        """Return the state in which `decider` ends this request: their own, or another's."""
        return "cancelled" if self.asked_by == decider else "declined"

    def _place(self, person: UUID) -> Place:
        return Place(self._meta.db_table, "reason", str(self.id), person)


R = TypeVar("R", bound=TwoStewardRequest)


def find_open(rows: models.QuerySet[R], now: datetime) -> models.QuerySet[R]:
    """Return the requests that can still be answered."""
    return rows.filter(state="asked", asked_at__gt=now - OPEN_FOR)


def find_lapsed(rows: models.QuerySet[R], now: datetime) -> models.QuerySet[R]:
    """Return the requests that were not answered in time."""
    return rows.filter(state="asked", asked_at__lte=now - OPEN_FOR)


def lock_request(rows: models.QuerySet[R], id: UUID, states: Collection[str]) -> R | None:
    """Return and lock a request in one of these states; None if there is none any more."""
    return rows.select_for_update(of=["self"]).filter(id=id, state__in=states).first()


def check_reason(text: str) -> str:
    """Return the reason without spaces around it. Raises InvalidRequest."""
    reason = text.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        longest = number_format(LONGEST_REASON, force_grouping=True)
        raise InvalidRequest(_("Enter a reason of at most {n} characters.").format(n=longest))
    return reason


def require_steward(person: User) -> None:
    """Raise PermissionDenied for anyone but an active Steward."""
    if not person.is_active or not person.has_role("steward"):
        raise PermissionDenied("only a Steward requests and answers this")
