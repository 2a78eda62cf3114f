"""What a worker does with imports that are due, and what came of it, for tools.loadtest.people."""

from __future__ import annotations

from stewardship import tasks
from stewardship.people.imports.models import ImportRun


def import_due(*, begun: bool) -> ImportRun:
    """Do what is due; return the newest run, or the one that a Steward began last."""
    tasks.import_people_due()
    runs = ImportRun.objects.exclude(began_at=None) if begun else ImportRun.objects.all()
    return runs.latest("began_at" if begun else "sent_at")
