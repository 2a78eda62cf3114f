"""The draft of a course: each save adds a step, and none overwrites an unseen one.

A stamp identifies the state that a page was opened with. A save with an older stamp is refused with
the changes since then.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max, QuerySet

from accounts.models import User
from audit.leaves import person_ref
from authoring.exports.course_json import course_json
from authoring.versions.diff import Changes, compare_packages
from authoring.versions.models import Version
from courses.models import Course

Json = dict[str, Any]
STEPS_KEPT: Final = 30


class StaleDraft(Exception):
    """Another save came after the page was opened; `changes` is None if that state is gone."""

    def __init__(self, changes: Changes | None, mine: bool) -> None:
        super().__init__("expected the stamp of what stands now")
        self.changes = changes
        self.mine = mine


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """The course as its Authors edit it: the draft, or the published version."""

    course: Course
    package: Json
    number: int
    revision: int
    saved_at: datetime | None

    @property
    def stamp(self) -> str:
        return f"{self.number}.{self.revision}"

    @property
    def has_draft(self) -> bool:
        return self.saved_at is not None


def draft_steps(course: Course) -> QuerySet[Version]:
    """Return the steps of the draft, newest first; none where nothing was changed."""
    return Version.objects.filter(course=course, state="draft").order_by("-revision")


def published_versions(course: Course) -> QuerySet[Version]:
    """Return the published versions, newest first."""
    return Version.objects.filter(course=course, state="published").order_by("-number")


def last_published(courses: Collection[Course]) -> dict[int, Version]:
    """Return the newest published version by course, without its package."""
    return _last_of(courses, "published", "-number")


def last_draft_steps(courses: Collection[Course]) -> dict[int, Version]:
    """Return the last step of the draft by course, without its package."""
    return _last_of(courses, "draft", "-revision")


def _last_of(courses: Collection[Course], state: str, order: str) -> dict[int, Version]:
    rows = Version.objects.filter(course__in=courses, state=state)
    last = rows.order_by("course", order).distinct("course")
    return {row.course_id: row for row in last.defer("package")}


def working_copy_of(course: Course) -> WorkingCopy:
    last = draft_steps(course).first()
    if last is None:
        return WorkingCopy(course, stored_package(course), _last_number(course), 0, None)
    return WorkingCopy(course, last.package, _last_number(course), last.revision, last.made_at)


def stored_package(course: Course) -> Json:
    """Return the published package; a new course has empty lists of units and skills."""
    return {"skills": [], "units": [], **course_json(course)}


@transaction.atomic
def save(
    course: Course, package: Mapping[str, Any], *, stamp: str, by: User, now: datetime
) -> WorkingCopy:
    """Store a step of the draft; raises StaleDraft, and then stores nothing."""
    working = lock_at_stamp(course, stamp, by)
    if not working.has_draft:
        _store_step(working, 0, working.package, None, now)
    _store_step(working, working.revision + 1, package, person_ref(by.code), now)
    draft_steps(course).filter(revision__gt=0, revision__lte=working.revision - STEPS_KEPT).delete()
    return working_copy_of(course)


@transaction.atomic
def step_back(course: Course, *, stamp: str, by: User, now: datetime) -> WorkingCopy:
    """Undo the last save by a further step, which can be undone as well."""
    working = lock_at_stamp(course, stamp, by)
    before = draft_steps(course).filter(revision=working.revision - 1).first()
    if before is None:
        return working
    return save(course, before.package, stamp=stamp, by=by, now=now)


@transaction.atomic
def discard(course: Course, *, stamp: str, by: User) -> None:
    """Delete the draft; the published version stays."""
    lock_at_stamp(course, stamp, by)
    draft_steps(course).delete()


def lock_at_stamp(course: Course, stamp: str, by: User) -> WorkingCopy:
    """Lock and return the working copy; raise StaleDraft if `by` saw another version."""
    lock(course)
    working = working_copy_of(course)
    if working.stamp != stamp:
        raise _make_stale(working, stamp, by)
    return working


def lock(course: Course) -> None:
    """Lock the course, so that writers of the course or its draft run one at a time."""
    Course.objects.select_for_update().get(pk=course.pk)


def _make_stale(working: WorkingCopy, stamp: str, by: User) -> StaleDraft:
    number, _, revision = stamp.partition(".")
    seen = Version.objects.none()
    if number == str(working.number) and revision.isdecimal():
        seen = draft_steps(working.course).filter(revision=int(revision))
    elif number.isdecimal():
        seen = published_versions(working.course).filter(number=int(number))
    last = draft_steps(working.course).first() or published_versions(working.course).first()
    own = last is not None and last.author is not None and bytes(last.author) == person_ref(by.code)
    old = seen.first()
    return StaleDraft(compare_packages(old.package, working.package) if old else None, own)


def _store_step(
    working: WorkingCopy, revision: int, package: Any, author: bytes | None, now: datetime
) -> None:
    Version.objects.create(
        course=working.course,
        revision=revision,
        state="draft",
        cause="edited" if author else "found",
        package=package,
        made_at=now,
        author=author,
    )


def _last_number(course: Course) -> int:
    return published_versions(course).aggregate(last=Max("number"))["last"] or 0
