"""`/journey/model/`: what makes the guesses about oneself, and how far it can be trusted."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_person
from estimates.registry import model_cards, predictors


@require_safe
@require_person
def model_card(request: HttpRequest) -> HttpResponse:
    """The card of what is in use, in plain words; without one, that nothing guesses."""
    row = predictors.find_active(predictors.SHOWN_KIND)
    told = (
        {"facts": model_cards.plain_facts(row), "measured": model_cards.measured_accuracy(row.card)}
        if row
        else {}
    )
    return render(request, "learner/journey/model_card.html", {"row": row, **told})
