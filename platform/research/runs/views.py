"""`/research/runs/`: starting a training, its progress, and its result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_recent, require_role
from charts.exports import find_export
from charts.figure import Figure
from emotion.models.registry import RECIPES
from estimates.models import Predictor
from estimates.registry import challengers, model_cards, predictors
from research import access
from research.figures import card_figures, shown_figures
from research.runs import paper_tables, report, run_requests, view_model
from research.runs.models import Run


@require_safe
@require_role("researcher")
def runs(request: HttpRequest) -> HttpResponse:
    return _runs(request)


@require_POST
@require_role("researcher")
@require_recent
def start(request: HttpRequest) -> HttpResponse:
    """Start a training; if it cannot be started, the page says why."""
    user = current_user(request)
    recipe, data = request.POST.get("recipe", ""), request.POST.get("data", "")
    if recipe not in RECIPES:
        return _runs(request, gettext("Select one of the recipes."))
    try:
        run = run_requests.start(recipe, access.find_snapshot(user, data), user, now=timezone.now())
    except run_requests.NotStarted as why:
        return _runs(request, gettext(str(why)))
    return redirect("research:run", id=run.id)


@require_safe
@require_role("researcher")
def run(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show a Run; `?figure=` with `?as=svg` or `?as=csv` returns one of its figures."""
    found = access.run(current_user(request), id)
    file = find_export(request, f"run-{found.name}", lambda: _drawn_figures(found))
    place = "runs" if found.paper is None else "tables"
    context = {"place": place} | ({} if file else _result_context(found))
    return file or _page(request, "run", run=found, **context)


@require_safe
@require_role("researcher")
def live(request: HttpRequest, id: UUID) -> HttpResponse:
    """Render the part of the page that refreshes."""
    return _page(request, "_run", run=access.run(current_user(request), id))


@require_POST
@require_role("researcher")
@require_recent
def cancel(request: HttpRequest, id: UUID) -> HttpResponse:
    user = current_user(request)
    run_requests.cancel(access.run(user, id), user, now=timezone.now())
    return redirect("research:run", id=id)


def _result_context(run: Run) -> dict[str, Any]:
    """Return the context of the result: a paper's tables, or its Predictor and card."""
    if run.paper is not None:
        return {"tables": paper_tables.build_tables(run.figures)} if run.figures else {}
    row = _find_result(run)
    if row is None:
        return {}
    return {
        "row": row,
        "report": report.build_report(row.card),
        "figures": card_figures.build_figures(row, run),
        "card": model_cards.card_facts(row),
        "why_not": challengers.why_not(row),
        "verdicts": challengers.list_verdicts(row),
    }


def _drawn_figures(run: Run) -> Sequence[Figure]:
    row = _find_result(run)
    return card_figures.build_figures(row, run).drawn if row else ()


def _find_result(run: Run) -> Predictor | None:
    return predictors.find_by_name(run.artefact) if run.artefact else None


def _runs(request: HttpRequest, problem: str = "") -> HttpResponse:
    user = current_user(request)
    found = list(access.runs(user).filter(paper=None).order_by("-asked_at")[:50])
    side = view_model.select_runs(request.GET.getlist("run"), found)
    return _page(
        request,
        "runs",
        status=422 if problem else 200,
        runs=found,
        side=side,
        lines=view_model.compare_figures([shown_figures.list_shown_of_run(run) for run in side]),
        recipe_groups=view_model.group_recipes(),
        snapshots=access.snapshots(user).filter(state="frozen").order_by("-frozen_at"),
        problem=problem,
    )


def _page(request: HttpRequest, name: str, status: int = 200, **context: object) -> HttpResponse:
    return render(request, f"research/{name}.html", {"place": "runs", **context}, status=status)
