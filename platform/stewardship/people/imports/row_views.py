"""`/steward/people/import/<id>/rows/<number>/`: a row of a preview is corrected, or left out."""

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

from accounts.access import require_recent, require_role
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
    """Show a row with its error; a POST of `act` saves it and checks it again, or leaves it out."""
    run = access.import_run(access.steward(request), id)
    try:
        corrections.check_preview(run)
        sheet = load_sheet(run, number)
        if request.method == "POST":
            return _act(request, run, sheet)
    except CannotImport as problem:
        return show_run(request, id, str(problem), status=422)
    form = RowForm.of_sheet(sheet)
    return _show(request, run, sheet, form, form.begin_at_error() if "saved" in request.GET else "")


def _act(request: HttpRequest, run: ImportRun, sheet: RowSheet) -> HttpResponse:
    """Do what is asked; a row that changed meanwhile is shown as it is now. Raises CannotImport."""
    act, form = request.POST.get("act", "save"), RowForm(request.POST, sheet)
    if act not in ("save", "leave"):
        raise Http404
    if act == "save" and not form.is_valid():
        return _show(request, run, sheet, form, form.begin_at_error(), status=422)
    asked: dict[str, Any] = {"by": access.steward(request), "now": timezone.now()}
    asked["seen"] = request.POST.get("seen", "")
    try:
        if act == "leave":
            corrections.leave_out(run.id, sheet.number, **asked)
        else:
            corrections.correct(run.id, sheet.number, form.cells(), **asked)
    except corrections.RowHasChanged as problem:
        now = load_sheet(run, sheet.number)
        return _show(request, run, now, RowForm.of_sheet(now), str(problem), status=422)
    return _go_on(run.id, sheet.number, "left" if act == "leave" else "corrected")


def _go_on(id: UUID, number: int, settled: str) -> HttpResponseRedirect:
    """Go to the next row with an error in the preview, or back to this one if it has one still."""
    run = ImportRun.objects.get(pk=id)
    here = reverse("stewardship:people-import-run", args=[id])
    if run.state != "ready":
        return HttpResponseRedirect(here)
    if run.rows.filter(number=number, kind="error").exists():
        there = reverse("stewardship:people-import-row", args=[id, number])
        return HttpResponseRedirect(f"{there}?saved=yes")
    asked: dict[str, object] = {settled: number}
    following = find_next_error(run, number)
    if following is None:
        return HttpResponseRedirect(f"{here}?{urlencode(asked)}")
    found, page = following
    asked |= {"tab": "error", "page": page}
    return HttpResponseRedirect(f"{here}?{urlencode(asked)}#row-{found}")


def _show(
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
