"""Compares a witness file with the database (I-20).

It is the one check that also finds a history rewritten by someone with the signing key.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from audit import merkle, tree_heads
from audit.findings import AuditFindings
from audit.models import TreeHead, Witnessed
from audit.tree_heads import SignedHead
from vault import signing


@dataclass(frozen=True, slots=True)
class WitnessLine:
    """One published head, with the proof that it extends the one before."""

    number: int
    head: SignedHead
    since: int
    consistency: tuple[bytes, ...]

    @property
    def where(self) -> str:
        return f"line {self.number}"


def read_lines(path: Path, found: AuditFindings) -> list[WitnessLine]:
    """Return the lines of the file; an unreadable one is a finding. Raises OSError."""
    texts = path.read_bytes().split(b"\n")
    lines = []
    for number, text in enumerate(texts, 1):
        if not text:
            continue
        try:
            lines.append(parse_line(number, json.loads(text)))
        except (ValueError, KeyError, TypeError):
            # A partial line of a killed process is followed by the complete one.
            if not _is_torn(text, texts[number:]):
                found.add("unreadable", f"line {number}", "is no tree head")
    return lines


def parse_line(number: int, fields: Mapping[str, Any]) -> WitnessLine:
    """Return the parsed line. Raises KeyError, TypeError or ValueError."""
    head = SignedHead(
        size=int(fields["size"]),
        root=bytes.fromhex(fields["root"]),
        at=datetime.fromisoformat(fields["at"]),
        signature=bytes.fromhex(fields["signature"]),
        public_key=bytes.fromhex(fields["public_key"]),
    )
    proof = tuple(bytes.fromhex(hashed) for hashed in fields["consistency"])
    return WitnessLine(number, head, int(fields["since"]), proof)


def check_lines(
    found: AuditFindings,
    lines: Iterable[WitnessLine],
    rows: Mapping[int, TreeHead],
    *,
    key: bytes,
) -> None:
    """Check each line against the key, the line before, and the database."""
    before: WitnessLine | None = None
    for line in lines:
        check_line(found, line, rows, key=key)
        if before is None or line.head != before.head:
            _check_link(found, line, before)
        before = line


def check_line(
    found: AuditFindings, line: WitnessLine, rows: Mapping[int, TreeHead], *, key: bytes
) -> None:
    """Check one line against the key and the database, regardless of the line before."""
    _check_signature(found, line, key)
    _check_row(found, line, rows)


def check_published(
    found: AuditFindings, lines: Iterable[WitnessLine], *, until: int | None = None
) -> None:
    """Report published heads that the file lacks; with `until`, only up to this size."""
    sizes = {line.head.size for line in lines}
    published = Witnessed.objects.filter(by="file").order_by("head")
    if until is not None:
        published = published.filter(head__lte=until)
    for size in published.values_list("head_id", flat=True):
        if size not in sizes:
            found.add("witness_lost", f"head {size}", "was handed to the witness, which lacks it")


def _check_signature(found: AuditFindings, line: WitnessLine, key: bytes) -> None:
    head = line.head
    if head.public_key != key:
        found.add("witness_key", line.where, "was signed with another key than this site's")
    text = tree_heads.signed_message(head.size, head.root, head.at)
    if not signing.is_signed(signing.TREE_HEAD, text, head.signature, key):
        found.add("witness_signature", line.where, "the signature does not fit")


def _check_row(found: AuditFindings, line: WitnessLine, rows: Mapping[int, TreeHead]) -> None:
    head, row = line.head, rows.get(line.head.size)
    if row is None:
        text = f"the witness holds a head over {head.size} leaves that the database lacks"
        found.add("head_gone", line.where, text)
    elif (bytes(row.root), row.at, bytes(row.signature)) != (head.root, head.at, head.signature):
        text = f"the head over {head.size} leaves is another one in the database"
        found.add("head_changed", line.where, text)


def _check_link(found: AuditFindings, line: WitnessLine, before: WitnessLine | None) -> None:
    old, new = (before.head if before else None), line.head
    if line.since != (old.size if old else 0):
        text = f"goes on from {line.since} leaves, the line before from {old.size if old else 0}"
        found.add("witness_gap", line.where, text)
    elif old is not None and not merkle.is_consistent(
        old.size, new.size, old_root=old.root, new_root=new.root, proof=line.consistency
    ):
        found.add("witness_history", line.where, "does not go on from the head before it")


def _is_torn(text: bytes, later: list[bytes]) -> bool:
    """Return whether a line has no line end, or is a prefix of the next complete line."""
    if not later:
        return True
    following = next((other for other in later if other), b"")
    return following.startswith(text)
