"""Entry point of tools.loadtest.people: process due imports and return the result."""

from __future__ import annotations

from stewardship import tasks
from stewardship.people.imports.models import ImportRun


def import_due(*, begun: bool) -> ImportRun:
    """Process what is due; return the newest run, or the one a Steward started last."""
    tasks.import_people_due()
    runs = ImportRun.objects.exclude(began_at=None) if begun else ImportRun.objects.all()
    return runs.latest("began_at" if begun else "sent_at")
