"""Requesting and reading an explanation of an estimate, both by its Learner alone.

Computing one takes a tenth of a second and a network. A request therefore only queues the job
(`estimates.explanation_worker`), and explanations are computed on demand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.http import Http404

from consent.permits import gate
from consent.permits.gate import Permit
from emotion.cues import Cue
from estimates.models import AffectEstimate, Explanation
from vault.sealed_values import Place, unseal_value


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What the estimate would have been without one consent group's Streams.

    `label`: "" = not sure; None = no estimate, because nothing else was sensed.
    """

    group: str
    label: str | None


@dataclass(frozen=True, slots=True)
class EstimateExplanation:
    """An explanation: its label, one sentence, and each Stream's contribution to the probability.

    `left`: the mean probability as the Streams are removed, the largest contribution first, divided
    by that with all of them; small for a faithful explanation. `when`: the most influential
    stretch, as seconds before the end, if there is one. `cues`: the features that each likely label
    rests on. `without`: the estimate without what contributed most.
    """

    label: str
    sentence: str
    shares: Mapping[str, float]
    left: float
    when: tuple[int, int] | None = None
    cues: Mapping[str, tuple[Cue, ...]] = field(default_factory=dict)
    without: Counterfactual | None = None


def ask(estimate_id: UUID, permit: Permit, *, now: datetime) -> Explanation:
    """Queue an explanation; asking again changes nothing.

    Raises Http404 for another Learner's Estimate, and for one that abstained.
    """
    estimate = AffectEstimate.objects.filter(
        id=estimate_id, learner__code=permit.subject, status="live"
    ).first()
    if estimate is None:
        raise Http404
    row, _ = Explanation.objects.get_or_create(
        estimate=estimate,
        defaults={
            "learner": estimate.learner,
            "scopes": estimate.scopes,
            "epochs": estimate.epochs,
            "due_at": now,
        },
    )
    return row


def read(row: Explanation, permits: Mapping[str, Permit]) -> EstimateExplanation | None:
    """Open an explanation, None where there is none.

    Raises KeyError, KeyDestroyed as `affect.read`.
    """
    if not gate.covers(permits, row.scopes, row.epochs):
        raise KeyError(f"expected Permits of epochs {row.epochs} for {row.scopes}")
    if not row.sealed:
        return None
    value = unseal_value(bytes(row.sealed), place=place(row, permits[row.scopes[0]].subject))
    when = tuple(value["when"]) if value["when"] else None
    without = value["without"]
    return EstimateExplanation(
        value["label"],
        value["sentence"],
        value["shares"],
        value["left"],
        when,
        {label: tuple(Cue(**cue) for cue in cues) for label, cues in value["cues"].items()},
        Counterfactual(**without) if without else None,
    )


def place(row: Explanation, subject: UUID) -> Place:
    return Place("estimates_explanation", "sealed", str(row.pk), subject)
