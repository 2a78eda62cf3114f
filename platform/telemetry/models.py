"""What a page sends while a unit is open: Sittings, course events, due Windows and Blocks.

Sittings, events and Windows are course records (rulings 2) and hold nothing sensed. A Block is
sealed, and a trigger stores it only under the epoch of a live Grant (I-1), never for a graded test.
"""

from __future__ import annotations

import uuid
from datetime import UTC, date

from django.db import models
from django.db.models.functions import Now

from accounts.models import User
from consent.scopes import STREAM_PATTERN
from courses.models import Unit
from data_inventory import CLOCK, CODE, DELETE, LINK, NUMBER, SEALED, closed, holds, matches
from telemetry.device_tokens.models import DeviceToken as DeviceToken
from telemetry.devices.models import Device as Device
from telemetry.erasure import forget_blocks

SCENARIOS = ("course", "practice", "graded", "discussion")
# A request for help, which Teachers see by name (docs/adr/0031), and a report that is counted only
# under its own Grant (docs/adr/0040).
STUCK, GOT_IT = "stuck", "got_it"
EVENT_NAMES = (
    "play",
    "pause",
    "seek",
    "rate",
    "ended",
    "answer",
    "hint",
    STUCK,
    GOT_IT,
    "visibility",
)
# helped = processed by the shown Predictor; secondary ones are still due.
# brought = Blocks came too late for help; only secondary Predictors process it.
OPEN_WINDOWS = ("pending", "helped", "brought")
# late = no Predictor processed it in time; unseen = the shown one did, secondary ones did not.
LATE, UNSEEN = "late", "unseen"
WINDOW_STATES = (*OPEN_WINDOWS, "done", LATE, UNSEEN)
LONGEST_SITTING_S = 12 * 3600


@holds(
    subject="learner",
    category="course record",
    scope="course",
    columns={
        "id": CODE,
        "learner": LINK,
        "unit": LINK,
        "scenario": CODE,
        "page": CODE,
        "began_at": CLOCK,
        "ended_at": CLOCK,
        "active_at": CLOCK,
        "paused": NUMBER,
        "packed_at": CLOCK,
        "check_in_at": CLOCK,
        "checked_in_at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class Sitting(models.Model):
    """One Learner, one Unit, one open page; at most twelve hours.

    `check_in_at`: when the Learner is asked how they are. With `checked_in_at`: they were asked
    then and have not answered.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="sittings")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="+")
    scenario = models.CharField(max_length=12, default="course")
    page = models.UUIDField()
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    active_at = models.DateTimeField()
    paused = models.BooleanField(default=False)
    packed_at = models.DateTimeField(null=True)
    check_in_at = models.DateTimeField(null=True)
    checked_in_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("scenario", SCENARIOS, name="telemetry_sitting_scenario"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | models.Q(ended_at__gte=models.F("began_at")),
                name="telemetry_sitting_ends_after_it_began",
            ),
            models.CheckConstraint(
                condition=models.Q(check_in_at=None, checked_in_at=None)
                | models.Q(scenario="course"),
                name="telemetry_sitting_checks_in_in_a_course",
            ),
            models.UniqueConstraint(
                fields=["learner", "unit", "page"],
                condition=models.Q(ended_at__isnull=True),
                name="telemetry_sitting_one_a_page",
            ),
        ]
        indexes = [
            models.Index(fields=["learner", "-began_at"], name="telemetry_sitting_learner"),
            models.Index(
                fields=["active_at"],
                condition=models.Q(ended_at__isnull=True),
                name="telemetry_sitting_open",
            ),
            models.Index(
                fields=["ended_at"],
                condition=models.Q(ended_at__isnull=False, packed_at__isnull=True),
                name="telemetry_sitting_unpacked",
            ),
            models.Index(
                fields=["id"],
                condition=models.Q(scenario="graded"),
                name="telemetry_sitting_graded",
            ),
        ]

    @property
    def day(self) -> date:
        """Return the UTC day it began on, which is the partition of all its Blocks."""
        return self.began_at.astimezone(UTC).date()


@holds(
    subject="sitting__learner",
    category="course record",
    scope="course",
    columns={
        "id": CODE,
        "sitting": LINK,
        "t": NUMBER,
        "name": CODE,
        "value": NUMBER,
        "ref": CODE,
        "at": CLOCK,
    },
    erase=DELETE,
    retain=None,
)
class Event(models.Model):
    """Something the Learner did with the player or the quiz; `id` is made by the page."""

    id = models.UUIDField(primary_key=True)
    sitting = models.ForeignKey(Sitting, on_delete=models.CASCADE, related_name="events")
    t = models.FloatField()
    name = models.CharField(max_length=12)
    value = models.FloatField(null=True)
    ref = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta:
        constraints = [closed("name", EVENT_NAMES, name="telemetry_event_name")]
        indexes = [
            models.Index(fields=["sitting", "t"], name="telemetry_event_order"),
            # A Teacher's page asks every few seconds what was done in the last half hour.
            models.Index(fields=["at"], name="telemetry_event_at"),
        ]


@holds(
    subject="sitting__learner",
    category="course record",
    scope="course",
    columns={"id": NUMBER, "sitting": LINK, "cut": NUMBER, "due_at": CLOCK, "state": CODE},
    erase=DELETE,
    retain="1d",
    export=False,
)
class Window(models.Model):
    """Cut `k` spans [5k-5, 5k+5) s of its Sitting; pending rows are the pipeline's queue."""

    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="windows"
    )
    cut = models.IntegerField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="pending")

    class Meta:
        constraints = [
            closed("state", WINDOW_STATES, name="telemetry_window_state"),
            models.UniqueConstraint(fields=["sitting", "cut"], name="telemetry_window_cut"),
            models.CheckConstraint(
                condition=models.Q(cut__gte=0), name="telemetry_window_cut_from_0"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=OPEN_WINDOWS),
                name="telemetry_window_pending",
            ),
            models.Index(
                fields=["due_at"],
                condition=models.Q(state__in=(LATE, UNSEEN)),
                name="telemetry_window_late",
            ),
        ]


@holds(
    subject="learner",
    category="sensed",
    scope="adapt",
    columns={
        "day": CLOCK,
        "sitting": CODE,
        "stream": CODE,
        "seq": NUMBER,
        "learner": LINK,
        "epoch": NUMBER,
        "t0": NUMBER,
        "rate_hz": NUMBER,
        "rows": NUMBER,
        "channels": NUMBER,
        "sealed": SEALED,
        "received_at": CLOCK,
    },
    erase=forget_blocks,
    retain="30d",
    clock="day",
)
class Block(models.Model):
    """About one second of one Stream, sealed; partitioned by `day`, the day its Sitting began.

    After the Sitting a row may also contain earlier Blocks; its columns are those of the newest.
    """

    pk = models.CompositePrimaryKey("day", "sitting", "stream", "seq")
    day = models.DateField()
    sitting = models.UUIDField()
    stream = models.CharField(max_length=12)
    seq = models.BigIntegerField()
    learner = models.ForeignKey(
        User,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        db_column="learner",
        related_name="+",
    )
    epoch = models.BigIntegerField()
    t0 = models.FloatField()
    rate_hz = models.FloatField()
    rows = models.IntegerField()
    channels = models.SmallIntegerField()
    sealed = models.BinaryField()
    received_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [matches("stream", STREAM_PATTERN, name="telemetry_block_stream")]
