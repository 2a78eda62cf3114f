"""A hotspot question: a place is right in a right area alone."""

from __future__ import annotations

import pytest

from courses.answers.replies import UngradableReply
from courses.question_types.hotspot import Hotspot
from courses.questions.answer_parts import AnswerChoice, Area

AREAS = (
    AnswerChoice("h", "the hub", "the hub", True, area=Area(40, 40, 20, 20)),
    AnswerChoice("r", "the rim", "the rim", False, "Too far out.", area=Area(0, 0, 10, 100)),
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
    assert "over a wrong" in flaw(right, ((30, 10, 20, 20), False))
