"""`/author/courses/<slug>/units/<uuid>/film/`: how far the upload of a unit's video is."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from authoring import translatable_message
from authoring.access import course_for_author
from authoring.films.models import Upload
from courses.models import Course


@dataclass(frozen=True, slots=True)
class FilmStatus:
    """The newest upload of a unit and its addresses; `upload` is None without one.

    `url` is empty for anyone but the person who uploads: only they delete it.
    """

    unit_url: str
    create_url: str
    status_url: str
    upload: Upload | None
    url: str
    percent: int
    why: str
    step_before: str


@require_safe
@require_person
def film(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Show the state of the conversion, as a part of the unit's page."""
    user = current_user(request)
    status = make_status(course_for_author(user, slug), code, user)
    return render(request, "authoring/_film.html", {"film": status})


def find_unfinished(course: Course, code: UUID, user: User) -> FilmStatus:
    """Return the newest upload for the unit's page, which shows a finished one as the video."""
    return _describe(course, code, user, _newest(course, code, user, but="there"))


def make_status(course: Course, code: UUID, user: User) -> FilmStatus:
    """Return the newest upload."""
    return _describe(course, code, user, _newest(course, code, user))


def _newest(course: Course, code: UUID, user: User, *, but: str = "") -> Upload | None:
    """Return the newest upload; None for one in the state `but`.

    Of those that still arrive, only the person's own count.
    """
    rows = Upload.objects.filter(course=course, unit=code).order_by("-sent_at")
    row = rows.filter(~Q(state="arriving") | Q(author=user.code)).first()
    return None if row is not None and row.state == but else row


def _describe(course: Course, code: UUID, user: User, row: Upload | None) -> FilmStatus:
    where = [course.slug, code]
    return FilmStatus(
        unit_url=reverse("authoring:unit", args=where),
        create_url=reverse("authoring:uploads", args=where),
        status_url=reverse("authoring:film", args=where),
        upload=row,
        url=reverse("authoring:upload", args=[row.id]) if row and row.author == user.code else "",
        percent=_percent(row) if row else 0,
        why=translatable_message.format_stored(row.why) if row else "",
        step_before=_step_before(row.step) if row and row.step else "",
    )


def _percent(row: Upload) -> int:
    return 100 * row.offset // row.length if row.state == "arriving" else row.percent


def _step_before(stamp: str) -> str:
    """Return the stamp of the step to which the video was added."""
    number, _, revision = stamp.partition(".")
    return f"{number}.{int(revision) - 1}"
