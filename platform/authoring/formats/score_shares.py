"""Find the shares of the points that an item gives to choices, by scoring replies to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

MOST_SUBSETS = 6
# Files write thirds of a point as 33.33 of 100.
_ROUNDED = Fraction(1, 500)
Score = Callable[[tuple[str, ...]], Fraction]


def shares_of_one(labels: Sequence[str], right: str, score: Score) -> Mapping[str, Fraction]:
    """Return the shares of the wrong choices that earn something, where one is correct."""
    most = score((right,))
    found = {label: score((label,)) / most for label in labels if label != right}
    return {label: share for label, share in found.items() if 0 < share < 1}


def shares_of_several(
    labels: Sequence[str], right: Sequence[str], score: Score
) -> Mapping[str, Fraction] | None:
    """Return the share of each choice, where those of a reply are added up.

    Returns {} where each reply earns all or nothing, and None where shares cannot say what the
    replies earn.
    """
    most = score(tuple(right))
    earned = {
        chosen: min(max(score(chosen) / most, Fraction(0)), Fraction(1))
        for chosen in _replies(labels, right)
    }
    if all(share in (0, 1) for share in earned.values()):
        return {}
    shares = {
        label: 1 - score(_without(right, label)) / most
        if label in right
        else score((*right, label)) / most - 1
        for label in labels
    }
    found = shares if _adds_up(shares, earned) else None
    return found if found is None or _has_signs(found, right) else None


def find_equal_shares(
    names: Sequence[str], score: Score, spoil: Callable[[str], Iterable[Fraction]]
) -> bool | None:
    """Return whether each part earns an equal share; None where parts earn other shares.

    False where only all parts together earn points. `score` takes the parts that are answered, all
    correctly. `spoil` returns what the whole reply earns with one part answered wrongly.
    """
    most = score(tuple(names))
    alone = [score((name,)) / most for name in names]
    missing = [score(_without(names, name)) / most for name in names]
    wrong = [earned / most for name in names for earned in spoil(name)]
    if all(share <= 0 for share in (*alone, *missing, *wrong)):
        return False
    equal = Fraction(1, len(names))
    expected = [(share, equal) for share in alone]
    expected += [(share, 1 - equal) for share in (*missing, *wrong)]
    return True if all(abs(one - other) <= _ROUNDED for one, other in expected) else None


def find_equal_places(names: tuple[str, ...], score: Score) -> bool | None:
    """Return whether each element in its place earns an equal share; None for other shares.

    False where only the whole order earns points. `score` takes a complete order.
    """
    most = score(names)
    orders = [(*names[1:], names[0]), names[::-1]]
    for at in range(len(names) - 1):
        orders.append((*names[:at], names[at + 1], names[at], *names[at + 2 :]))
    earned = [
        (score(order) / most, Fraction(sum(map(str.__eq__, order, names)), len(names)))
        for order in orders
        if order != names
    ]
    if all(share <= 0 for share, _places in earned):
        return False
    return True if all(abs(share - places) <= _ROUNDED for share, places in earned) else None


def _replies(labels: Sequence[str], right: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Yield all sets of choices; of many choices, only those near the correct one."""
    if len(labels) <= MOST_SUBSETS:
        for count in range(1, len(labels) + 1):
            yield from combinations(labels, count)
        return
    yield tuple(label for label in labels if label in right)
    for label in labels:
        yield (label,)
        yield tuple(one for one in labels if (one in right) is not (one == label))


def _adds_up(shares: Mapping[str, Fraction], earned: Mapping[tuple[str, ...], Fraction]) -> bool:
    for chosen, share in earned.items():
        total = sum((shares[label] for label in chosen), Fraction(0))
        if abs(min(max(total, Fraction(0)), Fraction(1)) - share) > _ROUNDED:
            return False
    return True


def _has_signs(shares: Mapping[str, Fraction], right: Sequence[str]) -> bool:
    """Return whether correct choices earn something, and the others nothing."""
    return all((share > 0) is (label in right) for label, share in shares.items())


def _without(right: Sequence[str], label: str) -> tuple[str, ...]:
    return tuple(one for one in right if one != label)
