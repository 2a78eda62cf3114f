"""Videos, posters and captions from our own origin, with HTTP Range, for course members only.

A name in the URL is looked up among the unit's files and never used as a path. No response names
the store that a file comes from: a copied address works only for a person who may open it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from accounts.sessions.streaming_response import stream_response
from courses import availability
from courses.access import course_of_media, is_learner, unit_for_member
from courses.media.media_store import open_store
from courses.media.stored_file import StoredFile
from courses.models import Course, Unit, Video
from courses.rendering.image_usage import find_units_showing, has_own_attempt_showing
from learner.units.http_range import ByteSpan, RangeNotSatisfiable, parse_range

TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".vtt": "text/vtt; charset=utf-8",
}
FILMS = (".mp4", ".webm")
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,120}", re.ASCII)


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A published file and its type for a browser."""

    stored: StoredFile
    kind: str


@require_safe
@require_person
def unit_file(request: HttpRequest, code: UUID, name: str) -> HttpResponseBase:
    """Serve `/media/units/<uuid>/<name>`."""
    user = current_user(request)
    unit = unit_for_member(user, code)
    availability.require_open(user, unit, now=timezone.now())
    return _serve(request, find_unit_file(unit, name))


@require_safe
@require_person
def course_file(request: HttpRequest, code: UUID, name: str) -> HttpResponseBase:
    """Serve `/media/<uuid>/<name>`: an image of a text, from its course's folder."""
    course = course_of_media(current_user(request), code)
    if not NAME.fullmatch(name):
        raise Http404
    _require_allowed(current_user(request), course, name)
    return _serve(request, find_media_file(f"{course.code}/{name}"))


def _require_allowed(user: User, course: Course, name: str) -> None:
    """Answer 403 to a Learner if every unit that shows the file is still closed.

    Answer 404 for a video that no unit shows: the original of a video, or a video of a draft.
    """
    now, is_film = timezone.now(), name.endswith(FILMS)
    may_be_closed = Q(opens_at__gt=now) | Q(group_dates__opens_at__gt=now)
    closed = course.units.filter(
        may_be_closed | Q(opens_after__isnull=False), position__isnull=False
    )
    if not (is_film or closed.exists()) or not is_learner(user, course):
        return
    units = list(find_units_showing(course, name))
    if is_film and not units:
        raise Http404
    dates = availability.load_availability(user, units, now=now)
    is_closed = not any(dates.is_open(unit, now=now) for unit in units)
    if units and is_closed and not has_own_attempt_showing(user, course, name):
        availability.require_open(user, units[0], now=now)


def _serve(request: HttpRequest, file: MediaFile) -> HttpResponseBase:
    stored = file.stored
    known = get_conditional_response(
        request, etag=stored.etag, last_modified=int(stored.changed_at)
    )
    if known is not None and known.status_code == 304:
        return known
    try:
        span = _find_span(request, stored)
    except RangeNotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{stored.size}"})
    return _build_response(request, file, span)


def find_unit_file(unit: Unit, name: str) -> MediaFile:
    """Return the unit's file with this name. Raise 404 for any other name."""
    stored = {PurePosixPath(path).name: path for path in paths_of(unit)}.get(name)
    if stored is None:
        raise Http404
    return find_media_file(stored)


def find_media_file(stored: str) -> MediaFile:
    """Return a published file whose type pages use. Raise 404 for any other."""
    kind = TYPES.get(PurePosixPath(stored).suffix)
    file = open_store().find(stored) if kind is not None else None
    if file is None or kind is None:
        raise Http404
    return MediaFile(file, kind)


def paths_of(unit: Unit) -> list[str]:
    video = Video.objects.filter(unit=unit).prefetch_related("captions").first()
    if video is None:
        return []
    captions = [track.file for track in video.captions.all()]
    renditions = [row["src"] for row in video.renditions]
    return [path for path in (video.file, video.poster, *renditions, *captions) if path]


def _find_span(request: HttpRequest, file: StoredFile) -> ByteSpan | None:
    condition = request.headers.get("If-Range")
    if condition is not None and condition not in (file.etag, http_date(int(file.changed_at))):
        return None
    return parse_range(request.headers.get("Range", ""), file.size)


def _build_response(
    request: HttpRequest, file: MediaFile, span: ByteSpan | None
) -> HttpResponseBase:
    stored = file.stored
    sent = span or ByteSpan(0, stored.size - 1)
    headers = {
        "Content-Type": file.kind,
        "Content-Length": str(sent.length),
        "Accept-Ranges": "bytes",
        "ETag": stored.etag,
        "Last-Modified": http_date(int(stored.changed_at)),
        "Cache-Control": "private, max-age=3600",
    }
    if span is not None:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{stored.size}"
    status = 200 if span is None else 206
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    parts = open_store().read_range(stored, sent.first, sent.last)
    return stream_response(request, parts, status=status, headers=headers)
