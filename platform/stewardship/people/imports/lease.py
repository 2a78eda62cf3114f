"""The lease of a worker on a run, which a Steward or another worker can end."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from stewardship.people.imports.models import ImportRun

LEASE: Final = timedelta(minutes=5)


class RunTaken(Exception):
    """A Steward stopped or discarded the run, or another worker has taken it over."""


class NoSteward(Exception):
    """The person who started the run is no longer a Steward."""


def store_progress(run: ImportRun, now: datetime, **found: Any) -> None:
    """Store the progress of a run and extend the lease. Raises RunTaken.

    The row stays locked until the transaction ends, so stopping the run waits for it.
    """
    rows = ImportRun.objects.filter(pk=run.pk, state=run.state, tries=run.tries)
    values = {"due_at": now + LEASE, **found}
    if not rows.update(**values):
        raise RunTaken
    for name, value in values.items():
        setattr(run, name, value)
