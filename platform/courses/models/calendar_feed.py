"""The secret address from which a person's calendar reads their due dates."""

from __future__ import annotations

from django.db import models

from accounts.models import User
from accounts.sign_in.models import HEX_64
from data_inventory import CLOCK, DELETE, DIGEST, LINK, NUMBER, holds, matches


@holds(
    subject="person",
    category="calendar address",
    scope="identity",
    columns={"id": NUMBER, "person": LINK, "key_digest": DIGEST, "made_at": CLOCK},
    erase=DELETE,
    retain=None,
    export=False,
)
class CalendarFeed(models.Model):
    """Only the SHA-256 of the address's key is stored. Revoking deletes the row."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="calendar_feed")
    key_digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [matches("key_digest", HEX_64, name="courses_calendarfeed_key_digest")]

    def __str__(self) -> str:
        return f"calendar address made {self.made_at:%Y-%m-%d}"
