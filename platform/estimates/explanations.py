"""Asking why a guess was made, and reading the answer; both by its Learner alone.

Working it out costs a tenth of a second and a network, so a request only says that it is owed
(`estimates.explanation_worker` works it off), and none is worked out that nobody asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404

from consent.permits import gate
from consent.permits.gate import Permit
from estimates.models import AffectEstimate, Explanation
from vault.sealed_values import Place, unseal_value


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: its label, one sentence, and what each Stream added to the label's probability.

    `left`: the mean probability as the Streams are taken away, the one that added most first, over
    that with all of them: small where the answer is true. `when`: the stretch that spoke most, as
    seconds before the end, where one is worth naming.
    """

    label: str
    sentence: str
    shares: Mapping[str, float]
    left: float
    when: tuple[int, int] | None = None


def ask(estimate_id: UUID, permit: Permit, *, now: datetime) -> Explanation:
    """Owe the answer; asking again changes nothing.

    Raises Http404 for an Estimate of somebody else, and for one that guessed nothing.
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


def read(row: Explanation, permits: Mapping[str, Permit]) -> Told | None:
    """Open an answer; None where there is none. Raises KeyError, KeyDestroyed as `affect.read`."""
    if not gate.covers(permits, row.scopes, row.epochs):
        raise KeyError(f"expected Permits of epochs {row.epochs} for {row.scopes}")
    if not row.sealed:
        return None
    told = unseal_value(bytes(row.sealed), place=place(row, permits[row.scopes[0]].subject))
    when = tuple(told["when"]) if told["when"] else None
    return Told(told["label"], told["sentence"], told["shares"], told["left"], when)


def place(row: Explanation, subject: UUID) -> Place:
    return Place("estimates_explanation", "sealed", str(row.pk), subject)
