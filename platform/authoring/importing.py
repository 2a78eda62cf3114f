"""One import, whole or not at all: package → draft → rows and files in one transaction."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_noop as _

from accounts.models import User
from authoring import skills_map
from authoring.access import courses_written_by
from authoring.archives import opened
from authoring.broken import BrokenPackage
from authoring.drafts import CourseDraft
from authoring.formats import known
from authoring.formats.known import Format, Tell
from authoring.formats.packing import Package
from authoring.said import said
from authoring.shelf import Shelf
from authoring.storing import course_code, store
from authoring.versions import publishing
from authoring.versions.model import Version
from courses.models import Course, Enrolment, Hint, SkillLink, Unit

ENDINGS = re.compile(r"(\.(zip|tar|gz|tgz|bz2|xz|gift|txt|csv|xml))+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made, and what of the package it could not represent."""

    course: Course
    counts: dict[str, int]
    left_out: Counter[str]
    before: Version | None
    made: Version


def import_package(
    path: Path,
    *,
    now: datetime,
    tell: Tell,
    skills_map_file: Path | None = None,
    slug: str = "",
    by: User | None = None,
) -> Imported:
    """Import a folder, an archive or a file; BrokenPackage leaves database and media as they were.

    `slug` names the course instead of what the package calls it. An Author (`by`) imports over
    nobody else's course, and teaches one that is new.
    """
    with tempfile.TemporaryDirectory() as scratch:
        root = opened(path, Path(scratch))
        package = Package(root, ENDINGS.sub("", path.name))
        form = known.of(package)
        if path.is_dir() and form.makes_files:
            copy = Path(scratch) / "copy"
            package = replace(package, folder=shutil.copytree(root, copy, symlinks=True))
        slug = slug or form.slug_of(package)
        shelf = Shelf(
            package.folder, course_code(slug), Path(settings.MEDIA_ROOT), settings.MEDIA_URL
        )
        draft = replace(form.draft(package, shelf, tell), slug=slug)
        done = _kept(draft, shelf, now, form, skills_map_file, by)
        shelf.clear_others(publishing.texts(done.course))
    return done


def _kept(
    draft: CourseDraft,
    shelf: Shelf,
    now: datetime,
    form: Format,
    table: Path | None,
    by: User | None,
) -> Imported:
    left_out = Counter(draft.left_out)
    try:
        with transaction.atomic():
            _one_at_a_time(draft.slug)
            _keep_what_it_cannot_hold(draft.slug, form)
            before = _as_it_was(draft.slug, by, now)
            course = store(draft, now=now)
            if table is not None:
                left_out += skills_map.join(table, course)
            shelf.put()
            if by is not None and before is None:
                Enrolment.objects.create(user=by, course=course, role="teacher", since=now)
            made = publishing.keep(course, "imported", by=by.code if by else None, now=now)
    except BaseException:
        shelf.take_back()
        raise
    return Imported(course, _counts(course), +left_out, before, made)


def _as_it_was(slug: str, by: User | None, now: datetime) -> Version | None:
    """The version to go back to; None where there is no such course yet."""
    course = Course.objects.filter(slug=slug).first()
    if course is None:
        return None
    if by is not None and not courses_written_by(by).filter(pk=course.pk).exists():
        what = said(
            _(
                "there is a course {slug!r} already that is not yours; "
                "bring it in under another name"
            ),
            slug=slug,
        )
        raise BrokenPackage("course", "slug", what)
    return publishing.found(course, now=now)


def _keep_what_it_cannot_hold(slug: str, form: Format) -> None:
    """Questions alone do not take the place of a course with videos and readings."""
    units = Unit.objects.filter(course__slug=slug, position__isnull=False)
    others = units.exclude(kind__in=form.units).count()
    if others:
        what = said(
            _(
                "the course {slug!r} has {others} units that {format} cannot hold; "
                "import it under a slug of its own"
            ),
            slug=slug,
            others=others,
            format=form.title,
        )
        raise BrokenPackage(form.title, "", what)


def _one_at_a_time(slug: str) -> None:
    """Two imports of one course wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import {slug}"])


def _counts(course: Course) -> dict[str, int]:
    questions = course.questions.filter(unit__isnull=False)
    hints = Hint.objects.filter(question__in=questions)
    return {
        _("skills"): course.skills.count(),
        _("skill links"): SkillLink.objects.filter(other__course=course).count(),
        _("units"): course.units.filter(position__isnull=False).count(),
        _("problems"): questions.exclude(group="").order_by().values("group").distinct().count(),
        _("questions"): questions.filter(sibling=None).count(),
        _("variants"): questions.exclude(sibling=None).count(),
        _("hints"): hints.exclude(kind="scaffold").count(),
        _("scaffolds"): hints.filter(kind="scaffold").count(),
        _("retired questions"): course.questions.filter(unit=None).count(),
    }
