"""How many people, Windows and labels stand in a Snapshot, and the digest that names its rows.

Where fewer than five real people are in it no count is told, not even beside simulated ones.
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
class Counts:
    """`people` are the real ones; `report`, `dispute`, `expert`: Windows with such a label."""

    people: int
    simulated: int
    windows: int
    report: int
    dispute: int
    expert: int

    @property
    def few(self) -> bool:
        """Whether too few real people are in it for anything to be told."""
        return 0 < self.people < FLOOR

    @property
    def labelled(self) -> int:
        return self.report + self.dispute + self.expert

    @property
    def unlabelled(self) -> int:
        """Of which nobody said anything: pre-training alone may learn from them."""
        return self.windows - self.labelled


def as_frozen(snapshot: Snapshot) -> Counts:
    return Counts(**{name: getattr(snapshot, name) for name in COUNTED})


def standing(snapshot: Snapshot, *, now: datetime) -> Counts:
    """Of the rows that may be read now; the others are gone, or their people's yes rests."""
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
    return Counts(len(people[False]), len(people[True]), len(windows), **by_source)


def digest(snapshot: Snapshot) -> str:
    """Names exactly these rows as they were taken: ids, epochs, and digests under the study's
    key."""
    rows = SnapshotRow.objects.filter(snapshot=snapshot).order_by("id")
    told = [
        [str(id), scopes, epochs, bytes(kept).hex()]
        for id, scopes, epochs, kept in rows.values_list("id", "scopes", "epochs", "digest")
    ]
    return sha256(canonical(told)).hexdigest()
