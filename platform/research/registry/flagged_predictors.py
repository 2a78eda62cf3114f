"""Predictors trained on data of a person who has withdrawn since.

Such a Predictor is flagged on its page, which offers training on the rest of its snapshot. Its
weights are destroyed after that, or, if it is in use, once another one has replaced it (I-16).
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q

from estimates.models import Predictor
from estimates.registry import challengers, predictors
from research.runs.models import Run
from research.snapshots.models import Snapshot


def find_shrunk_runs(names: Collection[str]) -> dict[str, Run]:
    """Return, by artefact, the Run whose snapshot has shrunk since it was read."""
    shrunk = Q(snapshot__shrunk_at__gt=F("began_at")) | Q(simulated=False, snapshot=None)
    rows = Run.objects.filter(shrunk, state="done", artefact__in=names)
    return {run.artefact: run for run in rows.select_related("snapshot").order_by("asked_at")}


def find_trained_on(snapshot: Snapshot) -> list[Predictor]:
    """Return the Predictors trained on it."""
    names = Run.objects.filter(snapshot=snapshot, state="done").values_list("artefact", flat=True)
    return [row for name in set(names) if (row := predictors.find_by_name(name)) is not None]


def destroy_replaced(kind: str, *, by: UUID | None) -> None:
    """Destroy the weights of flagged Predictors that are no longer in use."""
    for row in _find_idle(kind).values():
        destroy_if_flagged(row, by=by)


def destroy_if_flagged(row: Predictor, *, by: UUID | None) -> None:
    """Destroy the weights of a Predictor no longer in use, if it is flagged."""
    if find_shrunk_runs([str(row)]):
        challengers.destroy(row, by=by)


def destroy_retrained(run: Run, kind: str) -> None:
    """Destroy flagged, unused Predictors of the same recipe and snapshot.

    `run` has trained again without the withdrawn data.
    """
    idle = _find_idle(kind)
    for name, old in sorted(find_shrunk_runs(idle).items()):
        if (old.recipe, old.snapshot) == (run.recipe, run.snapshot):
            challengers.destroy(idle[name], by=None)


def _find_idle(kind: str) -> dict[str, Predictor]:
    """Return, by name, those trained here that exist and are neither active nor challengers."""
    rows = Predictor.objects.filter(kind=kind, active=False, challenger=False)
    return {str(row): row for row in rows if predictors.is_learned_here(row)}
