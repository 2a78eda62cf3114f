"""The findings of a verification: every kind is counted, the first few of each are listed."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

MAX_LISTED = 20


@dataclass(frozen=True, slots=True)
class AuditFinding:
    """One problem: its kind, where it is, and a description."""

    kind: str
    where: str
    what: str


@dataclass(slots=True)
class AuditFindings:
    listed: list[AuditFinding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, where: str, what: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= MAX_LISTED:
            self.listed.append(AuditFinding(kind, where, what))

    def __bool__(self) -> bool:
        return bool(self.counts)
