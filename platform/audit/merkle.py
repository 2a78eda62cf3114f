"""Merkle trees of RFC 6962, section 2.1: root, proof of inclusion, proof of consistency (I-20).

An entry is a leaf's `leaf_hash`. What is hashed for a leaf begins with 0x00, for a node with 0x01,
so none can stand for the other. A tree is never kept: a `Frontier`, the hashes of the whole
subtrees it is made of (at most 64), takes further entries in constant memory and gives the root.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

EMPTY = sha256(b"").digest()
# The hash over the entries from the first position up to, not with, the second: MTH(D[a:b]).
Over = Callable[[int, int], bytes]


def leaf(entry: bytes) -> bytes:
    return sha256(b"\0" + entry).digest()


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1" + left + right).digest()


@dataclass(slots=True)
class Frontier:
    """The whole subtrees of a tree of `size` entries, the largest first."""

    size: int = 0
    hashes: list[bytes] = field(default_factory=list)

    def append(self, entry: bytes) -> None:
        hashed, size, hashes = leaf(entry), self.size, self.hashes
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
            root = node(hashed, root)
        return root

    def fits(self) -> bool:
        """Return whether there are as many hashes as a tree of this size has whole subtrees."""
        return self.size >= 0 and len(self.hashes) == self.size.bit_count()

    def spans(self) -> Iterator[tuple[int, int, bytes]]:
        """Each subtree: where it begins, where it ends, its hash."""
        begin = 0
        for hashed in self.hashes:
            width = 1 << (self.size - begin).bit_length() - 1
            yield begin, begin + width, hashed
            begin += width


def root_of(entries: Sequence[bytes]) -> bytes:
    frontier = Frontier()
    for entry in entries:
        frontier.append(entry)
    return frontier.root()


def over(entries: Sequence[bytes], before: Frontier | None = None) -> Over:
    """MTH over `entries`, which follow those that `before` stands for."""
    base = before or Frontier()
    known = {(begin, end): hashed for begin, end, hashed in base.spans()}

    def hashed(begin: int, end: int) -> bytes:
        if (begin, end) in known:
            return known[begin, end]
        return root_of(entries[begin - base.size : end - base.size])

    return hashed


def inclusion(index: int, size: int, over: Over) -> list[bytes]:
    """PATH(index, D[size]): the neighbours from the entry at `index` up to the root."""
    if not 0 <= index < size:
        raise ValueError(f"expected a position under {size}, got {index}")
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(over(middle, end))
            end = middle
        else:
            path.append(over(begin, middle))
            begin = middle
    return path[::-1]


def consistency(old: int, new: int, over: Over) -> list[bytes]:
    """PROOF(old, D[new]): what shows that the first `old` entries are still those they were."""
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


def is_included(entry: bytes, *, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    first, last, hashed = index, size - 1, leaf(entry)
    for neighbour in path:
        if last == 0:
            return False
        if first & 1 or first == last:
            hashed = node(neighbour, hashed)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            hashed = node(hashed, neighbour)
        first, last = first >> 1, last >> 1
    return last == 0 and hashed == root


def is_consistent(
    old: int, new: int, *, old_root: bytes, new_root: bytes, proof: Sequence[bytes]
) -> bool:
    """RFC 9162, section 2.1.4.2."""
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
            before, after = node(neighbour, before), node(neighbour, after)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            after = node(after, neighbour)
        first, last = first >> 1, last >> 1
    return last == 0 and before == old_root and after == new_root


def _split(width: int) -> int:
    """The largest power of two smaller than `width`."""
    return 1 << (width - 1).bit_length() - 1
