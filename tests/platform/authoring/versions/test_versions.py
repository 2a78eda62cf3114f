"""Drafts, publication and restoring: nothing is lost or overwritten unseen."""

from __future__ import annotations

import copy
from datetime import UTC, datetime

import pytest

from audit.models import Leaf
from authoring.errors import BrokenPackage
from authoring.models import Version
from authoring.versions import drafts, publication
from authoring.versions.drafts import StaleDraft
from courses.models import Response
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of
from tests.fixtures.users import make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def course(load, package, small_course):
    """Import the first lesson of the demo course: version 1."""
    return load(package(small_course)).course


@pytest.fixture
def olga(db):
    return make("olga")


def titled(course, title, by, stamp=None):
    """Save a draft step that changes the title."""
    working = drafts.working_copy_of(course)
    whole = working.package | {"title": title}
    return drafts.save(course, whole, stamp=stamp or working.stamp, by=by, now=NOW)


def publish(course, by, **options):
    stamp = drafts.working_copy_of(course).stamp
    return publication.publish(course, stamp=stamp, by=by, now=NOW, **options)


def without_unit(course, ref, by):
    working = drafts.working_copy_of(course)
    units = [unit for unit in working.package["units"] if unit["id"] != ref]
    return drafts.save(
        course, working.package | {"units": units}, stamp=working.stamp, by=by, now=NOW
    )


def test_draft_changes_nothing_before_publication(course, ines):
    titled(course, "Sums", ines)
    course.refresh_from_db()
    assert course.title == "Elementary algebra in four lessons"
    version = publish(course, ines, note="A shorter name")
    course.refresh_from_db()
    assert course.title == "Sums"
    assert (version.number, version.package["title"]) == (2, "Sums")
    assert not drafts.working_copy_of(course).has_draft


def test_save_over_another_authors_change_is_refused(course, ines, olga):
    seen = drafts.working_copy_of(course).stamp
    titled(course, "Sums", ines)
    with pytest.raises(StaleDraft) as refused:
        titled(course, "Totals", olga, stamp=seen)
    assert refused.value.changes.words
    assert not refused.value.mine
    assert drafts.working_copy_of(course).package["title"] == "Sums"


def test_save_over_a_newer_publication_is_refused(course, ines, olga):
    seen = drafts.working_copy_of(course).stamp
    without_unit(course, "quiz-01", ines)
    publish(course, ines)
    with pytest.raises(StaleDraft) as refused:
        titled(course, "Totals", olga, stamp=seen)
    assert [(one.kind, one.removed) for one in refused.value.changes.counts] == [
        ("unit", 1),
        ("question", refused.value.changes.counts[1].removed),
    ]


def test_the_last_save_is_undone_and_redone(course, ines):
    titled(course, "Sums", ines)
    first = titled(course, "Totals", ines)
    back = drafts.step_back(course, stamp=first.stamp, by=ines, now=NOW)
    assert back.package["title"] == "Sums"
    again = drafts.step_back(course, stamp=back.stamp, by=ines, now=NOW)
    assert again.package["title"] == "Totals"


def test_only_the_first_and_last_draft_steps_are_kept(course, ines, monkeypatch):
    monkeypatch.setattr(drafts, "STEPS_KEPT", 3)
    for number in range(8):
        titled(course, f"Title {number}", ines)
    kept = drafts.draft_steps(course).values_list("revision", flat=True)
    assert list(kept) == [8, 7, 6, 5, 0]


def test_invalid_draft_is_not_published(course, ines):
    working = drafts.working_copy_of(course)
    broken = working.package | {"language": "not a code"}
    drafts.save(course, broken, stamp=working.stamp, by=ines, now=NOW)
    with pytest.raises(BrokenPackage):
        publish(course, ines)
    course.refresh_from_db()
    assert course.language == "en"
    assert drafts.published_versions(course).count() == 1


def test_answers_survive_removal_and_restoring_of_a_question(course, ines, mia):
    question = course.questions.filter(unit__ref="quiz-01", position=1).get()
    factories.make_response(learner=mia, question=question)
    without_unit(course, "quiz-01", ines)
    publish(course, ines)
    question.refresh_from_db()
    assert question.unit is None
    assert Response.objects.get().question == question
    publication.go_back(course, 1, by=ines, now=NOW)
    question.refresh_from_db()
    assert question.unit.ref == "quiz-01"
    assert question.unit.position is not None
    assert drafts.published_versions(course).first().cause == "back"


def test_restoring_finds_the_files_of_that_version(course, ines, load, package, small_course):
    first = course.units.get(kind="video").video.file
    folder = package(small_course)
    (folder / "01-one-step-equations.mp4").write_bytes(b"\0\0\0\x18ftypisom another")
    load(folder)
    assert course.units.get(kind="video").video.file != first
    publication.go_back(course, 1, by=ines, now=NOW)
    assert course.units.get(kind="video").video.file == first
    assert (folder_of(course).parent / first).is_file()


def test_publishing_over_an_import_needs_confirmation(course, ines, load, package, small_course):
    titled(course, "Sums", ines)
    small_course["units"] = small_course["units"][:2]
    load(package(small_course))
    with pytest.raises(publication.PublishedMeanwhile) as moved:
        publish(course, ines)
    assert [one.kind for one in moved.value.changes.counts] == ["unit", "question"]
    publish(course, ines, over=True)
    assert course.units.filter(position__isnull=False).count() == 3
    assert drafts.published_versions(course).count() == 3


def test_publishing_keeps_a_date_that_a_teacher_set(course, ines):
    titled(course, "Sums", ines)
    quiz = course.units.get(ref="quiz-01")
    quiz.attempts, quiz.due_at = 2, NOW
    quiz.save()
    publish(course, ines)
    quiz.refresh_from_db()
    assert (quiz.attempts, quiz.due_at) == (2, NOW)


def test_a_test_that_a_teacher_made_a_quiz_stays_a_test_if_it_got_an_essay(
    load, package, small_course, ines
):
    small_course["units"][2]["scenario"] = "graded"
    course = load(package(small_course)).course
    working = drafts.working_copy_of(course)
    wanted = copy.deepcopy(working.package)
    essay = {"id": "why", "type": "essay", "prompt": "Why?", "skills": wanted["units"][2]["skills"]}
    wanted["units"][2]["questions"].append(essay)
    drafts.save(course, wanted, stamp=working.stamp, by=ines, now=NOW)
    course.units.filter(scenario="graded").update(scenario="course", attempts=2)
    publish(course, ines)
    quiz = course.units.get(ref="quiz-01")
    assert (quiz.scenario, quiz.attempts) == ("graded", 2)
    assert quiz.questions.filter(kind="essay", position__isnull=False).exists()


def test_publishing_and_restoring_record_leaves(course, ines):
    titled(course, "Sums", ines)
    publish(course, ines)
    publication.go_back(course, 1, by=ines, now=NOW)
    told = list(Leaf.objects.filter(verb="course.edit").values_list("public", flat=True))
    assert sorted(told) == [
        "act=back course=one-lesson version=3",
        "act=edited course=one-lesson version=2",
    ]


def test_published_version_cannot_be_changed(course, ines):
    titled(course, "Sums", ines)
    publish(course, ines)
    titled(course, "Totals", ines)
    numbers = Version.objects.filter(state="published").values_list("number", "package__title")
    assert list(numbers.order_by("number")) == [
        (1, "Elementary algebra in four lessons"),
        (2, "Sums"),
    ]


def test_publishing_without_a_draft_is_reported(course, ines):
    with pytest.raises(publication.NoDraft):
        publish(course, ines)
