"""The published class picture: cells that hold values of a group and no person.

Who was in a cell stands beside it only so that a withdrawal can find it. A cell that loses one of
its people is withdrawn, never counted anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User
from consent.scopes import STREAMS
from courses.models import Course, Skill, Unit
from estimates.models import AFFECT_LABELS
from holdings import CLOCK, CODE, LINK, NUMBER, closed, holds

STATES = ("published", "withdrawn")
TEACH_SCOPES = tuple(f"{stream}:teach" for stream in STREAMS)


@holds(
    subject=None,
    category="class picture",
    scope=None,
    columns={
        "id": NUMBER,
        "course": LINK,
        "quarter": CLOCK,
        "counted_at": CLOCK,
        "at": CLOCK,
    },
    retain="30d",
    clock="quarter",
)
class Publication(models.Model):
    """The class picture of one course in one quarter of an hour: "so far" while `at` is NULL, and
    from then on never anything else. `counted_at` is when it was last looked for something new."""

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="publications")
    quarter = models.DateTimeField()
    counted_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "quarter"], name="teaching_publication_once"),
        ]


@holds(
    subject=None,
    category="class picture",
    scope=None,
    columns={
        "id": NUMBER,
        "publication": LINK,
        "unit": LINK,
        "chapter": NUMBER,
        "skill": LINK,
        "snapshot": NUMBER,
        "at": CLOCK,
        "last_dispute": NUMBER,
        "floor": NUMBER,
        "state": CODE,
        "short": NUMBER,
        "n": NUMBER,
        "labels": CODE,
        "shares": NUMBER,
        "abstain": NUMBER,
        "stuck": NUMBER,
        "got_it": NUMBER,
        "simulated": NUMBER,
    },
    retain="30d",
    clock="publication__quarter",
)
class Cell(models.Model):
    """A part of a video, or a skill, in one quarter, as its last snapshot shows it.

    `n` NULL = fewer than `floor` people, nothing is kept; no labels = not sure. Shares in percent,
    rounded and with a little noise; `n`, `stuck` and `got_it` are the least of a band, the last two
    NULL = under the floor. A Dispute with a higher id than `last_dispute` came after `at`. `short`:
    withdrawn, and fewer than `floor` people were left.
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="cells")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="+")
    chapter = models.PositiveSmallIntegerField(null=True)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, null=True, related_name="+")
    snapshot = models.PositiveSmallIntegerField(default=1, db_default=1)
    at = models.DateTimeField()
    last_dispute = models.BigIntegerField(default=0, db_default=0)
    floor = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, default="published")
    short = models.BooleanField(default=False, db_default=False)
    n = models.PositiveSmallIntegerField(null=True)
    labels = ArrayField(models.CharField(max_length=11), default=list)
    shares = ArrayField(models.PositiveSmallIntegerField(), default=list)
    abstain = models.PositiveSmallIntegerField(null=True)
    stuck = models.PositiveSmallIntegerField(null=True)
    got_it = models.PositiveSmallIntegerField(null=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            closed("state", STATES, name="teaching_cell_state"),
            models.CheckConstraint(
                condition=models.Q(labels__contained_by=list(AFFECT_LABELS)),
                name="teaching_cell_labels",
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False, chapter__isnull=False, skill=None)
                | models.Q(unit=None, chapter=None, skill__isnull=False),
                name="teaching_cell_part",
            ),
            models.CheckConstraint(
                condition=models.Q(n__isnull=False) | models.Q(labels=[], shares=[], abstain=None),
                name="teaching_cell_too_few_holds_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(state="published") | models.Q(n=None, stuck=None, got_it=None),
                name="teaching_cell_withdrawn_holds_nothing",
            ),
            models.UniqueConstraint(
                fields=["publication", "unit", "chapter", "skill"],
                nulls_distinct=False,
                name="teaching_cell_once",
            ),
        ]


def forget_member(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Withdraw each cell this person is in, or only those made from the streams of `scopes`; what
    they said (`course`) goes with the account."""
    members = Member.objects.filter(learner__code=subject)
    if scopes is not None and "course" not in scopes:
        teach = [f"{scope.partition(':')[0]}:teach" for scope in scopes]
        members = members.filter(scopes__overlap=teach)
    return withdraw_cells(members)


def withdraw_cells(members: models.QuerySet[Member]) -> int:
    """Empty the cells of these members for good; say how many members there were."""
    gone = set(members.values_list("pk", flat=True))
    cells = set(members.values_list("cell_id", flat=True))
    left = models.Count("members", filter=SENSED & ~models.Q(members__pk__in=gone))
    counted = Cell.objects.filter(pk__in=cells).annotate(left=left)
    short = [cell.pk for cell in counted if cell.left < cell.floor]
    for few, which in ((True, short), (False, cells.difference(short))):
        Cell.objects.filter(pk__in=which).update(**EMPTY, short=few)
    Member.objects.filter(cell__in=cells).delete()
    return len(gone)


SENSED = models.Q(members__scopes__len__gt=0)
EMPTY: dict[str, Any] = {
    "state": "withdrawn",
    "n": None,
    "labels": [],
    "shares": [],
    "abstain": None,
    "stuck": None,
    "got_it": None,
}


@holds(
    subject="learner",
    category="class picture",
    scope="teach",
    columns={"id": NUMBER, "cell": LINK, "learner": LINK, "scopes": CODE, "epochs": NUMBER},
    erase=forget_member,
    retain="30d",
    clock="cell__publication__quarter",
    export=False,
)
class Member(models.Model):
    """This person is in that cell: sensed under these Grants, or without any, by what they said.
    Read to withdraw the cell, and to see that its next snapshot tells nobody apart."""

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="members")
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    scopes = ArrayField(models.CharField(max_length=24))
    epochs = ArrayField(models.BigIntegerField())

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cell", "learner"], name="teaching_member_once"),
            models.CheckConstraint(
                condition=models.Q(scopes__contained_by=list(TEACH_SCOPES)),
                name="teaching_member_scopes",
            ),
            models.CheckConstraint(
                condition=models.Q(scopes__len=models.F("epochs__len")),
                name="teaching_member_pairs",
            ),
        ]
