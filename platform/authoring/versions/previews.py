"""The preview of a draft as a Learner sees it: a course of its own that only its Author opens.

It appears in no list, has no teacher, and senses nothing. It is deleted with all its data when the
Author closes it or publishes, or after a day.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final

from django.db import models, transaction
from django.utils.translation import gettext as _

from accounts.models import User
from authoring.imports.save_course import store_course
from authoring.versions.drafts import working_copy_of
from authoring.versions.publication import draft_of
from courses.models import AnswerFile, Course, Enrolment, OpenAnswer, Response

LIFETIME: Final = timedelta(days=1)
LONGEST_TITLE: Final = 200


@transaction.atomic
def open_preview(course: Course, *, by: User, now: datetime) -> Course:
    """Create the preview of the draft; BrokenPackage where the draft is incomplete."""
    close_preview(course, by=by)
    written = working_copy_of(course).package
    title = _("Preview: {course}").format(course=written["title"])[:LONGEST_TITLE]
    package = {**written, "slug": slug_of(course, by), "title": title}
    draft = draft_of(course, package)
    shadow = store_course(draft, now=now)
    shadow.preview_of = course
    shadow.save(update_fields=["preview_of"])
    Enrolment.objects.create(user=by, course=shadow, role="learner", since=now)
    return shadow


def slug_of(course: Course, by: User) -> str:
    """Return a fixed slug, so that an Author has one preview of a course."""
    return f"preview-{uuid.uuid5(course.code, str(by.code)).hex[:16]}"


def close_preview(course: Course, *, by: User) -> None:
    """Delete this Author's preview with all its data."""
    _delete_previews(course.previews.filter(slug=slug_of(course, by)))


def clear_old(*, now: datetime) -> None:
    """Delete previews that were not closed."""
    _delete_previews(
        Course.objects.filter(preview_of__isnull=False, imported_at__lt=now - LIFETIME)
    )


@transaction.atomic
def _delete_previews(rows: models.QuerySet[Course]) -> None:
    for shadow in rows:
        Response.objects.filter(question__course=shadow).delete()
        OpenAnswer.objects.filter(question__course=shadow).delete()
        AnswerFile.objects.filter(question__course=shadow).delete()
        shadow.delete()
