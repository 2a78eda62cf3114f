"""The published class picture: cells that hold values of a group and no person.

Who was in a cell stands beside it only so that a withdrawal can find it. A cell that loses one of
its people is withdrawn, never counted anew, and all cells of real people in its course with it
(docs/adr/0031).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from accounts.models import User
from consent.scopes import REPORTS_TEACH, STREAMS
from courses.models import Course, Skill, Unit
from data_inventory import CLOCK, CODE, LINK, NUMBER, closed, holds
from estimates.models import AFFECT_LABELS

STATES = ("published", "withdrawn")
TEACH_SCOPES = (*(f"{stream}:teach" for stream in STREAMS), REPORTS_TEACH)


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
        "at": CLOCK,
        "last_dispute": NUMBER,
        "floor": NUMBER,
        "state": CODE,
        "n": NUMBER,
        "labels": CODE,
        "shares": NUMBER,
        "unsure": NUMBER,
        "stuck": NUMBER,
        "got_it": NUMBER,
        "simulated": NUMBER,
    },
    retain="30d",
    clock="publication__quarter",
)
class Cell(models.Model):
    """A part of a video, or a skill, in one quarter.

    `n` NULL = too few people (docs/adr/0041), nothing is kept; no labels = not sure. Shares in
    percent, rounded and with noise; `n`, `stuck` and `got_it` are the least of a band, the last two
    NULL = too few. A Dispute with a higher id than `last_dispute` came after `at`.
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="cells")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="+")
    chapter = models.PositiveSmallIntegerField(null=True)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, null=True, related_name="+")
    at = models.DateTimeField()
    last_dispute = models.BigIntegerField(default=0, db_default=0)
    floor = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, default="published")
    n = models.PositiveSmallIntegerField(null=True)
    labels = ArrayField(models.CharField(max_length=11), default=list)
    shares = ArrayField(models.PositiveSmallIntegerField(), default=list)
    unsure = models.PositiveSmallIntegerField(null=True)
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
                condition=models.Q(n__isnull=False) | models.Q(labels=[], shares=[], unsure=None),
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
    """Withdraw what this person is in, or only what was made from the sources of `scopes`; what
    they asked for (`course`) goes with the account."""
    members = Member.objects.filter(learner__code=subject)
    if scopes is not None and "course" not in scopes:
        teach = [f"{scope.partition(':')[0]}:teach" for scope in scopes]
        members = members.filter(scopes__overlap=teach)
    return withdraw_courses(members)


def withdraw_courses(members: models.QuerySet[Member]) -> int:
    """Empty, for good, the cells of these members and every cell of real people in the courses of
    those cells: the pattern then shows nothing of a person. Return the number of members.
    """
    return _withdraw(members, "course")


def withdraw_quarters(members: models.QuerySet[Member]) -> int:
    """Do the same within the quarters of these cells, where one quarter's data was withdrawn."""
    return _withdraw(members, "pk")


@transaction.atomic
def _withdraw(members: models.QuerySet[Member], whole: str) -> int:
    """Empty these members' cells and those beside them: of Publications with the same `whole`."""
    gone = list(members.values_list("cell_id", flat=True))
    left = Cell.objects.filter(pk__in=gone)
    made = Publication.objects.filter(**{f"{whole}__in": left.values(f"publication__{whole}")})
    # One after another and in one order, so that two withdrawals and a snapshot do not deadlock.
    list(made.select_for_update().order_by("pk"))
    # Only now: a snapshot that was waited for may have filled one of them.
    real = left.filter(simulated=False).values(f"publication__{whole}")
    beside = Cell.objects.filter(simulated=False, **{f"publication__{whole}__in": real})
    cells = Cell.objects.filter(models.Q(pk__in=gone) | models.Q(pk__in=beside.filter(FILLED)))
    pks = list(cells.values_list("pk", flat=True))
    Cell.objects.filter(pk__in=pks).update(**EMPTY)
    Member.objects.filter(cell__in=pks).delete()
    return len(gone)


FILLED = models.Q(n__isnull=False) | models.Q(stuck__isnull=False) | models.Q(got_it__isnull=False)
EMPTY: dict[str, Any] = {
    "state": "withdrawn",
    "n": None,
    "labels": [],
    "shares": [],
    "unsure": None,
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
    """This person is in that cell: sensed or with a report under these Grants, or without any,
    because they asked for help. Read to withdraw the cell, and to ask the profile in force for what
    it was made from."""

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
