"""Erasures as a Steward reads them: how far each one is, what went, and what proves it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.template.defaultfilters import filesizeformat

import holdings
from consent.scopes import streams_of
from holdings import Holding
from privacy import certificates
from privacy.last_minutes import MARK
from privacy.models import STATES, Erasure
from stewardship.register import short
from vault import signing

CAUSES = {
    "withdrawal": "Withdrawal by the person",
    "request": "Request to erase the account",
    "retention": "End of retention",
    "legal": "Legal duty",
}
LAST_MINUTES = "Request to delete the last 10 minutes; the rest is kept under new keys"
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
    "derived": "Pictures of the class withdrawn, models flagged.",
    "rotated": "A new generation of keys, so that older backups of the keystore open nothing. "
    "Erasures of the same minute share one.",
    "verified": "Every byte of database and keystore, searched for the destroyed keys.",
    "certified": "A signed certificate that anyone can check.",
}
REMOVED = STATES[STATES.index("rows") :]


@dataclass(frozen=True, slots=True)
class Step:
    """One step: done at `at`, or still owed."""

    title: str
    at: datetime | None
    text: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Rows of one kind that went, and how."""

    kind: str
    how: str
    count: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the certificate says, and whether its signature fits now."""

    bytes_gone: str
    searched: str
    models: str
    tree_head: str
    public_key: str
    valid: bool


@dataclass(frozen=True, slots=True)
class Told:
    id: UUID
    short: str
    cause: str
    streams: tuple[str, ...]
    whole: bool
    asked_at: datetime
    unreadable_at: datetime | None
    bytes_gone_at: datetime | None
    renewed: bool
    removed: bool
    certified: bool
    steps: tuple[Step, ...]
    gone: tuple[Gone, ...]
    keys: int
    rows: int
    proof: Proof | None = None


def told(erasure: Erasure, *, proof: bool = True) -> Told:
    gone = _gone(erasure)
    return Told(
        id=erasure.id,
        short=short(erasure.subject),
        cause=CAUSES[erasure.cause],
        streams=streams_of(erasure.scopes or ()),
        whole=erasure.scopes is None,
        asked_at=erasure.asked_at,
        unreadable_at=erasure.shredded_at,
        bytes_gone_at=erasure.bytes_gone_at,
        renewed=erasure.rotated_at is not None,
        removed=erasure.state in REMOVED,
        certified=bool(erasure.certificate),
        steps=tuple(_step(erasure, state) for state in STATES),
        gone=gone,
        keys=erasure.counts.get("keys", 0),
        rows=sum(kind.count for kind in gone),
        proof=_proof(erasure) if proof and erasure.certificate else None,
    )


def newest(limit: int = 100) -> tuple[Told, ...]:
    """Those whose rows still stand first, then the newest."""
    rows = list(Erasure.objects.order_by("-asked_at")[:limit])
    return tuple(
        told(row, proof=False) for row in sorted(rows, key=lambda row: row.state in REMOVED)
    )


def _step(erasure: Erasure, state: str) -> Step:
    at = getattr(erasure, f"{state}_at")
    return Step(TITLES[state], at, _said(erasure, state) if at else PROMISES.get(state, ""))


def _said(erasure: Erasure, state: str) -> str:
    counts: Mapping[str, int] = erasure.counts
    tables = [name for name in counts if name in _declared()]
    texts = {
        "asked": f"{LAST_MINUTES if MARK in counts else CAUSES[erasure.cause]}.",
        "frozen": f"{_n(counts.get('grants', 0), 'grant')} closed at once. "
        "What is on its way is refused.",
        "shredded": f"{_n(counts.get('keys', 0), 'key')}. On this site nobody can read any "
        "of it any more, us included.",
        "rows": f"{_n(sum(counts[name] for name in tables), 'row')} in {_n(len(tables), 'table')}.",
        "derived": _models(erasure),
        "rotated": f"Generation {erasure.generation}. Older backups of the keystore open nothing.",
        "verified": _searched(erasure),
        "certified": "Signed with the key of this site.",
    }
    return texts[state]


def _models(erasure: Erasure) -> str:
    if not erasure.flagged:
        return "No model in use here has learned from anybody's data."
    return f"{_n(erasure.flagged, 'model')} may have learned from it and stand flagged."


def _searched(erasure: Erasure) -> str:
    if not erasure.needles:
        return "No key had been made, so there was nothing to look for."
    size, files = filesizeformat(erasure.searched_bytes or 0), erasure.searched_files or 0
    read = f"{size} in {_n(files, 'file')}"
    keys = _n(erasure.needles, "key")
    if erasure.disk == "gone":
        return f"{read} of database and keystore, searched for {keys}. Found: 0."
    if erasure.disk == "elsewhere":
        return f"{read} of the keystore, searched for {keys}. Found: 0. {ELSEWHERE}"
    return (
        f"{read} of database and keystore, searched for {keys}. Bytes sealed under "
        f"{erasure.found} of them still lie there, unreadable. Looked for again every ten minutes "
        "for one day."
    )


ELSEWHERE = "The database's own files are not within reach of this site."
BYTES = {
    "left": "Not yet. Sealed bytes still lie in the database's files.",
    "elsewhere": f"Not known. {ELSEWHERE}",
}


def _proof(erasure: Erasure) -> Proof:
    """Read from the certificate itself, and verified as anybody would."""
    public = signing.public_key()
    told, valid = _judged(erasure, public)
    head = told.get("tree_head") if valid else None
    return Proof(
        bytes_gone=BYTES.get(erasure.disk, ""),
        searched=_searched(erasure),
        models=_models(erasure),
        tree_head=f"{head['size']:,} leaves, {head['root'][:16]}…" if head else "",
        public_key=public.hex(),
        valid=valid,
    )


def _judged(erasure: Erasure, public: bytes) -> tuple[Mapping[str, Any], bool]:
    try:
        verdict = certificates.judge(erasure.certificate.encode(), public=public)
    except certificates.Unreadable:
        return {}, False
    return verdict.told, verdict.right


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
    if holding.category == "records sent on":
        return "in another store, which has to be asked"
    sealed = holdings.SEALED in holding.columns.values()
    return "key destroyed, row removed" if sealed else "row removed"


def _declared() -> Mapping[str, Holding]:
    return {holding.model._meta.db_table: holding for holding in holdings.all()}


def _n(count: int, thing: str) -> str:
    return f"{count:,} {thing}" if count == 1 else f"{count:,} {thing}s"
