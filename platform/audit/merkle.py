"""Merkle trees of RFC 6962, section 2.1: root and proofs of consistency (I-20).

An entry is a leaf's `leaf_hash`. Hash input begins with 0x00 for a leaf and 0x01 for a node, so
neither can be taken for the other. A tree is never stored. A `Frontier` holds the hashes of its
complete subtrees (at most 64), takes further entries in constant memory, and gives the root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY = sha256(b"").digest()
# MTH(D[a:b]): the hash over the entries from position a up to, but not including, b.
RangeHash = Callable[[int, int], bytes]


def hash_leaf(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The complete subtrees of a tree of `size` entries, largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, entry: bytes) -> None:
        hashed, size, hashes = hash_leaf(entry), self.size, self.hashes
        while size & 1:
            hashed = sha256(b"\1" + hashes.pop() + hashed).digest()
            size >>= 1
        hashes.append(hashed)
        self.size += 1

    def root(self) -> bytes:
        if not self.hashes:
            return EMPTY
        *others, root = self.hashes
        for hashed in reversed(others):
            root = hash_node(hashed, root)
        return root

    def fits(self) -> bool:
        """Return whether there are as many hashes as a tree of this size has complete subtrees."""
        return self.size >= 0 and len(self.hashes) == self.size.bit_count()

    def spans(self) -> Iterator[tuple[int, int, bytes]]:
        """Yield for each subtree its begin, its end, and its hash."""
        begin = 0
        for hashed in self.hashes:
            width = 1 << (self.size - begin).bit_length() - 1
            yield begin, begin + width, hashed
            begin += width


def compute_root(entries: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for entry in entries:
        frontier.append(entry)
    return frontier.root()


def hash_ranges(entries: Sequence[bytes], before: Frontier | None = None) -> RangeHash:
    """Return MTH over ranges of `entries`, which follow those in `before`."""
    base = before or Frontier()
    known = {(begin, end): hashed for begin, end, hashed in base.spans()}

    def hashed(begin: int, end: int) -> bytes:
        if (begin, end) in known:
            return known[begin, end]
        return compute_root(entries[begin - base.size : end - base.size])

    return hashed


def prove_consistency(old: int, new: int, over: RangeHash) -> list[bytes]:
    """Return PROOF(old, D[new]), which shows that the first `old` entries are unchanged."""
    if not 0 < old <= new:
        raise ValueError(f"expected sizes with 0 < old <= new, got {old} and {new}")
    proof, begin, end = [], 0, new
    while old != end:
        middle = begin + _split(end - begin)
        if old <= middle:
            proof.append(over(middle, end))
            end = middle
        else:
            proof.append(over(begin, middle))
            begin = middle
    return ([over(begin, end)] if begin else []) + proof[::-1]


def is_consistent(
    old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """Verify a proof of consistency (RFC 9162, section 2.1.4.2)."""
    if not 0 < old <= new or (old == new) != (not proof):
        return False
    if old == new:
        return old_root == new_root
    path = list(proof) if old & (old - 1) else [old_root, *proof]
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for neighbour in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            before, after = hash_node(neighbour, before), hash_node(neighbour, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = hash_node(after, neighbour)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(width: int) -> int:
    """Return the largest power of two smaller than `width`."""
    return 1 << (width - 1).bit_length() - 1
