"""Areas of a picture, in percent of its width and height: rectangles, ellipses and polygons.

A circle is an ellipse here, because a percent of the width is seldom as long as one of the height.
Places are compared as exact fractions, and each border belongs to its area.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, ClassVar, Final

from courses.questions import polygons
from courses.questions.polygons import Outline, Point

# What course.json has: four numbers, or an object with `center` and `radii`, or with `points`.
AreaSpec = Sequence[float] | Mapping[str, Any]
Box = tuple[Point, Point]
_WHOLE: Final = 100
# Two ellipses touch where they are this much closer, as a share of a radius.
_TOUCH: Final = 1e-6
_STEPS: Final = 100


class Area(ABC):
    """A part of a picture."""

    # The element of SVG that draws it.
    shape: ClassVar[str]

    @property
    @abstractmethod
    def fits(self) -> bool:
        """Return whether the area has a size and lies inside the picture."""

    @property
    @abstractmethod
    def is_drawn(self) -> bool:
        """Return whether there is something to draw, finished or not."""

    @property
    @abstractmethod
    def mark(self) -> tuple[float, float]:
        """The place of its number."""

    @property
    @abstractmethod
    def corners(self) -> Outline:
        """The corners, or two of the rectangle around it."""

    @property
    def is_plain(self) -> bool:
        """Return whether its border does not meet itself."""
        return True

    @abstractmethod
    def holds(self, x: float, y: float) -> bool:
        """Return whether a place lies in the area; its border does."""

    @abstractmethod
    def write(self) -> AreaSpec:
        """Return the area as course.json has it."""


@dataclass(frozen=True, slots=True)
class Rectangle(Area):
    shape: ClassVar = "rect"

    left: float
    top: float
    width: float
    height: float

    @property
    def fits(self) -> bool:
        return min(self.width, self.height) > 0 and _is_inside(self.corners)

    @property
    def is_drawn(self) -> bool:
        return min(self.width, self.height) > 0

    @property
    def mark(self) -> tuple[float, float]:
        return self.left, self.top

    @property
    def corners(self) -> Outline:
        left, top = exact(self.left), exact(self.top)
        right, bottom = left + exact(self.width), top + exact(self.height)
        return (left, top), (right, top), (right, bottom), (left, bottom)

    def holds(self, x: float, y: float) -> bool:
        (left, top), _, (right, bottom), _ = self.corners
        return left <= exact(x) <= right and top <= exact(y) <= bottom

    def write(self) -> AreaSpec:
        return [self.left, self.top, self.width, self.height]


@dataclass(frozen=True, slots=True)
class Ellipse(Area):
    shape: ClassVar = "ellipse"

    x: float
    y: float
    across: float
    down: float

    @property
    def fits(self) -> bool:
        return self.is_drawn and _is_inside(self.corners)

    @property
    def is_drawn(self) -> bool:
        return min(self.across, self.down) > 0

    @property
    def mark(self) -> tuple[float, float]:
        return self.x, self.y

    @property
    def center(self) -> Point:
        return exact(self.x), exact(self.y)

    @property
    def corners(self) -> Outline:
        (x, y), across, down = self.center, exact(self.across), exact(self.down)
        return (x - across, y - down), (x + across, y + down)

    def scale(self, place: Point) -> Point:
        """Return a place as seen from the center, in radii."""
        x, y = self.center
        return (place[0] - x) / exact(self.across), (place[1] - y) / exact(self.down)

    def holds(self, x: float, y: float) -> bool:
        return self.is_drawn and sum(one**2 for one in self.scale((exact(x), exact(y)))) <= 1

    def write(self) -> AreaSpec:
        return {"center": [self.x, self.y], "radii": [self.across, self.down]}


@dataclass(frozen=True, slots=True)
class Polygon(Area):
    shape: ClassVar = "polygon"

    points: tuple[tuple[float, float], ...]

    @property
    def fits(self) -> bool:
        return _is_inside(self.corners)

    @property
    def is_drawn(self) -> bool:
        return bool(self.points)

    @property
    def is_plain(self) -> bool:
        return polygons.is_simple(self.corners)

    @property
    def mark(self) -> tuple[float, float]:
        xs, ys = zip(*self.points, strict=True)
        return round(sum(xs) / len(xs), 2), round(sum(ys) / len(ys), 2)

    @property
    def corners(self) -> Outline:
        return tuple((exact(x), exact(y)) for x, y in self.points)

    @property
    def drawing(self) -> str:
        """The points as SVG has them."""
        return " ".join(f"{x},{y}" for x, y in self.points)

    def holds(self, x: float, y: float) -> bool:
        return polygons.holds(self.corners, (exact(x), exact(y)))

    def write(self) -> AreaSpec:
        return {"points": [[x, y] for x, y in self.points]}


def exact(number: float) -> Fraction:
    """Return the number as it is written: 0.1 is one tenth."""
    return Fraction(str(number))


def read_area(spec: AreaSpec) -> Area:
    """Return the area that course.json describes."""
    if not isinstance(spec, Mapping):
        return Rectangle(*spec)
    if "points" in spec:
        return Polygon(tuple((x, y) for x, y in spec["points"]))
    return Ellipse(*spec["center"], *spec["radii"])


def any_overlap(some: Sequence[Area], others: Sequence[Area]) -> bool:
    """Return whether any of some areas and any of the others overlap."""
    pairs = product(*([(area, bounds_of(area)) for area in group] for group in (some, others)))
    return any(
        _boxes_meet(first, second) and overlap(one, other)
        for (one, first), (other, second) in pairs
    )


def bounds_of(area: Area) -> Box:
    """Return two opposite corners of the rectangle around an area."""
    xs, ys = zip(*area.corners, strict=True)
    return (min(xs), min(ys)), (max(xs), max(ys))


def overlap(one: Area, other: Area) -> bool:
    """Return whether two areas have more than their borders in common."""
    if isinstance(one, Ellipse) and isinstance(other, Ellipse):
        return _ellipses_overlap(one, other)
    if isinstance(one, Ellipse):
        return _is_near(one, other.corners)
    if isinstance(other, Ellipse):
        return _is_near(other, one.corners)
    return polygons.overlap(one.corners, other.corners)


def _boxes_meet(one: Box, other: Box) -> bool:
    return all(one[0][at] < other[1][at] and other[0][at] < one[1][at] for at in (0, 1))


def _is_inside(points: Outline) -> bool:
    return all(0 <= x <= _WHOLE and 0 <= y <= _WHOLE for x, y in points)


def _is_near(ellipse: Ellipse, outline: Outline) -> bool:
    """Return whether an outline comes nearer than the border: in radii, the ellipse is a circle."""
    seen = [ellipse.scale(place) for place in outline]
    return polygons.distance_squared(seen, (Fraction(0), Fraction(0))) < 1


def _ellipses_overlap(one: Ellipse, other: Ellipse) -> bool:
    """Find the point of the other that is nearest to the center of the first, in its radii.

    Its distance has no exact form, and what only touches is no overlap.
    """
    x, y = (abs(float(at)) for at in one.scale(other.center))
    across, down = other.across / one.across, other.down / one.down
    if (x / across) ** 2 + (y / down) ** 2 <= 1:
        return True
    # The nearest point is where the normal leads to the center: one root, found by halving.
    low, high = 0.0, across * x + down * y
    for _step in range(_STEPS):
        middle = (low + high) / 2
        sides = across * x / (middle + across**2), down * y / (middle + down**2)
        low, high = (middle, high) if sum(side**2 for side in sides) > 1 else (low, middle)
    near = x - across**2 * x / (low + across**2), y - down**2 * y / (low + down**2)
    return bool(near[0] ** 2 + near[1] ** 2 < (1 - _TOUCH) ** 2)
