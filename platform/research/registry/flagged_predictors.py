"""Predictors that learned from somebody who has taken it back since, and what becomes of them.

Such a one is told on its page, with a training on what is left of its snapshot. Its weights are
destroyed when that is done, or, where it is in use, once another one is in its place (I-16).
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q

from estimates.models import Predictor
from estimates.registry import challengers, predictors
from research.runs.models import Run
from research.snapshots.models import Snapshot


def runs_of(names: Collection[str]) -> dict[str, Run]:
    """By artefact, the Run whose snapshot has shrunk since it was read."""
    shrunk = Q(snapshot__shrunk_at__gt=F("began_at")) | Q(simulated=False, snapshot=None)
    rows = Run.objects.filter(shrunk, state="done", artefact__in=names)
    return {run.artefact: run for run in rows.select_related("snapshot").order_by("asked_at")}


def learned_from(snapshot: Snapshot) -> list[Predictor]:
    """What came of trainings on it."""
    names = Run.objects.filter(snapshot=snapshot, state="done").values_list("artefact", flat=True)
    return [row for name in set(names) if (row := predictors.by_name(name)) is not None]


def destroy_replaced(kind: str, *, by: UUID | None) -> None:
    """Delete the weights of flagged ones that nothing uses any more."""
    for row in _idle(kind).values():
        destroy_left(row, by=by)


def destroy_left(row: Predictor, *, by: UUID | None) -> None:
    """Delete the weights of one that nothing uses any more, where it is flagged."""
    if runs_of([str(row)]):
        challengers.destroy(row, by=by)


def destroy_retrained(run: Run, kind: str) -> None:
    """Delete those of flagged ones of the same recipe and snapshot that nothing uses: `run` has
    learned again without whoever took it back."""
    idle = _idle(kind)
    for name, old in sorted(runs_of(idle).items()):
        if (old.recipe, old.snapshot) == (run.recipe, run.snapshot):
            challengers.destroy(idle[name], by=None)


def _idle(kind: str) -> dict[str, Predictor]:
    """By name, what was trained here, is still there, and neither guesses nor challenges."""
    rows = Predictor.objects.filter(kind=kind, active=False, challenger=False)
    return {str(row): row for row in rows if predictors.is_learned_here(row)}
