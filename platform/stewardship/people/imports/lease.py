"""Holding a run while a worker works on it: a Steward or another worker can take it away."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from stewardship.people.imports.models import ImportRun

LEASE: Final = timedelta(minutes=5)


class NotOurs(Exception):
    """A Steward stopped or discarded the run, or another worker has taken it up."""


class NoSteward(Exception):
    """Who started the run is no Steward any more."""


def keep(run: ImportRun, now: datetime, **found: Any) -> None:
    """Store how far a run is and hold it longer. Raises NotOurs.

    The row stays locked until the transaction ends: who stops the run waits for it.
    """
    held = ImportRun.objects.filter(pk=run.pk, state=run.state, tries=run.tries)
    values = {"due_at": now + LEASE, **found}
    if not held.update(**values):
        raise NotOurs
    for name, value in values.items():
        setattr(run, name, value)
