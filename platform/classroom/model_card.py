"""`/journey/model/`: what makes the guesses about oneself, and how far it can be trusted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_person
from estimates import cards, predictors


@require_safe
@require_person
def model_card(request: HttpRequest) -> HttpResponse:
    """The card of what is in use, in plain words; without one, that nothing guesses."""
    row = predictors.active(predictors.SHOWN)
    told = {"facts": cards.plain(row), "measured": cards.measured(row.card)} if row else {}
    return render(request, "classroom/model_card.html", {"row": row, **told})
