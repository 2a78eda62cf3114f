"""`/author/import/`: import a course from a file, with progress, result and undo."""

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

from accounts.access import current_user, require_role
from accounts.name_order import by_name
from authoring import translatable_message
from authoring.access import ROLE, courses_written_by
from authoring.editor.form_parsing import AuthorForm
from authoring.formats import unsupported_messages
from authoring.formats.registry import FORMATS
from authoring.imports import import_requests
from authoring.imports.forms import read_target
from authoring.imports.models import Arrival
from authoring.versions.diff import Changes, from_json
from authoring.versions.drafts import draft_steps
from courses import attempts
from courses.models import Course
from courses.refused_file import RefusedFile

UNDO_OFFERED: Final = timedelta(minutes=10)
ROWS_SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class ImportRow:
    """An import in the list; `fresh` imports are recent, so that undo is offered prominently."""

    row: Arrival
    fresh: bool
    counts: tuple[tuple[str, int], ...]
    left_out: tuple[tuple[str, int], ...]
    why: str
    update: PendingUpdate | None


@dataclass(frozen=True, slots=True)
class PendingUpdate:
    """What an update would change, and the Attempts that are running in the course."""

    course: Course
    changes: Changes
    running: int
    has_draft: bool


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(ROLE)
def import_list(request: HttpRequest) -> HttpResponse:
    """Show the list of imports; a POST sends a file."""
    if request.method != "POST":
        return _render(request)
    by, form = current_user(request), AuthorForm(request.POST.dict())
    target = read_target(form, by)
    if form.errors:
        return _render(request, form)
    sent: Any = request.FILES.get("file")
    try:
        row = import_requests.send(sent, target=target, by=by, now=timezone.now())
    except RefusedFile as refused:
        form.errors["file"] = str(refused)
        return _render(request, form)
    return redirect("authoring:arrival", id=row.id)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role(ROLE)
def arrival(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show one import; a POST of `act` chooses its course, confirms, cancels or undoes it."""
    by = current_user(request)
    row = import_requests.imports_of(by).filter(pk=id).first()
    if row is None:
        raise Http404
    act = request.POST.get("act", "")
    if act == "cancel":
        import_requests.cancel(id, by=by)
        return redirect("authoring:import")
    if act == "choose":
        import_requests.choose(id, request.POST.get("part", ""), by=by, now=timezone.now())
        return redirect("authoring:arrival", id=id)
    if act == "confirm":
        import_requests.confirm(id, by=by, now=timezone.now())
        return redirect("authoring:arrival", id=id)
    problem = ""
    if request.method == "POST":
        try:
            row = import_requests.undo(id, by=by, now=timezone.now())
        except import_requests.CannotUndo as refused:
            problem = str(refused)
    context = {"line": make_row(row), "problem": problem}
    status = 422 if problem else 200
    return render(request, "authoring/arrival.html", context, status=status)


@require_safe
@require_role(ROLE)
def progress(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show the progress, as a part of the page above."""
    row = import_requests.imports_of(current_user(request)).filter(pk=id).first()
    if row is None:
        raise Http404
    return render(request, "authoring/_arrival.html", {"line": make_row(row)})


def make_row(row: Arrival) -> ImportRow:
    return ImportRow(
        row=row,
        fresh=row.state == "there" and timezone.now() - row.sent_at < UNDO_OFFERED,
        counts=tuple((gettext(name), number) for name, number in row.counts.items()),
        left_out=tuple(
            (unsupported_messages.translate_message(what), number)
            for what, number in row.left_out.items()
        ),
        why=translatable_message.format_stored(row.why),
        update=_pending_update(row),
    )


def _pending_update(row: Arrival) -> PendingUpdate | None:
    """Return None unless the Author has to confirm an update."""
    if row.state != "ready" or row.before is None or row.changes is None:
        return None
    course = row.before.course
    return PendingUpdate(
        course, from_json(row.changes), attempts.count_running(course), draft_steps(course).exists()
    )


def _render(request: HttpRequest, form: AuthorForm | None = None) -> HttpResponse:
    by = current_user(request)
    form = form or AuthorForm({"target": "new"})
    context = {
        "typed": form.typed,
        "errors": form.errors,
        "rows": import_requests.imports_of(by)[:ROWS_SHOWN],
        "courses": by_name(courses_written_by(by), lambda course: course.title),
        "formats": [gettext(each.title) for each in FORMATS.values()],
    }
    return render(request, "authoring/import.html", context, status=422 if form.errors else 200)
