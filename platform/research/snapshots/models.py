"""Tables of Snapshots, pending or frozen, and their rows: one per Window and Stream.

A row is sealed under its Learner's `<stream>:research` key and the study's own key. Withdrawing a
Stream shrinks the Snapshot by that Stream's rows alone, and the study's end ends all of them (I-2).
"""

from __future__ import annotations

import uuid
from typing import Final

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models

from consent.scopes import STREAM_PATTERN, scope_pattern
from consent.sealed_rows import SealedRow
from courses.models import Course
from data_inventory import (
    CLOCK,
    CODE,
    DIGEST,
    LINK,
    NUMBER,
    PUBLIC,
    SEALED,
    closed,
    has_length,
    holds,
    matches,
)
from research.datasets.public_datasets import CODES, DATA_SETS, DataSet
from research.snapshots.erasure import forget, forget_since
from research.studies.models import Study
from telemetry.models import Sitting

STATES: Final = ("owed", "frozen", "none", "failed")
SOURCES: Final = ("report", "dispute", "expert")
LONGEST_WHY: Final = 200
COUNTED: Final = ("people", "simulated", "windows", *SOURCES)


@holds(
    subject=None,
    category="snapshot",
    scope=None,
    columns={
        "id": CODE,
        "study": LINK,
        "course": LINK,
        "data_set": CODE,
        "streams": CODE,
        "since": CLOCK,
        "until": CLOCK,
        "unlabelled": NUMBER,
        "asked_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "of": NUMBER,
        "done": NUMBER,
        "state": CODE,
        "why": PUBLIC,
        "frozen_at": CLOCK,
        "digest": CODE,
        **dict.fromkeys(COUNTED, NUMBER),
        "shrunk_at": CLOCK,
    },
    erase=None,
    retain=None,
)
class Snapshot(models.Model):
    """A Snapshot; while `due_at` is set it is pending, with `done` of `of` people processed.

    The counts are those of the moment it was frozen; `shrunk_at` = a person's rows were deleted
    since. One of a public `data_set` has no course, no days and no rows, and no person of this
    site. `why` is the problem with its archive.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="snapshots")
    course = models.ForeignKey(Course, on_delete=models.CASCADE, null=True, related_name="+")
    data_set = models.CharField(max_length=20, default="")
    streams = ArrayField(models.CharField(max_length=12))
    since = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    unlabelled = models.BooleanField(default=False)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    of = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=6, default="owed")
    why = models.CharField(max_length=LONGEST_WHY, default="")
    frozen_at = models.DateTimeField(null=True)
    digest = models.CharField(max_length=64, default="")
    people = models.PositiveIntegerField(default=0)
    simulated = models.PositiveIntegerField(default=0)
    windows = models.PositiveIntegerField(default=0)
    report = models.PositiveIntegerField(default=0)
    dispute = models.PositiveIntegerField(default=0)
    expert = models.PositiveIntegerField(default=0)
    shrunk_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("state", STATES, name="research_snapshot_state"),
            matches("digest", r"^([0-9a-f]{64})?$", name="research_snapshot_digest"),
            models.CheckConstraint(
                condition=models.Q(streams__each_regex=STREAM_PATTERN, streams__len__gt=0),
                name="research_snapshot_streams",
            ),
            closed("data_set", CODES, name="research_snapshot_data_set"),
            models.CheckConstraint(
                condition=models.Q(data_set="", why="", course__isnull=False, since__isnull=False)
                & models.Q(until__isnull=False, since__lt=models.F("until"))
                | ~models.Q(data_set="")
                & models.Q(course=None, since=None, until=None, shrunk_at=None),
                name="research_snapshot_of_one_kind",
            ),
            models.CheckConstraint(
                condition=models.Q(state="owed", due_at__isnull=False, digest="")
                | models.Q(state="frozen", due_at=None, frozen_at__isnull=False)
                & ~models.Q(digest="")
                | models.Q(state__in=("none", "failed"), due_at=None, digest=""),
                name="research_snapshot_owed_or_there",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="research_snapshot_due",
            ),
        ]

    def __str__(self) -> str:
        return f"snapshot {self.id}, {self.state}"

    @property
    def public(self) -> DataSet | None:
        """Return its public data set; None where it is of people of this site."""
        return DATA_SETS.get(self.data_set)

    @property
    def title(self) -> str:
        """Return the title of its data set or Course."""
        return self.public.title if self.public else self.course.title if self.course else ""


@holds(
    subject="learner",
    category="research copy",
    scope="research",
    columns={
        "id": CODE,
        "snapshot": LINK,
        "learner": LINK,
        "sitting": LINK,
        "cut": NUMBER,
        "scopes": CODE,
        "epochs": NUMBER,
        "sealed": SEALED,
        "source": CODE,
        "said_under": CODE,
        "said_epochs": NUMBER,
        "said": SEALED,
        "digest": DIGEST,
        "made_at": CLOCK,
    },
    erase=forget,
    erase_since=forget_since,
    retain="2y",
    clock="snapshot__study__ends_at",
)
class SnapshotRow(SealedRow):
    """One Stream of one Window as it was then; `said` is the Window's label.

    It has the source of the label, and for an expert label the further scopes it was found under.
    `digest` is keyed with the study's key, so that it reveals nothing without that key.
    """

    snapshot = models.ForeignKey(Snapshot, on_delete=models.CASCADE, related_name="+")
    learner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.CASCADE,
        db_column="learner",
        related_name="snapshot_rows",
    )
    sitting = models.ForeignKey(
        Sitting, on_delete=models.CASCADE, db_column="sitting", related_name="+"
    )
    cut = models.PositiveIntegerField()
    source = models.CharField(max_length=7, default="")
    said_under = ArrayField(models.CharField(max_length=24), default=list)
    said_epochs = ArrayField(models.BigIntegerField(), default=list)
    said = models.BinaryField(default=b"")
    digest = models.BinaryField()
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            closed("source", ("", *SOURCES), name="research_snapshotrow_source"),
            has_length("digest", 32, name="research_snapshotrow_digest"),
            models.UniqueConstraint(
                fields=["snapshot", "sitting", "cut", "scopes"], name="research_snapshotrow_once"
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__len=1, epochs__len=1),
                name="research_snapshotrow_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    scopes__each_regex=scope_pattern("research"),
                    said_under__each_regex=scope_pattern("research"),
                ),
                name="research_snapshotrow_scopes",
            ),
            models.CheckConstraint(
                condition=models.Q(said_under__len=models.F("said_epochs__len")),
                name="research_snapshotrow_pairs",
            ),
            models.CheckConstraint(
                condition=models.Q(source="", said=b"")
                | ~models.Q(source="") & ~models.Q(said=b""),
                name="research_snapshotrow_said_by",
            ),
        ]
