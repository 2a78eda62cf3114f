"""A picture uploaded into a reading: shown in the preview, published, exported and imported."""

from __future__ import annotations

import json
import re
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from authoring.formats import registry
from authoring.versions import copies, drafts
from courses.models import Course
from tests.fixtures import factories
from tests.fixtures.media_files import folder_of
from tests.fixtures.users import NOW, client_for_person

pytestmark = pytest.mark.django_db
PAGE = "/author/courses/fractions/"


@pytest.fixture
def author(ines):
    return client_for_person(ines)


@pytest.fixture
def reading(author, media):
    """Return the address of a reading in the draft of a new course of ines."""
    author.post("/author/new/", {"title": "Fractions", "description": "Parts of a whole."})
    fields = {"act": "add", "kind": "reading", "title": "Halves", "stamp": stamp(author, PAGE)}
    assert author.post(PAGE, fields).status_code == 302
    return author.get(PAGE).context["sections"][0].units[0].url


def stamp(author, url):
    return author.get(url).context["author"].working.stamp


def picture(name="Line.png"):
    written = BytesIO()
    Image.new("RGB", (30, 20), "green").save(written, "PNG")
    return SimpleUploadedFile(name, written.getvalue(), "image/png")


def post(author, url, act="picture", **fields):
    sent = {"title": "Halves", "body": "Before.", "stamp": stamp(author, url), "act": act}
    return author.post(url, {**sent, **fields})


def stored_files():
    return [path.name for path in folder_of(Course.objects.get(slug="fractions")).glob("*")]


def test_the_text_gets_the_picture_and_the_preview_shows_it(author, reading):
    answer = post(author, reading, picture=picture(), picture_words="A line")

    assert answer.status_code == 200
    (name,) = stored_files()
    code = Course.objects.get(slug="fractions").code
    assert answer.context["typed"]["body"] == f"Before.\n\n![A line]({name})\n"
    assert f'<img src="/media/{code}/{name}" alt="A line">' in answer.context["preview"]
    assert author.get(f"/media/{code}/{name}").headers["Content-Type"] == "image/png"
    assert author.get(reading).context["typed"]["body"] == ""


def test_saving_with_a_chosen_file_adds_and_saves_it(author, reading):
    assert (
        post(author, reading, "save", picture=picture(), picture_words="A line").status_code == 302
    )

    assert re.fullmatch(
        r"Before\.\n\n!\[A line\]\(line-[0-9a-f]{12}\.png\)",
        author.get(reading).context["typed"]["body"],
    )


@pytest.mark.parametrize(
    ("fields", "field", "reason"),
    [
        ({}, "picture_words", "Describe in words"),
        ({"picture_words": "A line"}, "picture", "Select a PNG"),
        (
            {"picture_words": "A line", "picture": SimpleUploadedFile("a.png", b"GIF89a")},
            "picture",
            "is not a PNG",
        ),
    ],
)
@pytest.mark.parametrize("act", ["picture", "save"])
def test_what_is_missing_is_said_and_the_text_stays(author, reading, act, fields, field, reason):
    sent = {"picture": picture()} | fields if act == "save" or not fields else fields
    if act == "save" and field == "picture":
        sent = fields | {"picture": SimpleUploadedFile("a.png", b"GIF89a")}
        reason = "is not a PNG"
    answer = post(author, reading, act, **sent)

    assert answer.status_code == 422
    assert reason in answer.context["errors"][field]
    assert answer.context["typed"]["body"] == "Before."
    assert stored_files() == []


def test_a_published_picture_is_shown_to_learners_alone_and_goes_into_copies(
    author, reading, ines, mia, noah, tmp_path
):
    post(author, reading, "save", picture=picture(), picture_words="A line")
    versions = PAGE + "versions/"
    author.post(versions, {"act": "publish", "note": "", "stamp": stamp(author, versions)})
    course, (name,) = Course.objects.get(slug="fractions"), stored_files()
    factories.make_enrolment(mia, course)

    page = client_for_person(mia).get(f"/units/{course.units.get().code}/").content.decode()
    assert f'<img src="/media/{course.code}/{name}" alt="A line">' in page
    assert client_for_person(mia).get(f"/media/{course.code}/{name}").status_code == 200
    assert client_for_person(noah).get(f"/media/{course.code}/{name}").status_code == 404

    registry.export_folder(course, tmp_path / "out")
    assert (tmp_path / "out" / name).read_bytes() == (folder_of(course) / name).read_bytes()
    assert (
        f"![A line]({name})"
        in json.loads((tmp_path / "out/course.json").read_text())["units"][0]["body"]
    )
    made = copies.copy_course(course, by=ines, now=NOW)
    assert [path.name for path in folder_of(made).glob("*")] == [name]
    assert name in drafts.working_copy_of(made).package["units"][0]["body"]


def test_a_quiz_takes_no_picture(author, reading):
    fields = {"act": "add", "kind": "quiz", "title": "Check", "stamp": stamp(author, PAGE)}
    author.post(PAGE, fields)
    quiz = author.get(PAGE).context["sections"][0].units[1].url
    post(author, quiz, picture=picture(), picture_words="A line")

    assert stored_files() == []
