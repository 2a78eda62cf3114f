"""The table of Predictors: each known artefact, and which of them are in use."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext

from data_inventory import CLOCK, CODE, DIGEST, NUMBER, PUBLIC, closed, holds, matches

# A new model of `emotion.models` needs no migration; `registry.predictors` knows which there are.
KIND_PATTERN = r"^[a-z][a-z_]{0,9}$"
ORIGINS = ("simulated", "people")


@holds(
    subject=None,
    category="predictor",
    scope=None,
    columns={
        "id": NUMBER,
        "name": PUBLIC,
        "digest": DIGEST,
        "kind": CODE,
        "origin": CODE,
        "card": PUBLIC,
        "active": NUMBER,
        "challenger": NUMBER,
        "registered_at": CLOCK,
        "promoted_at": CLOCK,
    },
    retain=None,
)
class Predictor(models.Model):
    """A known artefact: its digest and origin, its card, and whether it is in use.

    `promoted_at` set and not active = it was in use before, and a rollback may restore it.
    `challenger` = it estimates next to the one in use, and its output is never shown.
    """

    name = models.CharField(max_length=40)
    digest = models.CharField(max_length=12, unique=True)
    kind = models.CharField(max_length=10)
    origin = models.CharField(max_length=10)
    card = models.JSONField()
    active = models.BooleanField(default=False)
    challenger = models.BooleanField(default=False)
    registered_at = models.DateTimeField(default=timezone.now)
    promoted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            matches("kind", KIND_PATTERN, name="estimates_predictor_kind"),
            closed("origin", ORIGINS, name="estimates_predictor_origin"),
            matches("digest", r"^[0-9a-f]{12}$", name="estimates_predictor_digest"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(active=True),
                name="estimates_predictor_one_active",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=models.Q(challenger=True),
                name="estimates_predictor_one_challenger",
            ),
            models.CheckConstraint(
                condition=~models.Q(active=True, challenger=True),
                name="estimates_predictor_one_role",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}-{self.digest}"

    @property
    def card_title(self) -> str:
        """Return the title of its card, to be translated when displayed."""
        return str(self.card.get("title", self.name))

    @property
    def title(self) -> str:
        """Return the title in the active language."""
        return gettext(self.card_title)
