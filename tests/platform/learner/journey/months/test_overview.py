"""The months side by side: words, levels, skills and suggestions, the oldest first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from emotion.knowledge.logistic_mastery import Mastery
from learner.journey.months.kept_estimates import EstimateRetention
from learner.journey.months.month_summary import Month
from learner.journey.months.offers_followed import OfferReaction
from learner.journey.months.overview import build_overview
from learner.journey.months.own_words import LevelMean, OwnWords, WordCount
from learner.journey.months.practised_skills import SkillChange

OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
KEPT = EstimateRetention(7, datetime(2026, 11, 13))


def make_month(first, words=OwnWords(), skills=(), offers=()):  # noqa: B008 - frozen
    return Month(first, words, skills, offers, None, KEPT)


def knew(p, n):
    return Mastery(p=p, lo=p - 0.1, hi=p + 0.1, n=n)


def rows(found) -> dict[str, Any]:
    return {row.name: row.values for row in found.rows}


def test_each_row_has_a_value_a_month_the_oldest_first():
    rose = SkillChange("Fractions", "Algebra", "en", knew(0.3, 5), knew(0.8, 20))
    same = SkillChange("Lines", "Algebra", "en", knew(0.5, 5), knew(0.55, 6))
    november = make_month(
        NOVEMBER,
        OwnWords((WordCount("confidence", 4),), (LevelMean("valence", 6.29, 4),)),
        (rose, same),
        (OfferReaction("accepted", 3, 2, 1, 0), OfferReaction("unanswered", 1, 0, 0, 0)),
    )
    october = make_month(OCTOBER, OwnWords((WordCount("anxiety", 2), WordCount("confidence", 1))))
    found = build_overview([november, october])
    assert found.months == (OCTOBER, NOVEMBER)
    assert rows(found) == {
        "Anxious": ("2", "0"),
        "Confident": ("1", "4"),
        "Pleasant, average from 1 to 9": ("none", "6.3"),
        "Skills practised": ("0", "2"),
        "Skills that rose": ("0", "1"),
        "Suggestions": ("0", "4"),
        "Suggestions accepted": ("0", "3"),
    }


def test_one_month_has_nothing_beside_it():
    assert build_overview([make_month(NOVEMBER, OwnWords((WordCount("stuck", 1),)))]) is None
    assert build_overview([]) is None
