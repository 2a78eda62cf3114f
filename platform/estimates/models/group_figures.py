"""Published figures: cells that hold figures of a group and of no single person.

The members of a cell are stored only so that a withdrawal can find it. A cell that loses a member
is withdrawn and never counted again, together with all cells of real people in its course
(docs/adr/0031).
"""

from __future__ import annotations

import uuid
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction

from accounts.models import User
from consent.scopes import streams_of
from consent.sealed_rows import ScopedRow, limit_scopes
from courses.models import Course, Skill, Unit
from data_inventory import CLOCK, CODE, LINK, NUMBER, closed, holds
from estimates.models.estimate import AFFECT_LABELS, BEHAVIOUR_STATES

# Who reads the figures. Each audience has its own publications, counted under its own Grants
# (`<stream>:teach` or `<stream>:research`), so that no page of one shows people of the other.
TEACH, RESEARCH = "teach", "research"
AUDIENCES = (TEACH, RESEARCH)
STATES = ("published", "withdrawn")
# What the figures of a cell are made from. Affect and behaviour have a table of Estimates each;
# results are Estimates of affect with the answers of a week.
KINDS = ("affect", "behaviour", "results")


@holds(
    subject=None,
    category="class picture",
    scope=None,
    columns={
        "id": NUMBER,
        "course": LINK,
        "audience": CODE,
        "quarter": CLOCK,
        "since": CLOCK,
        "counted_at": CLOCK,
        "at": CLOCK,
    },
    retain="30d",
    clock="quarter",
)
class Publication(models.Model):
    """The figures of one course in one quarter of an hour, or of the time since `since`.

    `since` NULL = the quarter alone; else `quarter` is the last one of that time. It is "so far"
    while `at` is NULL; once `at` is set it never changes. `counted_at` is the time of the last
    recount.
    """

    course = models.ForeignKey(Course, on_delete=models.CASCADE, related_name="publications")
    audience = models.CharField(max_length=8, default=TEACH, db_default=TEACH)
    quarter = models.DateTimeField()
    since = models.DateTimeField(null=True)
    counted_at = models.DateTimeField(null=True)
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            closed("audience", AUDIENCES, name="estimates_publication_audience"),
            models.UniqueConstraint(
                fields=["course", "audience", "quarter", "since"],
                nulls_distinct=False,
                name="estimates_publication_once",
            ),
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
        "kind": CODE,
        "at": CLOCK,
        "last_dispute": NUMBER,
        "floor": NUMBER,
        "state": CODE,
        "n": NUMBER,
        "labels": CODE,
        "shares": NUMBER,
        "right": NUMBER,
        "right_all": NUMBER,
        "unsure": NUMBER,
        "stuck": NUMBER,
        "got_it": NUMBER,
        "simulated": NUMBER,
    },
    retain="30d",
    clock="publication__quarter",
)
class Cell(models.Model):
    """Figures of one section (a video chapter or a skill) in one quarter.

    `n` NULL = too few people (docs/adr/0041), and nothing else is stored; no labels = not sure.
    Shares are percentages, rounded and with noise. `n`, `stuck` and `got_it` are lower ends of
    bands; the last two are NULL if too few, or not of this `kind`. `right` is the part of each
    share with a correct answer, `right_all` that of all states. A dispute of this kind with an id
    above `last_dispute` was made after `at`.
    """

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="cells")
    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, null=True, related_name="+")
    chapter = models.PositiveSmallIntegerField(null=True)
    skill = models.ForeignKey(Skill, on_delete=models.CASCADE, null=True, related_name="+")
    kind = models.CharField(max_length=9, default="affect", db_default="affect")
    at = models.DateTimeField()
    last_dispute = models.BigIntegerField(default=0, db_default=0)
    floor = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=9, default="published")
    n = models.PositiveSmallIntegerField(null=True)
    labels = ArrayField(models.CharField(max_length=11), default=list)
    shares = ArrayField(models.PositiveSmallIntegerField(), default=list)
    right = ArrayField(models.PositiveSmallIntegerField(), default=list)
    right_all = models.PositiveSmallIntegerField(null=True)
    unsure = models.PositiveSmallIntegerField(null=True)
    stuck = models.PositiveSmallIntegerField(null=True)
    got_it = models.PositiveSmallIntegerField(null=True)
    simulated = models.BooleanField(default=False)

    class Meta:
        constraints = [
            closed("kind", KINDS, name="estimates_cell_kind"),
            closed("state", STATES, name="estimates_cell_state"),
            models.CheckConstraint(
                condition=models.Q(labels__contained_by=[*AFFECT_LABELS, *BEHAVIOUR_STATES]),
                name="estimates_cell_labels",
            ),
            models.CheckConstraint(
                condition=models.Q(unit__isnull=False, chapter__isnull=False, skill=None)
                | models.Q(unit=None, chapter=None, skill__isnull=False),
                name="estimates_cell_part",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="results", right__len=models.F("labels__len"))
                | models.Q(right=[], right_all=None),
                name="estimates_cell_results",
            ),
            models.CheckConstraint(
                condition=models.Q(n__isnull=False)
                | models.Q(labels=[], shares=[], right=[], right_all=None, unsure=None),
                name="estimates_cell_too_few_holds_nothing",
            ),
            models.CheckConstraint(
                condition=models.Q(state="published") | models.Q(n=None, stuck=None, got_it=None),
                name="estimates_cell_withdrawn_holds_nothing",
            ),
            models.UniqueConstraint(
                fields=["publication", "kind", "unit", "chapter", "skill"],
                nulls_distinct=False,
                name="estimates_cell_once",
            ),
        ]


def forget_member(subject: uuid.UUID, scopes: Collection[str] | None) -> int:
    """Withdraw the cells this person is in, or only those made from the streams of `scopes`.

    Requests for help (`course`) are removed with the account.
    """
    members = Member.objects.filter(learner__code=subject)
    if scopes is not None and "course" not in scopes:
        members = members.filter(scopes__overlap=_counted_scopes(scopes))
    return withdraw_courses(members)


def _counted_scopes(scopes: Collection[str]) -> list[str]:
    """Return the scopes that members count under and that end with these."""
    adapt = streams_of(name for name in scopes if name.endswith(":adapt"))
    return [*scopes, *(f"{stream}:{audience}" for stream in adapt for audience in AUDIENCES)]


def withdraw_courses(members: models.QuerySet[Member]) -> int:
    """Empty these members' cells and all of real people in the same courses, for the same audience.

    Emptying all of them means that the pattern of empty cells shows nothing about one person.
    Return the number of members.
    """
    return _withdraw_cells(members, "course", "audience")


def withdraw_quarters(members: models.QuerySet[Member]) -> int:
    """Do the same within the quarters of these cells, if one quarter's data was withdrawn."""
    return _withdraw_cells(members, "pk")


@transaction.atomic
def _withdraw_cells(members: models.QuerySet[Member], *whole: str) -> int:
    """Empty these members' cells and other real cells of Publications alike in `whole`."""
    cell_ids = list(members.values_list("cell_id", flat=True))
    lost_cells = Cell.objects.filter(pk__in=cell_ids)
    lost_beside = {f"publication__{name}": models.OuterRef(name) for name in whole}
    publications = Publication.objects.filter(models.Exists(lost_cells.filter(**lost_beside)))
    # Lock in one order, so that two withdrawals and a snapshot do not deadlock.
    list(publications.select_for_update().order_by("pk"))
    # Read only after the lock: a snapshot that held it may have filled one of the cells.
    real = lost_cells.filter(
        simulated=False,
        **{f"publication__{name}": models.OuterRef(f"publication__{name}") for name in whole},
    )
    neighbours = Cell.objects.filter(models.Exists(real), simulated=False)
    cells = Cell.objects.filter(
        models.Q(pk__in=cell_ids) | models.Q(pk__in=neighbours.filter(HAS_FIGURES))
    )
    pks = list(cells.values_list("pk", flat=True))
    Cell.objects.filter(pk__in=pks).update(**WITHDRAWN_VALUES)
    Member.objects.filter(cell__in=pks).delete()
    return len(cell_ids)


HAS_FIGURES = (
    models.Q(n__isnull=False) | models.Q(stuck__isnull=False) | models.Q(got_it__isnull=False)
)
WITHDRAWN_VALUES: dict[str, Any] = {
    "state": "withdrawn",
    "n": None,
    "labels": [],
    "shares": [],
    "right": [],
    "right_all": None,
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
class Member(ScopedRow):
    """One person counted in one cell, and the Grants under which: none if they only asked for help.

    Read to withdraw the cell, and to check what it was made from against the legal profile in
    force.
    """

    cell = models.ForeignKey(Cell, on_delete=models.CASCADE, related_name="members")
    learner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            *ScopedRow.Meta.constraints,
            models.UniqueConstraint(fields=["cell", "learner"], name="estimates_member_once"),
            limit_scopes(*AUDIENCES, reports=True),
        ]
