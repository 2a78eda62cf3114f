"""`/research/predictors/`: Predictors in use, candidates, and the gates between them."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_recent, require_role
from accounts.models import User
from charts.exports import find_export
from emotion.artefacts import BrokenArtefact
from emotion.models.registry import MODELS
from estimates.models import Predictor
from estimates.registry import challengers, model_cards, predictors
from estimates.registry.predictors import NotPromoted
from research import access
from research.figures import card_figures
from research.registry import flagged_predictors, promotion, view_model
from research.registry.comparison import compare
from research.runs import report, run_requests
from research.runs.models import Run


@require_safe
@require_role("researcher")
def registry(request: HttpRequest) -> HttpResponse:
    return _registry(request)


@require_safe
@require_role("researcher")
def predictor(request: HttpRequest, name: str) -> HttpResponse:
    """Show a Predictor; `?figure=` with `?as=svg` or `?as=csv` returns one of its figures."""
    row = _named(name)
    file = find_export(request, str(row), lambda: card_figures.build_figures(row).drawn)
    return file or _predictor(request, row)


@require_POST
@require_role("researcher")
@require_recent
def act(request: HttpRequest, name: str) -> HttpResponse:
    """Challenge, stand down, promote or train again; the page says why an action was refused."""
    user, row, now = current_user(request), _named(name), timezone.now()
    try:
        match request.POST.get("act"):
            case "challenge":
                challengers.challenge(row, by=user.code)
            case "stand_down":
                challengers.stand_down(row, by=user.code)
            case "promote":
                promotion.promote(row, user.code, now=now)
            case "retrain":
                return redirect("research:run", id=_retrain(row, user, now).id)
    except (NotPromoted, BrokenArtefact, run_requests.NotStarted) as why:
        return _predictor(request, row, str(why))
    return redirect("research:predictor", name=name)


@require_POST
@require_role("researcher")
@require_recent
def rollback(request: HttpRequest) -> HttpResponse:
    """Restore the former Predictor of a kind, in one click."""
    user, kind = current_user(request), request.POST.get("kind", "")
    if kind not in MODELS:
        raise Http404
    try:
        row = promotion.rollback(kind, user.code)
    except (NotPromoted, BrokenArtefact, OSError) as why:
        return _registry(request, str(why))
    return redirect("research:predictor", name=str(row))


def _retrain(row: Predictor, user: User, now: datetime) -> Run:
    """Start the same recipe on the rest of the same snapshot.

    Raises Http404 for one of a course they teach.
    """
    old = flagged_predictors.find_shrunk_runs([str(row)]).get(str(row))
    if old is None or old.snapshot is None:
        raise Http404
    access.run(user, old.id)
    return run_requests.start(old.recipe, old.snapshot, user, now=now)


def _named(name: str) -> Predictor:
    found = predictors.find_by_name(name)
    if found is None:
        raise Http404
    return found


def _registry(request: HttpRequest, problem: str = "") -> HttpResponse:
    kinds = view_model.group_by_kind(Predictor.objects.order_by("kind", "-registered_at"))
    return _page(request, "predictors", 409 if problem else 200, kinds=kinds, problem=problem)


def _predictor(request: HttpRequest, row: Predictor, problem: str = "") -> HttpResponse:
    champion = predictors.find_active(row.kind)
    rival = champion if row.challenger else None
    has_weights = predictors.is_learned_here(row)
    return _page(
        request,
        "predictor",
        409 if problem else 200,
        row=row,
        champion=champion,
        card=model_cards.card_facts(row),
        report=report.build_report(row.card),
        figures=card_figures.build_figures(row),
        why_not=challengers.why_not(row),
        verdicts=challengers.list_verdicts(row),
        compared=compare(row, rival, now=timezone.now()) if rival else None,
        flagged=flagged_predictors.find_shrunk_runs([str(row)]).get(str(row))
        if has_weights
        else None,
        problem=problem,
    )


def _page(request: HttpRequest, name: str, status: int, **context: object) -> HttpResponse:
    here = {"place": "predictors", **context}
    return render(request, f"research/{name}.html", here, status=status)
