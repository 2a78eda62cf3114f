"""A backup of a Moodle course is refused with a sentence that says what to do instead."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest

from authoring.errors import BrokenPackage
from authoring.formats import registry
from authoring.formats.course_builder import Package
from authoring.imports.archive_reader import open_package

COURSE = (
    '<?xml version="1.0"?>\n<course id="2" contextid="15"><fullname>Statistics</fullname></course>'
)
FILES = {
    "moodle_backup.xml": "<moodle_backup><information/></moodle_backup>",
    "course/course.xml": COURSE,
    "questions.xml": "<question_categories/>",
}


def write_tar(path):
    with tarfile.open(path, "w:gz") as archive:
        for name, text in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))


def write_zip(path):
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in FILES.items():
            archive.writestr(name, text)


def write_file(path):
    path.write_text(COURSE)


@pytest.mark.parametrize("write", [write_tar, write_zip, write_file])
def test_a_backup_is_refused_with_the_way_to_export_questions(write, tmp_path):
    path = tmp_path / "backup-moodle2-course-2.mbz"
    write(path)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    package = Package(open_package(path, scratch), "backup")
    with pytest.raises(BrokenPackage, match="Moodle XML format"):
        registry.detect_format(package)
