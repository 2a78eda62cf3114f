"""A package that was sent is read by a worker, whole or not at all, and can be taken back."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import Leaf
from authoring import said
from authoring.bringing import asking, working
from authoring.models import Arrival
from authoring.uploads import RefusedFile
from authoring.versions import drafting
from courses.models import Course
from tests import factories
from tests.cast import client_for_person, make

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def send(package, small_course, tmp_path, media, ines):
    """Sends the first lesson of the demo course, changed as a test says."""

    def sent(by=ines, slug="", **changes):
        folder = package(small_course | changes)
        path = tmp_path / "course.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for each in folder.iterdir():
                archive.write(each, each.name)
        file = SimpleUploadedFile("course.zip", path.read_bytes())
        return asking.send(file, slug=slug, by=by, now=NOW)

    return sent


def worked(row):
    working.work_off(now=lambda: NOW)
    row.refresh_from_db()
    return row


def test_a_new_course_belongs_to_who_sent_it(send, ines):
    row = worked(send())
    assert (row.state, row.course.slug, row.before) == ("there", "one-lesson", None)
    assert row.course.enrolments.get().user == ines
    assert row.counts["units"] == 3
    assert row.made.cause == "imported"
    assert not asking.file_of(row).parent.exists()
    assert Leaf.objects.filter(verb="course.import").count() == 1


def test_a_broken_package_changes_nothing_and_says_where(send, ines):
    row = worked(send(skills=[]))
    assert row.state == "refused"
    assert "unknown skill" in said.told(row.why)
    assert not Course.objects.exists()
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "Nothing was changed" in page
    ines.language = "de"
    ines.save(update_fields=["language"])
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "nennt die unbekannte Fähigkeit" in page


def test_nobody_imports_over_a_course_they_do_not_teach(send, ines):
    worked(send())
    olga = make("olga")
    olga.roles = ["teacher", "author"]
    olga.save()
    row = worked(send(by=olga, title="Mine now"))
    assert row.state == "refused"
    assert "not yours" in said.told(row.why)
    assert Course.objects.get().title != "Mine now"


def test_an_import_is_undone_to_the_version_before_it(send, ines):
    worked(send())
    row = worked(send(title="Another name"))
    assert Course.objects.get().title == "Another name"
    asking.undo(row.id, by=ines, now=NOW)
    assert Course.objects.get().title != "Another name"
    causes = drafting.published(Course.objects.get()).values_list("cause", flat=True)
    assert list(causes) == ["undone", "imported", "imported"]
    with pytest.raises(asking.CannotUndo):
        asking.undo(row.id, by=ines, now=NOW)


def test_a_new_course_goes_when_its_import_is_undone(send, ines, media):
    row = worked(send())
    asking.undo(row.id, by=ines, now=NOW)
    assert not Course.objects.exists()
    row.refresh_from_db()
    assert row.state == "undone"


def test_a_new_course_with_somebody_in_it_stays(send, ines, mia):
    row = worked(send())
    factories.make_enrolment(mia, row.course)
    with pytest.raises(asking.CannotUndo, match="Somebody is in this course"):
        asking.undo(row.id, by=ines, now=NOW)
    assert Course.objects.exists()


def test_what_is_given_up_is_not_read(send, ines):
    row = send()
    path = asking.file_of(row)
    assert path.is_file()
    asking.cancel(row.id, by=ines)
    assert working.work_off(now=lambda: NOW) == 0
    assert not Arrival.objects.exists()
    assert not path.parent.exists()


def test_what_is_given_up_while_it_is_read_leaves_nothing(send, ines, monkeypatch):
    send()
    read = working.import_package

    def given_up(*args, **options):
        done = read(*args, **options)
        asking.mine(ines).delete()
        return done

    monkeypatch.setattr(working, "import_package", given_up)
    working.work_off(now=lambda: NOW)
    assert not Course.objects.exists()


def test_a_package_that_took_three_workers_with_it_is_let_be(send):
    row = send()
    Arrival.objects.update(tries=working.MOST_TRIES)
    assert worked(row).state == "failed"
    assert not Course.objects.exists()


def test_it_can_come_in_place_of_a_course_of_ones_own(send, ines):
    own = factories.make_course("own")
    factories.make_enrolment(ines, own, role="teacher")
    row = worked(send(slug="own"))
    assert (row.state, row.course) == ("there", own)
    assert row.before is not None


@pytest.mark.parametrize("content", [None, b""])
def test_a_file_without_anything_in_it_is_not_taken(content, ines, media):
    file = None if content is None else SimpleUploadedFile("x.zip", content)
    with pytest.raises(RefusedFile):
        asking.send(file, slug="", by=ines, now=NOW)
    assert not Arrival.objects.exists()


def test_only_its_author_sees_what_was_sent(send, ines, amir):
    row = send()
    olga = make("olga")
    olga.roles = ["author"]
    olga.save()
    for person in (olga, amir):
        assert client_for_person(person).get(f"/author/import/{row.id}/").status_code == 404
    assert client_for_person(ines).get(f"/author/import/{row.id}/progress/").status_code == 200


def test_what_the_package_holds_and_we_cannot_is_told(send, ines, small_course):
    units = json.loads(json.dumps(small_course["units"]))
    units[0]["fps"] = 25
    row = worked(send(units=units))
    assert sum(row.left_out.values()) >= 1
    page = client_for_person(ines).get(f"/author/import/{row.id}/").content.decode()
    assert "cannot hold" in page
