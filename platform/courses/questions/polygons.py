"""Polygons on a plane, with exact arithmetic: a polygon is its corners in their order.

Edges are compared as whole numbers, which is much faster than fractions.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, pairwise
from math import lcm

Number = int | Fraction
Point = tuple[Number, Number]
Outline = Sequence[Point]
Edge = tuple[Point, Point]
_ZERO, _ONE = Fraction(0), Fraction(1)


@dataclass(frozen=True, slots=True)
class _Boxed:
    """An edge with the rectangle around it."""

    ends: Edge
    left: Number
    top: Number
    right: Number
    bottom: Number

    @classmethod
    def make(cls, edge: Edge) -> _Boxed:
        (x1, y1), (x2, y2) = edge
        return cls(edge, min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    def is_near(self, other: _Boxed) -> bool:
        """Return whether the rectangles meet."""
        return (
            self.left <= other.right
            and other.left <= self.right
            and self.top <= other.bottom
            and other.top <= self.bottom
        )


def holds(outline: Outline, place: Point) -> bool:
    """Return whether a place lies in the polygon; its edges do."""
    return _is_on_border(outline, place) or _is_within(outline, place)


def is_simple(outline: Outline) -> bool:
    """Return whether the edges have nothing in common but the corner between two neighbours."""
    if len(outline) < 3 or len(set(outline)) < len(outline):
        return False
    (whole,) = _to_integers(outline)
    pairs = combinations(map(_Boxed.make, edges_of(whole)), 2)
    return not any(one.is_near(other) and _clash(one.ends, other.ends) for one, other in pairs)


def overlap(one: Outline, other: Outline) -> bool:
    """Return whether two simple polygons have more than their borders in common.

    Either an edge runs through the inside of the other polygon, or both are the same polygon.
    """
    first, second = _to_integers(one, other)
    if _enters(first, second) or _enters(second, first):
        return True
    return _is_strictly_in(second, _find_inner_point(first))


def distance_squared(outline: Outline, place: Point) -> Number:
    """Return the square of the distance from a place to the polygon; 0 where it holds it."""
    if holds(outline, place):
        return _ZERO
    return min(_distance_to_edge(edge, place) for edge in edges_of(outline))


def edges_of(outline: Outline) -> Iterator[Edge]:
    return pairwise([*outline, outline[0]])


def _to_integers(*outlines: Outline) -> list[Outline]:
    """Return polygons enlarged by one factor, which makes all of their corners whole."""
    size = lcm(*(at.denominator for outline in outlines for place in outline for at in place))
    return [[(int(x * size), int(y * size)) for x, y in outline] for outline in outlines]


def _is_on_border(outline: Outline, place: Point) -> bool:
    return any(_is_on_edge(edge, place) for edge in edges_of(outline))


def _is_strictly_in(outline: Outline, place: Point) -> bool:
    return not _is_on_border(outline, place) and _is_within(outline, place)


def _is_within(outline: Outline, place: Point) -> bool:
    """Count the edges to the right of a place that is on none of them."""
    y = place[1]
    inside = False
    for (x1, y1), (x2, y2) in edges_of(outline):
        if (y1 > y) != (y2 > y) and (_turn((x1, y1), (x2, y2), place) > 0) == (y2 > y1):
            inside = not inside
    return inside


def _is_on_edge(edge: Edge, place: Point) -> bool:
    (x1, y1), (x2, y2) = edge
    x, y = place
    if not (min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)):
        return False
    return _turn(*edge, place) == 0


def _turn(one: Point, two: Point, three: Point) -> Number:
    """Return a number above 0 for a turn to one side, below 0 to the other, 0 for none."""
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def _clash(one: Edge, other: Edge) -> bool:
    """Return whether two edges meet elsewhere than in a corner of both."""
    shared = {*one} & {*other}
    ends = [*((place, other) for place in one), *((place, one) for place in other)]
    if any(place not in shared and _is_on_edge(edge, place) for place, edge in ends):
        return True
    if shared:
        return False
    first = _turn(*one, other[0]) * _turn(*one, other[1])
    second = _turn(*other, one[0]) * _turn(*other, one[1])
    return first < 0 and second < 0


def _enters(one: Outline, other: Outline) -> bool:
    """Return whether a part of an edge of the first runs inside the other polygon.

    An edge that meets no other one is outside where the edge before it ends outside.
    """
    boxed = [_Boxed.make(edge) for edge in edges_of(other)]
    for at, edge in enumerate(edges_of(one)):
        near = [each.ends for each in filter(_Boxed.make(edge).is_near, boxed)]
        cuts = _find_cuts(edge, near)
        if cuts or at == 0:
            pieces = pairwise(sorted({_ZERO, _ONE, *cuts}))
            if any(_is_share_in(other, near, edge, (low + high) / 2) for low, high in pieces):
                return True
    return False


def _is_share_in(outline: Outline, near: Sequence[Edge], edge: Edge, share: Fraction) -> bool:
    """Return whether the place at this share of an edge lies inside a polygon of whole numbers.

    `near` has the edges of the polygon on which the place may lie.
    """
    (x1, y1), (x2, y2) = edge
    part, size = share.as_integer_ratio()
    place = x1 * size + part * (x2 - x1), y1 * size + part * (y2 - y1)
    enlarged = ((_enlarge_point(one, size), _enlarge_point(two, size)) for one, two in near)
    if any(_is_on_edge(other, place) for other in enlarged):
        return False
    return _is_within([_enlarge_point(corner, size) for corner in outline], place)


def _enlarge_point(place: Point, size: int) -> Point:
    return place[0] * size, place[1] * size


def _find_cuts(edge: Edge, others: Iterable[Edge]) -> set[Fraction]:
    """Return where other edges meet an edge, from 0 at its begin to 1 at its end."""
    found: set[Fraction] = set()
    for other in others:
        if _turn(*edge, other[0]) * _turn(*edge, other[1]) > 0:
            continue
        first, second = _turn(*other, edge[0]), _turn(*other, edge[1])
        if first != second:
            found.add(Fraction(first, first - second))
        elif first == 0:
            found |= {_share_along(edge, place) for place in other}
    return {at for at in found if 0 <= at <= 1}


def _point_at(edge: Edge, share: Fraction) -> Point:
    (x1, y1), (x2, y2) = edge
    return x1 + share * (x2 - x1), y1 + share * (y2 - y1)


def _share_along(edge: Edge, place: Point) -> Fraction:
    """Return the foot of a place on the line of an edge, as a share of the edge."""
    (x1, y1), (x2, y2) = edge
    across, down = x2 - x1, y2 - y1
    along = (place[0] - x1) * across + (place[1] - y1) * down
    return Fraction(along, across**2 + down**2)


def _distance_to_edge(edge: Edge, place: Point) -> Number:
    share = min(_ONE, max(_ZERO, _share_along(edge, place)))
    x, y = _point_at(edge, share)
    return (x - place[0]) ** 2 + (y - place[1]) ** 2


def _find_inner_point(outline: Outline) -> Point:
    """Return a place inside: between the first two edges that a line between corners meets."""
    low, high = sorted({y for _x, y in outline})[:2]
    y = Fraction(low + high, 2)
    found = sorted(
        x1 + (y - y1) * Fraction(x2 - x1, y2 - y1)
        for (x1, y1), (x2, y2) in edges_of(outline)
        if (y1 > y) != (y2 > y)
    )
    return (found[0] + found[1]) / 2, y
