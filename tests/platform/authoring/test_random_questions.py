"""The bank of a package and the tests that draw from it: stored, exported, checked, copied."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from authoring import course_package as packages
from authoring.editor.questions.tag_forms import MOST_TAGS
from authoring.errors import BrokenPackage
from authoring.formats import registry
from authoring.formats.attune import validation
from authoring.formats.registry import EXPORT_FORMATS
from authoring.versions import copies, drafts, publication, publication_checks
from authoring.versions.appending import append_package
from authoring.versions.diff import compare_packages
from courses.models import Question, Unit
from courses.models.question import LONGEST_TAG, MOST_POINTS
from courses.questions.random_questions import MOST_DRAWN, MOST_ENTRIES
from courses.rendering.image_usage import find_units_showing
from tests.fixtures import factories
from tests.platform.authoring.conftest import NOW, stored

pytestmark = pytest.mark.django_db


def asked(ref, *tags, **fields):
    row = {"id": ref, "type": "numeric", "prompt": "Solve.", "answer": 5, **fields}
    return row | ({"tags": list(tags)} if tags else {})


@pytest.fixture
def banked(small_course):
    """A lesson whose quiz is a graded test that draws two of three questions with "lines"."""
    course = copy.deepcopy(small_course)
    course["units"][2] |= {
        "scenario": "graded",
        "random_questions": [{"tag": "lines", "count": 2, "points": 2.5}],
    }
    course["units"][2]["questions"][0]["tags"] = ["lines"]
    skill = course["skills"][0]["slug"]
    course["bank"] = [
        asked("bank-1", "lines", skill=skill, points=4),
        asked("bank-2", "lines", "last year", hints=[{"kind": "prompt", "text": "Try 5."}]),
        asked("bank-3", "lines"),
        asked("bank-4"),
    ]
    return course


def test_the_bank_is_stored_and_comes_back_as_it_was(load, package, banked):
    done = load(package(banked))
    rows = Question.objects.filter(course=done.course, in_bank=True)
    assert {row.ref: row.tags for row in rows} == {
        "bank-1": ["lines"],
        "bank-2": ["lines", "last year"],
        "bank-3": ["lines"],
        "bank-4": [],
    }
    assert done.counts["questions in the bank"] == 4
    again = stored()["one-lesson"]
    assert [row["id"] for row in again["bank"]] == ["bank-1", "bank-2", "bank-3", "bank-4"]
    assert again["bank"][1]["hints"] == banked["bank"][1]["hints"]
    assert again["units"][2]["random_questions"] == banked["units"][2]["random_questions"]
    assert again["units"][2]["questions"][0]["tags"] == ["lines"]


def test_a_question_moves_between_unit_and_bank_as_one_row(load, package, banked):
    course = load(package(banked)).course
    before = Question.objects.get(course=course, ref="bank-4")
    moved = banked["bank"].pop()
    banked["units"][2]["questions"].append(moved)
    load(package(banked))
    there = Question.objects.get(pk=before.pk)
    assert (there.in_bank, there.unit.ref) == (False, banked["units"][2]["id"])
    del banked["units"][2]["questions"][-1]
    load(package(banked))
    assert Question.objects.get(pk=before.pk).is_retired


def test_a_question_removed_from_the_bank_is_retired(load, package, banked):
    load(package(banked))
    del banked["bank"][2:]
    load(package(banked))
    assert {
        row.ref: row.is_retired for row in Question.objects.filter(ref__startswith="bank-")
    } == {
        "bank-1": False,
        "bank-2": False,
        "bank-3": True,
        "bank-4": True,
    }


def test_publication_is_refused_while_the_bank_has_too_few(load, package, banked, ines):
    course = load(package(banked)).course
    factories.make_enrolment(ines, course, role="teacher")
    working = drafts.working_copy_of(course)
    fewer = packages.without_question(
        packages.without_question(working.package, "bank-1"), "bank-2"
    )
    saved = drafts.save(course, fewer, stamp=working.stamp, by=ines, now=NOW)
    (flaw,) = publication_checks.find_flaws(fewer)
    assert (flaw.at, flaw.ref) == ("unit", banked["units"][2]["id"])
    assert "with the tag “lines”. This test draws 2 of them and 1 are available" in flaw.text
    with pytest.raises(BrokenPackage, match="draws 2 of them and 1 are available"):
        publication.publish(course, stamp=saved.stamp, by=ines, now=NOW)
    assert Question.objects.filter(course=course, in_bank=True).count() == 4


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda c: c["units"][2].pop("scenario"), "only a test can draw random questions"),
        (lambda c: c["units"][2]["random_questions"][0].update(count=4), "draws 4 of them and 3"),
        (lambda c: c["units"][2]["random_questions"][0].update(points=0.001), "points|minimum"),
        (lambda c: c["units"][2]["random_questions"][0].update(points=1.005), "two decimals"),
        (lambda c: c["bank"][0].update(tags=["a, b"]), "does not match"),
        (lambda c: c["bank"][0].update(skill="none"), "unknown skill"),
        (lambda c: c["bank"][0].update(time=3), "not allowed here"),
        (lambda c: c["bank"][0].update(variants=[]), "not allowed here"),
        (lambda c: c["bank"][0].update(id=c["units"][0]["id"]), "used twice"),
        (lambda c: c["units"][0].update(random_questions=[]), "unexpected"),
    ],
)
def test_a_package_that_cannot_work_is_refused(load, package, banked, change, problem):
    change(banked)
    with pytest.raises(BrokenPackage, match=problem):
        load(package(banked))
    assert not Unit.objects.exists()


def test_flaws_of_a_question_in_the_bank_name_it(banked):
    banked["bank"][2]["prompt"] = ""
    assert [(flaw.at, flaw.ref) for flaw in publication_checks.find_flaws(banked)] == [
        ("question", "bank-3")
    ]


def test_changes_of_the_bank_are_changes_of_questions(banked):
    after = packages.with_question(banked, packages.BANK, asked("bank-9", prompt="New one."))
    (count,) = compare_packages(banked, after).counts
    assert (count.kind, count.added, count.names) == ("question", 1, ("New one.",))


def test_a_reused_course_brings_its_bank_under_new_names(banked):
    other = copy.deepcopy(banked)
    whole = append_package(banked, other)
    ids = [row["id"] for row in whole["bank"]]
    assert len(ids) == len(set(ids)) == 8
    assert not publication_checks.find_flaws(whole)


def test_tests_of_a_reused_course_and_of_this_one_draw_what_they_drew(banked):
    other = copy.deepcopy(banked)
    other["bank"][0]["tags"] = ["Lines", "last year"]
    whole = append_package(banked, other)
    assert [row.get("tags") for row in whole["bank"][4:]] == [
        ["Lines", "last year"],
        ["lines-2", "last year"],
        ["lines-2"],
        None,
    ]
    draws = [unit["random_questions"] for unit in whole["units"] if "random_questions" in unit]
    assert [row["tag"] for (row,) in draws] == ["lines", "lines-2"]
    assert whole["bank"][:4] == banked["bank"]


def test_a_teachers_type_of_a_test_does_not_take_what_it_draws(load, package, banked, ines):
    del banked["units"][2]["random_questions"]
    course = load(package(banked)).course
    factories.make_enrolment(ines, course, role="teacher")
    working = drafts.working_copy_of(course)
    wanted = copy.deepcopy(working.package)
    wanted["units"][2]["random_questions"] = [{"tag": "lines", "count": 1}]
    saved = drafts.save(course, wanted, stamp=working.stamp, by=ines, now=NOW)
    Unit.objects.filter(course=course, scenario="graded").update(scenario="course")
    publication.publish(course, stamp=saved.stamp, by=ines, now=NOW)
    (unit,) = Unit.objects.filter(course=course).exclude(random_questions=[])
    assert unit.scenario == "graded"


def test_a_copy_of_a_course_has_its_bank(load, package, banked, ines):
    course = load(package(banked)).course
    made = copies.copy_course(course, by=ines, now=NOW)
    assert len(drafts.working_copy_of(made).package["bank"]) == 4


def test_a_picture_of_the_bank_belongs_to_the_tests_that_draw_it(load, package, banked, media):
    banked["bank"][0]["prompt"] = "Read ![a line](01-one-step-equations.png)."
    course = load(package(banked)).course
    shown = Question.objects.get(ref="bank-1").prompt_html
    name = shown.split(f"{course.code}/")[1].split('"')[0]
    showing = {unit.ref for unit in find_units_showing(course, name)}
    assert banked["units"][2]["id"] in showing


@pytest.mark.parametrize("name", sorted({*EXPORT_FORMATS} - {"attune"}))
def test_other_formats_count_what_they_leave_out(load, package, banked, tmp_path, name):
    course = load(package(banked)).course
    left_out = registry.export(course, name, tmp_path / "out")
    assert left_out["question in the question bank"] == 4
    assert left_out["random questions of a test"] == 1
    assert left_out["tag of a question"] == 1


def test_forms_and_readers_have_the_limits_of_the_schema():
    schema = json.loads(Path(validation.__file__).with_name("course.schema.json").read_text())
    entry = schema["$defs"]["random_questions"]["properties"]
    assert (entry["count"]["maximum"], entry["points"]["maximum"]) == (MOST_DRAWN, MOST_POINTS)
    (lists,) = [row for row in find_all(schema, "random_questions") if "maxItems" in row]
    assert lists["maxItems"] == MOST_ENTRIES
    (tags,) = [row for row in find_all(schema, "tags") if "maxItems" in row]
    assert tags["maxItems"] == MOST_TAGS
    assert schema["$defs"]["tag"]["maxLength"] == LONGEST_TAG


def find_all(part, name):
    """Yield what has this name, at any depth."""
    if isinstance(part, dict):
        yield from ([part[name]] if name in part else [])
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from find_all(each, name)
