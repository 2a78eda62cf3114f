"""A DeviceToken lets one program send some of a Learner's Streams for a limited time.

It holds nothing sensed. It names the `adapt` scopes granted when it was made, with their epochs.
When the epoch of one changes, the token is no longer valid for that Stream.
"""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.scopes import scope_pattern
from consent.sealed_rows import ScopedRow
from data_inventory import CLOCK, CODE, DIGEST, LINK, NUMBER, closed, each_matches, holds, matches

LONGEST: Final = timedelta(hours=24)
SENSORS: Final = ("empatica_e4", "shimmer3", "polar", "openface", "lsl", "other")
ADAPT: Final = scope_pattern("adapt")


@holds(
    subject="learner",
    category="device token",
    scope=None,
    columns={
        "id": CODE,
        "digest": DIGEST,
        "learner": LINK,
        "sensor": CODE,
        "scopes": CODE,
        "epochs": NUMBER,
        "made_at": CLOCK,
        "expires_at": CLOCK,
        "used_at": CLOCK,
        "sitting": LINK,
        "holding": CODE,
    },
    retain="1d",
    clock="expires_at",
)
class DeviceToken(ScopedRow):
    """A device key. Only its SHA-256 is stored; a revoked one has no row any more.

    `holding`: scopes of Streams that only it may send in `sitting`, while `used_at` is recent.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True)
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="device_tokens"
    )
    sensor = models.CharField(max_length=12)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    sitting = models.ForeignKey(
        "telemetry.Sitting", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    holding = ArrayField(models.CharField(max_length=24), default=list)

    class Meta:
        constraints = [
            closed("sensor", SENSORS, name="telemetry_devicetoken_sensor"),
            matches("digest", r"^[0-9a-f]{64}$", name="telemetry_devicetoken_digest"),
            models.CheckConstraint(
                condition=models.Q(scopes__len__gt=0, scopes__each_regex=ADAPT, epochs__len__gt=0),
                name="telemetry_devicetoken_scopes",
            ),
            each_matches("holding", ADAPT, name="telemetry_devicetoken_holding"),
            models.CheckConstraint(
                condition=models.Q(
                    expires_at__gt=models.F("made_at"),
                    expires_at__lte=models.F("made_at") + LONGEST,
                ),
                name="telemetry_devicetoken_time",
            ),
        ]

    @property
    def epoch_of(self) -> dict[str, int]:
        """Return by scope the epoch under which it was made."""
        return dict(zip(self.scopes, self.epochs, strict=True))
