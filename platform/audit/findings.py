"""What a verification found wrong: each kind counted, the first of each kind told in full."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

TOLD = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, where it is, in words."""

    kind: str
    where: str
    what: str


@dataclass(slots=True)
class Findings:
    told: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, where: str, what: str) -> None:
        self.counts[kind] += 1
        if self.counts[kind] <= TOLD:
            self.told.append(Finding(kind, where, what))

    def __bool__(self) -> bool:
        return bool(self.counts)
