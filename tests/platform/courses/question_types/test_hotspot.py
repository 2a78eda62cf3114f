"""A hotspot question: a place is right in a right area alone."""

from __future__ import annotations

import math
import time

import pytest

from courses.answers.replies import UngradableReply
from courses.question_types.hotspot import Hotspot
from courses.questions.answer_parts import AnswerChoice
from courses.questions.areas import Ellipse, Polygon, Rectangle

AREAS = (
    AnswerChoice("h", "the hub", "the hub", True, area=Rectangle(40, 40, 20, 20)),
    AnswerChoice("r", "the rim", "the rim", False, "Too far out.", area=Rectangle(0, 0, 10, 100)),
)
ASKED = Hotspot(prompt_html="", linear="", choices=AREAS)
PICTURE = "![A wheel](wheel.png) Where is the hub?"


@pytest.mark.parametrize(
    ("given", "right", "named"),
    [
        ("h", True, "the hub"),
        ("r", False, "the rim"),
        ("50,50", True, "the hub"),
        ("40,60.00", True, "the hub"),
        ("39.99,50", False, "outside every area"),
        ("5,99", False, "the rim"),
    ],
)
def test_a_place_counts_as_the_area_it_lies_in(given, right, named):
    assert ASKED.grade(given).correct is right
    assert ASKED.describe(given, "en") == named


def test_places_in_one_area_are_one_answer_in_the_report_of_a_class():
    told = {ASKED.summarise(given, "en") for given in ("r", "5,99", "0.50,1")}
    assert told == {"the rim"}
    assert ASKED.summarise("30,1", "en") == ASKED.summarise("70,1", "en") == "outside every area"


@pytest.mark.parametrize("given", ["", "x", "101,5", "-1,5", ["h"]])
def test_it_refuses_what_is_no_place(given):
    with pytest.raises(UngradableReply):
        ASKED.grade(given)


def flaw(*rows, prompt=PICTURE):
    choices = [{"area": list(area), "correct": correct} for area, correct in rows]
    found = Hotspot.find_flaw({"choices": choices}, prompt)
    return found.text if found else ""


def test_it_names_what_does_not_fit_together():
    right, wrong = ((10, 10, 20, 20), True), ((50, 50, 20, 20), False)
    assert flaw(right, wrong) == ""
    assert "one picture" in flaw(right, wrong, prompt="Where is the hub?")
    assert "one picture" in flaw(right, wrong, prompt="![](wheel.png)")
    assert "inside" in flaw(right, ((90, 50, 20, 20), False))
    assert "over a wrong" in flaw(right, ((29.99, 10, 20, 20), False))
    assert "over a wrong" in flaw(right, ((15, 15, 5, 5), False))
    assert flaw(right, ((20, 20, 20, 20), True), wrong) == ""


@pytest.mark.parametrize("left", [0.1, 10, 33.3])
def test_areas_may_share_an_edge_whose_places_are_right(left):
    wrong, right = Rectangle(left, 0, 0.2, 100), Rectangle(round(left + 0.2, 6), 0, 20, 100)
    assert flaw(((right.left, 0, 20, 100), True), ((left, 0, 0.2, 100), False)) == ""
    asked = Hotspot(
        prompt_html="",
        linear="",
        choices=(
            AnswerChoice("w", "wrong", "wrong", False, area=wrong),
            AnswerChoice("r", "right", "right", True, area=right),
        ),
    )
    assert asked.grade(f"{right.left:.2f},50").correct
    assert not asked.grade(f"{right.left - 0.05:.2f},50").correct


SHAPES = Hotspot(
    prompt_html="",
    linear="",
    choices=(
        AnswerChoice("c", "the disc", "the disc", True, area=Ellipse(25, 50, 10, 20)),
        AnswerChoice(
            "p", "the flag", "the flag", False, area=Polygon(((60, 10), (90, 10), (60, 90)))
        ),
    ),
)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ("15,50", "the disc"),
        ("25,70", "the disc"),
        ("31,66", "the disc"),
        ("31.01,66", "outside every area"),
        ("14.99,50", "outside every area"),
        ("60,50", "the flag"),
        ("75,50", "the flag"),
        ("75.01,50", "outside every area"),
        ("59.99,50", "outside every area"),
        ("p", "the flag"),
    ],
)
def test_circles_and_polygons_hold_their_borders(given, named):
    assert SHAPES.describe(given, "en") == named
    assert SHAPES.grade(given).correct is (named == "the disc")


def spec_flaw(*areas):
    rows = [{"area": area, "correct": not at} for at, area in enumerate(areas)]
    found = Hotspot.find_flaw({"choices": rows}, PICTURE)
    return found.text if found else ""


def test_it_names_what_does_not_fit_for_each_shape():
    disc, flag = {"center": [25, 50], "radii": [10, 20]}, {"points": [[60, 10], [90, 10], [60, 90]]}
    assert spec_flaw(disc, flag) == ""
    assert "inside" in spec_flaw({"center": [5, 50], "radii": [10, 20]}, flag)
    assert "inside" in spec_flaw({"center": [5, 50], "radii": [0, 20]}, flag)
    bow = {"points": [[60, 10], [90, 90], [90, 10], [60, 90]]}
    assert "edges" in spec_flaw(disc, bow)
    assert "over a wrong" in spec_flaw(disc, {"points": [[34, 50], [90, 10], [60, 90]]})
    assert spec_flaw(disc, {"points": [[35, 50], [90, 10], [60, 90]]}) == ""


def star(corners, *, around=50.0, radius=40.0):
    """Return a polygon with many corners, whose edges go in and out."""
    turns = [math.tau * at / corners for at in range(corners)]
    far = [radius * (1 if at % 2 else 0.6) for at in range(corners)]
    return {
        "points": [
            [round(around + one * math.cos(turn), 4), round(50 + one * math.sin(turn), 4)]
            for turn, one in zip(turns, far, strict=True)
        ]
    }


@pytest.mark.parametrize("gap", [50.0, 4.0], ids=["apart", "with common sides"])
def test_many_polygons_with_many_corners_are_compared_in_seconds(gap):
    """A web request checks the areas of a question: 26, with 100 corners each."""
    columns = [25 + 0.1 * (at % 5) for at in range(13)]
    rows = [{"area": star(100, around=at, radius=20), "correct": True} for at in columns]
    rows += [{"area": star(100, around=at + gap, radius=20), "correct": False} for at in columns]
    started = time.process_time()
    found = Hotspot.find_flaw({"choices": rows}, PICTURE)
    assert (found is None) is (gap == 50.0)
    assert time.process_time() - started < 2


@pytest.mark.parametrize("gap", [0, 1], ids=["common border", "near"])
def test_polygons_that_interlock_are_compared_in_seconds(gap):
    """No rectangle around one of them excludes another, and no two of them overlap."""
    border = [[1 + at, 30 if at % 2 else 70] for at in range(98)]
    above = {"points": [[98, 0], [1, 0], *([x, y - gap] for x, y in border)]}
    below = {"points": [[98, 100], [1, 100], *border]}
    started = time.process_time()
    assert spec_flaw(*[above] * 2, below) == "expected no right area over a wrong one"
    rows = [{"area": above, "correct": True}] * 13 + [{"area": below, "correct": False}] * 13
    assert Hotspot.find_flaw({"choices": rows}, PICTURE) is None
    assert time.process_time() - started < 5
