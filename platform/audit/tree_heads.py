"""Tree heads: signed RFC 6962 roots over all leaves (I-20).

Without the signing key, no record can be changed, removed or reordered unnoticed. With the key,
only until a witness has the head. A head is computed from the frontier of the one before, so a pass
reads only new leaves. That head is verified first; a broken one is never extended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from audit import merkle
from audit.merkle import Frontier
from audit.models import Position, TreeHead
from vault import signing

NEW_LEAVES: Final = 1_000
NEW_AFTER: Final = timedelta(seconds=60)


class BrokenHead(Exception):
    """The newest head is not the one that was signed."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """The state of the audit at one moment, verifiable by an outsider."""

    size: int
    root: bytes
    at: datetime
    signature: bytes
    public_key: bytes

    def as_dict(self) -> dict[str, object]:
        return {
            "size": self.size,
            "root": self.root.hex(),
            "at": format_timestamp(self.at),
            "signature": self.signature.hex(),
            "public_key": self.public_key.hex(),
        }


def load_latest() -> SignedHead | None:
    """Return the newest head, or None before the first sweep."""
    row = _load_newest()
    return None if row is None else to_signed_head(row)


def make_head(*, now: datetime) -> TreeHead | None:
    """Create a new head if one is due; the sequencer calls it under its lock. Raises BrokenHead."""
    last = _load_newest()
    size = _count_positions()
    if not _is_due(last, size, now):
        return None
    frontier = Frontier() if last is None else _verify_frontier(last)
    for entry in _load_entries(frontier.size, size):
        frontier.append(entry)
    root = frontier.root()
    return TreeHead.objects.create(
        size=size,
        root=root,
        at=now,
        signature=signing.sign(signing.TREE_HEAD, signed_message(size, root, now)),
        frontier=b"".join(frontier.hashes).hex(),
    )


def prove_extension(old: TreeHead, new: TreeHead) -> list[bytes]:
    """Return the proof of consistency between two successive heads."""
    over = merkle.hash_ranges(_load_entries(old.size, new.size), frontier_of(old))
    return merkle.prove_consistency(old.size, new.size, over)


def signed_message(size: int, root: bytes, at: datetime) -> bytes:
    """Return the signed message, without the purpose: three lines."""
    return f"{size}\n{root.hex()}\n{format_timestamp(at)}\n".encode()


def format_timestamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def frontier_of(row: TreeHead) -> Frontier:
    hashes = bytes.fromhex(row.frontier)
    return Frontier(row.size, [hashes[i : i + 32] for i in range(0, len(hashes), 32)])


def has_matching_frontier(row: TreeHead) -> bool:
    """Return whether the frontier gives the root."""
    frontier = frontier_of(row)
    return frontier.fits() and frontier.root() == bytes(row.root)


def to_signed_head(row: TreeHead) -> SignedHead:
    root, signature = bytes(row.root), bytes(row.signature)
    return SignedHead(row.size, root, row.at, signature, signing.public_key())


def _verify_frontier(row: TreeHead) -> Frontier:
    """Return the frontier of a head after checking its signature. Raises BrokenHead."""
    head = to_signed_head(row)
    text = signed_message(head.size, head.root, head.at)
    signed = signing.is_signed(signing.TREE_HEAD, text, head.signature, head.public_key)
    if not signed or not has_matching_frontier(row):
        raise BrokenHead(f"the tree head over {row.size} leaves is not the one that was signed")
    return frontier_of(row)


def _is_due(last: TreeHead | None, size: int, now: datetime) -> bool:
    if last is None:
        return size > 0
    enough, late = size - last.size >= NEW_LEAVES, now - last.at >= NEW_AFTER
    return size > last.size and (enough or late)


def _load_newest() -> TreeHead | None:
    return TreeHead.objects.order_by("-size").first()


def _count_positions() -> int:
    newest = Position.objects.order_by("-seq").values_list("seq", flat=True).first()
    return 0 if newest is None else newest + 1


def _load_entries(begin: int, end: int) -> Sequence[bytes]:
    """Return the leaf hashes at these positions. Raises BrokenHead if one is missing."""
    rows = Position.objects.filter(seq__gte=begin, seq__lt=end).order_by("seq")
    found = [bytes(entry) for entry in rows.values_list("leaf__leaf_hash", flat=True)]
    if len(found) != end - begin:
        raise BrokenHead(f"{end - begin - len(found)} of the leaves from {begin} to {end} are gone")
    return found
