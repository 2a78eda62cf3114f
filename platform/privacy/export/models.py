"""How far one Learner's course records were sent to the site's learning record store."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.conf import settings
from django.db import models

from data_inventory import CLOCK, LINK, NUMBER, holds


def forget(subject: UUID, scopes: Collection[str] | None) -> int:
    """Delete the row. Returns the number of statements in the other store, for the certificate.

    The operator has to erase those there, by the person's code.
    """
    if scopes is not None:
        return 0
    row = RecordsSent.objects.filter(learner__code=subject).first()
    RecordsSent.objects.filter(learner__code=subject).delete()
    return row.statements if row else 0


@holds(
    subject="learner",
    category="records sent on",
    scope="course",
    columns={
        "id": NUMBER,
        "learner": LINK,
        "until": CLOCK,
        "statements": NUMBER,
        "due_at": CLOCK,
        "tries": NUMBER,
    },
    erase=forget,
    retain=None,
)
class RecordsSent(models.Model):
    """All statements up to `until` were sent, `statements` in total; the next are due at `due_at`.

    `tries`: how many attempts in a row failed.
    """

    learner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="records_sent"
    )
    until = models.DateTimeField()
    statements = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.statements} statements until {self.until:%Y-%m-%d %H:%M}"
