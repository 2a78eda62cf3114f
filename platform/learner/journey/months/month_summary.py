"""Everything that the page shows of each month, and that its file contains."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from learner.journey.months import kept_estimates, offers_followed, own_words, practised_skills
from learner.journey.months.kept_estimates import EstimateRetention, KeptEstimates
from learner.journey.months.month_range import MonthRange
from learner.journey.months.offers_followed import OfferReaction
from learner.journey.months.own_words import OwnWords
from learner.journey.months.practised_skills import SkillChange

NOTHING_SAID = OwnWords()


@dataclass(frozen=True, slots=True)
class Month:
    """One month. `retention` says whether its estimates can still be complete."""

    first: date
    words: OwnWords
    skills: tuple[SkillChange, ...]
    offers: tuple[OfferReaction, ...]
    estimates: KeptEstimates | None
    retention: EstimateRetention

    @property
    def estimates_are_gone(self) -> bool:
        return self.retention.covers_none_of(self.first)

    @property
    def estimates_are_partly_gone(self) -> bool:
        return self.retention.covers_part_of(self.first)

    @property
    def has_several_courses(self) -> bool:
        return len({each.course for each in self.skills}) > 1

    @property
    def has_pending_offers(self) -> bool:
        return any(each.pending for each in self.offers)


def load_months(user: User, span: MonthRange, *, now: datetime) -> list[Month]:
    """Return the months in which something happened, the newest first."""
    words = own_words.load_own_words(user, span, now=now)
    skills = practised_skills.load_practised_skills(user, span, now=now)
    offers = offers_followed.load_offer_reactions(user, span)
    estimates = kept_estimates.load_kept_estimates(user, span, now=now)
    retention = kept_estimates.find_retention(now=now)
    return [
        Month(
            first=first,
            words=words.get(first, NOTHING_SAID),
            skills=skills.get(first, ()),
            offers=offers.get(first, ()),
            estimates=estimates.get(first),
            retention=retention,
        )
        for first in reversed(span.months)
        if any(first in each for each in (words, skills, offers, estimates))
    ]
