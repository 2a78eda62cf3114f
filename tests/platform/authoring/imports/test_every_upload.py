"""Each kind of file: uploaded once, again with the same name, and without usable content."""

from __future__ import annotations

import json
import shutil
from itertools import count

import pytest

from authoring.errors import BrokenPackage
from authoring.imports.import_course import NothingUsable
from courses.models import Course
from tests.platform.authoring.conftest import POOL, files_in, stored
from tests.platform.authoring.formats.qti12.items import choices as old_choices
from tests.platform.authoring.formats.qti12.items import equal, when
from tests.platform.authoring.formats.qti12.items import item as old_item
from tests.platform.authoring.formats.test_twins import COURSE, PROBLEM, QTI, SEQUENCE, item

pytestmark = pytest.mark.django_db
NAME = "Дроби (7b)"
HEAD = {"format": "attune-course", "format_version": "1.1", "slug": "sums", "title": "Sums"}
READING = {"id": "r", "kind": "reading", "title": "Adding", "skills": [], "format": "markdown"}
DRAWING = f"""<assessmentItem xmlns="{QTI}" identifier="item" title="Item" adaptive="false"
 timeDependent="false"><itemBody><p>Say why.</p><drawingInteraction responseIdentifier="R"/>
 </itemBody></assessmentItem>"""
OLD_ITEM = f"<questestinterop>{old_item(old_choices(), when(equal('a')))}</questestinterop>"
OLD_HOTSPOT = OLD_ITEM.replace("<presentation>", "<itemmetadata><bbmd_questiontype>Hot Spot"
                              "</bbmd_questiontype></itemmetadata><presentation>")  # fmt: skip


def attune(*units):
    return json.dumps({**HEAD, "language": "en", "skills": [], "units": units})


# kind -> a whole file or folder, one without usable content, and the slug and title that it gets
KINDS = {
    "gift": (".gift", "1? {=yes ~no}", "::number::Say how many. {#}", "drobi-7b", NAME),
    "csv": (".csv", "kind,prompt,answer\ntext,1?,yes\n", "kind,prompt\n", "drobi-7b", NAME),
    "qti": (".xml", item("1?"), DRAWING, "drobi-7b", NAME),
    "qti12": (".xml", OLD_ITEM, OLD_HOTSPOT, "drobi-7b", NAME),
    "olx": (
        ".xml",
        COURSE.format(SEQUENCE.format(PROBLEM.format(words="1?"))),
        COURSE.format(""),
        "o-c-r",
        NAME,
    ),
    "attune": ("/course.json", attune({**READING, "body": "1 + 1"}), attune(), "sums", "Sums"),
    "oatutor": ("/", POOL, "content-pool/empty", "oatutor-sums", "Sums"),
}


@pytest.fixture
def source(tmp_path):
    """Return a function that writes the upload of a kind and returns its folder or file."""
    number = count()

    def write(ending, content):
        place = tmp_path / f"upload{next(number)}"
        if not isinstance(content, str):
            return shutil.copytree(content, place)
        if ending == "/":
            (place / "content-pool").mkdir(parents=True)
            return place
        if ending.startswith("/"):
            place.mkdir()
            (place / ending[1:]).write_text(content, encoding="utf-8")
            return place
        place = place.with_suffix(ending)
        place.write_text(content, encoding="utf-8")
        return place

    return write


@pytest.mark.parametrize("kind", KINDS)
def test_each_upload_becomes_a_course_named_after_its_file(kind, load, source):
    ending, content, _empty, slug, title = KINDS[kind]
    for number in (1, 2, 3):
        before = stored()
        done = load(source(ending, content), updates=False, name=NAME + ending.rpartition("/")[2])
        assert done.before is None
        assert done.course.slug == (slug if number == 1 else f"{slug}-{number}")
        assert done.course.title == title
        assert {name: row for name, row in stored().items() if name in before} == before
    assert not set(stored()) & {"course"}


@pytest.mark.parametrize("kind", KINDS)
def test_unusable_file_changes_nothing_and_gives_a_reason(kind, load, source, media):
    ending, content, empty, _slug, _title = KINDS[kind]
    load(source(ending, content), updates=False, name=NAME + ending.rpartition("/")[2])
    before = stored(), files_in(media)
    for target in ({"updates": False}, {"slug": Course.objects.get().slug}):
        with pytest.raises(BrokenPackage) as caught:
            load(source(ending, empty), name=f"empty{ending.rpartition('/')[2]}", **target)
        if kind in ("gift", "qti"):
            assert isinstance(caught.value, NothingUsable)
            assert sum(caught.value.left_out.values()) == 1
        assert (stored(), files_in(media)) == before


@pytest.mark.parametrize("text", ["a\x00b", "\ud800"])
@pytest.mark.parametrize("field", ["title", "body"])
def test_json_string_that_cannot_be_stored_is_refused(field, text, load, source):
    content = attune({**READING, "body": "1 + 1", field: text})
    with pytest.raises(BrokenPackage, match="expected plain JSON: ") as caught:
        load(source("/course.json", content), name="p")
    assert str(caught.value).encode()
    assert not Course.objects.exists()
