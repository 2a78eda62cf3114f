"""`/steward/people/import/`: upload a list of people, check it, import it, undo it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.access import current_user, require_recent, require_role
from accounts.mail import queue
from privacy.csv_response import csv_of
from stewardship import access
from stewardship.people.imports import requests, run_view_model
from stewardship.people.imports.files.csv_table import UnreadableFile
from stewardship.people.imports.files.oneroster.reader import file_of_rows
from stewardship.people.imports.forms import PreviewForm, UploadForm
from stewardship.people.imports.models import ImportRun

LISTED = 20


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def import_people(request: HttpRequest) -> HttpResponse:
    """Show the form and earlier imports; a POST uploads a file."""
    if request.method != "POST":
        return _upload_page(request, UploadForm(initial={"role": "learner"}))
    form, by = UploadForm(request.POST, request.FILES), current_user(request)
    if form.is_valid():
        sent, typed = request.FILES.get("file"), form.cleaned_data
        defaults: dict[str, Any] = {"band": typed["band"], "role": typed["role"]}
        try:
            run = requests.upload(sent, by=by, now=timezone.now(), **defaults)
            return redirect("stewardship:people-import-run", id=run.id)
        except UnreadableFile as problem:
            form.add_error("file", str(problem))
    return _upload_page(request, form, status=422)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def import_run(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show one import; a POST of `act` selects dates, or starts, stops, undoes or discards it."""
    if request.method != "POST":
        return show_run(request, id)
    try:
        _perform_action(request, id)
    except requests.CannotImport as problem:
        return show_run(request, id, str(problem), status=422)
    if request.POST["act"] == "discard":
        return redirect("stewardship:people-import")
    return redirect("stewardship:people-import-run", id=id)


@require_safe
@require_role("steward")
@never_cache
def progress(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show progress as counts only, which is why no recent confirmation is needed."""
    run = access.load_import_run(current_user(request), id)
    return render(request, "stewardship/people/import/_progress.html", {"run": run})


@require_safe
@require_role("steward")
@require_recent
@never_cache
def download_errors(request: HttpRequest, id: UUID) -> HttpResponse:
    """Send the rows with errors as CSV, to be corrected and imported later."""
    by = current_user(request)
    run = access.load_import_run(by, id)
    requests.record_download(run, by=by)
    with translation.override(settings.LANGUAGE_CODE):
        headings, rows = run_view_model.load_errors(run)
        return csv_of("rows-with-errors", headings, rows)


def _perform_action(request: HttpRequest, id: UUID) -> None:
    by, now = current_user(request), timezone.now()
    act = request.POST.get("act", "")
    if act == "start":
        requests.start(id, invites="invites" in request.POST, by=by, now=now)
    elif act == "undo":
        requests.undo(id, by=by, now=now)
    elif act == "order":
        requests.choose_order(id, request.POST.get("order", ""), by=by, now=now)
    elif act in ("stop", "discard"):
        (requests.stop if act == "stop" else requests.discard)(id, by=by, now=now)
    else:
        raise Http404


def _upload_page(request: HttpRequest, form: UploadForm, status: int = 200) -> HttpResponse:
    runs = ImportRun.objects.exclude(began_at=None, state__in=("ending", "ended"))
    lines = run_view_model.load_lines(runs.order_by("-sent_at")[:LISTED])
    context = {"place": "people", "form": form, "runs": lines}
    return render(request, "stewardship/people/import/upload.html", context, status=status)


def show_run(request: HttpRequest, id: UUID, problem: str = "", status: int = 200) -> HttpResponse:
    """Render the page of an import."""
    run = access.load_import_run(current_user(request), id)
    head = run_view_model.load_head(run)
    names = run_view_model.load_stewards([run])
    context = {"place": "people", "run": run, "problem": problem, "head": head}
    context["steward"] = names.get(run.steward, "")
    if run.state == "ready":
        form = PreviewForm(request.GET)
        tab, page = form.find_tab_and_page()
        context |= {
            "settled": {} if problem else run_view_model.confirm_settled(run, form.find_settled()),
            "file": file_of_rows(head.get("columns", ())),
            "rows": run_view_model.load_rows(run, tab, page),
            "people": run.tally.get("new", 0) + run.tally.get("updated", 0),
            "roles": run_view_model.roles_of_new(run),
            "fields": run_view_model.fields_of_updated(run),
            "has_mail": queue.has_server(),
        }
    if run.state in ("done", "undone"):
        context["outcome"] = run_view_model.load_outcome(run)
    return render(request, "stewardship/people/import/run.html", context, status=status)
