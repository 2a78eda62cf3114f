"""One import, whole or not at all: package → draft → rows and files in one transaction."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from authoring import attune_course, oatutor, skills_map
from authoring.archives import opened
from authoring.drafts import CourseDraft
from authoring.shelf import Shelf
from authoring.storing import course_code, store
from courses.models import Course, Hint, SkillLink

Tell = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import made, and what of the package it could not represent."""

    course: Course
    counts: dict[str, int]
    left_out: Counter[str]


def import_package(
    path: Path, *, now: datetime, tell: Tell, skills_map_file: Path | None = None
) -> Imported:
    """Import a folder or an archive; BrokenPackage leaves database and media as they were."""
    archive = not path.is_dir()
    with tempfile.TemporaryDirectory() if archive else nullcontext("") as scratch:
        root = opened(path, Path(scratch))
        reader = attune_course if (root / attune_course.FILE).is_file() else oatutor
        code = course_code(reader.slug_of(root))
        shelf = Shelf(root, code, Path(settings.MEDIA_ROOT), settings.MEDIA_URL)
        draft = _read(root, shelf, tell)
        done = _kept(draft, shelf, now, skills_map_file)
        shelf.clear_others()
    return done


def _read(root: Path, shelf: Shelf, tell: Tell) -> CourseDraft:
    if (root / attune_course.FILE).is_file():
        return attune_course.read(root, shelf)
    return oatutor.read(root, shelf, tell)


def _kept(draft: CourseDraft, shelf: Shelf, now: datetime, table: Path | None) -> Imported:
    left_out = Counter(draft.left_out)
    try:
        with transaction.atomic():
            _one_at_a_time(draft.slug)
            course = store(draft, now=now)
            if table is not None:
                left_out += skills_map.join(table, course)
            shelf.put()
    except BaseException:
        shelf.take_back()
        raise
    return Imported(course, _counts(course), +left_out)


def _one_at_a_time(slug: str) -> None:
    """Two imports of one course wait for each other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"import {slug}"])


def _counts(course: Course) -> dict[str, int]:
    questions = course.questions.filter(unit__isnull=False)
    hints = Hint.objects.filter(question__in=questions)
    return {
        "skills": course.skills.count(),
        "skill links": SkillLink.objects.filter(other__course=course).count(),
        "units": course.units.filter(position__isnull=False).count(),
        "problems": questions.exclude(group="").order_by().values("group").distinct().count(),
        "questions": questions.filter(sibling=None).count(),
        "variants": questions.exclude(sibling=None).count(),
        "hints": hints.exclude(kind="scaffold").count(),
        "scaffolds": hints.filter(kind="scaffold").count(),
        "retired questions": course.questions.filter(unit=None).count(),
    }
