"""Erasures as a Steward reads them: how far each one is, what went, and what is not built yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import holdings
from holdings import Holding
from privacy.erasure import STEPS
from privacy.models import STATES, Erasure
from stewardship.register import short

CAUSES = {
    "withdrawal": "Withdrawal by the person",
    "request": "Request to erase the account",
    "retention": "End of retention",
    "legal": "Legal duty",
}
TITLES = {
    "asked": "Asked",
    "frozen": "Frozen",
    "shredded": "Keys destroyed",
    "rows": "Rows removed",
    "derived": "What was made from it",
    "rotated": "Keystore renewed",
    "verified": "Searched for",
    "certified": "Certified",
}
PROMISES = {
    "derived": "Pictures of the class computed anew, models flagged.",
    "rotated": "A new generation of keys, so that older backups of the keystore open nothing.",
    "verified": "Every byte of database, logs, files and backups, searched for traces.",
    "certified": "A signed certificate that anyone can check.",
}
BUILT = {"asked", "frozen", *STEPS, *(following for following, _ in STEPS.values())}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: done at `at`, owed (built and not done), or not built yet."""

    title: str
    at: datetime | None
    text: str
    built: bool


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of one kind that went, and how."""

    kind: str
    how: str
    count: int


@dataclass(frozen=True, slots=True)
class Told:
    id: UUID
    short: str
    cause: str
    streams: tuple[str, ...]
    whole: bool
    asked_at: datetime
    unreadable_at: datetime | None
    finished: bool
    steps: tuple[Step, ...]
    gone: tuple[Gone, ...]
    keys: int
    rows: int


def told(erasure: Erasure) -> Told:
    gone = _gone(erasure)
    scopes = erasure.scopes or []
    return Told(
        id=erasure.id,
        short=short(erasure.subject),
        cause=CAUSES[erasure.cause],
        streams=tuple(scope.partition(":")[0] for scope in scopes),
        whole=erasure.scopes is None,
        asked_at=erasure.asked_at,
        unreadable_at=erasure.shredded_at,
        finished=erasure.state not in STEPS,
        steps=tuple(_step(erasure, state) for state in STATES),
        gone=gone,
        keys=erasure.counts.get("keys", 0),
        rows=sum(kind.count for kind in gone),
    )


def newest(limit: int = 100) -> tuple[Told, ...]:
    """Unfinished ones first, then the newest."""
    rows = list(Erasure.objects.order_by("-asked_at")[:limit])
    return tuple(told(row) for row in sorted(rows, key=lambda row: row.state not in STEPS))


def _step(erasure: Erasure, state: str) -> Step:
    at = getattr(erasure, f"{state}_at")
    text = _said(erasure, state) if at else PROMISES.get(state, "")
    return Step(TITLES[state], at, text, built=state in BUILT)


def _said(erasure: Erasure, state: str) -> str:
    counts: Mapping[str, int] = erasure.counts
    tables = [name for name in counts if name in _declared()]
    texts = {
        "asked": f"{CAUSES[erasure.cause]}.",
        "frozen": f"{_n(counts.get('grants', 0), 'grant')} closed at once. "
        "What is on its way is refused.",
        "shredded": f"{_n(counts.get('keys', 0), 'key')}. On this site nobody can read any "
        "of it any more, us included.",
        "rows": f"{_n(sum(counts[name] for name in tables), 'row')} in {_n(len(tables), 'table')}.",
    }
    return texts.get(state, "Done.")


def _gone(erasure: Erasure) -> tuple[Gone, ...]:
    """By kind of data, from the counts each Holding gave."""
    declared = _declared()
    found: dict[tuple[str, str], int] = {}
    for table, count in erasure.counts.items():
        if table in declared:
            kind = declared[table].category.capitalize(), _how(declared[table], erasure)
            found[kind] = found.get(kind, 0) + count
    return tuple(Gone(kind, how, count) for (kind, how), count in sorted(found.items()))


def _how(holding: Holding, erasure: Erasure) -> str:
    if holding.category == "intervention" and erasure.scopes is not None:
        return "key destroyed, reason removed, record kept"
    sealed = holdings.SEALED in holding.columns.values()
    return "key destroyed, row removed" if sealed else "row removed"


def _declared() -> Mapping[str, Holding]:
    return {holding.model._meta.db_table: holding for holding in holdings.all()}


def _n(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
