from __future__ import annotations

import json
import shutil

import pytest
from django.core.management import CommandError, call_command

from courses.models import Course
from tests.platform.authoring.conftest import OATUTOR, files_in

pytestmark = pytest.mark.django_db


def test_command_lists_created_rows_and_unsupported_content(media, capsys, tmp_path):
    path = shutil.make_archive(str(tmp_path / "pool"), "gztar", OATUTOR)
    call_command("import_course", path)
    out, err = capsys.readouterr()
    assert "oatutor-elementary-algebra: Elementary Algebra" in out
    assert "6 problems" in out
    assert "Not represented:" in out
    assert "hint for a sub-question (subHints)" in out
    assert "read 6 of 6 problems" in err


def test_verbosity_zero_prints_nothing(media, capsys):
    call_command("import_course", str(OATUTOR), verbosity=0)
    assert capsys.readouterr().out == ""
    assert Course.objects.exists()


def test_command_error_says_nothing_was_changed(media, tmp_path):
    (tmp_path / "course.json").write_text("[]")
    with pytest.raises(CommandError, match=r"course.json: .* Nothing was changed\.") as caught:
        call_command("import_course", str(tmp_path))
    assert caught.value.returncode == 1
    assert not Course.objects.exists()


def test_failing_pool_keeps_and_names_earlier_courses(media, tmp_path):
    pool = shutil.copytree(OATUTOR, tmp_path / "pool")
    _, *others = sorted((pool / "content-pool").glob("*/*.json"))
    for path in others:
        problem = json.loads(path.read_text()) | {"courseName": "Zoology"}
        path.write_text(json.dumps(problem))
    for step in others[0].parent.glob("steps/*/*.json"):
        step.write_text("[]")
    with pytest.raises(CommandError) as caught:
        call_command("import_course", str(pool), verbosity=0)
    kept = Course.objects.get()
    assert f"Imported before it: {kept.slug}. Nothing else was changed." in str(caught.value)
    assert {name.split("/")[0] for name in files_in(media)} <= {str(kept.code)}


def test_update_changes_the_course_and_without_it_adds_one(media, package, small_course):
    def bring_in(*options, **changes):
        call_command("import_course", str(package(small_course | changes)), *options, verbosity=0)

    bring_in(title="First")
    first = Course.objects.get()
    bring_in("--update", title="Second")
    assert [(row.pk, row.title) for row in Course.objects.all()] == [(first.pk, "Second")]
    bring_in(title="Third")
    assert Course.objects.count() == 2
    assert Course.objects.get(pk=first.pk).title == "Second"
    other = Course.objects.exclude(pk=first.pk).get()
    assert other.slug != first.slug
    assert other.code != first.code
