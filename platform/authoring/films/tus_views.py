"""The tus 1.0 protocol: core, creation, termination and expiration (ADR 0080)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_role
from authoring import course_package as packages
from authoring.access import ROLE
from authoring.editor.layout import load_working_copy
from authoring.films import film_uploads
from authoring.films.models import Upload
from authoring.media.uploads import FILM
from courses.refused_file import RefusedFile

VERSION: Final = "1.0.0"
PIECE_TYPE: Final = "application/offset+octet-stream"
CAPABILITIES: Final = {
    "Tus-Version": VERSION,
    "Tus-Extension": "creation,termination,expiration",
    "Tus-Max-Size": str(FILM.most),
}
View = Callable[..., HttpResponse]


def speak_tus(view: View) -> View:
    """Answer in the protocol: its version in each answer, and 412 to another version."""

    @wraps(view)
    def answer(request: HttpRequest, **where: object) -> HttpResponse:
        if request.method == "OPTIONS":
            response = HttpResponse(status=204, headers=CAPABILITIES)
        elif request.headers.get("Tus-Resumable") != VERSION:
            response = HttpResponse(status=412, headers={"Tus-Version": VERSION})
        else:
            response = view(request, **where)
        response["Tus-Resumable"] = VERSION
        response["Cache-Control"] = "no-store"
        return response

    return answer


@require_http_methods(["OPTIONS", "POST"])
@require_role(ROLE)
@speak_tus
def create(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Begin the upload of a unit's video."""
    working = load_working_copy(request, slug)
    if packages.find_unit(working.course, working.package, code)["kind"] != "video":
        raise Http404
    try:
        row = film_uploads.begin(
            working.course,
            code,
            _read_number(request.headers, "Upload-Length"),
            keeps_original="keep" in _read_names(request.headers.get("Upload-Metadata", "")),
            by=current_user(request),
            now=timezone.now(),
        )
    except RefusedFile as refused:
        return _say(413, str(refused))
    place = reverse("authoring:upload", args=[row.id])
    return HttpResponse(status=201, headers={"Location": place, **_describe(row)})


@require_http_methods(["OPTIONS", "HEAD", "PATCH", "DELETE"])
@require_role(ROLE)
@speak_tus
def upload(request: HttpRequest, id: UUID) -> HttpResponse:
    """Say how far an upload is, take its next piece, or delete it."""
    if request.method == "PATCH":
        return _append(request, id)
    if request.method == "DELETE":
        return HttpResponse(
            status=204 if film_uploads.cancel(id, by=current_user(request)) else 404
        )
    row = film_uploads.uploads_of(current_user(request)).filter(pk=id).first()
    if row is None:
        raise Http404
    return HttpResponse(headers={"Upload-Length": str(row.length), **_describe(row)})


def _append(request: HttpRequest, id: UUID) -> HttpResponse:
    if request.content_type != PIECE_TYPE:
        return HttpResponse(status=415)
    offset = _read_number(request.headers, "Upload-Offset")
    if offset < 0:
        return HttpResponse(status=400)
    try:
        row = film_uploads.append(id, offset, request, by=current_user(request), now=timezone.now())
    except film_uploads.WrongOffset:
        return HttpResponse(status=409)
    except film_uploads.TooManyBytes:
        return HttpResponse(status=413)
    except film_uploads.NoRoom:
        return HttpResponse(status=507)
    if row is None:
        raise Http404
    return HttpResponse(status=204, headers=_describe(row))


def _describe(row: Upload) -> dict[str, str]:
    found = {"Upload-Offset": str(row.offset)}
    if row.state == "arriving":
        found["Upload-Expires"] = http_date(row.expires_at.timestamp())
    return found


def _read_number(headers: Mapping[str, str], name: str) -> int:
    """Return the number in a header; -1 for anything else."""
    text = headers.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else -1


def _read_names(text: str) -> list[str]:
    """Return the names in `Upload-Metadata`; the values are not read."""
    return [pair.strip().partition(" ")[0] for pair in text.split(",")]


def _say(status: int, text: str) -> HttpResponse:
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
