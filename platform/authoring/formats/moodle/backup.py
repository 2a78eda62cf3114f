"""Recognise a backup of a Moodle course, to say how its questions can be imported."""

from __future__ import annotations

import re
from pathlib import Path

from django.utils.translation import gettext_noop as _

from authoring.errors import BrokenPackage
from authoring.formats.course_builder import Package

BACKUP = _(
    "this is a backup of a Moodle course, which cannot be imported; in Moodle, open the question "
    "bank of the course, select Export, then “Moodle XML format”, and upload the file that you get"
)
_FILE = "moodle_backup.xml"
# The root of each file of a backup about the course.
_COURSE = re.compile(rb"<course\s[^<>]*\bcontextid=")
_HEAD = 4096


def refuse_backup(package: Package) -> None:
    """Raise BrokenPackage for a backup, or for one file of it."""
    files = package.files()
    if (package.folder / _FILE).is_file() or (
        len(files) == 1 and _COURSE.search(_read_head(files[0])) is not None
    ):
        raise BrokenPackage(package.name, "", BACKUP)


def _read_head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_HEAD)
