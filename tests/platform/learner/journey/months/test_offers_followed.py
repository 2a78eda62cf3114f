"""The offers of each month by reaction, with the next answer after them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from learner.journey.months.month_range import MonthRange
from learner.journey.months.offers_followed import OfferReaction, load_offer_reactions
from tests.fixtures.past_months import offer, sit

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SPAN = MonthRange(date(2026, 11, 1), NOW.date())
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def test_each_reaction_has_its_count_and_what_followed(mia, noah):
    sitting = sit(mia, NOW)
    offer(sitting, 1, NOW, "accepted", next_answer="right")
    offer(sitting, 2, NOW, "accepted", next_answer="wrong")
    offer(sitting, 3, NOW, "accepted", next_answer="none")
    offer(sitting, 4, NOW, "accepted")
    offer(sitting, 5, NOW, "later", next_answer="right")
    offer(sitting, 6, NOW, "never", next_answer="none")
    offer(sitting, 7, NOW, "expired", next_answer="wrong")
    offer(sitting, 8, NOW, None)
    offer(sit(noah, NOW), 1, NOW, "accepted", next_answer="right")
    found = load_offer_reactions(mia, SPAN)
    accepted, dismissed, unanswered = found[NOVEMBER]
    assert accepted == OfferReaction("accepted", shown=4, right=1, wrong=1, none=1)
    assert accepted.pending == 1
    assert dismissed == OfferReaction("dismissed", shown=2, right=1, wrong=0, none=1)
    assert unanswered == OfferReaction("unanswered", shown=2, right=0, wrong=1, none=0)


def test_an_offer_held_back_at_random_was_never_seen_and_is_left_out(mia):
    october = datetime(2026, 10, 9, 12, 0, tzinfo=UTC)
    sitting = sit(mia, october)
    offer(sitting, 1, october, "accepted", next_answer="right")
    offer(sitting, 2, october, None, next_answer="right", delivered=False)
    offer(sitting, 3, datetime(2025, 11, 9, tzinfo=UTC), "accepted")
    assert load_offer_reactions(mia, SPAN) == {OCTOBER: (OfferReaction("accepted", 1, 1, 0, 0),)}
