"""The package with each kind: import, export and import again lose nothing."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command

from courses.models import Course, Hint, Question, Unit
from courses.question_types.registry import QUESTION_TYPES
from courses.questions.question_spec import item_of, scaffold_of
from tests.platform.authoring.conftest import DEMO, OATUTOR, files_in
from tests.platform.authoring.course_rows import everything, forget

pytestmark = pytest.mark.django_db

EVERY = Path(__file__).parents[4] / "data/every-kind"


@pytest.fixture(scope="module")
def package_json():
    return json.loads((EVERY / "course.json").read_text(encoding="utf-8"))


def out_and_in(load, media, folder):
    """Export a course, delete it, import it again, and return the names of its files."""
    slug = Course.objects.get().slug
    call_command("export_course", slug, to=folder)
    files = files_in(media)
    forget()
    shutil.rmtree(media)
    load(folder)
    return files


@pytest.mark.parametrize("package", [EVERY, DEMO, OATUTOR], ids=lambda path: path.name)
def test_export_and_import_give_the_same_rows(load, media, tmp_path, package):
    load(package)
    before = everything()
    files = out_and_in(load, media, tmp_path / "out")
    after = everything()
    for label, rows in before.items():
        assert after[label] == rows, label
    assert files_in(media) == files
    assert sum(map(len, before.values())) > 20


def test_exported_package_equals_the_imported_one(load, package_json, tmp_path):
    load(EVERY)
    call_command("export_course", "every-kind", to=tmp_path / "out")
    left = json.loads((tmp_path / "out/course.json").read_text(encoding="utf-8"))
    for ours, theirs in zip(left["units"], package_json["units"], strict=True):
        for one, other in zip(ours.get("questions", ()), theirs.get("questions", ()), strict=True):
            assert without_pictures(one) == without_pictures(other)
    assert {**left, "units": []} == {**package_json, "units": []}


def test_each_kind_grades_its_own_answer_as_correct(load):
    load(EVERY)
    asked = [item_of(question) for question in Question.objects.filter(relation="")]
    asked += [scaffold_of(hint) for hint in Hint.objects.filter(kind="scaffold")]
    assert {item.kind for item in asked} == set(QUESTION_TYPES)
    for item in (one for one in asked if not one.is_open):
        assert item.grade(item.correct_reply()).correct, item


def test_settings_of_a_test_are_imported(load):
    load(EVERY)
    unit = Unit.objects.get(ref="test")
    assert (unit.scenario, unit.attempts, unit.time_limit_s) == ("graded", 2, 900)
    assert unit.opens_at < unit.due_at
    assert Unit.objects.get(ref="film").threshold == 0.5
    assert Unit.objects.get(ref="every").scenario == "course"


def without_pictures(question):
    """Remove the pictures, whose names contain a digest of their content."""
    return json.loads(re.sub(r"ruler(-[0-9a-f]{12})?", "ruler", json.dumps(question)))
