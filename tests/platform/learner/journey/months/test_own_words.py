"""What a learner said, month by month: words with their counts, and averages of the levels."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from learner.journey.months.month_range import MonthRange
from learner.journey.months.own_words import OwnWords, WordCount, load_own_words
from tests.fixtures.past_months import say, sit

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SPAN = MonthRange(date(2026, 11, 1), NOW.date())
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


def test_words_are_counted_in_their_month_the_commonest_first(mia, noah):
    october = datetime(2026, 10, 31, 12, 0, tzinfo=UTC)
    say(sit(mia, october), october, ("confusion", {}))
    say(sit(mia, NOW), NOW, ("confidence", {}), ("confusion", {}), ("confidence", {}))
    say(sit(noah, NOW), NOW, ("boredom", {}))
    found = load_own_words(mia, SPAN, now=NOW)
    assert found[OCTOBER].counts == (WordCount("confusion", 1),)
    assert found[NOVEMBER].counts == (WordCount("confidence", 2), WordCount("confusion", 1))
    assert found.keys() == {OCTOBER, NOVEMBER}


def test_a_month_begins_at_midnight_in_the_time_zone_of_the_page(mia):
    late = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    say(sit(mia, late), late, ("got_it", {}))
    with timezone.override("Europe/Berlin"):
        found = load_own_words(mia, SPAN, now=NOW)
    assert found == {NOVEMBER: OwnWords((WordCount("got_it", 1),))}
    with timezone.override("UTC"):
        assert load_own_words(mia, SPAN, now=NOW).keys() == {OCTOBER}


def test_levels_are_averaged_over_the_answers_that_gave_them(mia):
    reports = (
        ("", {"valence": 9, "arousal": 1}),
        ("stuck", {"valence": 4}),
        ("interest", {"valence": 7}),
        ("got_it", {}),
    )
    say(sit(mia, NOW), NOW, *reports)
    valence, arousal = load_own_words(mia, SPAN, now=NOW)[NOVEMBER].levels
    assert (valence.mean, valence.n) == (20 / 3, 3)
    assert valence.text == "6.7 of 9, on average of 3 answers"
    assert (arousal.text, arousal.width) == ("1.0 of 9, from 1 answer", 0)


def test_reports_outside_the_twelve_months_are_left_out(mia):
    before = datetime(2025, 11, 30, 12, 0, tzinfo=UTC)
    say(sit(mia, before), before, ("stuck", {}))
    say(sit(mia, NOW), NOW, ("got_it", {}))
    assert load_own_words(mia, SPAN, now=NOW).keys() == {NOVEMBER}
    until_october = MonthRange(OCTOBER, NOW.date())
    assert load_own_words(mia, until_october, now=NOW).keys() == {date(2025, 11, 1)}
