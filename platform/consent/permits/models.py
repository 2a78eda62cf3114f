"""What a person has forbidden on their own: processing of their data, or profiling."""

from __future__ import annotations

from typing import Final

from django.db import models

from accounts.models import User
from data_inventory import CLOCK, CODE, LINK, NUMBER, closed, holds

RESTRICTION: Final = "restriction"
OBJECTION: Final = "objection"
KINDS: Final = (RESTRICTION, OBJECTION)


@holds(
    subject="learner",
    category="request",
    scope=None,
    columns={"id": NUMBER, "learner": LINK, "kind": CODE, "since": CLOCK},
    retain=None,
)
class Restriction(models.Model):
    """In force while the row exists.

    `restriction`: nothing sensed is read (GDPR Article 18). `objection`: nothing is offered or
    chosen by a profile (Article 21).
    """

    learner = models.ForeignKey(
        User, on_delete=models.CASCADE, db_column="learner", related_name="restrictions"
    )
    kind = models.CharField(max_length=11)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            closed("kind", KINDS, name="consent_restriction_kind"),
            models.UniqueConstraint(fields=["learner", "kind"], name="consent_restriction_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} since {self.since:%Y-%m-%d}"
