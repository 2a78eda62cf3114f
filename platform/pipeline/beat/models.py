"""When each entry of the schedule was last sent, for whichever host sends next."""

from __future__ import annotations

from django.db import models

from data_inventory import CLOCK, CODE, holds, matches


@holds(
    subject=None,
    category="schedule",
    scope=None,
    columns={"name": CODE, "sent_at": CLOCK},
    erase=None,
    retain=None,
)
class SentEntry(models.Model):
    """An entry of CELERY_BEAT_SCHEDULE, and when it was last sent by the server's clock."""

    name = models.CharField(primary_key=True, max_length=32)
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [matches("name", r"^[a-z_]{1,32}$", name="pipeline_sententry_name")]

    def __str__(self) -> str:
        return self.name
