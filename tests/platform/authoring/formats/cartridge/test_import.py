"""A Canvas course imports through the page and the command, and again without a change."""

from __future__ import annotations

import io
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.utils import timezone

from authoring.imports import worker
from authoring.models import Arrival
from courses.models import Course, Question, Unit
from tests.fixtures.users import client_for_person
from tests.platform.authoring.formats.cartridge.test_reader import canvas_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def course_file():
    """Return the bytes of a Canvas export."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in canvas_files().items():
            archive.writestr(name, content)
    return out.getvalue()


def test_author_uploads_a_canvas_course_and_sees_what_was_left_out(
    course_file, media, ines, monkeypatch
):
    def read_here(reader, *arguments, file, tell, cpu_s):
        return reader(*arguments, tell)

    monkeypatch.setattr(worker, "run_in_time_box", read_here)
    client = client_for_person(ines)
    sent = {"target": "new", "file": SimpleUploadedFile("planets.imscc", course_file)}
    place = client.post("/author/import/", sent).url
    worker.process_due(now=timezone.now)
    assert Arrival.objects.get().state == "there"
    course = Course.objects.get()
    assert (course.title, course.slug) == ("Stars & Planets", "stars-planets")
    kinds = list(Unit.objects.order_by("position").values_list("kind", "title"))
    assert kinds[1:3] == [("reading", "Hello"), ("quiz", "Test 1")]
    page = client.get(place).content.decode()
    assert "PDF file to download" in page
    assert "Link to an external tool (LTI)" in page


def test_command_imports_a_canvas_course_twice_alike(course_file, media, tmp_path, capsys):
    path = tmp_path / "planets.imscc"
    path.write_bytes(course_file)
    call_command("import_course", str(path))
    assert "unpublished page or test that learners do not see" in capsys.readouterr().out
    units = list(Unit.objects.order_by("position").values_list("code", "title"))
    questions = set(Question.objects.values_list("code", "pk"))
    call_command("import_course", str(path), update=True)
    assert list(Unit.objects.order_by("position").values_list("code", "title")) == units
    assert set(Question.objects.values_list("code", "pk")) == questions
    assert Course.objects.count() == 1
