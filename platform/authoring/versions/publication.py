"""Publish a draft or restore an earlier version; each adds a version and loses nothing.

Answers always stay: a removed question is retired, and a restored one has its Responses again.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.db import transaction

import audit
from accounts.models import User
from audit.leaves import person_ref
from authoring import open_questions
from authoring.course_draft import CourseDraft
from authoring.formats.attune import reader
from authoring.imports.save_course import store_course
from authoring.imports.save_units import SETTINGS
from authoring.media.storage import StoredShelf
from authoring.versions.diff import Changes, compare_packages
from authoring.versions.drafts import (
    draft_steps,
    lock,
    lock_at_stamp,
    published_versions,
    stored_package,
    working_copy_of,
)
from authoring.versions.models import Version
from courses.models import Course

Json = dict[str, Any]
RESTORED_NOTE: Final = "Version "


class NoDraft(Exception):
    """There is no draft to publish."""


class PublishedMeanwhile(Exception):
    """The course is no longer what the draft began from; `changes` lists the differences."""

    def __init__(self, changes: Changes) -> None:
        super().__init__("the course changed since the draft was begun")
        self.changes = changes


@transaction.atomic
def publish(
    course: Course, *, stamp: str, by: User, now: datetime, note: str = "", over: bool = False
) -> Version:
    """Publish the draft; raises StaleDraft, NoDraft, PublishedMeanwhile and BrokenPackage."""
    working = lock_at_stamp(course, stamp, by)
    began = draft_steps(course).filter(revision=0).first()
    if began is None:
        raise NoDraft
    before = current_version(course, now=now)
    wanted = keep_teacher_settings(began.package, before.package, working.package)
    if not over and _contents(began.package) != _contents(before.package):
        raise PublishedMeanwhile(compare_packages(began.package, before.package))
    write_package(course, wanted, now=now)
    draft_steps(course).delete()
    return store_version(course, "edited", by=by.code, now=now, note=note)


def keep_teacher_settings(began: Json, live: Json, draft: Json) -> Json:
    """Return the draft with the dates and attempts that a Teacher set since, unless it changes
    them.
    """
    then, now = ({unit["id"]: unit for unit in each["units"]} for each in (began, live))
    units = [
        _with_settings(unit, then[unit["id"]], now[unit["id"]])
        if unit["id"] in then and unit["id"] in now
        else unit
        for unit in draft["units"]
    ]
    return draft | {"units": units}


def _with_settings(unit: Json, then: Json, now: Json) -> Json:
    taken = [name for name in SETTINGS if unit.get(name) == then.get(name)]
    if _needs_a_test(unit) and "scenario" not in now and "scenario" in taken:
        # The draft was a test when its Author added what only a test can ask.
        taken.remove("scenario")
    kept = {name: value for name, value in unit.items() if name not in taken}
    return kept | {name: now[name] for name in taken if name in now}


def _needs_a_test(unit: Json) -> bool:
    """Return whether it draws questions, or has some that people mark."""
    opened = any(map(open_questions.is_open, unit.get("questions", ())))
    return opened or bool(unit.get("random_questions"))


def _contents(package: Json) -> Json:
    """Return the package without the settings that Teachers can change as well."""
    units = [
        {name: unit[name] for name in unit if name not in SETTINGS} for unit in package["units"]
    ]
    return package | {"units": units}


@transaction.atomic
def go_back(
    course: Course, number: int, *, by: User, now: datetime, cause: str = "back"
) -> Version:
    """Publish an earlier version again; Version.DoesNotExist for an unknown number."""
    lock(course)
    wanted = published_versions(course).get(number=number)
    current_version(course, now=now)
    write_package(course, wanted.package, now=now)
    return store_version(course, cause, by=by.code, now=now, note=f"{RESTORED_NOTE}{number}")


def current_version(course: Course, *, now: datetime) -> Version:
    """Return the version of the current course; create it if the course was changed otherwise."""
    last = published_versions(course).first()
    if last is not None and last.package == stored_package(course):
        return last
    return store_version(course, "found", by=None, now=now)


def store_version(
    course: Course, cause: str, *, by: UUID | None, now: datetime, note: str = ""
) -> Version:
    """Store the current course as the next version; the caller must hold a transaction."""
    number = working_copy_of(course).number + 1
    version = Version.objects.create(
        course=course,
        number=number,
        state="published",
        cause=cause,
        package=stored_package(course),
        made_at=now,
        author=person_ref(by),
        note=note,
    )
    if by is not None:
        public = {"act": cause, "course": course.slug, "version": number}
        verb = "course.import" if cause == "imported" else "course.edit"
        audit.record(verb, actor=by, subject=None, public=public)
    version.refresh_from_db()
    return version


def write_package(course: Course, package: Json, *, now: datetime) -> None:
    """Write the package over the course; its files must be stored."""
    store_course(draft_of(course, package), now=now)
    course.refresh_from_db()


def draft_of(course: Course, package: Json) -> CourseDraft:
    """Read a package whose files are those of `course`; raises BrokenPackage."""
    return reader.draft_of(package, StoredShelf(course.code, settings.MEDIA_URL))


def version_texts(course: Course) -> list[str]:
    """Return each version as text, to find the files that it uses."""
    return [json.dumps(row.package, ensure_ascii=False) for row in course.versions.all()]
