"""A Device: what gave a Stream of a Sitting from a moment on, such as a make of chest strap.

It holds nothing sensed. It is stored under a live Grant of its Stream and erased with a withdrawal.
"""

from __future__ import annotations

from typing import Final

from django.db import models

from consent.scopes import STREAM_PATTERN
from data_inventory import CLOCK, CODE, LINK, NUMBER, holds, matches
from telemetry.erasure import forget_devices

LARGEST_SCALE: Final = 1e6
# The form of a backend's code; `telemetry.devices.devices` checks it against the Stream's list.
BACKEND_PATTERN: Final = r"^[a-z][a-z0-9_]{0,11}$"


@holds(
    subject="sitting__learner",
    category="course record",
    scope="course",
    columns={
        "id": CODE,
        "sitting": LINK,
        "stream": CODE,
        "backend": CODE,
        "scale": NUMBER,
        "at": CLOCK,
    },
    erase=forget_devices,
    retain=None,
)
class Device(models.Model):
    """The source of a Stream from `at` on; `id` is made by the page.

    `scale`: the size of one step of a whole number, in the Stream's unit.
    """

    id = models.UUIDField(primary_key=True)
    sitting = models.ForeignKey(
        "telemetry.Sitting", on_delete=models.CASCADE, db_column="sitting", related_name="devices"
    )
    stream = models.CharField(max_length=12)
    backend = models.CharField(max_length=12)
    scale = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        constraints = [
            matches("stream", STREAM_PATTERN, name="telemetry_device_stream"),
            matches("backend", BACKEND_PATTERN, name="telemetry_device_backend"),
            models.CheckConstraint(
                condition=models.Q(scale__gt=0, scale__lte=LARGEST_SCALE),
                name="telemetry_device_scale",
            ),
        ]
