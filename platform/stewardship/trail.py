"""The latest leaves of the audit: time, verb, public part, and whether each still verifies."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from audit.leaves import is_sound
from audit.models import Leaf

PAGE = 50


@dataclass(frozen=True, slots=True)
class Entry:
    at: datetime
    verb: str
    public: str
    sound: bool


@dataclass(frozen=True, slots=True)
class Trail:
    """One page of leaves, newest first; `older` names the leaf the next page starts after."""

    entries: tuple[Entry, ...]
    total: int
    older: UUID | None

    @property
    def unsound(self) -> int:
        return sum(not entry.sound for entry in self.entries)


def latest(before: Leaf | None = None) -> Trail:
    leaves = Leaf.objects.order_by("-at", "-id")
    found = list((leaves.filter(at__lt=before.at) if before else leaves)[: PAGE + 1])
    shown = found[:PAGE]
    entries = tuple(Entry(leaf.at, leaf.verb, leaf.public, is_sound(leaf)) for leaf in shown)
    return Trail(entries, Leaf.objects.count(), shown[-1].id if len(found) > PAGE else None)
