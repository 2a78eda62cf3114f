"""Videos, posters and captions from our own origin, with HTTP Range, only to members of the course.

A name in the address is looked up among the files of the unit and never used as a path.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.http import require_safe

from accounts.access import require_person
from accounts.models import User
from accounts.sessions.streaming_response import streamed
from courses import availability
from courses.access import course_of_media, is_learner, unit_for_member
from courses.models import Course, Unit, Video
from courses.rendering.image_usage import find_units_showing
from learner.courses.views import person
from learner.units.http_range import NotSatisfiable, Span, span_of

TYPES = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".vtt": "text/vtt; charset=utf-8",
}
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,120}", re.ASCII)
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class File:
    path: Path
    size: int
    changed_at: float
    kind: str

    @property
    def etag(self) -> str:
        return f'"{self.size:x}-{int(self.changed_at * 1000):x}"'


@require_safe
@require_person
def unit_file(request: HttpRequest, code: UUID, name: str) -> HttpResponseBase:
    """`/media/units/<uuid>/<name>`"""
    user = person(request)
    unit = unit_for_member(user, code)
    availability.require_open(user, unit, now=timezone.now())
    return _served(request, file_of(unit, name))


@require_safe
@require_person
def course_file(request: HttpRequest, code: UUID, name: str) -> HttpResponseBase:
    """`/media/<uuid>/<name>`: a picture in a text, from the folder of its course."""
    course = course_of_media(person(request), code)
    if not NAME.fullmatch(name):
        raise Http404
    _require_one_open(person(request), course, name)
    return _served(request, shelved(f"{course.code}/{name}"))


def _require_one_open(user: User, course: Course, name: str) -> None:
    """403 to a Learner where the file is of units of which they may open none yet."""
    now = timezone.now()
    closed = course.units.filter(position__isnull=False, opens_at__gt=now)
    if not closed.exists() or not is_learner(user, course):
        return
    units = list(find_units_showing(course, name))
    if units and not any(availability.is_open(unit, now=now) for unit in units):
        availability.require_open(user, units[0], now=now)


def _served(request: HttpRequest, file: File) -> HttpResponseBase:
    known = get_conditional_response(request, etag=file.etag, last_modified=int(file.changed_at))
    if known is not None and known.status_code == 304:
        return known
    try:
        span = _wanted(request, file)
    except NotSatisfiable:
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{file.size}"})
    return _answer(request, file, span)


def file_of(unit: Unit, name: str) -> File:
    """The file of this unit that goes by `name`; 404 for any other."""
    stored = {PurePosixPath(path).name: path for path in paths_of(unit)}.get(name)
    if stored is None:
        raise Http404
    return shelved(stored)


def shelved(stored: str) -> File:
    """A file under MEDIA_ROOT of a kind that pages use; 404 for all else."""
    root = Path(settings.MEDIA_ROOT).resolve()
    path = (root / stored).resolve()
    kind = TYPES.get(path.suffix)
    if kind is None or not path.is_relative_to(root) or not path.is_file():
        raise Http404
    facts = path.stat()
    return File(path, facts.st_size, facts.st_mtime, kind)


def paths_of(unit: Unit) -> list[str]:
    video = Video.objects.filter(unit=unit).prefetch_related("captions").first()
    if video is None:
        return []
    captions = [track.file for track in video.captions.all()]
    return [path for path in (video.file, video.poster, *captions) if path]


def _wanted(request: HttpRequest, file: File) -> Span | None:
    condition = request.headers.get("If-Range")
    if condition is not None and condition not in (file.etag, http_date(int(file.changed_at))):
        return None
    return span_of(request.headers.get("Range", ""), file.size)


def _answer(request: HttpRequest, file: File, span: Span | None) -> HttpResponseBase:
    sent = span or Span(0, file.size - 1)
    headers = {
        "Content-Type": file.kind,
        "Content-Length": str(sent.length),
        "Accept-Ranges": "bytes",
        "ETag": file.etag,
        "Last-Modified": http_date(int(file.changed_at)),
        "Cache-Control": "private, max-age=3600",
    }
    if span is not None:
        headers["Content-Range"] = f"bytes {span.first}-{span.last}/{file.size}"
    status = 200 if span is None else 206
    if request.method == "HEAD":
        return HttpResponse(status=status, headers=headers)
    return streamed(request, _bytes(file.path, sent), status=status, headers=headers)


async def _bytes(path: Path, span: Span) -> AsyncGenerator[bytes]:
    """The span in chunks, read beside the event loop."""
    handle = await asyncio.to_thread(os.open, path, os.O_RDONLY)
    try:
        at = span.first
        while at <= span.last:
            part = await asyncio.to_thread(os.pread, handle, min(CHUNK, span.last + 1 - at), at)
            if not part:
                return
            at += len(part)
            yield part
    finally:
        os.close(handle)
