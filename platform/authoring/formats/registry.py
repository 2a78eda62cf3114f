"""The formats that a course can be imported from and exported to, for pages and commands.

An imported file is recognised by its content, never by its name.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_noop as _

from authoring.course_draft import CourseDraft
from authoring.errors import BrokenPackage
from authoring.exports import course_json
from authoring.formats import archive_writer, cartridge, csv, gift, h5p, moodle, olx, qti, qti12
from authoring.formats.attune import reader as attune_reader
from authoring.formats.attune import validation
from authoring.formats.course_builder import UNIT_KINDS, Package
from authoring.formats.moodle.backup import refuse_backup
from authoring.formats.oatutor import reader as oatutor_reader
from authoring.media.storage import MediaShelf
from courses.media.media_store import LocalCopies, open_copies
from courses.media.stored_file import is_safe
from courses.models import Course

Tell = Callable[[int, int], None]
Json = dict[str, Any]
Files = Mapping[str, archive_writer.Content]
Pack = Callable[[Files, Path], None]
FILE_MISSING = _("this file is no longer on the site; upload it again on its unit’s page")
UNKNOWN_FORMAT = _(
    "expected course.json or content-pool/ (Attune, OATutor), course.xml (OLX), imsmanifest.xml, "
    "an assessmentItem (QTI 2 or 3) or a questestinterop (QTI 1.2), h5p.json (H5P), or one file of "
    "questions (Moodle XML, GIFT, CSV); found none of them"
)


@dataclass(frozen=True, slots=True)
class Format:
    """A format, with its reader and writer.

    `units` are the kinds of units it supports; `write` is None for a format that is only read. A
    reader that `makes_files` writes into the package's folder. `courses_of` names the courses of a
    package that may hold several.
    """

    name: str
    title: str
    suffix: str
    units: frozenset[str]
    fits: Callable[[Package], bool]
    slug_of: Callable[[Package], str]
    draft: Callable[[Package, MediaShelf, Tell], CourseDraft]
    write: Callable[[Json, LocalCopies], tuple[Files, Counter[str]]] | None
    pack: Pack = archive_writer.write_single
    makes_files: bool = False
    courses_of: Callable[[Package], list[str]] = lambda _package: [""]


def detect_format(package: Package) -> Format:
    """Return the format of an opened package; BrokenPackage for an unknown one."""
    refuse_backup(package)
    found = next((one for one in FORMATS.values() if one.fits(package)), None)
    if found is None:
        raise BrokenPackage(package.name, "", UNKNOWN_FORMAT)
    return found


def export(course: Course, name: str, target: Path) -> Counter[str]:
    """Write the course into the file `target`; return a count of what the format cannot hold.

    Raises BrokenPackage where the course, or a file that it names, is incomplete.
    """
    return _export(course, name, FORMATS[name].pack, target)


def export_folder(course: Course, folder: Path) -> None:
    """Write the course into `folder`, as course.json and its files; raises BrokenPackage."""
    _export(course, "attune", archive_writer.write_folder, folder)


def find_left_out(course: Course, name: str) -> Counter[str]:
    """Return a count of what the format cannot hold. Raises BrokenPackage as `export` does."""
    return _export(course, name, _pack_nothing, Path())


def _pack_nothing(_files: Files, _target: Path) -> None:
    """Pack nothing: no video is read for a report."""


def _export(course: Course, name: str, pack: Pack, target: Path) -> Counter[str]:
    write = FORMATS[name].write
    assert write is not None  # noqa: S101 - WRITTEN names those that are written
    try:
        with open_copies(str(course.code)) as media:
            files, left_out = write(course_json.course_json(course), media)
            pack(files, target)
    except FileNotFoundError as error:
        raise BrokenPackage(Path(error.filename).name, "", FILE_MISSING) from error
    return +left_out


def _draft_reader(
    read: Callable[[Package, MediaShelf], tuple[Json, Counter[str]]],
) -> Callable[[Package, MediaShelf, Tell], CourseDraft]:
    """Turn a reader that returns course.json content into one that returns a draft."""

    def draft(package: Package, shelf: MediaShelf, tell: Tell) -> CourseDraft:
        content, left_out = read(package, shelf)
        found = attune_reader.draft_of(content, shelf)
        number = sum(len(unit.get("questions", ())) for unit in content["units"])
        number += len(content.get("bank", ()))
        tell(number, number)
        return replace(found, left_out=found.left_out + left_out)

    return draft


def _write_attune(package: Json, media: LocalCopies) -> tuple[Files, Counter[str]]:
    validation.check(package)
    names = dict.fromkeys(course_json.file_names(package))
    files: dict[str, archive_writer.Content] = {}
    for name in names:
        if not is_safe(name):
            raise BrokenPackage(name, "", FILE_MISSING)
        files[name] = media.content(name)
    text = json.dumps(package, ensure_ascii=False, indent=1)
    return {validation.FILE: text, **files}, Counter()


def _text_writer(
    name: str, write: Callable[[Json], tuple[str, Counter[str]]]
) -> Callable[[Json, LocalCopies], tuple[Files, Counter[str]]]:
    def write_files(package: Json, _media: LocalCopies) -> tuple[Files, Counter[str]]:
        text, left_out = write(package)
        return {name: text}, left_out

    return write_files


_QUIZ = frozenset(["quiz"])
_ALL = frozenset(UNIT_KINDS)
FORMATS = {
    one.name: one
    for one in (
        Format(
            "attune",
            "Attune",
            ".zip",
            _ALL,
            lambda package: (package.folder / validation.FILE).is_file(),
            lambda package: attune_reader.slug_of(package.folder),
            lambda package, shelf, _tell: attune_reader.read(package.folder, shelf),
            _write_attune,
            archive_writer.write_zip,
        ),
        Format(
            "oatutor",
            "OATutor",
            "",
            _ALL - {"external"},
            lambda package: (package.folder / oatutor_reader.POOL).is_dir(),
            lambda package: oatutor_reader.slug_of(package.part),
            lambda package, shelf, tell: oatutor_reader.read(
                package.folder, package.part, shelf, tell
            ),
            None,
            courses_of=lambda package: oatutor_reader.course_names(package.folder),
        ),
        Format(
            "olx",
            "OLX (Open edX)",
            ".tar.gz",
            _ALL,
            olx.fits,
            olx.slug_of,
            _draft_reader(olx.read),
            olx.write,
            archive_writer.write_tar,
            makes_files=True,
        ),
        Format(
            "cartridge",
            "Common Cartridge (Canvas)",
            "",
            _ALL,
            cartridge.fits,
            cartridge.slug_of,
            _draft_reader(cartridge.read),
            None,
            makes_files=True,
        ),
        Format(
            "qti12",
            "QTI 1.2",
            "",
            _QUIZ,
            qti12.fits,
            qti12.slug_of,
            _draft_reader(qti12.read),
            None,
        ),
        Format(
            "qti",
            "QTI 2.1",
            ".zip",
            _QUIZ,
            qti.fits,
            qti.slug_of,
            _draft_reader(qti.read),
            lambda package, media: qti.write(package, media, "2.1"),
            archive_writer.write_zip,
        ),
        Format(
            "qti22",
            "QTI 2.2",
            ".zip",
            _QUIZ,
            lambda _package: False,
            qti.slug_of,
            _draft_reader(qti.read),
            lambda package, media: qti.write(package, media, "2.2"),
            archive_writer.write_zip,
        ),
        Format(
            "qti3",
            "QTI 3.0",
            ".zip",
            _QUIZ,
            lambda _package: False,
            qti.slug_of,
            _draft_reader(qti.read),
            lambda package, media: qti.write(package, media, "3.0"),
            archive_writer.write_zip,
        ),
        Format(
            "h5p",
            "H5P",
            "",
            _QUIZ,
            h5p.fits,
            h5p.slug_of,
            _draft_reader(h5p.read),
            None,
        ),
        Format(
            "moodle",
            "Moodle XML",
            ".xml",
            moodle.UNITS,
            moodle.fits,
            moodle.slug_of,
            _draft_reader(moodle.read),
            moodle.write,
            makes_files=True,
        ),
        Format(
            "csv",
            _("CSV table"),
            ".csv",
            _QUIZ,
            csv.fits,
            csv.slug_of,
            _draft_reader(csv.read),
            _text_writer("questions.csv", csv.write),
        ),
        Format(
            "gift",
            "GIFT (Moodle)",
            ".txt",
            _QUIZ,
            gift.fits,
            gift.slug_of,
            _draft_reader(gift.read),
            _text_writer("questions.gift.txt", gift.write),
        ),
    )
}
EXPORT_FORMATS = tuple(name for name, one in FORMATS.items() if one.write is not None)
