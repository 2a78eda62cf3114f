"""A Steward's search for people and its result, stored for an hour."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.db import models

from accounts.models import User
from data_inventory import CLOCK, CODE, LINK, NUMBER, SEALED, closed, holds

KEPT_FOR: Final = timedelta(hours=1)
STATES: Final = ("searching", "done", "failed")


@holds(
    subject="steward",
    category="people search",
    scope="identity",
    columns={
        "id": CODE,
        "steward": LINK,
        "words_sealed": SEALED,
        "found_sealed": SEALED,
        "state": CODE,
        "total": NUMBER,
        "made_at": CLOCK,
        "ends_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
    },
    retain="1d",
    # It contains other people's data, and is deleted within the hour.
    export=False,
    clock="ends_at",
)
class NameSearch(models.Model):
    """One search of a Steward. `due_at` is set while a worker has names to check.

    The address of the page contains `id` instead of the words. The words and the codes of people
    found are sealed under the Steward's key. A Steward has at most one search: the next one
    replaces it. `total` is the number of names to check. The worker deletes it at `ends_at`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    steward = models.OneToOneField(User, on_delete=models.CASCADE, related_name="+")
    words_sealed = models.BinaryField()
    found_sealed = models.BinaryField()
    state = models.CharField(max_length=9, default="done")
    total = models.PositiveIntegerField(default=0)
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            closed("state", STATES, name="stewardship_namesearch_state"),
            models.CheckConstraint(
                condition=models.Q(state="searching", due_at__isnull=False)
                | (~models.Q(state="searching") & models.Q(due_at=None)),
                name="stewardship_namesearch_owed",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="stewardship_namesearch_due",
            ),
        ]

    def __str__(self) -> str:
        return f"search of {self.made_at:%Y-%m-%d}, {self.state}"
