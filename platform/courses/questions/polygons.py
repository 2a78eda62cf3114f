"""Polygons on a plane, with exact arithmetic: a polygon is its corners in their order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, pairwise

Point = tuple[Fraction, Fraction]
Outline = Sequence[Point]
Edge = tuple[Point, Point]
_ZERO, _ONE = Fraction(0), Fraction(1)


def holds(outline: Outline, place: Point) -> bool:
    """Return whether a place lies in the polygon; its edges do."""
    return _is_on_border(outline, place) or _is_within(outline, place)


def is_simple(outline: Outline) -> bool:
    """Return whether the edges have nothing in common but the corner between two neighbours."""
    if len(outline) < 3 or len(set(outline)) < len(outline):
        return False
    edges = list(edges_of(outline))
    pairs = combinations(range(len(edges)), 2)
    return not any(_clash(edges[one], edges[other]) for one, other in pairs)


def overlap(one: Outline, other: Outline) -> bool:
    """Return whether two simple polygons have more than their borders in common.

    Either an edge runs through the inside of the other polygon, or both are the same polygon.
    """
    crossing = any(_enters(first, second) for first, second in ((one, other), (other, one)))
    return crossing or _is_strictly_in(other, _find_inner_point(one))


def distance_squared(outline: Outline, place: Point) -> Fraction:
    """Return the square of the distance from a place to the polygon; 0 where it holds it."""
    if holds(outline, place):
        return _ZERO
    return min(_distance_to_edge(edge, place) for edge in edges_of(outline))


def edges_of(outline: Outline) -> Iterator[Edge]:
    return pairwise([*outline, outline[0]])


def _is_on_border(outline: Outline, place: Point) -> bool:
    return any(_is_on_edge(edge, place) for edge in edges_of(outline))


def _is_strictly_in(outline: Outline, place: Point) -> bool:
    return not _is_on_border(outline, place) and _is_within(outline, place)


def _is_within(outline: Outline, place: Point) -> bool:
    """Count the edges to the right of a place that is on none of them."""
    x, y = place
    inside = False
    for (x1, y1), (x2, y2) in edges_of(outline):
        if (y1 > y) != (y2 > y) and x < x1 + (y - y1) * (x2 - x1) / (y2 - y1):
            inside = not inside
    return inside


def _is_on_edge(edge: Edge, place: Point) -> bool:
    if _turn(*edge, place):
        return False
    (x1, y1), (x2, y2) = edge
    x, y = place
    return min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2)


def _turn(one: Point, two: Point, three: Point) -> Fraction:
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
    """Return whether a part of an edge of the first runs inside the other polygon."""
    return any(
        _is_strictly_in(other, _point_at(edge, (first + second) / 2))
        for edge in edges_of(one)
        for first, second in pairwise(_find_cuts(edge, edges_of(other)))
    )


def _find_cuts(edge: Edge, others: Iterable[Edge]) -> list[Fraction]:
    """Return where other edges meet an edge, from 0 at its begin to 1 at its end."""
    found = {_ZERO, _ONE}
    for other in others:
        first, second = _turn(*other, edge[0]), _turn(*other, edge[1])
        if first != second:
            found.add(first / (first - second))
        elif first == 0:
            found |= {_share_along(edge, place) for place in other}
    return sorted(at for at in found if 0 <= at <= 1)


def _point_at(edge: Edge, share: Fraction) -> Point:
    (x1, y1), (x2, y2) = edge
    return x1 + share * (x2 - x1), y1 + share * (y2 - y1)


def _share_along(edge: Edge, place: Point) -> Fraction:
    """Return the foot of a place on the line of an edge, as a share of the edge."""
    (x1, y1), (x2, y2) = edge
    across, down = x2 - x1, y2 - y1
    return ((place[0] - x1) * across + (place[1] - y1) * down) / (across**2 + down**2)


def _distance_to_edge(edge: Edge, place: Point) -> Fraction:
    share = min(_ONE, max(_ZERO, _share_along(edge, place)))
    x, y = _point_at(edge, share)
    return (x - place[0]) ** 2 + (y - place[1]) ** 2


def _find_inner_point(outline: Outline) -> Point:
    """Return a place inside: between the first two edges that a line between corners meets."""
    low, high = sorted({y for _x, y in outline})[:2]
    y = (low + high) / 2
    found = sorted(
        x1 + (y - y1) * (x2 - x1) / (y2 - y1)
        for (x1, y1), (x2, y2) in edges_of(outline)
        if (y1 > y) != (y2 > y)
    )
    return (found[0] + found[1]) / 2, y
