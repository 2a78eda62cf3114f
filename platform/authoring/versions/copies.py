"""Copies of a course without its records: as a new course, or as further sections of another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from accounts.models import User
from authoring.course_slugs import take_course_slug
from authoring.versions import drafts
from authoring.versions.appending import append_package, drop_dates
from courses.media.media_store import open_store
from courses.models import Course, Enrolment

LONGEST_TITLE: Final = 200


@transaction.atomic
def copy_course(course: Course, *, by: User, now: datetime) -> Course:
    """Return a new course whose only teacher is `by`; what they see is its draft.

    It has no dates: those of the units are of the course's class.
    """
    package = drafts.working_copy_of(course).package
    title = _("{title} (copy)").format(title=package["title"][: LONGEST_TITLE - 20])
    made = Course.objects.create(
        slug=take_course_slug(title),
        title=title,
        description=package.get("description", ""),
        language=package["language"],
    )
    Enrolment.objects.create(user=by, course=made, role="teacher", since=now)
    units = [drop_dates(unit) for unit in package["units"]]
    renamed = {**package, "slug": made.slug, "title": title, "units": units}
    stamp = drafts.working_copy_of(made).stamp
    drafts.save(made, renamed, stamp=stamp, by=by, now=now)
    _link_files(course, made, package)
    public = {"act": "new", "course": made.slug}
    audit.record("course.edit", actor=by.code, subject=None, public=public)
    return made


@transaction.atomic
def append_course(source: Course, target: Course, *, stamp: str, by: User, now: datetime) -> None:
    """Append what `source`'s Authors see to the draft of `target`; raises StaleDraft."""
    package = append_package(
        drafts.working_copy_of(target).package, drafts.working_copy_of(source).package
    )
    drafts.save(target, package, stamp=stamp, by=by, now=now)
    _link_files(source, target, package)


def _link_files(course: Course, made: Course, package: Mapping[str, Any]) -> None:
    """Give the copy the files that its package names; a file in use never changes."""
    store, named = open_store(), json.dumps(package, ensure_ascii=False)
    there = {file.name for file in store.list_files(str(made.code))}
    for file in store.list_files(str(course.code)):
        name = file.name.partition("/")[2]
        copy = f"{made.code}/{name}"
        if name in named and copy not in there:
            store.copy(file.name, copy)
