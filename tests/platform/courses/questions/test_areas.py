"""Areas of a picture: what lies in them, and which of them overlap, compared with simple models."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from courses.questions import polygons
from courses.questions.areas import Ellipse, Polygon, Rectangle, overlap, read_area

numbers = st.integers(0, 100)
sizes = st.integers(1, 40)
places = st.tuples(numbers, numbers)
rectangles = st.builds(Rectangle, numbers, numbers, sizes, sizes)
ellipses = st.builds(Ellipse, numbers, numbers, sizes, sizes)
triangles = st.tuples(places, places, places).map(Polygon).filter(lambda one: one.is_plain)
# Corners around a center by their angle never cross.
stars = st.lists(sizes, min_size=5, max_size=9).map(
    lambda radii: Polygon(
        tuple(
            (
                round(50 + far * math.cos(math.tau * at / len(radii)), 2),
                round(50 + far * math.sin(math.tau * at / len(radii)), 2),
            )
            for at, far in enumerate(radii)
        )
    )
)
any_area = st.one_of(rectangles, ellipses, triangles, stars)


def turn(one, two, three):
    return (two[0] - one[0]) * (three[1] - one[1]) - (two[1] - one[1]) * (three[0] - one[0])


def shifted(area, across, down):
    if isinstance(area, Polygon):
        return Polygon(tuple((x + across, y + down) for x, y in area.points))
    if isinstance(area, Rectangle):
        return Rectangle(area.left + across, area.top + down, area.width, area.height)
    return Ellipse(area.x + across, area.y + down, area.across, area.down)


@given(any_area)
def test_an_area_is_read_as_it_was_written(area):
    assert read_area(area.write()) == area


@given(rectangles, places)
def test_a_rectangle_holds_what_the_polygon_of_its_corners_holds(area, place):
    assert area.holds(*place) == polygons.holds(area.corners, place)


@given(triangles, places)
def test_a_triangle_holds_what_is_on_one_side_of_its_edges(area, place):
    signs = [turn(*edge, place) for edge in polygons.edges_of(area.points)]
    assert area.holds(*place) == (min(signs) >= 0 or max(signs) <= 0)


@given(ellipses, places)
def test_an_ellipse_holds_what_is_near_its_center_and_its_border(area, place):
    across, down = ((at - mid) * size for at, mid, size in zip(
        place, (area.x, area.y), (area.down, area.across), strict=True))  # fmt: skip
    assert area.holds(*place) == (across**2 + down**2 <= (area.across * area.down) ** 2)


@given(st.one_of(triangles, stars), st.integers(0, 8), st.integers(0, 100))
def test_the_border_of_a_polygon_belongs_to_it(area, edge, share):
    edges = list(polygons.edges_of(area.corners))
    (x1, y1), (x2, y2) = edges[edge % len(edges)]
    at = Fraction(share, 100)
    assert polygons.holds(area.corners, (x1 + at * (x2 - x1), y1 + at * (y2 - y1)))


@given(stars, places, st.integers(0, 8), st.booleans())
def test_neither_the_first_corner_nor_the_direction_of_a_polygon_matters(area, place, first, back):
    turned = (*area.points[first:], *area.points[:first])
    other = Polygon(turned[::-1] if back else turned)
    assert other.holds(*place) == area.holds(*place)
    assert other.is_plain == area.is_plain


@given(any_area, any_area)
def test_an_overlap_has_no_order(one, other):
    assume(one.is_plain and other.is_plain)
    assert overlap(one, other) == overlap(other, one)


@given(any_area)
def test_an_area_overlaps_itself_and_not_its_copy_beyond_the_border(area):
    assume(area.is_plain)
    assert overlap(area, area)
    assert not overlap(area, shifted(area, 300, 0))


@given(any_area, any_area, st.lists(places, min_size=30, max_size=30))
def test_no_two_places_around_a_common_one_are_in_areas_that_do_not_overlap(one, other, tried):
    """A place with all its neighbours in both areas is inside both of them."""
    assume(one.is_plain and other.is_plain)
    assume(not overlap(one, other))
    for x, y in tried:
        near = [(x, y), (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
        assert not all(one.holds(*place) and other.holds(*place) for place in near)


@given(rectangles, sizes)
def test_rectangles_and_polygons_that_share_an_edge_do_not_overlap(area, width):
    right = area.left + area.width
    bottom = area.top + area.height
    beside = ((right, area.top), (right + width, area.top), (right, bottom))
    assert not overlap(area, Polygon(beside))
    into = ((right - 1, area.top), (right + width, area.top), (right, bottom))
    assert overlap(area, Polygon(into))


@given(st.integers(0, 100), sizes, sizes, sizes)
def test_circles_that_touch_do_not_overlap(x, one, other, down):
    left, touching = Ellipse(x, 50, one, down), Ellipse(x + one + other, 50, other, down)
    assert not overlap(left, touching)
    assert overlap(left, Ellipse(x + one + other - 0.1, 50, other, down))
    assert not overlap(left, Rectangle(x + one, 0, 10, 100))
    assert overlap(left, Rectangle(x + one - 0.001, 0, 10, 100))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Ellipse(50, 50, 30, 30), Ellipse(50, 50, 2, 2)),
        (Ellipse(50, 50, 30, 30), Polygon(((49, 49), (51, 49), (50, 51)))),
        (Ellipse(50, 50, 1, 1), Polygon(((10, 10), (90, 10), (50, 90)))),
        (Rectangle(10, 10, 80, 80), Polygon(((49, 49), (51, 49), (50, 51)))),
        (Ellipse(30, 50, 40, 1), Ellipse(50, 30, 1, 40)),
        (Rectangle(10, 40, 80, 10), Rectangle(40, 10, 10, 80)),
    ],
)  # fmt: skip
def test_an_area_inside_or_across_another_overlaps_it(one, other):
    assert overlap(one, other)


def test_an_area_in_a_notch_of_another_does_not_overlap_it():
    letter_u = Polygon(((0, 0), (20, 0), (20, 60), (40, 60), (40, 0), (60, 0), (60, 80), (0, 80)))
    assert letter_u.is_plain
    assert not overlap(letter_u, Rectangle(20, 0, 20, 60))
    assert not overlap(letter_u, Ellipse(30, 30, 10, 30))
    assert overlap(letter_u, Ellipse(30, 31, 10, 30))
    assert not letter_u.holds(30, 59)
    assert letter_u.holds(30, 60)


@pytest.mark.parametrize(
    "points",
    [
        ((0, 0), (10, 10), (10, 0), (0, 10)),
        ((0, 0), (10, 0), (5, 0)),
        ((0, 0), (10, 0), (10, 0), (5, 5)),
        ((0, 0), (20, 0), (20, 20), (10, 0), (0, 20)),
        ((0, 0), (10, 0)),
    ],
    ids=["crossing", "flat", "twice", "touching", "two"],
)
def test_a_polygon_whose_border_meets_itself_is_not_plain(points):
    assert not Polygon(points).is_plain


@given(any_area)
def test_an_area_fits_where_its_farthest_places_do(area):
    assume(area.is_plain)
    corners = area.corners
    inside = all(0 <= number <= 100 for corner in corners for number in corner)
    assert area.fits == inside
    assert not shifted(area, 101, 0).fits


def test_decimal_numbers_are_compared_as_they_are_written():
    assert Rectangle(0.1, 0, 0.2, 1).holds(0.3, 0)
    assert Rectangle(0.7, 0, 0.1, 1).holds(0.8, 0)
    assert Ellipse(0.3, 0.3, 0.1, 0.1).holds(0.2, 0.3)
    assert not Ellipse(0.3, 0.3, 0.1, 0.1).holds(0.19, 0.3)
