"""`/author/import/`: a course as a file, how far its reading is, what came of it, the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import require_role, signed_in
from authoring import said
from authoring.access import ROLE, courses_written_by
from authoring.bringing import asking
from authoring.bringing.model import Arrival
from authoring.formats import lost
from authoring.formats.known import FORMATS
from authoring.uploads import RefusedFile

UNDO_OFFERED: Final = timedelta(minutes=10)
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """A file that was sent; `fresh`: it came in a short time ago, so the way back stands out."""

    row: Arrival
    fresh: bool
    counts: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    why: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(ROLE)
def bring_in(request: HttpRequest) -> HttpResponse:
    """The list of what was sent; a POST sends a file."""
    if request.method != "POST":
        return _shown(request)
    by, slug = signed_in(request), request.POST.get("slug", "")
    if slug and not courses_written_by(by).filter(slug=slug).exists():
        raise Http404
    sent: Any = request.FILES.get("file")
    try:
        row = asking.send(sent, slug=slug, by=by, now=timezone.now())
    except RefusedFile as refused:
        return _shown(request, str(refused))
    return redirect("authoring:arrival", id=row.id)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(ROLE)
def arrival(request: HttpRequest, id: UUID) -> HttpResponse:
    """One file; a POST of `act` gives it up or takes back what it became."""
    by = signed_in(request)
    row = asking.mine(by).filter(pk=id).first()
    if row is None:
        raise Http404
    problem = ""
    if request.method == "POST" and request.POST.get("act") == "cancel":
        asking.cancel(id, by=by)
        return redirect("authoring:import")
    if request.method == "POST":
        try:
            row = asking.undo(id, by=by, now=timezone.now())
        except asking.CannotUndo as refused:
            problem = str(refused)
    context = {"line": line_of(row), "problem": problem}
    status = 422 if problem else 200
    return render(request, "authoring/arrival.html", context, status=status)


@require_safe
@require_role(ROLE)
def progress(request: HttpRequest, id: UUID) -> HttpResponse:
    """How far it is; a part of the page above."""
    row = asking.mine(signed_in(request)).filter(pk=id).first()
    if row is None:
        raise Http404
    return render(request, "authoring/_arrival.html", {"line": line_of(row)})


def line_of(row: Arrival) -> Line:
    return Line(
        row=row,
        fresh=row.state == "there" and timezone.now() - row.sent_at < UNDO_OFFERED,
        counts=tuple((gettext(name), number) for name, number in row.counts.items()),
        left_out=tuple((lost.told(what), number) for what, number in row.left_out.items()),
        why=said.told(row.why),
    )


def _shown(request: HttpRequest, problem: str = "") -> HttpResponse:
    by = signed_in(request)
    context = {
        "lines": [line_of(row) for row in asking.mine(by)[:SHOWN]],
        "courses": courses_written_by(by).order_by("title"),
        "formats": [gettext(each.title) for each in FORMATS.values()],
        "problem": problem,
    }
    return render(request, "authoring/import.html", context, status=422 if problem else 200)
