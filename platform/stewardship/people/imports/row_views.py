"""`/steward/people/import/<id>/rows/<number>/`: correct a row of a preview, or leave it out."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_recent, require_role
from stewardship import access
from stewardship.people.imports.forms import RowForm
from stewardship.people.imports.models import ImportRun
from stewardship.people.imports.preview import corrections
from stewardship.people.imports.requests import CannotImport
from stewardship.people.imports.row_view_model import RowSheet, load_sheet
from stewardship.people.imports.run_view_model import find_next_error
from stewardship.people.imports.views import show_run


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def import_row(request: HttpRequest, id: UUID, number: int) -> HttpResponse:
    """Show a row with its error; a POST of `act` saves and checks it, or leaves it out."""
    run = access.load_import_run(current_user(request), id)
    try:
        corrections.check_preview(run)
        sheet = load_sheet(run, number)
        if request.method == "POST":
            return _handle_post(request, run, sheet)
    except CannotImport as problem:
        return show_run(request, id, str(problem), status=422)
    form = RowForm.from_sheet(sheet)
    return _render_row(
        request, run, sheet, form, form.begin_at_error() if "saved" in request.GET else ""
    )


def _handle_post(request: HttpRequest, run: ImportRun, sheet: RowSheet) -> HttpResponse:
    """Perform the action; a row that changed meanwhile is shown again. Raises CannotImport."""
    act, form = request.POST.get("act", "save"), RowForm(request.POST, sheet)
    if act not in ("save", "leave"):
        raise Http404
    if act == "save" and not form.is_valid():
        return _render_row(request, run, sheet, form, form.begin_at_error(), status=422)
    options: dict[str, Any] = {"by": current_user(request), "now": timezone.now()}
    options["seen"] = request.POST.get("seen", "")
    try:
        if act == "leave":
            corrections.leave_out(run.id, sheet.number, **options)
        else:
            corrections.correct(run.id, sheet.number, form.cells(), **options)
    except corrections.RowHasChanged as problem:
        current = load_sheet(run, sheet.number)
        return _render_row(
            request, run, current, RowForm.from_sheet(current), str(problem), status=422
        )
    return _redirect_to_next(run.id, sheet.number, "left" if act == "leave" else "corrected")


def _redirect_to_next(id: UUID, number: int, settled: str) -> HttpResponseRedirect:
    """Redirect to the next row with an error, or to this one if it still has one."""
    run = ImportRun.objects.get(pk=id)
    here = reverse("stewardship:people-import-run", args=[id])
    if run.state != "ready":
        return HttpResponseRedirect(here)
    if run.rows.filter(number=number, kind="error").exists():
        there = reverse("stewardship:people-import-row", args=[id, number])
        return HttpResponseRedirect(f"{there}?saved=yes")
    query: dict[str, object] = {settled: number}
    following = find_next_error(run, number)
    if following is None:
        return HttpResponseRedirect(f"{here}?{urlencode(query)}")
    found, page = following
    query |= {"tab": "error", "page": page}
    return HttpResponseRedirect(f"{here}?{urlencode(query)}#row-{found}")


def _render_row(
    request: HttpRequest,
    run: ImportRun,
    sheet: RowSheet,
    form: RowForm,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    fields = [form[name] for name in sheet.labels]
    context = {"place": "people", "run": run, "sheet": sheet, "form": form, "fields": fields}
    context["problem"] = problem
    return render(request, "stewardship/people/import/row.html", context, status=status)
