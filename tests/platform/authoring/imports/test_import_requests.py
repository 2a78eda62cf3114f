"""A worker imports uploaded packages as a whole or not at all, and imports can be undone."""

from __future__ import annotations

import errno
import json
import zipfile
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from audit.models import Leaf
from authoring import translatable_message
from authoring.imports import import_requests, worker
from authoring.imports.import_course import NEW
from authoring.imports.target import Target
from authoring.imports.worker import run_in_time_box
from authoring.models import Arrival
from authoring.versions import drafts
from courses.media.folder_store import FolderStore
from courses.models import AnswerFile, Attempt, Course
from courses.refused_file import RefusedFile
from courses.rendering import course_html
from tests.fixtures import factories
from tests.fixtures.answer_files import add_upload, begin_with_file
from tests.fixtures.exams import make_test
from tests.fixtures.media_files import arrival_file
from tests.fixtures.users import client_for_person, make
from tests.platform.authoring.conftest import POOL, files_in, stored
from tests.platform.authoring.imports.test_time_box import read_for_ever

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ONE_LESSON = Target(slug="one-lesson", updates=True)


@pytest.fixture(autouse=True)
def read_here(monkeypatch):
    """Read without a separate process, which takes seconds to start; two tests override this."""

    def read(reader, *arguments, file, tell, cpu_s):
        return reader(*arguments, tell)

    monkeypatch.setattr(worker, "run_in_time_box", read)


@pytest.fixture
def send(package, small_course, tmp_path, media, ines):
    """Return a function that uploads the first lesson of the demo course, with changes."""

    def sent(by=ines, target=NEW, **changes):
        folder = package(small_course | changes)
        path = tmp_path / "course.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for each in folder.iterdir():
                archive.write(each, each.name)
        file = SimpleUploadedFile("course.zip", path.read_bytes())
        return import_requests.send(file, target=target, by=by, now=NOW)

    return sent


def process(row):
    worker.process_due(now=lambda: NOW)
    row.refresh_from_db()
    return row


def test_new_course_belongs_to_its_sender(send, ines, monkeypatch):
    monkeypatch.setattr(worker, "run_in_time_box", run_in_time_box)
    row = process(send())
    assert (row.state, row.course.slug, row.before) == ("there", "one-lesson", None)
    assert row.course.enrolments.get().user == ines
    assert row.counts["units"] == 3
    assert row.made.cause == "imported"
    assert not arrival_file(row).parent.exists()
    assert Leaf.objects.filter(verb="course.import").count() == 1


def test_a_package_sent_to_one_host_is_imported_by_another(send, bucket_store, settings, tmp_path):
    row = send()
    settings.MEDIA_ROOT = tmp_path / "other host"
    assert process(row).state == "there"
    assert list(bucket_store.list_files("arrivals")) == []
    assert list(bucket_store.list_files(str(row.course.code)))
    assert not settings.MEDIA_ROOT.exists()


def test_a_package_that_no_row_waits_for_is_swept(send, any_store):
    row, gone = send(), send()
    gone.delete()
    import_requests.clear_expired(now=timezone.now())
    assert len(list(any_store.list_files("arrivals"))) == 2
    import_requests.clear_expired(now=timezone.now() + timedelta(days=2))
    assert [file.name for file in any_store.list_files("arrivals")] == [f"arrivals/{row.id}/course"]


def test_broken_package_changes_nothing_and_names_the_place(send, ines):
    row = process(send(skills=[]))
    assert row.state == "refused"
    assert "unknown skill" in translatable_message.format_stored(row.why)
    assert not Course.objects.exists()
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "Nothing was changed" in page
    ines.language = "de"
    ines.save(update_fields=["language"])
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "verweist auf die unbekannte Kompetenz" in page


def confirm(row, ines):
    """Return the row after its Author confirmed the preview."""
    assert process(row).state == "ready"
    import_requests.confirm(row.id, by=ines, now=NOW)
    return process(row)


def test_author_cannot_update_a_course_they_do_not_teach(send, ines):
    process(send())
    olga = make("olga")
    olga.roles = ["teacher", "author"]
    olga.save()
    row = process(send(by=olga, target=ONE_LESSON, title="Mine now"))
    assert row.state == "refused"
    assert "not an author" in translatable_message.format_stored(row.why)
    assert Course.objects.get().title != "Mine now"


def test_second_upload_with_the_same_name_is_a_second_course(send, ines):
    first = process(send())
    before = stored()
    second = process(send(title="Another name"))
    assert (second.state, second.course.slug, second.before) == ("there", "one-lesson-2", None)
    assert {key: row for key, row in stored().items() if key in before} == before
    assert first.course.title != second.course.title


def test_update_changes_nothing_before_confirmation(send, ines, small_course):
    process(send())
    before = stored()
    del small_course["units"][1]
    row = process(send(target=ONE_LESSON, title="Another name"))
    assert row.state == "ready"
    assert stored() == before
    assert arrival_file(row).is_file()
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "Nothing has changed yet" in page
    assert "1 removed" in page
    import_requests.confirm(row.id, by=ines, now=NOW)
    assert process(row).state == "there"
    assert Course.objects.get().title == "Another name"
    assert not arrival_file(row).exists()


def test_preview_counts_running_attempts(send, ines, mia):
    course = process(send()).course
    unit = course.units.get(kind="quiz")
    Attempt.objects.create(learner=mia, unit=unit, number=1, scenario="practice", began_at=NOW)
    row = process(send(target=ONE_LESSON))
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "1 test attempt is in progress" in page


def test_changed_course_is_previewed_again(send, ines):
    process(send())
    row = process(send(target=ONE_LESSON, title="From the file"))
    Course.objects.update(title="Changed meanwhile")
    import_requests.confirm(row.id, by=ines, now=NOW)
    assert process(row).state == "ready"
    assert "changed since you checked" in translatable_message.format_stored(row.why)
    assert Course.objects.get().title == "Changed meanwhile"
    import_requests.confirm(row.id, by=ines, now=NOW)
    assert process(row).state == "there"
    assert Course.objects.get().title == "From the file"


def test_cancelled_or_expired_update_leaves_nothing(send, ines):
    process(send())
    before = stored()
    rows = [process(send(target=ONE_LESSON, title=name)) for name in ("One", "Two")]
    import_requests.cancel(rows[0].id, by=ines)
    import_requests.clear_expired(now=NOW + import_requests.MAX_WAIT)
    assert stored() == before
    assert not any(arrival_file(row).parent.exists() for row in rows)
    assert not Arrival.objects.filter(state="ready").exists()


def test_title_and_address_are_those_the_author_typed(send, ines):
    row = process(send(target=Target(title="Дроби")))
    assert (row.course.title, row.course.slug) == ("Дроби", "drobi")
    row = process(send(target=Target(slug="mine")))
    assert row.course.slug == "mine"
    row = process(send(target=Target(slug="mine")))
    assert row.state == "refused"
    assert "already" in translatable_message.format_stored(row.why)


def test_an_import_is_undone_to_the_version_before_it(send, ines):
    process(send())
    row = confirm(send(target=ONE_LESSON, title="Another name"), ines)
    assert Course.objects.get().title == "Another name"
    import_requests.undo(row.id, by=ines, now=NOW)
    assert Course.objects.get().title != "Another name"
    causes = drafts.published_versions(Course.objects.get()).values_list("cause", flat=True)
    assert list(causes) == ["undone", "imported", "imported"]
    with pytest.raises(import_requests.CannotUndo):
        import_requests.undo(row.id, by=ines, now=NOW)


def test_undo_deletes_a_new_course(send, ines, media):
    row = process(send())
    import_requests.undo(row.id, by=ines, now=NOW)
    assert not Course.objects.exists()
    row.refresh_from_db()
    assert row.state == "undone"


def test_an_undo_that_is_committed_succeeds_although_files_cannot_be_deleted(
    send, ines, monkeypatch, caplog, django_capture_on_commit_callbacks
):
    row = process(send())

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(FolderStore, "delete", refuse)
    with django_capture_on_commit_callbacks(execute=True):
        import_requests.undo(row.id, by=ines, now=NOW)
    assert not Course.objects.exists()
    assert "media.course_files_left" in caplog.text


def test_undo_keeps_a_course_with_learners(send, ines, mia):
    row = process(send())
    factories.make_enrolment(mia, row.course)
    with pytest.raises(import_requests.CannotUndo, match="already enrolled in this course"):
        import_requests.undo(row.id, by=ines, now=NOW)
    assert Course.objects.exists()


def test_undo_keeps_a_course_with_a_file_that_a_learner_who_left_uploaded(send, ines, mia):
    """A running attempt has no answers yet, but it may have files."""
    row = process(send())
    unit = make_test(mia, course=row.course, questions=0)
    begin_with_file(mia, unit, add_upload(unit), now=NOW)
    row.course.enrolments.filter(user=mia).delete()
    with pytest.raises(import_requests.CannotUndo, match="has answered in it"):
        import_requests.undo(row.id, by=ines, now=NOW)
    assert AnswerFile.objects.count() == 1


def test_cancelled_import_is_not_read(send, ines):
    row = send()
    path = arrival_file(row)
    assert path.is_file()
    import_requests.cancel(row.id, by=ines)
    assert worker.process_due(now=lambda: NOW) == 0
    assert not Arrival.objects.exists()
    assert not path.parent.exists()


def test_import_cancelled_while_reading_leaves_nothing(send, ines, media, monkeypatch):
    send()
    read = worker.import_package

    def given_up(*args, **options):
        import_requests.imports_of(ines).delete()
        return read(*args, **options)

    monkeypatch.setattr(worker, "import_package", given_up)
    worker.process_due(now=lambda: NOW)
    assert not Course.objects.exists()
    assert not files_in(media)


def test_package_fails_after_three_tries(send):
    row = send()
    Arrival.objects.update(tries=worker.MAX_TRIES)
    assert process(row).state == "failed"
    assert not Course.objects.exists()


def test_import_can_update_the_authors_own_course(send, ines):
    own = factories.make_course("own")
    factories.make_enrolment(ines, own, role="teacher")
    row = confirm(send(target=Target(slug="own", updates=True)), ines)
    assert (row.state, row.course) == ("there", own)
    assert row.before is not None


@pytest.mark.parametrize("content", [None, b""])
def test_empty_file_is_refused(content, ines, media):
    file = None if content is None else SimpleUploadedFile("x.zip", content)
    with pytest.raises(RefusedFile):
        import_requests.send(file, target=NEW, by=ines, now=NOW)
    assert not Arrival.objects.exists()


def test_full_disk_is_reported_and_leaves_nothing(ines, media):
    class Full(BytesIO):
        def read(self, size=-1):
            raise OSError(errno.ENOSPC, "No space left on device")

    sent = SimpleUploadedFile("a.zip", b"PK...")
    sent.file = Full()
    with pytest.raises(RefusedFile, match="not have enough space for the file"):
        import_requests.send(sent, target=NEW, by=ines, now=NOW)
    assert not Arrival.objects.exists()
    assert list((media / "arrivals").iterdir()) == []


def test_only_the_sender_sees_the_import(send, ines, amir):
    row = send()
    olga = make("olga")
    olga.roles = ["author"]
    olga.save()
    for person in (olga, amir):
        assert client_for_person(person).get(f"/author/import/{row.id}/").status_code == 404
    assert client_for_person(ines).get(f"/author/import/{row.id}/progress/").status_code == 200


def test_unsupported_content_is_listed(send, ines, small_course):
    units = json.loads(json.dumps(small_course["units"]))
    units[0]["fps"] = 25
    row = process(send(units=units))
    assert sum(row.left_out.values()) >= 1
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "cannot be imported" in page


def test_a_package_that_takes_too_long_is_refused_and_changes_nothing(send, monkeypatch):
    monkeypatch.setattr(worker, "MAX_CPU_S", 3)
    monkeypatch.setattr(worker, "read_package", read_for_ever)
    monkeypatch.setattr(worker, "run_in_time_box", run_in_time_box)
    row = process(send())
    assert row.state == "refused"
    assert "reading it takes longer than 3 s" in translatable_message.format_stored(row.why)
    assert not Course.objects.exists()
    assert not arrival_file(row).parent.exists()


def test_reading_html_is_rendered_in_the_limited_process(send, small_course, monkeypatch):
    """The process with the time limit renders the HTML: what is patched here works there."""

    def refuse(*_):
        raise AssertionError("an author's text was read in the worker")

    for name in ("reading", "inline", "to_mathml", "_convert"):
        monkeypatch.setattr(course_html, name, refuse)
    monkeypatch.setattr(worker, "run_in_time_box", run_in_time_box)
    video, page, quiz = small_course["units"]
    row = process(send(units=[video, page | {"body": "So **$x$** is it."}, quiz]))
    assert row.state == "there", translatable_message.format_stored(row.why)
    assert "<strong><math" in row.course.units.get(kind="reading").reading.html


@pytest.fixture
def pool(tmp_path, media, ines):
    """Return a function that uploads two pools in one file."""

    def sent(target):
        path = tmp_path / "pool.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for each in filter(Path.is_file, (POOL / "content-pool").rglob("*")):
                name, text = str(each.relative_to(POOL)), each.read_text(encoding="utf-8")
                archive.writestr(name, text)
                other = text.replace("aa1", "bb2").replace("Sums", "More")
                archive.writestr(name.replace("aa1", "bb2"), other)
            steps = json.loads((POOL / "skillModel.json").read_text())
            both = steps | {name.replace("aa1", "bb2"): row for name, row in steps.items()}
            archive.writestr("skillModel.json", json.dumps(both))
        file = SimpleUploadedFile("pool.zip", path.read_bytes())
        return import_requests.send(file, target=target, by=ines, now=NOW)

    return sent


def test_each_course_of_a_pool_has_its_own_row_and_undo(pool, ines):
    row = process(pool(NEW))
    lines = list(import_requests.imports_of(ines))
    assert {line.course.title for line in lines} == {"Sums", "More"}
    assert all(line.state == "there" and line.part in row.parts for line in lines)
    assert not any(arrival_file(line).parent.exists() for line in lines)
    import_requests.undo(row.id, by=ines, now=NOW)
    assert Course.objects.count() == 1


def test_an_update_from_a_pool_asks_which_course_is_meant(pool, ines):
    process(pool(NEW))
    before = stored()
    row = process(pool(Target(slug="oatutor-sums", updates=True)))
    client, url = client_for_person(ines), f"/author/import/{row.id}/"
    assert row.state == "ready"
    assert "contains 2 courses" in client.get(url).content.decode()
    for act in ({"act": "confirm"}, {"act": "choose", "part": "None"}):
        client.post(url, act)
        assert process(row).state == "ready"
    import_requests.choose(row.id, row.parts[0], by=ines, now=NOW)
    assert (process(row).state, stored()) == ("ready", before)
    import_requests.confirm(row.id, by=ines, now=NOW)
    assert process(row).state == "there"
    assert set(stored()) == set(before)
