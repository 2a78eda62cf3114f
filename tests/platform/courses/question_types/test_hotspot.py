"""A hotspot question: a place is right in a right area alone."""

from __future__ import annotations

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
