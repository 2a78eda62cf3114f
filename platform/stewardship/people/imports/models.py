"""Runs of the people import and their rows, sealed under a key that ends with the run's data."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import models
from django.utils import timezone

from accounts.models import AGE_BANDS, User
from accounts.sign_in.models import HEX_64
from data_inventory import CLOCK, CODE, DIGEST, LINK, NUMBER, PUBLIC, SEALED, closed, holds, matches

# States in which a worker has something to do.
PENDING_STATES: Final = ("reading", "importing", "undoing", "ending")
STATES: Final = (*PENDING_STATES, "ready", "failed", "done", "undone", "ended")
# The result of comparing a row; "left": it requests what is not imported.
KINDS: Final = ("error", "new", "updated", "same", "left")
IMPORTED_KINDS: Final = ("new", "updated")
ORDERS: Final = ("", "dmy", "mdy")
# The cause of an early end of an import ("gone": its Steward was erased), or of its undo.
STOPPED: Final = ("", "steward", "failed", "gone", "undo")
DEFAULT_ROLES: Final = ("learner", "teacher", "")
# Order of import: guardians named only by email, then guardians in the file, then others.
NAMED_GUARDIAN, GUARDIAN, OTHER = range(3)
# Why a row was not imported, or not undone; "steward": a Steward left it out.
REASONS: Final = ("", "changed", "gone", "guardian", "used", "edited", "teacher", "steward")
# Only one run may be in one of these states.
EXCLUSIVE_STATES: Final = ("importing", "undoing")
UNDO_FOR: Final = timedelta(days=7)


def end_early(state: str, now: datetime, stopped: str = "failed") -> dict[str, Any]:
    """Return the values of an import or undo that ends before its last row.

    An import can be undone from then on. The time limit for an undo does not start again.
    """
    ended = {"state": "done", "due_at": None, "tries": 0, "tries_before": 0}
    if state == "undoing":
        return {**ended, "stopped": "undo"}
    return {**ended, "stopped": stopped, "finished_at": now, "ends_at": now + UNDO_FOR}


def forget_steward(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Unlink the runs from this Steward; other Stewards can continue with them.

    Running imports and undos, which need a Steward, end and can be undone as usual.
    """
    if scopes is not None:
        return 0
    runs, now = ImportRun.objects.filter(steward=subject), timezone.now()
    for state in EXCLUSIVE_STATES:
        runs.filter(state=state).update(**end_early(state, now, "gone"))
    return runs.update(steward=None)


def forget_rows(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Delete rows about a person, and rows that name them as the guardian.

    Rows without an account are found by digests, so no preview restores an erased person.
    """
    if scopes is not None:
        return 0
    found = models.Q(person__code=subject) | models.Q(guardian__code=subject)
    for person in User.objects.filter(code=subject):
        found |= models.Q(login_digest=person.login_digest)
        if person.number_digest:
            found |= models.Q(number_digest=person.number_digest)
        if person.email_digest:
            found |= models.Q(email_digest=person.email_digest)
            found |= models.Q(guardian_digest=person.email_digest)
    return ImportRow.objects.filter(found).delete()[0]


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
        "invites": NUMBER,
        "sent_at": CLOCK,
        "began_at": CLOCK,
        "finished_at": CLOCK,
        "ends_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "tries_before": NUMBER,
        "state": CODE,
        "stopped": CODE,
        "done": NUMBER,
        "total": NUMBER,
        "added": NUMBER,
        "updated": NUMBER,
        "skipped": NUMBER,
        "removed": NUMBER,
        "tally": PUBLIC,
    },
    erase=forget_steward,
    retain="30d",
    clock="ends_at",
)
class ImportRun(models.Model):
    """One file of people. `due_at` is set while a worker has something to do.

    The file (until it is read), its name and all rows are sealed under the run's own key. At
    `ends_at` the worker destroys that key and deletes the rows; the counts remain for a while.
    `band` and `role` are defaults for rows without them. `asks_order`: the dates fit both orders,
    so a Steward selects one. `invites`: new people get a link by email. `steward` uploaded, started
    or undid it last. `tries` counts the workers that took it, `tries_before` those before the last
    finished rows.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    steward = models.UUIDField(null=True)
    head_sealed = models.BinaryField(null=True)
    file_sealed = models.BinaryField(null=True)
    band = models.CharField(max_length=8)
    role = models.CharField(max_length=12, blank=True)
    date_order = models.CharField(max_length=3, blank=True, default="")
    asks_order = models.BooleanField(default=False)
    invites = models.BooleanField(default=False)
    sent_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    tries_before = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=9, default="reading")
    stopped = models.CharField(max_length=7, blank=True, default="")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    tally = models.JSONField(default=dict)

    class Meta:
        constraints = [
            closed("state", STATES, name="stewardship_importrun_state"),
            closed("band", AGE_BANDS, name="stewardship_importrun_band"),
            closed("role", DEFAULT_ROLES, name="stewardship_importrun_role"),
            closed("date_order", ORDERS, name="stewardship_importrun_order"),
            closed("stopped", STOPPED, name="stewardship_importrun_stopped"),
            models.CheckConstraint(
                condition=models.Q(state__in=PENDING_STATES, due_at__isnull=False)
                | (~models.Q(state__in=PENDING_STATES) & models.Q(due_at=None)),
                name="stewardship_importrun_owed",
            ),
            models.UniqueConstraint(
                models.Value(1),
                condition=models.Q(state__in=EXCLUSIVE_STATES),
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

    @property
    def has_acts(self) -> bool:
        """Return whether a Steward can start, stop, discard or undo something now."""
        return self.state in ("ready", "done", *EXCLUSIVE_STATES)


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
        "noted": NUMBER,
        "person": LINK,
        "guardian": LINK,
        "login_digest": DIGEST,
        "number_digest": DIGEST,
        "email_digest": DIGEST,
        "guardian_digest": DIGEST,
        "sealed": SEALED,
    },
    erase=forget_rows,
    retain="1d",
    # A row can contain data about another person with the same username or number.
    export=False,
    clock="run__ends_at",
)
class ImportRow(models.Model):
    """One row of a file, and later the data to undo its import.

    `id` becomes the code of an added person, so a repeated batch creates the same person. `person`
    is the known person the row is about. `number` counts the rows of the file, including the
    heading. `noted`: the preview has notes on it. `guardian` and the digests let `forget_rows` find
    other people whose data the row contains; they are cleared when it is finished.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="rows")
    number = models.PositiveIntegerField()
    turn = models.PositiveSmallIntegerField(default=OTHER)
    kind = models.CharField(max_length=7)
    state = models.CharField(max_length=7, default="read")
    why = models.CharField(max_length=8, blank=True, default="")
    noted = models.BooleanField(default=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    guardian = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")
    # NULL, not "", if nothing was typed.
    login_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001
    number_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001
    email_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001
    guardian_digest = models.CharField(max_length=64, null=True, db_index=True)  # noqa: DJ001
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
            matches("login_digest", HEX_64, name="stewardship_importrow_login"),
            matches("number_digest", HEX_64, name="stewardship_importrow_number"),
            matches("email_digest", HEX_64, name="stewardship_importrow_email"),
            matches("guardian_digest", HEX_64, name="stewardship_importrow_guardian"),
            models.UniqueConstraint(
                fields=["run", "turn", "number"], name="stewardship_importrow_place"
            ),
        ]
        indexes = [
            models.Index(fields=["run", "kind", "number"], name="stewardship_importrow_tab"),
        ]

    def __str__(self) -> str:
        return f"row {self.number}, {self.kind}"
