"""Reads what a witness holds and compares it with the database: the one check that also finds a
history written anew by somebody who has the signing key (I-20)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from audit import merkle, tree_heads
from audit.findings import Findings
from audit.models import TreeHead, Witnessed
from audit.tree_heads import Head
from vault import signing


@dataclass(frozen=True, slots=True)
class Line:
    """One head as it was handed over, with the proof that it goes on from the one before."""

    number: int
    head: Head
    since: int
    consistency: tuple[bytes, ...]

    @property
    def where(self) -> str:
        return f"line {self.number}"


def read(path: Path, found: Findings) -> list[Line]:
    """The lines of the file; one that cannot be read is a finding. Raises OSError."""
    texts = path.read_bytes().split(b"\n")
    lines = []
    for number, text in enumerate(texts, 1):
        if not text:
            continue
        try:
            lines.append(parse(number, json.loads(text)))
        except (ValueError, KeyError, TypeError):
            # Half a line of a killed process is followed by the whole of it.
            if not _is_torn(text, texts[number:]):
                found.add("unreadable", f"line {number}", "is no tree head")
    return lines


def parse(number: int, told: Mapping[str, Any]) -> Line:
    head = Head(
        size=int(told["size"]),
        root=bytes.fromhex(told["root"]),
        at=datetime.fromisoformat(told["at"]),
        signature=bytes.fromhex(told["signature"]),
        public_key=bytes.fromhex(told["public_key"]),
    )
    proof = tuple(bytes.fromhex(hashed) for hashed in told["consistency"])
    return Line(number, head, int(told["since"]), proof)


def check(
    found: Findings,
    lines: Iterable[Line],
    rows: Mapping[int, TreeHead],
    *,
    key: bytes,
) -> None:
    """Each line against the key, the line before, and the database."""
    before: Line | None = None
    for line in lines:
        check_line(found, line, rows, key=key)
        if before is None or line.head != before.head:
            _check_link(found, line, before)
        before = line


def check_line(found: Findings, line: Line, rows: Mapping[int, TreeHead], *, key: bytes) -> None:
    """One line against the key and the database, whatever stands before it."""
    _check_signature(found, line, key)
    _check_row(found, line, rows)


def check_handed_over(found: Findings, lines: Iterable[Line], *, until: int | None = None) -> None:
    """What was handed to the file stands in it; with `until`, only heads up to this size."""
    sizes = {line.head.size for line in lines}
    given = Witnessed.objects.filter(by="file").order_by("head")
    if until is not None:
        given = given.filter(head__lte=until)
    for size in given.values_list("head_id", flat=True):
        if size not in sizes:
            found.add("witness_lost", f"head {size}", "was handed to the witness, which lacks it")


def _check_signature(found: Findings, line: Line, key: bytes) -> None:
    head = line.head
    if head.public_key != key:
        found.add("witness_key", line.where, "was signed with another key than this site's")
    said = tree_heads.message(head.size, head.root, head.at)
    if not signing.is_signed(signing.TREE_HEAD, said, head.signature, key):
        found.add("witness_signature", line.where, "the signature does not fit")


def _check_row(found: Findings, line: Line, rows: Mapping[int, TreeHead]) -> None:
    head, row = line.head, rows.get(line.head.size)
    if row is None:
        text = f"the witness holds a head over {head.size} leaves that the database lacks"
        found.add("head_gone", line.where, text)
    elif (bytes(row.root), row.at, bytes(row.signature)) != (head.root, head.at, head.signature):
        text = f"the head over {head.size} leaves is another one in the database"
        found.add("head_changed", line.where, text)


def _check_link(found: Findings, line: Line, before: Line | None) -> None:
    old, new = (before.head if before else None), line.head
    if line.since != (old.size if old else 0):
        text = f"goes on from {line.since} leaves, the line before from {old.size if old else 0}"
        found.add("witness_gap", line.where, text)
    elif old is not None and not merkle.is_consistent(
        old.size, new.size, old_root=old.root, new_root=new.root, proof=line.consistency
    ):
        found.add("witness_history", line.where, "does not go on from the head before it")


def _is_torn(text: bytes, later: list[bytes]) -> bool:
    """No end of line, or followed by a line that begins like it and has an end."""
    if not later:
        return True
    following = next((other for other in later if other), b"")
    return following.startswith(text)
