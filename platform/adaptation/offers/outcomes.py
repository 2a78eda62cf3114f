"""The outcome of an offer: shown, accepted, dismissed; recorded once, and forward only."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

import push
from accounts.models import User
from adaptation.models import Intervention
from adaptation.rules import rule_states
from consent.permits import gate
from estimates import self_reports
from telemetry import sittings
from telemetry.models import Sitting

OUTCOMES_BEFORE: dict[str, tuple[str | None, ...]] = {
    "shown": (None,),
    "accepted": (None, "shown"),
    "later": (None, "shown"),
    "never": (None, "shown"),
    "expired": (None, "shown"),
}


class BadOutcome(ValueError):
    """No such offer on this page, or no such outcome."""


@transaction.atomic
def record(code: UUID, outcome: str, sitting: Sitting, *, now: datetime) -> Intervention:
    """Store what the Learner did with the offer; a repeated message changes nothing."""
    if outcome not in OUTCOMES_BEFORE:
        raise BadOutcome(
            f"expected an outcome of {', '.join(OUTCOMES_BEFORE)}, got {outcome[:20]!r}"
        )
    # Lock rule states first, as the deciding worker does, so that the two cannot deadlock.
    rule_states.states_of(sitting.learner)
    row = (
        Intervention.objects.select_for_update(of=["self"])
        .filter(code=code, sitting=sitting, delivered=True)
        .first()
    )
    if row is None:
        raise BadOutcome("expected an offer of this page")
    if row.outcome in OUTCOMES_BEFORE[outcome]:
        row.outcome, row.outcome_at = outcome, now
        row.save(update_fields=["outcome", "outcome_at"])
        _apply_acceptance(row, now)
        rule_states.count_offer_outcome(sitting.learner, row.rule, outcome, now)
        push.notify(f"course.{sitting.unit.course.slug}", {"type": "teaching.changed"})
    return row


def withdraw_all(learner: User, *, now: datetime) -> int:
    """Withdraw every offer waiting for an answer, because the Learner objects to offers."""
    waiting = Q(outcome=None) | Q(outcome="shown")
    offers = Intervention.objects.filter(waiting, learner=learner, delivered=True)
    return offers.update(outcome="withdrawn", outcome_at=now)


def _apply_acceptance(row: Intervention, now: datetime) -> None:
    """Apply what an accepted offer does beyond the page: ask the Teacher, as "I'm stuck" does."""
    if row.outcome == "accepted" and row.kind == "ask_teacher":
        permit = gate.permit(row.learner.code, "course", now=now)
        t = sittings.seconds_of_act(row.sitting, now)
        self_reports.store(row.sitting, row.code, t, "stuck", permit, now=now, occasion="event")
