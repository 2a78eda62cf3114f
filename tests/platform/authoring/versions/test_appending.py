"""The content of one course after that of another: nothing replaced, and nothing shared."""

from __future__ import annotations

import copy
import json

import pytest

from authoring.formats.attune import validation
from authoring.versions.appending import append_package
from tests.platform.authoring.formats.attune.test_every_kind import EVERY

AWAY = "A film on another site"


@pytest.fixture
def every():
    return json.loads((EVERY / "course.json").read_text(encoding="utf-8"))


def names_of(package):
    units = [unit["id"] for unit in package["units"]]
    return [*units, *(row["id"] for _, row in validation.iterate_questions(package))]


def contents(units):
    """Return the units without what differs in a copy: names, sections and dates."""
    units = copy.deepcopy(units)
    for unit in units:
        for name in ("id", "section", "opens_at", "opens_after", "due_at"):
            unit.pop(name, None)
    for _, question in validation.iterate_questions({"units": [{"id": ""} | u for u in units]}):
        question["id"] = ""
    return units


def names_needed(units):
    """Return the unit that each opens after, by the title of the one that waits."""
    return {unit["title"]: unit["opens_after"] for unit in units if "opens_after" in unit}


def test_a_course_appended_to_itself_is_there_twice_and_valid(every):
    before = copy.deepcopy(every)

    made = append_package(every, every)

    assert every == before
    validation.check(made)
    half = len(every["units"])
    assert [unit["id"] for unit in made["units"][:half]] == [unit["id"] for unit in every["units"]]
    assert len(set(names_of(made))) == len(names_of(made)) == 2 * len(names_of(every))
    assert contents(made["units"][half:]) == contents(every["units"])
    assert names_needed(made["units"][half:]) == {AWAY: made["units"][half + 1]["id"]}
    assert names_needed(made["units"][:half]) == {AWAY: "notes"}
    assert made["skills"] == every["skills"]
    assert made.get("misconceptions") == every.get("misconceptions")


def skill(slug, name, *needs):
    return {"slug": slug, "name": name, "prerequisites": list(needs)}


def course(skills, ideas, **unit):
    row = {"id": "u", "kind": "quiz", "title": "Check", "skills": [skills[-1]["slug"]], **unit}
    rows = [{"slug": slug, "description": words} for slug, words in ideas.items()]
    return {"skills": skills, "misconceptions": rows, "units": [row]}


def test_skills_and_misconceptions_are_joined_by_their_words_and_keep_apart_otherwise():
    ours = course([skill("half", "Halves")], {"adds": "Adds the parts"})
    theirs = course(
        [skill("x", "halves "), skill("half", "Half notes", "x")],
        {"wrong": "adds the parts", "adds": "Adds the notes"},
        questions=[
            {
                "id": "q",
                "skill": "half",
                "choices": [{"misconception": "wrong"}, {"misconception": "adds"}],
            }
        ],
    )

    made = append_package(ours, theirs)

    assert made["skills"] == [skill("half", "Halves"), skill("half-2", "Half notes", "half")]
    assert [row["slug"] for row in made["misconceptions"]] == ["adds", "adds-2"]
    unit = made["units"][1]
    assert unit["skills"] == ["half-2"]
    assert unit["questions"][0]["skill"] == "half-2"
    assert [row["misconception"] for row in unit["questions"][0]["choices"]] == ["adds", "adds-2"]


def test_dates_stay_with_the_class_they_are_for():
    theirs = course([skill("a", "A")], {}, opens_at="2026-12-01T09:00", due_at="2026-12-02T09:00")
    unit = append_package(course([skill("a", "A")], {}), theirs)["units"][1]

    assert not {"opens_at", "due_at"} & set(unit)


def test_an_empty_course_gets_the_sections_of_the_other():
    theirs = course([skill("a", "A")], {}) | {"sections": [{"id": "s", "title": "S"}]}
    theirs["units"][0]["section"] = "s"

    made = append_package({"skills": [], "units": []}, theirs)

    assert [row["title"] for row in made["sections"]] == ["S"]
    assert made["sections"][0]["id"] != "s"
    assert made["units"][0]["section"] == made["sections"][0]["id"]


def test_the_credit_that_the_other_licence_requires_is_joined(every):
    ours = every | {"license": {"name": "CC BY 4.0", "attribution": "By Ines."}}
    theirs = every | {"license": {"name": "CC BY-SA 4.0", "attribution": "By Amir."}}

    made = append_package(ours, theirs)

    assert made["license"] == {"name": "CC BY 4.0", "attribution": "By Ines. · By Amir."}
    assert append_package(made, theirs)["license"] == made["license"]
