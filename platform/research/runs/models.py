"""The table of Runs: a training started by a Researcher, its progress, and its result.

A Run with a `paper` trains no model for use: it computes the tables of that paper.
`due_at` set = pending. Its figures are of groups of held-out people and identify no person.
"""

from __future__ import annotations

import uuid
from typing import Final

from django.db import models

from data_inventory import (
    CLOCK,
    CODE,
    DIGEST,
    LINK,
    NUMBER,
    PUBLIC,
    closed,
    has_length,
    holds,
    matches,
)
from emotion.benchmarks.papers.benchmark import EXTENTS, PAPERS
from research.snapshots.models import Snapshot

# A new recipe of `emotion.models` needs no migration; `run_requests` starts only what there is.
RECIPE_PATTERN: Final = r"^[a-z][a-z_]{0,11}$"
STATES: Final = ("waiting", "running", "done", "failed", "cancelled")
PENDING: Final = ("waiting", "running")
TABLES: Final = "papers"
FOLDER_PATTERN: Final = r"^[A-Za-z0-9._-]{0,40}$"
ARTEFACT: Final = r"^([a-z][a-z0-9_-]*-[0-9a-f]{12})?$"


@holds(
    subject=None,
    category="run",
    scope=None,
    columns={
        "id": CODE,
        "recipe": CODE,
        "paper": NUMBER,
        "extent": CODE,
        "data_folder": CODE,
        "snapshot": LINK,
        "simulated": NUMBER,
        "state": CODE,
        "asked_by": DIGEST,
        "asked_at": CLOCK,
        "began_at": CLOCK,
        "ended_at": CLOCK,
        "due_at": CLOCK,
        "tries": NUMBER,
        "epoch": NUMBER,
        "epochs": NUMBER,
        "figures": PUBLIC,
        "artefact": CODE,
    },
    retain=None,
)
class Run(models.Model):
    """One recipe, or one paper's tables, on one snapshot or on `simulated` people alone.

    Tables can also be of a `data_folder`, one of the operator's data sets.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    recipe = models.CharField(max_length=12)
    paper = models.PositiveSmallIntegerField(null=True)
    extent = models.CharField(max_length=5, default="")
    data_folder = models.CharField(max_length=40, default="")
    simulated = models.BooleanField(default=False)
    snapshot = models.ForeignKey(
        Snapshot, on_delete=models.SET_NULL, null=True, related_name="runs"
    )
    state = models.CharField(max_length=10, default="waiting")
    asked_by = models.BinaryField()
    asked_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    epoch = models.PositiveIntegerField(default=0)
    epochs = models.PositiveIntegerField(default=0)
    figures = models.JSONField(null=True)
    artefact = models.CharField(max_length=60, default="")

    class Meta:
        constraints = [
            matches("recipe", RECIPE_PATTERN, name="research_run_recipe"),
            matches("data_folder", FOLDER_PATTERN, name="research_run_data_folder"),
            closed("state", STATES, name="research_run_state"),
            matches(
                "artefact", r"^([a-z][a-z0-9_-]*-[0-9a-f]{12})?$", name="research_run_artefact"
            ),
            has_length("asked_by", 32, name="research_run_asked_by"),
            models.CheckConstraint(
                condition=models.Q(paper=None, extent="", data_folder="") & ~models.Q(recipe=TABLES)
                | models.Q(paper__in=PAPERS, extent__in=EXTENTS, recipe=TABLES),
                name="research_run_paper",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=PENDING, due_at__isnull=False, artefact="")
                | models.Q(state="done", due_at=None, figures__isnull=False, paper=None)
                & ~models.Q(artefact="")
                | models.Q(state="done", due_at=None, figures__isnull=False, artefact="")
                & ~models.Q(paper=None)
                | models.Q(state__in=("failed", "cancelled"), due_at=None, artefact=""),
                name="research_run_owed_or_over",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(due_at__isnull=False),
                name="research_run_due",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recipe}, {self.state}"

    @property
    def name(self) -> str:
        """Return its name on pages: the first hex digits of its id."""
        return self.id.hex[:6]

    @property
    def is_pending(self) -> bool:
        return self.state in PENDING
