"""What a worker does with imports that are due, and what came of it, for `bench_people`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stewardship import tasks
from stewardship.people.importing.model import ImportRun


@dataclass(frozen=True, slots=True)
class WorkedRun:
    """The state of a run after the worker, with its counts."""

    state: str
    tally: Mapping[str, int]
    skipped: int


def import_due(*, begun: bool) -> WorkedRun:
    """Do what is due; return the newest run, or the one that a Steward began last."""
    tasks.import_people_due()
    runs = ImportRun.objects.exclude(began_at=None) if begun else ImportRun.objects.all()
    run = runs.latest("began_at" if begun else "sent_at")
    return WorkedRun(run.state, run.tally, run.skipped)
