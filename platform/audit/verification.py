"""Full verification of the audit: leaves, their order, heads and signatures (I-20).

One pass over the leaves in order, in constant memory and plain SQL. Each leaf is hashed from its
columns, and each head's root from the leaf hashes below it. The database renders times as the text
that was hashed; a value that no leaf can have simply gives another hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from audit import tree_heads, witness_verification
from audit.findings import AuditFindings
from audit.leaves import hash_of
from audit.merkle import Frontier
from audit.models import TreeHead
from audit.witness_verification import WitnessLine
from vault import signing

LAG: Final = timedelta(seconds=60)
CHUNK: Final = 5_000
REPORT_EVERY: Final = 100_000
MISSING_LEAF: Final = bytes(32)
ReportProgress = Callable[[int], object]


class UnknownHead(Exception):
    """There is no such head."""


# For each tree size, the roots that are claimed for it: (claimed by, root).
Claims = Mapping[int, Sequence[tuple[str, bytes]]]

ROWS = """
SELECT p.seq, p.leaf_id::text, l.leaf_hash, l.private_hash, uuid_send(l.id),
  convert_to(to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'UTF8'),
  convert_to(l.verb, 'UTF8'), l.actor_ref, l.subject_ref, convert_to(l.public, 'UTF8')
FROM audit_position p LEFT JOIN audit_leaf l ON l.id = p.leaf_id
WHERE p.seq >= %s ORDER BY p.seq
"""
DUPLICATES = "SELECT leaf_id::text FROM audit_position GROUP BY leaf_id HAVING count(*) > 1"
UNPLACED = """
SELECT l.id::text, l.at::text FROM audit_leaf l
WHERE NOT EXISTS (SELECT FROM audit_position p WHERE p.leaf_id = l.id) AND l.at < %s
"""
UNCOVERED = """
SELECT p.seq, l.at::text FROM audit_position p JOIN audit_leaf l ON l.id = p.leaf_id
WHERE p.seq >= %s AND l.at < %s ORDER BY p.seq
"""


@dataclass(frozen=True, slots=True)
class LeavesRead:
    """How much was read; `size` is the last position plus one."""

    leaves: int
    size: int


@dataclass(frozen=True, slots=True)
class AuditReport:
    leaves: int
    size: int
    heads: int
    lines: int
    findings: AuditFindings


def verify(
    *,
    key: bytes,
    now: datetime,
    witness: Path | None = None,
    own: bool = False,
    since: int = 0,
    tell: ReportProgress = lambda _: None,
) -> AuditReport:
    """Return all findings.

    `witness` is a file of heads; `own` means that this site writes it, so that nothing may be
    missing at its end. With `since`, leaves below the head of that size are trusted as that head
    signs them. `tell` reports progress. Raises OSError, UnknownHead.
    """
    found = AuditFindings()
    rows = check_heads(found, key)
    start = _start_frontier(rows, since)
    lines = witness_verification.read_lines(witness, found) if witness else []
    if witness:
        witness_verification.check_lines(found, lines, rows, key=key)
        until = None if own else max((line.head.size for line in lines), default=0)
        witness_verification.check_published(found, lines, until=until)
    seen = check_leaves(found, _collect_claims(rows, lines, since), start=start, tell=tell)
    check_order(found, covered=max(rows, default=0), now=now)
    return AuditReport(seen.leaves, seen.size, len(rows), len(lines), found)


def check_heads(found: AuditFindings, key: bytes) -> dict[int, TreeHead]:
    """Return each head by its size, after checking signature, frontier and order of times."""
    rows: dict[int, TreeHead] = {}
    last: TreeHead | None = None
    for row in TreeHead.objects.order_by("size").iterator():
        where = f"head {row.size}"
        text = tree_heads.signed_message(row.size, bytes(row.root), row.at)
        if not signing.is_signed(signing.TREE_HEAD, text, bytes(row.signature), key):
            found.add("signature", where, "the signature is not that of this size, root and time")
        if not tree_heads.has_matching_frontier(row):
            found.add("frontier", where, "the frontier does not give the root")
        if last is not None and row.at < last.at:
            found.add("head_time", where, f"is older than the head over {last.size} leaves")
        rows[row.size] = last = row
    return rows


def check_leaves(
    found: AuditFindings, claims: Claims, *, start: Frontier, tell: ReportProgress = lambda _: None
) -> LeavesRead:
    """Check each leaf and position from `start` on, and each claimed root, in one pass."""
    expected, read, tree = start.size, 0, start
    for seq, leaf_id, stored, *columns in _read_rows(start.size):
        if seq != expected:
            found.add("gap", f"position {expected}", f"expected it, the next one is {seq}")
        if stored is None:
            found.add("leaf_gone", f"position {seq}", f"its leaf {leaf_id} is gone")
        elif hash_of(columns[1:], columns[0]) != stored:
            found.add("unsound", f"position {seq}", f"leaf {leaf_id} is not what was recorded")
        tree.append(MISSING_LEAF if stored is None else stored)
        expected, read = seq + 1, read + 1
        if expected in claims:
            _compare(found, claims[expected], expected, tree.root())
        if read % REPORT_EVERY == 0:
            tell(read)
    for size in sorted(size for size in claims if size > expected):
        for who, _ in claims[size]:
            text = f"{who} is over {size} leaves, but only {expected} have a position"
            found.add("truncated", f"position {expected}", text)
    return LeavesRead(read, expected)


def check_order(found: AuditFindings, *, covered: int, now: datetime) -> None:
    """Report leaves with two positions, with none, or under no head although there was time."""
    with connection.cursor() as cursor:
        cursor.execute(DUPLICATES)
        for (leaf_id,) in cursor.fetchall():
            found.add("twice", f"leaf {leaf_id}", "has more than one position")
        cursor.execute(UNPLACED, [now - LAG])
        for leaf_id, at in cursor.fetchall():
            found.add("unplaced", f"leaf {leaf_id}", f"has no position since {at}")
        cursor.execute(UNCOVERED, [covered, now - tree_heads.NEW_AFTER - LAG])
        for seq, at in cursor.fetchall():
            found.add("uncovered", f"position {seq}", f"is under no head since {at}")


def _start_frontier(rows: Mapping[int, TreeHead], since: int) -> Frontier:
    if not since:
        return Frontier()
    if since not in rows:
        raise UnknownHead(f"there is no tree head over {since} leaves")
    return tree_heads.frontier_of(rows[since])


def _collect_claims(
    rows: Mapping[int, TreeHead], lines: Sequence[WitnessLine], since: int
) -> Claims:
    claims: dict[int, list[tuple[str, bytes]]] = {}
    for size, row in rows.items():
        claims.setdefault(size, []).append((f"the head over {size}", bytes(row.root)))
    for line in lines:
        who = f"the witness ({line.where})"
        claims.setdefault(line.head.size, []).append((who, line.head.root))
    return {size: roots for size, roots in claims.items() if size > since}


def _compare(
    found: AuditFindings, claimed: Sequence[tuple[str, bytes]], size: int, root: bytes
) -> None:
    for who, claim in claimed:
        if claim != root:
            text = f"the first {size} leaves are not those that {who} was made over"
            found.add("root", f"head {size}", text)


def _read_rows(begin: int) -> Iterator[tuple[Any, ...]]:
    """Yield rows from a server-side cursor, so that memory does not grow with the audit."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(ROWS, [begin])
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
