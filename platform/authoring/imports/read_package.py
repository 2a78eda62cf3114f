"""Read a package into a draft without the database, so that it can run in its own process."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext_noop as _

from authoring.course_draft import CourseDraft
from authoring.errors import BrokenPackage
from authoring.formats import registry
from authoring.formats.course_builder import Package
from authoring.formats.registry import Tell
from authoring.imports.archive_reader import open_package
from authoring.imports.save_course import first_course_code
from authoring.imports.target import Target
from authoring.media import video_codecs
from authoring.media.storage import MediaShelf
from authoring.translatable_message import message

ENDINGS = re.compile(r"(\.(zip|imscc|tar|gz|tgz|bz2|xz|gift|txt|csv|xml|h5p|mbz))+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadPackage:
    """A package as it was read: its format, its course, and the files it uses."""

    form: str
    draft: CourseDraft
    shelf: MediaShelf


class SeveralCourses(Exception):
    """The package holds more than one course, and the target does not name one."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(names)
        self.names = names


def read_package(
    path: Path,
    name: str,
    scratch: Path,
    target: Target,
    codes: Mapping[str, UUID],
    media_url: str,
    tell: Tell,
) -> ReadPackage:
    """Read a package without the database; `scratch` must outlive the result.

    `name` is the name of the uploaded file. `codes` are those of the existing courses, by slug.
    """
    root = open_package(path, scratch, name)
    package = Package(root, ENDINGS.sub("", name))
    form = registry.detect_format(package)
    package = replace(package, part=_choose_part(form.courses_of(package), target.part, name))
    if path.is_dir() and form.makes_files:
        copy = scratch / "copy"
        package = replace(package, folder=shutil.copytree(root, copy, symlinks=True))
    slug = target.slug_for(form.slug_of(package), codes)
    shelf = MediaShelf(package.folder, codes.get(slug) or first_course_code(slug), media_url)
    draft = form.draft(package, shelf, tell)
    columns = {**draft.columns, "title": target.title_for(draft.columns["title"])}
    left_out = draft.left_out + video_codecs.count_unplayable(_videos(draft, shelf))
    draft = replace(draft, slug=slug, columns=columns, left_out=left_out)
    return ReadPackage(form.name, draft, shelf)


def _videos(draft: CourseDraft, shelf: MediaShelf) -> list[Path]:
    """Return the video files of the course, each once."""
    names = dict.fromkeys(unit.video.columns["file"] for unit in draft.units if unit.video)
    return [shelf.source_of(name) for name in names]


def _choose_part(names: list[str], wanted: str, file: str) -> str:
    """Return the requested or the only course; SeveralCourses where neither is clear."""
    if wanted in names or len(names) == 1:
        return wanted or names[0]
    if wanted:
        what = message(_("expected one of its courses: {courses}"), courses=", ".join(names))
        raise BrokenPackage(file, "", what)
    raise SeveralCourses(names)
