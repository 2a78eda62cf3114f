"""Tree heads: the site signs the RFC 6962 root over all leaves, so that without the signing key
nobody can change, remove or reorder what was recorded unnoticed, and with it only until a witness
holds the head (I-20).

A head is reckoned from the frontier of the one before, so a pass reads only what is new. That head
is checked first: on a broken one nothing is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from audit import merkle
from audit.merkle import Frontier
from audit.models import Position, TreeHead
from vault import signing

NEW_LEAVES: Final = 1_000
NEW_AFTER: Final = timedelta(seconds=60)


class Broken(Exception):
    """The newest head is not the one that was signed."""


@dataclass(frozen=True, slots=True)
class Head:
    """The state of the audit at one moment, as an outsider can check it."""

    size: int
    root: bytes
    at: datetime
    signature: bytes
    public_key: bytes

    def as_dict(self) -> dict[str, object]:
        return {
            "size": self.size,
            "root": self.root.hex(),
            "at": clock(self.at),
            "signature": self.signature.hex(),
            "public_key": self.public_key.hex(),
        }


@dataclass(frozen=True, slots=True)
class Proof:
    """That one leaf is the one at `index` of all that `head` signs."""

    leaf_hash: bytes
    index: int
    path: tuple[bytes, ...]
    head: Head

    def as_dict(self) -> dict[str, object]:
        return {
            "leaf_hash": self.leaf_hash.hex(),
            "index": self.index,
            "path": [neighbour.hex() for neighbour in self.path],
            "head": self.head.as_dict(),
        }


def latest() -> Head | None:
    """The newest head, or None before the first sweep."""
    row = _newest()
    return None if row is None else told(row)


def proof_of(leaf_id: UUID) -> Proof | None:
    """The leaf's place under the newest head; None until a head covers it."""
    row, position = _newest(), Position.objects.filter(leaf=leaf_id).first()
    if row is None or position is None or position.seq >= row.size:
        return None
    entries = _entries(0, row.size)
    path = merkle.inclusion(position.seq, row.size, merkle.over(entries))
    return Proof(entries[position.seq], position.seq, tuple(path), told(row))


def extend(*, now: datetime) -> TreeHead | None:
    """A new head, if one is due: for the sequencer, under its lock. Raises Broken."""
    last = _newest()
    size = _placed()
    if not _is_due(last, size, now):
        return None
    frontier = Frontier() if last is None else _sound(last)
    for entry in _entries(frontier.size, size):
        frontier.append(entry)
    root = frontier.root()
    return TreeHead.objects.create(
        size=size,
        root=root,
        at=now,
        signature=signing.sign(signing.TREE_HEAD, message(size, root, now)),
        frontier=b"".join(frontier.hashes).hex(),
    )


def link(old: TreeHead, new: TreeHead) -> list[bytes]:
    """The proof of consistency between two heads that follow each other."""
    over = merkle.over(_entries(old.size, new.size), frontier_of(old))
    return merkle.consistency(old.size, new.size, over)


def message(size: int, root: bytes, at: datetime) -> bytes:
    """What is signed, after the purpose: three lines."""
    return f"{size}\n{root.hex()}\n{clock(at)}\n".encode()


def clock(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def frontier_of(row: TreeHead) -> Frontier:
    hashes = bytes.fromhex(row.frontier)
    return Frontier(row.size, [hashes[i : i + 32] for i in range(0, len(hashes), 32)])


def is_whole(row: TreeHead) -> bool:
    """Return whether the frontier stands for the root."""
    frontier = frontier_of(row)
    return frontier.fits() and frontier.root() == bytes(row.root)


def told(row: TreeHead) -> Head:
    root, signature = bytes(row.root), bytes(row.signature)
    return Head(row.size, root, row.at, signature, signing.public_key())


def _sound(row: TreeHead) -> Frontier:
    """The frontier of a head that we signed and nobody changed."""
    head = told(row)
    said = message(head.size, head.root, head.at)
    signed = signing.is_signed(signing.TREE_HEAD, said, head.signature, head.public_key)
    if not signed or not is_whole(row):
        raise Broken(f"the tree head over {row.size} leaves is not the one that was signed")
    return frontier_of(row)


def _is_due(last: TreeHead | None, size: int, now: datetime) -> bool:
    if last is None:
        return size > 0
    enough, late = size - last.size >= NEW_LEAVES, now - last.at >= NEW_AFTER
    return size > last.size and (enough or late)


def _newest() -> TreeHead | None:
    return TreeHead.objects.order_by("-size").first()


def _placed() -> int:
    newest = Position.objects.order_by("-seq").values_list("seq", flat=True).first()
    return 0 if newest is None else newest + 1


def _entries(begin: int, end: int) -> Sequence[bytes]:
    """The leaf hashes at these positions. Raises Broken where one is missing."""
    rows = Position.objects.filter(seq__gte=begin, seq__lt=end).order_by("seq")
    found = [bytes(entry) for entry in rows.values_list("leaf__leaf_hash", flat=True)]
    if len(found) != end - begin:
        raise Broken(f"{end - begin - len(found)} of the leaves from {begin} to {end} are gone")
    return found
