"""Messages to pages: a push carries only a code, and the page's socket reads the rest here.

So no personal data passes through a channel layer, and withdrawn data is no longer shown.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

import push
from adaptation import check_ins
from adaptation.models import Intervention
from adaptation.offers import payload
from consent.permits import gate
from consent.permits.gate import Permit
from estimates.inference import affect
from estimates.inference.affect import StoredEstimate
from estimates.models import AffectEstimate, Explanation
from telemetry.models import Sitting
from vault.errors import KeyDestroyed, Tampered

logger = logging.getLogger(__name__)
Message = dict[str, object]
# What is pushed to a socket: the kind of a message and the code by which to read it.
Hint = dict[str, str]
# The code of an Estimate, and the Sitting on whose page it is to appear.
EstimateOnPage = tuple[UUID, Sitting]


def deliver(intervention: Intervention) -> None:
    """Notify the page of its Sitting; sent when the deciding transaction commits."""
    hint = _hint("intervention.show", intervention.code)
    push.notify(f"sitting.{intervention.sitting_id}", hint)


def deliver_reasons(explained: Collection[Explanation]) -> None:
    """Send the open offers based on these estimates again, now with the features behind them."""
    moments = {(row.estimate.sitting_id, row.estimate.cut) for row in explained}
    offers = Intervention.objects.filter(
        sitting__in={sitting for sitting, _ in moments}, delivered=True
    )
    for offer in offers.filter(Q(outcome=None) | Q(outcome="shown")):
        if (offer.sitting_id, offer.cut) in moments:
            deliver(offer)


def deliver_estimates(made: Iterable[tuple[StoredEstimate, Sitting]]) -> None:
    """Notify the Learners' pages of new estimates, no later than any Teacher sees them."""
    push.notify_each(
        [(f"sitting.{sitting.id}", _hint("estimate.show", each.id)) for each, sitting in made]
    )


def deliver_check_in(sitting: Sitting) -> None:
    """Ask for a check-in on the page, in the transaction that scheduled it."""
    push.notify(f"sitting.{sitting.id}", _hint("check_in.show", sitting.id))


def page_message(kind: str, code: UUID, sitting: Sitting) -> Message | None:
    """Return the message for this code on this Sitting's page; None if it is no longer valid."""
    return READERS[kind](code, sitting)


def missed_hints(sittings: Collection[Sitting]) -> dict[UUID, list[Hint]]:
    """Return hints of open messages for pages that were offline: the newest of each kind."""
    found: dict[UUID, list[Hint]] = {each.id: [] for each in sittings}
    open_ = Q(outcome=None) | Q(outcome="shown")
    waiting = Intervention.objects.filter(open_, sitting__in=sittings, delivered=True)
    newest = waiting.order_by("sitting", "-decided_at").distinct("sitting")
    for sitting, code in newest.values_list("sitting", "code"):
        found[sitting].append(_hint("intervention.show", code))
    for sitting in check_ins.list_open(sittings, now=timezone.now()):
        found[sitting].append(_hint("check_in.show", sitting))
    return found


def _hint(kind: str, code: UUID) -> Hint:
    return {"type": kind, "code": str(code)}


def _check_in_message(_code: UUID, sitting: Sitting) -> Message | None:
    left_s = check_ins.seconds_left(sitting, now=timezone.now())
    return {"type": "check_in.show", "left": left_s} if left_s else None


def estimate_messages(asked: Collection[EstimateOnPage]) -> Mapping[EstimateOnPage, Message | None]:
    """Return `estimate.show` messages, each for the page of its Sitting.

    One query serves them all, of however many Learners.
    """
    rows = {
        row.id: row
        for row in AffectEstimate.objects.select_related("predictor").filter(
            id__in=[code for code, _ in asked], sitting__in=[sitting for _, sitting in asked]
        )
    }
    learners = {sitting.learner.code for _, sitting in asked}
    scopes = {scope for row in rows.values() for scope in row.scopes}
    every = gate.permits_of_people(learners, scopes, now=timezone.now())
    return {
        (code, sitting): _estimate_message(
            rows.get(code), sitting, every[sitting.learner.code].granted
        )
        for code, sitting in asked
    }


def _estimate_message(
    row: AffectEstimate | None, sitting: Sitting, permits: Mapping[str, Permit]
) -> Message | None:
    if row is None or row.sitting_id != sitting.id:
        return None
    try:
        guess = affect.read(row, permits)
    except (KeyError, KeyDestroyed):
        return None
    except Tampered:
        logger.exception("estimate.unreadable")
        return None
    return {
        "type": "estimate.show",
        "id": str(row.id),
        "cut": row.cut,
        "labels": [[label, low, high] for label, (_, low, high) in guess.labels.items()],
        "abstain": guess.abstain,
        "quality": guess.quality,
        "streams": list(guess.streams),
        "made_by": row.predictor.card_title,
    }


READERS = {
    "intervention": payload.build_message,
    "check_in": _check_in_message,
}
