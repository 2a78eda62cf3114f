"""The record of changes of the legal profile: who requested, who confirmed, and what is in force.

One row per request; the last confirmed one defines the profile in force.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.apps import apps
from django.db import models
from django.db.models import Q

from accounts.administration.two_steward_requests import TwoStewardRequest
from accounts.models import User
from consent.legal_profiles.profiles import NAMES
from data_inventory import CLOCK, CODE, LINK, SEALED, closed, holds

STATES = ("asked", "confirmed", "declined", "cancelled", "lapsed")


def forget_steward(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Erase requester, decider and reason with the account; the profile stays in force."""
    if scopes is not None:
        return 0
    change = apps.get_model("consent", "ProfileChange")
    asked = change.objects.filter(asked_by__code=subject).update(asked_by=None, reason=b"")
    return int(asked + change.objects.filter(decided_by__code=subject).update(decided_by=None))


@holds(
    subject="asked_by",
    category="legal profile",
    scope="identity",
    columns={
        "id": CODE,
        "wanted": CODE,
        "before": CODE,
        "state": CODE,
        "asked_by": LINK,
        "asked_at": CLOCK,
        "decided_by": LINK,
        "decided_at": CLOCK,
        "reason": SEALED,
        "purged_at": CLOCK,
    },
    erase=forget_steward,
    retain=None,
)
class ProfileChange(TwoStewardRequest):
    """One request to change the profile.

    `before` is empty if none was in force. `purged_at` is NULL after a confirmation while data that
    is no longer allowed may still be stored.
    """

    wanted = models.CharField(max_length=16)
    before = models.CharField(max_length=16)
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            *TwoStewardRequest.Meta.constraints,
            closed("wanted", NAMES, name="consent_profilechange_wanted"),
            closed("before", ("", *NAMES), name="consent_profilechange_before"),
            closed("state", STATES, name="consent_profilechange_state"),
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="asked"), name="consent_profilechange_one_open"
            ),
        ]
        indexes = [
            models.Index(
                fields=["-decided_at"],
                condition=Q(state="confirmed"),
                name="consent_profilechange_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before or 'none'} to {self.wanted}, {self.state}"

    @property
    def reason_owner(self) -> User | None:
        """The Steward who requested it."""
        return self.asked_by

    @classmethod
    def confirmed(cls) -> models.QuerySet[ProfileChange]:
        """Return confirmed changes, the one in force first."""
        return cls.objects.filter(state="confirmed").order_by("-decided_at", "-asked_at")
