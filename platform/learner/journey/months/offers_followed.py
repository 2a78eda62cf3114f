"""The offers of each month, what the learner did with them, and the next answer after them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db.models import Count, Q
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from accounts.models import User
from adaptation.models import Intervention
from learner.journey.months.month_range import MonthRange
from learner.journey.weeks import ACCEPTED, DISMISSED

# In the order of the page; any other outcome means that it was left unanswered.
REACTIONS: Final = {
    "accepted": noop("Accepted"),
    "dismissed": noop("Postponed or said no"),
    "unanswered": noop("Left without a reply"),
}


@dataclass(frozen=True, slots=True)
class OfferReaction:
    """The offers of a month with one reaction, by the next answer within ten minutes.

    `pending` = nothing was measured, or not yet.
    """

    reaction: str
    shown: int
    right: int
    wrong: int
    none: int

    @property
    def name(self) -> str:
        return _(REACTIONS[self.reaction])

    @property
    def pending(self) -> int:
        return self.shown - self.right - self.wrong - self.none


def load_offer_reactions(user: User, span: MonthRange) -> dict[date, tuple[OfferReaction, ...]]:
    """Return the months with an offer; reactions that did not occur are left out."""
    rows = Intervention.objects.filter(
        learner=user, delivered=True, decided_at__gte=span.begin, decided_at__lt=span.end
    )
    counted = (
        rows.annotate(month=TruncMonth("decided_at"))
        .order_by()
        .values_list("month", "outcome")
        .annotate(
            Count("id"),
            right=Count("id", filter=Q(proximal__right=True)),
            wrong=Count("id", filter=Q(proximal__right=False, proximal__after_s__isnull=False)),
            none=Count("id", filter=Q(proximal__right=False, proximal__after_s=None)),
        )
    )
    totals: dict[date, dict[str, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0] * 4))
    for month, outcome, *counts in counted:
        total = totals[timezone.localdate(month)][_reaction_of(outcome)]
        total[:] = [one + more for one, more in zip(total, counts, strict=True)]
    return {
        month: tuple(OfferReaction(name, *by[name]) for name in REACTIONS if name in by)
        for month, by in totals.items()
    }


def _reaction_of(outcome: str | None) -> str:
    if outcome in ACCEPTED:
        return "accepted"
    return "dismissed" if outcome in DISMISSED else "unanswered"
