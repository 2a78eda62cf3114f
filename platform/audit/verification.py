"""Reads the whole audit again and believes nothing: leaves, their order, heads, signatures (I-20).

One pass over the leaves in their order, in constant memory, plain SQL: each leaf is hashed from
its columns, each head's root from the leaf hashes under it. The database writes out times as the
text that was hashed; a value that no leaf can have simply has another hash.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction

from audit import tree_heads, witness_verification
from audit.findings import Findings
from audit.leaves import hash_of
from audit.merkle import Frontier
from audit.models import TreeHead
from audit.witness_verification import Line
from vault import signing

LAG: Final = timedelta(seconds=60)
CHUNK: Final = 5_000
TELL_EVERY: Final = 100_000
GONE: Final = bytes(32)
Tell = Callable[[int], object]


class Unknown(Exception):
    """There is no such head."""


# Size of a tree -> the roots that somebody says it had: (who says so, root).
Claims = Mapping[int, Sequence[tuple[str, bytes]]]

ROWS = """
SELECT p.seq, p.leaf_id::text, l.leaf_hash, l.private_hash, uuid_send(l.id),
  convert_to(to_char(l.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"'), 'UTF8'),
  convert_to(l.verb, 'UTF8'), l.actor_ref, l.subject_ref, convert_to(l.public, 'UTF8')
FROM audit_position p LEFT JOIN audit_leaf l ON l.id = p.leaf_id
WHERE p.seq >= %s ORDER BY p.seq
"""
TWICE = "SELECT leaf_id::text FROM audit_position GROUP BY leaf_id HAVING count(*) > 1"
UNPLACED = """
SELECT l.id::text, l.at::text FROM audit_leaf l
WHERE NOT EXISTS (SELECT FROM audit_position p WHERE p.leaf_id = l.id) AND l.at < %s
"""
UNCOVERED = """
SELECT p.seq, l.at::text FROM audit_position p JOIN audit_leaf l ON l.id = p.leaf_id
WHERE p.seq >= %s AND l.at < %s ORDER BY p.seq
"""


@dataclass(frozen=True, slots=True)
class Seen:
    """How much was read; `size` is one more than the last position."""

    leaves: int
    size: int


@dataclass(frozen=True, slots=True)
class Report:
    leaves: int
    size: int
    heads: int
    lines: int
    findings: Findings


def verify(
    *,
    key: bytes,
    now: datetime,
    witness: Path | None = None,
    own: bool = False,
    since: int = 0,
    tell: Tell = lambda _: None,
) -> Report:
    """Everything there is to find. `witness` is a file of heads; `own` says that it is the one
    this site writes, so that nothing may be missing at its end. With `since`, leaves under the
    head of that size are taken as that head signs them. Raises OSError, Unknown."""
    found = Findings()
    rows = check_heads(found, key)
    start = _start(rows, since)
    lines = witness_verification.read(witness, found) if witness else []
    if witness:
        witness_verification.check(found, lines, rows, key=key)
        until = None if own else max((line.head.size for line in lines), default=0)
        witness_verification.check_handed_over(found, lines, until=until)
    seen = check_leaves(found, _claims(rows, lines, since), start=start, tell=tell)
    check_order(found, covered=max(rows, default=0), now=now)
    return Report(seen.leaves, seen.size, len(rows), len(lines), found)


def check_heads(found: Findings, key: bytes) -> dict[int, TreeHead]:
    """Each head by its size: signed with this key, its frontier whole, none older than the last."""
    rows: dict[int, TreeHead] = {}
    last: TreeHead | None = None
    for row in TreeHead.objects.order_by("size").iterator():
        where = f"head {row.size}"
        said = tree_heads.message(row.size, bytes(row.root), row.at)
        if not signing.is_signed(signing.TREE_HEAD, said, bytes(row.signature), key):
            found.add("signature", where, "the signature is not that of this size, root and time")
        if not tree_heads.is_whole(row):
            found.add("frontier", where, "the frontier does not give the root")
        if last is not None and row.at < last.at:
            found.add("head_time", where, f"is older than the head over {last.size} leaves")
        rows[row.size] = last = row
    return rows


def check_leaves(
    found: Findings, claims: Claims, *, start: Frontier, tell: Tell = lambda _: None
) -> Seen:
    """Each leaf and position from `start` on, and each claimed root, in one pass."""
    expected, read, tree = start.size, 0, start
    for seq, leaf_id, stored, *columns in _rows(start.size):
        if seq != expected:
            found.add("gap", f"position {expected}", f"expected it, the next one is {seq}")
        if stored is None:
            found.add("leaf_gone", f"position {seq}", f"its leaf {leaf_id} is gone")
        elif hash_of(columns[1:], columns[0]) != stored:
            found.add("unsound", f"position {seq}", f"leaf {leaf_id} is not what was recorded")
        tree.append(GONE if stored is None else stored)
        expected, read = seq + 1, read + 1
        if expected in claims:
            _compare(found, claims[expected], expected, tree.root())
        if read % TELL_EVERY == 0:
            tell(read)
    for size in sorted(size for size in claims if size > expected):
        for who, _ in claims[size]:
            text = f"{who} is over {size} leaves, but only {expected} have a position"
            found.add("truncated", f"position {expected}", text)
    return Seen(read, expected)


def check_order(found: Findings, *, covered: int, now: datetime) -> None:
    """Leaves at two positions, at none, or under no head, though there was time for it."""
    with connection.cursor() as cursor:
        cursor.execute(TWICE)
        for (leaf_id,) in cursor.fetchall():
            found.add("twice", f"leaf {leaf_id}", "has more than one position")
        cursor.execute(UNPLACED, [now - LAG])
        for leaf_id, at in cursor.fetchall():
            found.add("unplaced", f"leaf {leaf_id}", f"has no position since {at}")
        cursor.execute(UNCOVERED, [covered, now - tree_heads.NEW_AFTER - LAG])
        for seq, at in cursor.fetchall():
            found.add("uncovered", f"position {seq}", f"is under no head since {at}")


def _start(rows: Mapping[int, TreeHead], since: int) -> Frontier:
    if not since:
        return Frontier()
    if since not in rows:
        raise Unknown(f"there is no tree head over {since} leaves")
    return tree_heads.frontier_of(rows[since])


def _claims(rows: Mapping[int, TreeHead], lines: Sequence[Line], since: int) -> Claims:
    claims: dict[int, list[tuple[str, bytes]]] = {}
    for size, row in rows.items():
        claims.setdefault(size, []).append((f"the head over {size}", bytes(row.root)))
    for line in lines:
        who = f"the witness ({line.where})"
        claims.setdefault(line.head.size, []).append((who, line.head.root))
    return {size: said for size, said in claims.items() if size > since}


def _compare(found: Findings, claimed: Sequence[tuple[str, bytes]], size: int, root: bytes) -> None:
    for who, said in claimed:
        if said != root:
            text = f"the first {size} leaves are not those that {who} was made over"
            found.add("root", f"head {size}", text)


def _rows(begin: int) -> Iterator[tuple[Any, ...]]:
    """Through a cursor of the server, so that memory does not grow with the audit."""
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(ROWS, [begin])
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
