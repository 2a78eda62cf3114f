"""An import of people, the run, and its rows, sealed under a key that ends with the run's data."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Final

from django.db import models
from django.utils import timezone

from accounts.models import AGE_BANDS, User
from holdings import CLOCK, CODE, DELETE, LINK, NUMBER, PUBLIC, SEALED, closed, holds

# In these states a worker has something to do.
OWED: Final = ("reading", "importing", "undoing", "ending")
STATES: Final = (*OWED, "ready", "failed", "done", "undone", "ended")
# What an import finds of a row, in the order of the tabs.
KINDS: Final = ("error", "new", "updated", "same")
IMPORTED: Final = ("new", "updated")
ORDERS: Final = ("", "dmy", "mdy")
STOPPED: Final = ("", "steward", "failed")
DEFAULT_ROLES: Final = ("learner", "teacher", "")
# Guardians who are named only by their e-mail come first, then guardians of the file.
NAMED_GUARDIAN, GUARDIAN, OTHER = range(3)
# Why a row was not imported, or not undone.
REASONS: Final = ("", "changed", "gone", "guardian", "used", "edited")


def forget_steward(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """End the data of the runs of a Steward whose account goes; what was imported stays."""
    if scopes is not None:
        return 0
    runs = ImportRun.objects.filter(steward=subject)
    ended = runs.filter(state="ended").update(steward=None)
    return ended + runs.update(steward=None, state="ending", due_at=timezone.now())


@holds(
    subject=None,
    category="people import",
    scope=None,
    columns={
        "id": CODE,
        "steward": CODE,
        "head_sealed": SEALED,
        "file_sealed": SEALED,
        "band": CODE,
        "role": CODE,
        "date_order": CODE,
        "asks_order": NUMBER,
        "sent_at": CLOCK,
        "began_at": CLOCK,
        "finished_at": CLOCK,
        "ends_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "state": CODE,
        "stopped": CODE,
        "done": NUMBER,
        "total": NUMBER,
        "added": NUMBER,
        "updated": NUMBER,
        "skipped": NUMBER,
        "tally": PUBLIC,
    },
    erase=forget_steward,
    retain="30d",
    clock="ends_at",
)
class ImportRun(models.Model):
    """One file of people. `due_at` is set while a worker has something to do.

    The file until it is read, its name and all rows are sealed under a key of the run's own. At
    `ends_at` the worker destroys that key and deletes the rows; the counts stay for a while.
    `band` and `role` are for rows that name none. `asks_order`: the dates fit day/month and
    month/day, so a Steward chooses.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    steward = models.UUIDField(null=True)
    head_sealed = models.BinaryField(null=True)
    file_sealed = models.BinaryField(null=True)
    band = models.CharField(max_length=8)
    role = models.CharField(max_length=12, blank=True)
    date_order = models.CharField(max_length=3, blank=True, default="")
    asks_order = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=9, default="reading")
    stopped = models.CharField(max_length=7, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    tally = models.JSONField(default=dict)

    class Meta:
        constraints = [
            closed("state", STATES, name="stewardship_importrun_state"),
            closed("band", AGE_BANDS, name="stewardship_importrun_band"),
            closed("role", DEFAULT_ROLES, name="stewardship_importrun_role"),
            closed("date_order", ORDERS, name="stewardship_importrun_order"),
            closed("stopped", STOPPED, name="stewardship_importrun_stopped"),
            models.CheckConstraint(
                condition=models.Q(state__in=OWED, due_at__isnull=False)
                | (~models.Q(state__in=OWED) & models.Q(due_at=None)),
                name="stewardship_importrun_owed",
            ),
            models.UniqueConstraint(
                fields=["state"],
                condition=models.Q(state="importing"),
                name="stewardship_importrun_one",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="stewardship_importrun_due",
            ),
        ]

    def __str__(self) -> str:
        return f"import of {self.sent_at:%Y-%m-%d}, {self.state}"


@holds(
    subject="person",
    category="identity",
    scope="identity",
    columns={
        "id": CODE,
        "run": LINK,
        "number": NUMBER,
        "turn": NUMBER,
        "kind": CODE,
        "state": CODE,
        "why": CODE,
        "person": LINK,
        "sealed": SEALED,
    },
    erase=DELETE,
    retain="1d",
    clock="run__ends_at",
)
class ImportRow(models.Model):
    """One row of a file, and then what undoes its import.

    `id` becomes the code of a person who is added, so that a batch that is repeated makes the same
    one. `person` is who the row is about, where they are known; erasing them deletes it. `number`
    counts the rows of the file from its heading on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    turn = models.PositiveSmallIntegerField(default=OTHER)
    kind = models.CharField(max_length=7)
    state = models.CharField(max_length=7, default="read")
    why = models.CharField(max_length=8, blank=True, default="")
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            closed("kind", KINDS, name="stewardship_importrow_kind"),
            closed(
                "state",
                ("read", "done", "skipped", "undone", "left"),
                name="stewardship_importrow_state",
            ),
            closed("why", REASONS, name="stewardship_importrow_why"),
            models.UniqueConstraint(
                fields=["run", "turn", "number"], name="stewardship_importrow_place"
            ),
        ]
        indexes = [
            models.Index(fields=["run", "kind", "number"], name="stewardship_importrow_tab"),
        ]

    def __str__(self) -> str:
        return f"row {self.number}, {self.kind}"
