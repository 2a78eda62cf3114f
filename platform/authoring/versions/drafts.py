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
from audit.leaves import ref
from authoring.exports.course_json import course_json
from authoring.versions.diff import Changes, between
from authoring.versions.models import Version
from courses.models import Course

Json = dict[str, Any]
STEPS_KEPT: Final = 30


class Stale(Exception):
    """Another save came after the page was opened; `changes` is None if that state is gone."""

    def __init__(self, changes: Changes | None, mine: bool) -> None:
        super().__init__("expected the stamp of what stands now")
        self.changes = changes
        self.mine = mine


@dataclass(frozen=True, slots=True)
class Desk:
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
    def drafted(self) -> bool:
        return self.saved_at is not None


def steps(course: Course) -> QuerySet[Version]:
    """Return the steps of the draft, newest first; none where nothing was changed."""
    return Version.objects.filter(course=course, state="draft").order_by("-revision")


def published(course: Course) -> QuerySet[Version]:
    """Return the published versions, newest first."""
    return Version.objects.filter(course=course, state="published").order_by("-number")


def published_last(courses: Collection[Course]) -> dict[int, Version]:
    """Return the newest published version by course, without its package."""
    return _last_of(courses, "published", "-number")


def drafted_last(courses: Collection[Course]) -> dict[int, Version]:
    """Return the last step of the draft by course, without its package."""
    return _last_of(courses, "draft", "-revision")


def _last_of(courses: Collection[Course], state: str, order: str) -> dict[int, Version]:
    rows = Version.objects.filter(course__in=courses, state=state)
    last = rows.order_by("course", order).distinct("course")
    return {row.course_id: row for row in last.defer("package")}


def desk_of(course: Course) -> Desk:
    last = steps(course).first()
    if last is None:
        return Desk(course, as_stored(course), _last_number(course), 0, None)
    return Desk(course, last.package, _last_number(course), last.revision, last.made_at)


def as_stored(course: Course) -> Json:
    """Return the published package; a new course has empty lists of units and skills."""
    return {"skills": [], "units": [], **course_json(course)}


@transaction.atomic
def save(
    course: Course, package: Mapping[str, Any], *, stamp: str, by: User, now: datetime
) -> Desk:
    """Store a step of the draft; raises StaleDraft, and then stores nothing."""
    desk = locked_at(course, stamp, by)
    if not desk.drafted:
        _step(desk, 0, desk.package, None, now)
    _step(desk, desk.revision + 1, package, ref(by.code), now)
    steps(course).filter(revision__gt=0, revision__lte=desk.revision - STEPS_KEPT).delete()
    return desk_of(course)


@transaction.atomic
def step_back(course: Course, *, stamp: str, by: User, now: datetime) -> Desk:
    """Undo the last save by a further step, which can be undone as well."""
    desk = locked_at(course, stamp, by)
    before = steps(course).filter(revision=desk.revision - 1).first()
    if before is None:
        return desk
    return save(course, before.package, stamp=stamp, by=by, now=now)


@transaction.atomic
def discard(course: Course, *, stamp: str, by: User) -> None:
    """Delete the draft; the published version stays."""
    locked_at(course, stamp, by)
    steps(course).delete()


def locked_at(course: Course, stamp: str, by: User) -> Desk:
    """Lock and return the working copy; raise StaleDraft if `by` saw another version."""
    lock(course)
    desk = desk_of(course)
    if desk.stamp != stamp:
        raise _stale(desk, stamp, by)
    return desk


def lock(course: Course) -> None:
    """Lock the course, so that writers of the course or its draft run one at a time."""
    Course.objects.select_for_update().get(pk=course.pk)


def _stale(desk: Desk, stamp: str, by: User) -> Stale:
    number, _, revision = stamp.partition(".")
    seen = Version.objects.none()
    if number == str(desk.number) and revision.isdecimal():
        seen = steps(desk.course).filter(revision=int(revision))
    elif number.isdecimal():
        seen = published(desk.course).filter(number=int(number))
    last = steps(desk.course).first() or published(desk.course).first()
    own = last is not None and last.author is not None and bytes(last.author) == ref(by.code)
    old = seen.first()
    return Stale(between(old.package, desk.package) if old else None, own)


def _step(desk: Desk, revision: int, package: Any, author: bytes | None, now: datetime) -> None:
    Version.objects.create(
        course=desk.course,
        revision=revision,
        state="draft",
        cause="edited" if author else "found",
        package=package,
        made_at=now,
        author=author,
    )


def _last_number(course: Course) -> int:
    return published(course).aggregate(last=Max("number"))["last"] or 0
