"""What a learner said, month by month: words with their counts, and averages of the levels."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import pytest

from consent.permits import gate
from estimates import self_reports
from learner.journey.months.month_range import MonthRange
from learner.journey.months.own_words import OwnWords, WordCount, load_own_words
from telemetry import sittings
from tests.fixtures import factories

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SPAN = MonthRange(date(2026, 11, 1), NOW.date())
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def say(learner, at, *reports):
    """Store reports of a learner: a word, a word with levels, or levels alone."""
    sitting = sittings.open(
        learner, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=at
    )
    permit = gate.permit(learner.code, "course", now=at)
    for label, levels in reports:
        self_reports.store(sitting, uuid.uuid4(), 1.0, label, permit, now=at, levels=levels)


def test_words_are_counted_in_their_month_the_commonest_first(mia, noah):
    say(mia, datetime(2026, 10, 31, 12, 0, tzinfo=UTC), ("confusion", {}))
    say(mia, NOW, ("confidence", {}), ("confusion", {}), ("confidence", {}))
    say(noah, NOW, ("boredom", {}))
    found = load_own_words(mia, SPAN, now=NOW)
    assert found[OCTOBER].counts == (WordCount("confusion", 1),)
    assert found[NOVEMBER].counts == (WordCount("confidence", 2), WordCount("confusion", 1))
    assert found.keys() == {OCTOBER, NOVEMBER}


def test_a_month_begins_at_midnight_in_the_time_zone_of_the_page(mia, settings):
    settings.TIME_ZONE = "Europe/Berlin"
    say(mia, datetime(2026, 10, 31, 23, 30, tzinfo=UTC), ("got_it", {}))
    assert load_own_words(mia, SPAN, now=NOW) == {NOVEMBER: OwnWords((WordCount("got_it", 1),))}


def test_levels_are_averaged_over_the_answers_that_gave_them(mia):
    say(mia, NOW, ("", {"valence": 9, "arousal": 1}), ("stuck", {"valence": 4}), ("got_it", {}))
    valence, arousal = load_own_words(mia, SPAN, now=NOW)[NOVEMBER].levels
    assert (valence.mean, valence.n, valence.text) == (6.5, 2, "6.5 of 9, on average of 2 answers")
    assert (arousal.mean, arousal.text, arousal.width) == (1.0, "1.0 of 9, from 1 answer", 0)


def test_reports_outside_the_twelve_months_are_left_out(mia):
    say(mia, datetime(2025, 11, 30, 12, 0, tzinfo=UTC), ("stuck", {}))
    say(mia, NOW, ("got_it", {}))
    assert load_own_words(mia, SPAN, now=NOW).keys() == {NOVEMBER}
    before = MonthRange(date(2026, 10, 1), NOW.date())
    assert load_own_words(mia, before, now=NOW).keys() == {date(2025, 11, 1)}
