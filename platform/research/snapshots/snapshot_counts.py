"""Counts of people, Windows and labels in a Snapshot, and the digest that identifies its rows.

With fewer than five real people no count is shown, not even next to simulated ones.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Final
from uuid import UUID

from consent.permits import gate
from research.models import Snapshot, SnapshotRow
from research.snapshots.models import COUNTED, SOURCES
from vault.sealed_values import canonical

FLOOR: Final = 5


@dataclass(frozen=True, slots=True)
class SnapshotCounts:
    """`people` are the real ones; `report`, `dispute`, `expert` are Windows with such a label."""

    people: int
    simulated: int
    windows: int
    report: int
    dispute: int
    expert: int

    @property
    def few(self) -> bool:
        """Return whether too few real people are in it to show any count."""
        return 0 < self.people < FLOOR

    @property
    def labelled(self) -> int:
        return self.report + self.dispute + self.expert

    @property
    def unlabelled(self) -> int:
        """Return the number of Windows without a label, used for pre-training alone."""
        return self.windows - self.labelled


def counts_when_frozen(snapshot: Snapshot) -> SnapshotCounts:
    return SnapshotCounts(**{name: getattr(snapshot, name) for name in COUNTED})


def count_readable(snapshot: Snapshot, *, now: datetime) -> SnapshotCounts:
    """Count the rows that may be read now; others are deleted, or their consent is paused."""
    found = SnapshotRow.objects.filter(snapshot=snapshot)
    rows = list(
        found.values_list(
            "learner__code", "learner__simulated", "sitting", "cut", "scopes", "epochs", "source"
        )
    )
    scopes = sorted({name for *_, names, _, _ in rows for name in names})
    answers = gate.permits_of_people({code for code, *_ in rows}, scopes, now=now)
    people: dict[bool, set[UUID]] = defaultdict(set)
    windows: dict[tuple[UUID, int], str] = {}
    for code, simulated, sitting, cut, names, epochs, source in rows:
        if gate.covers(answers[code].granted, names, epochs):
            people[simulated].add(code)
            windows[sitting, cut] = windows.get((sitting, cut)) or source
    said = list(windows.values())
    by_source = {source: said.count(source) for source in SOURCES}
    return SnapshotCounts(len(people[False]), len(people[True]), len(windows), **by_source)


def digest_rows(snapshot: Snapshot) -> str:
    """Return a digest of exactly these rows: ids, epochs, and their keyed digests."""
    rows = SnapshotRow.objects.filter(snapshot=snapshot).order_by("id")
    parts = [
        [str(id), scopes, epochs, bytes(row_digest).hex()]
        for id, scopes, epochs, row_digest in rows.values_list("id", "scopes", "epochs", "digest")
    ]
    return sha256(canonical(parts)).hexdigest()
