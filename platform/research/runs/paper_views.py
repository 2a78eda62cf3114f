"""`/research/tables/`: the tables of the three papers, computed by a Run on chosen data."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_recent, require_role
from emotion.benchmarks.papers.benchmark import PAPERS
from research import access
from research.datasets import data_folders
from research.runs import run_requests, view_model
from research.runs.paper_tables import EXTENT_NAMES


@require_safe
@require_role("researcher")
def tables(request: HttpRequest) -> HttpResponse:
    return _page(request)


@require_POST
@require_role("researcher")
@require_recent
def start(request: HttpRequest) -> HttpResponse:
    """Start the tables of a paper; if they cannot be started, the page says why."""
    user, told = current_user(request), request.POST
    paper, extent, data = (told.get(name, "") for name in ("paper", "extent", "data"))
    if paper not in map(str, PAPERS) or extent not in EXTENT_NAMES:
        return _page(request, gettext("Select a paper and an extent."))
    folder = data if data in data_folders.list_folders() else ""
    snapshot = None if folder else access.find_snapshot(user, data)
    try:
        run = run_requests.start_tables(
            int(paper), extent, snapshot, user, now=timezone.now(), data_folder=folder
        )
    except run_requests.NotStarted as why:
        return _page(request, gettext(str(why)))
    return redirect("research:run", id=run.id)


def _page(request: HttpRequest, problem: str = "") -> HttpResponse:
    user = current_user(request)
    frozen = access.snapshots(user).filter(state="frozen", data_set="")
    context = {
        "place": "tables",
        "papers": view_model.PAPER_TITLES,
        "extents": EXTENT_NAMES,
        "folders": data_folders.list_folders(),
        "snapshots": frozen.order_by("-frozen_at"),
        "runs": access.runs(user).exclude(paper=None).order_by("-asked_at")[:50],
        "problem": problem,
    }
    return render(request, "research/tables.html", context, status=422 if problem else 200)
