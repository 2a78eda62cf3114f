"""Why an offer's estimate was what it was: requested with the offer, read where it is shown.

The answer is the estimate's Explanation, sealed under the scopes of that estimate. So it ends with
them, and nothing of it is in the offer itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from adaptation.models import Intervention
from consent.permits import gate
from consent.permits.gate import Permit
from emotion.labels import ENGAGED
from estimates import explanation_words, explanations
from estimates.explanations import EstimateExplanation
from estimates.models import AffectEstimate, Explanation
from vault.errors import KeyDestroyed


def request(row: Intervention, digest: str, permit: Permit, *, now: datetime) -> None:
    """Queue the explanation of the estimate by this model on which the offer is based, if any."""
    found = AffectEstimate.objects.filter(
        sitting=row.sitting_id, cut=row.cut, predictor__digest=digest, status="live"
    ).first()
    if found is not None:
        explanations.ask(found.id, permit, now=now)


def read_sentences(
    row: Intervention, states: Sequence[str], *, digest: str, now: datetime
) -> list[str]:
    """Return sentences on why this model estimated these states; empty while there are none.

    None is left when a scope of the estimate was switched off since.
    """
    found = Explanation.objects.select_related("estimate").filter(
        estimate__sitting=row.sitting_id,
        estimate__cut=row.cut,
        estimate__predictor__digest=digest,
        due_at=None,
    )
    explained = found.first()
    if explained is None:
        return []
    permits = gate.permits(row.learner.code, explained.scopes, now=now).granted
    explanation = _read_or_none(explained, permits)
    if explanation is None:
        return []
    return _format_sentences(explanation, states, explained.estimate.made_at)


def _read_or_none(row: Explanation, permits: Mapping[str, Permit]) -> EstimateExplanation | None:
    try:
        return explanations.read(row, permits)
    except (KeyError, KeyDestroyed):
        return None


def _format_sentences(
    explanation: EstimateExplanation, states: Sequence[str], at: datetime
) -> list[str]:
    labels = [explanation.label if _is_engaged(state, explanation) else state for state in states]
    said = [explanation_words.format_reason(explanation, label, at) for label in labels]
    if explanation.label in labels:
        said.append(explanation_words.format_counterfactual(explanation))
    return [sentence for sentence in said if sentence]


def _is_engaged(state: str, explanation: EstimateExplanation) -> bool:
    return state == "ENGAGED" and explanation.label in ENGAGED
