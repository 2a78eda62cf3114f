"""Version 1.1 of the course package: what it refuses, with the place of the error."""

from __future__ import annotations

import copy
import json

import pytest

from authoring.errors import BrokenPackage
from authoring.formats.attune import validation
from tests.platform.authoring.formats.attune.test_every_kind import EVERY


@pytest.fixture
def course():
    return copy.deepcopy(json.loads((EVERY / "course.json").read_text(encoding="utf-8")))


def find_question(course, ref):
    found = [row for unit in course["units"] for row in unit.get("questions", ())]
    return next(row for row in found if row["id"] == ref)


def _unknown_part(course):
    find_question(course, "matched")["choices"][0]["match"] = "p9"


def _two_gaps_alike(course):
    find_question(course, "gapped")["parts"][1]["id"] = "cm"


def _gap_not_in_text(course):
    find_question(course, "gapped")["prompt"] = "A metre has [[cm]] centimetres."


def _gap_in_maths(course):
    find_question(course, "film-cloze")["prompt"] = "One metre is $[[n]]$ centimetres."


def _unit_twice(course):
    units = find_question(course, "number")["units"]
    units[1]["name"] = units[0]["name"]


def _unit_of_nothing(course):
    find_question(course, "number")["units"][0]["factor"] = 0


def _two_shapes(course):
    area = find_question(course, "spotted")["choices"][0]
    area["area"] = {"center": [20, 50], "radii": [5, 5], "points": [[1, 1], [9, 1], [1, 9]]}


def _two_right(course):
    find_question(course, "one")["choices"][1]["correct"] = True


def _none_right(course):
    for choice in find_question(course, "several")["choices"]:
        choice["correct"] = False


def _choices_of_a_number(course):
    find_question(course, "number")["choices"] = find_question(course, "one")["choices"]


def _no_number(course):
    find_question(course, "number")["answer"] = "three"


def _reply_of_a_worked_step(course):
    hints = find_question(course, "steps")["hints"]
    hints[-1]["reply"] = hints[0]["reply"]


def _scaffold_without_reply(course):
    del find_question(course, "steps")["hints"][0]["reply"]


def _needs_a_later_hint(course):
    find_question(course, "steps")["hints"][0]["needs"] = [2]


def _due_before_it_opens(course):
    course["units"][3]["due_at"] = "2026-10-01T08:00:00+00:00"


def _opens_after_itself(course):
    course["units"][4]["opens_after"] = "away"


def _opens_after_a_later_unit(course):
    course["units"][1]["opens_after"] = "every"


def _opens_after_an_unknown_unit(course):
    course["units"][4]["opens_after"] = "gone"


def _opens_after_an_empty_quiz(course):
    course["units"][4]["opens_after"] = "test"
    course["units"][3]["questions"] = []


def _no_such_day(course):
    course["units"][3]["due_at"] = "2026-13-01T08:00:00Z"


def _no_time_zone(course):
    course["units"][3]["due_at"] = "2026-12-01T08:00:00"


def _nothing_asked(course):
    find_question(course, "number")["prompt"] = ""


def _graded_video(course):
    course["units"][0]["scenario"] = "graded"


def _unknown_key(course):
    find_question(course, "number")["hint"] = "?"


def _later_version(course):
    course["format_version"] = "2.0"


BREAKS = {
    _unknown_part: "(matched): the choice 'km' belongs to the unknown part 'p9'",
    _two_gaps_alike: "(gapped): two parts have the same id",
    _gap_not_in_text: "(gapped): expected the gaps ['cm', 'than', 'who'] in the text",
    _gap_in_maths: "(film-cloze): expected the gaps outside of maths",
    _unit_twice: "(number): two units have the same name",
    _unit_of_nothing: "units[2].questions[2].units[0].factor: 0 is less than or equal to",
    _two_shapes: "units[2].questions[7].choices[0].area: ",
    _two_right: "units[2].questions[0].choices: Too many items match",
    _none_right: "units[2].questions[1].choices: ",
    _choices_of_a_number: "units[2].questions[2].choices: is not allowed here",
    _no_number: "units[2].questions[2].answer: 'three' does not match",
    _reply_of_a_worked_step: "units[2].questions[9].hints[7].reply: is not allowed here",
    _scaffold_without_reply: "units[2].questions[9].hints[0]: 'reply' is a required property",
    _needs_a_later_hint: "(steps).hints[0]: requires a hint that does not come before it",
    _due_before_it_opens: "units[3]: expected opens_at before due_at",
    _opens_after_itself: "units[4]: a unit cannot open after itself",
    _opens_after_a_later_unit: "units[1]: opens after 'Every kind', which does not come before it",
    _opens_after_an_unknown_unit: "units[4]: opens after the unknown unit 'gone'",
    _opens_after_an_empty_quiz: "units[4]: opens after 'A test that counts', a quiz without",
    _no_such_day: "units[3]: expected a date and time: month must be in 1..12",
    _no_time_zone: "units[3].due_at: ",
    _nothing_asked: "(number): expected a prompt or a stem",
    _graded_video: "units[0]: Additional properties are not allowed ('scenario'",
    _unknown_key: "units[2].questions[2]: Unevaluated properties are not allowed ('hint'",
    _later_version: "format_version: '2.0' is not one of ['1.0', '1.1']",
}


def test_package_with_each_kind_is_valid(course):
    validation.check(course)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda change: change.__name__)
def test_a_broken_package_is_refused_with_its_place(course, broken):
    broken(course)
    with pytest.raises(BrokenPackage) as caught:
        validation.check(course)
    assert BREAKS[broken] in str(caught.value)


def divide(course, names, sections=("a", "b")):
    """Return the course with these sections, and its units in the sections named."""
    units = [
        {key: value for key, value in unit.items() if key != "section"} | named
        for unit, named in zip(course["units"], names, strict=False)
    ]
    rows = [{"id": name, "title": name.upper()} for name in sections]
    return course | {"sections": rows, "units": units}


A, B, NONE = {"section": "a"}, {"section": "b"}, {}


@pytest.mark.parametrize(
    ("names", "sections"),
    [([A, A, B], "ab"), ([B], "ab"), ([], "ab"), ([NONE, NONE], ""), ([A], "abc")],
    ids=["in-order", "first-empty", "all-empty", "no-sections", "last-empty"],
)
def test_units_in_the_order_of_their_sections_are_valid(course, names, sections):
    validation.check(divide(course, names, sections))


@pytest.mark.parametrize(
    ("names", "sections", "place", "reason"),
    [
        ([A], "aba", "sections[2]", "is used twice"),
        ([A, {"section": "c"}], "ab", "units[1]", "expected a section of the course, got 'c'"),
        ([A, NONE], "ab", "units[1]", "expected a section of the course, got ''"),
        ([A], "", "units[0]", "expected a section of the course, got 'a'"),
        ([A, B, A], "ab", "units[2]", "expected the units of a section together"),
        ([B, A], "ab", "units[1]", "expected the units of a section together"),
    ],
    ids=["twice", "unknown", "missing", "without-sections", "apart", "other-order"],
)
def test_units_elsewhere_than_in_their_section_are_refused(course, names, sections, place, reason):
    with pytest.raises(BrokenPackage) as refused:
        validation.check(divide(course, names, sections))
    assert str(refused.value.place) == place
    assert reason in str(refused.value.what)
