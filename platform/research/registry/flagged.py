"""Predictors that learned from somebody who has taken it back since, and what becomes of them.

Such a one is told on its page, with a training on what is left of its snapshot; once another one
is in use in its place, its weights are destroyed.
"""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from django.db.models import F, Q

from estimates import challengers, predictors
from estimates.models import Predictor
from research.runs.model import Run


def runs_of(names: Collection[str]) -> dict[str, Run]:
    """By artefact, the Run whose snapshot has shrunk since it was read."""
    shrunk = Q(snapshot__shrunk_at__gt=F("began_at")) | Q(simulated=False, snapshot=None)
    rows = Run.objects.filter(shrunk, state="done", artefact__in=names)
    return {run.artefact: run for run in rows.select_related("snapshot").order_by("asked_at")}


def destroy_replaced(kind: str, *, by: UUID) -> list[str]:
    """Delete the weights of flagged ones that nothing uses any more; their names."""
    rows = Predictor.objects.filter(kind=kind, active=False, challenger=False)
    idle = {str(row): row for row in rows if predictors.is_learned_here(row)}
    gone = sorted(runs_of(idle))
    for name in gone:
        challengers.destroy(idle[name], by=by)
    return gone
