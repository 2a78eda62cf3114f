"""One import, as a whole or not at all: package → draft → rows and files in one transaction."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils.translation import gettext_noop as _

from accounts.models import User
from authoring.course_slugs import SlugTaken, find_target_course, lock_slug
from authoring.errors import BrokenPackage
from authoring.formats import registry
from authoring.formats.registry import Format, Tell
from authoring.imports import skill_mapping
from authoring.imports.read_package import ReadPackage, read_package
from authoring.imports.save_course import store_course
from authoring.imports.target import Target
from authoring.translatable_message import message
from authoring.versions import publication
from authoring.versions.diff import Changes, compare_packages
from authoring.versions.drafts import stored_package
from authoring.versions.models import Version
from courses.models import Course, Enrolment, Hint, SkillLink, Unit

NEW = Target()
Read = Callable[..., ReadPackage]


@dataclass(frozen=True, slots=True)
class Imported:
    """The result of an import, and a count of what was not supported."""

    course: Course
    counts: dict[str, int]
    left_out: Counter[str]
    before: Version | None
    made: Version


@dataclass(frozen=True, slots=True)
class UpdateComparison:
    """The changes that an update would make to the current version of the course."""

    before: Version
    changes: Changes
    left_out: Counter[str]


class NothingUsable(BrokenPackage):
    """No question and no page of the package can be used; `left_out` gives the reasons."""

    def __init__(self, name: str, left_out: Counter[str]) -> None:
        super().__init__(name, "", _("it contains no question or page that can be used"))
        self.left_out = left_out


class CourseChanged(Exception):
    """The course is no longer the version whose changes the Author confirmed."""


def import_package(
    path: Path,
    *,
    now: datetime,
    tell: Tell,
    target: Target = NEW,
    name: str = "",
    by: User | None = None,
    seen: Version | None = None,
    skills_map_file: Path | None = None,
    finish: Callable[[Imported], None] | None = None,
    read: Read = read_package,
) -> Imported:
    """Import a folder, an archive or a file; BrokenPackage leaves database and media unchanged.

    `name` is the name of the uploaded file. An Author (`by`) updates only courses they edit, and
    becomes the teacher of a new one. `seen`: raise CourseChanged if the course is no longer that
    version. `finish` is called last, in the transaction, and may raise. `read` replaces
    `read_package`.
    """
    while True:
        with _open_usable(read, path, name, target, tell) as package:
            try:
                with _remove_if_not_committed(package):
                    done = _store_package(package, target, now, skills_map_file, by, seen, finish)
            except SlugTaken:
                continue
            load_versions = partial(publication.version_texts, done.course)
            package.shelf.remove_unused(load_versions, now=now)
            return done


def compare_package(
    path: Path,
    *,
    now: datetime,
    tell: Tell,
    target: Target,
    name: str,
    by: User,
    read: Read = read_package,
) -> UpdateComparison:
    """Return what the update would change; nothing is stored. Raises BrokenPackage."""
    with _open_usable(read, path, name, target, tell) as package, transaction.atomic():
        course = _course_for(package, target, by)
        assert course is not None  # noqa: S101 - an Author updates a course that is there
        before = publication.current_version(course, now=now)
        with transaction.atomic():
            after = stored_package(store_course(package.draft, now=now))
            transaction.set_rollback(True)
        return UpdateComparison(
            before, compare_packages(before.package, after), +package.draft.left_out
        )


@contextmanager
def _open_usable(
    read: Read, path: Path, name: str, target: Target, tell: Tell
) -> Iterator[ReadPackage]:
    """Yield the package once read; raise NothingUsable where none of it can be used."""
    name = name or path.name
    codes = dict(Course.objects.values_list("slug", "code"))
    with tempfile.TemporaryDirectory() as scratch:
        package = read(path, name, Path(scratch), target, codes, settings.MEDIA_URL, tell=tell)
        draft = package.draft
        usable = any(unit.kind != "quiz" or unit.questions for unit in draft.units)
        if not (usable or draft.bank):
            raise NothingUsable(name, +draft.left_out)
        yield package


@contextmanager
def _remove_if_not_committed(package: ReadPackage) -> Iterator[None]:
    """Remove the copies of a new course if the block fails and there is no such course.

    An error of the commit comes when the block in `_store_package` has ended. Files of a course
    that was there may be in use, and the next import into it removes them.
    """
    try:
        yield
    except BaseException:
        if package.shelf.has_copies():
            with suppress(DatabaseError), transaction.atomic():
                lock_slug(package.draft.slug)
                if not Course.objects.filter(slug=package.draft.slug).exists():
                    package.shelf.remove_copies()
        raise


def _store_package(
    package: ReadPackage,
    target: Target,
    now: datetime,
    table: Path | None,
    by: User | None,
    seen: Version | None,
    finish: Callable[[Imported], None] | None,
) -> Imported:
    left_out, shelf = Counter(package.draft.left_out), package.shelf
    with transaction.atomic():
        try:
            before = _version_before(package, target, by, seen, now)
            course = store_course(package.draft, now=now)
            if table is not None:
                left_out += skill_mapping.link_skills(table, course)
            shelf.copy_files()
            if by is not None and before is None:
                Enrolment.objects.create(user=by, course=course, role="teacher", since=now)
            made = publication.store_version(
                course, "imported", by=by.code if by else None, now=now
            )
            done = Imported(course, _count_rows(course), +left_out, before, made)
            if finish is not None:
                finish(done)
        except BaseException:
            # While the course is locked: the next import of it would take them as stored.
            shelf.remove_copies()
            raise
    return done


def _version_before(
    package: ReadPackage, target: Target, by: User | None, seen: Version | None, now: datetime
) -> Version | None:
    """Return the version to restore on undo; None for a new course."""
    course = _course_for(package, target, by)
    before = publication.current_version(course, now=now) if course else None
    if seen is not None and before != seen:
        raise CourseChanged
    return before


def _course_for(package: ReadPackage, target: Target, by: User | None) -> Course | None:
    """Return and lock the course to update; None for a new one."""
    slug = package.draft.slug
    lock_slug(slug)
    course = find_target_course(slug, target, by)
    if course is not None:
        _check_kinds(course, registry.FORMATS[package.form])
    return course


def _check_kinds(course: Course, form: Format) -> None:
    """Refuse to replace a course with videos and readings by questions alone."""
    units = Unit.objects.filter(course=course, position__isnull=False)
    others = units.exclude(kind__in=form.units).count()
    if others:
        what = message(
            _(
                "the course {slug!r} has {others} units that {format} cannot contain; import the "
                "file as a new course"
            ),
            slug=course.slug,
            others=others,
            format=form.title,
        )
        raise BrokenPackage(form.title, "", what)


def _count_rows(course: Course) -> dict[str, int]:
    questions = course.questions.filter(Q(unit__isnull=False) | Q(in_bank=True))
    hints = Hint.objects.filter(question__in=questions)
    return {
        _("skills"): course.skills.count(),
        _("links between skills"): SkillLink.objects.filter(other__course=course).count(),
        _("units"): course.units.filter(position__isnull=False).count(),
        _("problems"): questions.exclude(group="").order_by().values("group").distinct().count(),
        _("questions"): questions.filter(sibling=None).count(),
        _("variants"): questions.exclude(sibling=None).count(),
        _("hints"): hints.exclude(kind="scaffold").count(),
        _("sub-questions"): hints.filter(kind="scaffold").count(),
        _("questions in the bank"): questions.filter(in_bank=True).count(),
        _("retired questions"): course.questions.filter(unit=None, in_bank=False).count(),
    }
