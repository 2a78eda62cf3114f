"""`/journey/model/`: the model behind the estimates, and how reliable it is."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import require_person
from estimates.registry import model_cards, predictors


@require_safe
@require_person
def model_card(request: HttpRequest) -> HttpResponse:
    """Show the active model's card in plain words; without a model, say that none estimates."""
    row = predictors.find_active(predictors.SHOWN_KIND)
    facts = (
        {"facts": model_cards.plain_facts(row), "measured": model_cards.measured_accuracy(row.card)}
        if row
        else {}
    )
    return render(request, "learner/journey/model_card.html", {"row": row, **facts})
