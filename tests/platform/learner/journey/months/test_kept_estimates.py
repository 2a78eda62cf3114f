"""Estimated minutes of each month: only those that may still be read, and while they are kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from estimates.models import AffectEstimate, DisputedSitting
from learner.journey import behaviour_views
from learner.journey.months.kept_estimates import (
    EstimateRetention,
    are_limited,
    find_retention,
    load_kept_estimates,
)
from learner.journey.months.month_range import MonthRange
from privacy.erasure import erasure
from tests.fixtures.models.behaviour import store_step
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.fixtures.past_months import sit

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


def span_of(now):
    return MonthRange(now.date().replace(day=1), now.date())


@pytest.fixture
def sensed(mia, allow, now):
    """Four minutes of estimates under two scopes: interest twice, confusion once, not sure once."""
    allow(mia, "pointer:adapt", "face:adapt", now=now)
    sitting, model = sit(mia, now), make_predictor_row("affect", "a")
    store_estimate(sitting, 12, model, now, INTEREST=0.8, BOREDOM=0.1)
    store_estimate(sitting, 24, model, now, INTEREST=0.7)
    store_estimate(sitting, 36, model, now, streams=("face",), CONFUSION=0.6)
    store_estimate(sitting, 48, model, now)
    store_estimate(sitting, 49, model, now, BOREDOM=0.9)
    return sitting


def test_minutes_are_counted_by_the_likeliest_label_and_not_sure_comes_last(mia, sensed, now):
    (month,) = load_kept_estimates(mia, span_of(now), now=now).values()
    assert [(each.name, each.minutes, each.percent) for each in month.feelings] == [
        ("interest", 2, "50%"), ("confusion", 1, "25%"), ("not sure", 1, "25%"),
    ]  # fmt: skip


def test_corrected_and_late_estimates_do_not_count(mia, sensed, now):
    AffectEstimate.objects.filter(cut=12).update(status="disputed")
    AffectEstimate.objects.filter(cut=24).update(status="late")
    (month,) = load_kept_estimates(mia, span_of(now), now=now).values()
    assert [each.name for each in month.feelings] == ["confusion", "not sure"]


def test_after_a_withdrawal_its_estimates_are_not_read(mia, sensed, now):
    erasure.withdraw(mia.code, ["face:adapt"], now=now)
    (month,) = load_kept_estimates(mia, span_of(now), now=now).values()
    assert [each.name for each in month.feelings] == ["interest", "not sure"]
    erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    assert load_kept_estimates(mia, span_of(now), now=now) == {}


def test_states_of_behaviour_are_counted_unless_the_session_is_disputed(mia, allow, now):
    allow(mia, "pointer:adapt", now=now)
    model = make_predictor_row("behaviour", "b", hop_s=10.0)
    sitting, disputed = sit(mia, now), sit(mia, now)
    for cut, state in ((11, "struggling"), (23, "disengaged"), (35, "struggling"), (47, "")):
        store_step(sitting, cut, model, now, state=state)
    store_step(sitting, 13, model, now, state="focused")
    store_step(disputed, 11, model, now, state="focused")
    DisputedSitting.objects.create(sitting=disputed, learner=mia)
    (month,) = load_kept_estimates(mia, span_of(now), now=now).values()
    assert [(each.name, each.minutes) for each in month.behaviour] == [
        ("trying hard", 2), ("away", 1), ("not sure", 1),
    ]  # fmt: skip
    erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    assert load_kept_estimates(mia, span_of(now), now=now) == {}


def test_the_page_knows_when_it_may_have_left_minutes_out(monkeypatch, mia, sensed, now):
    found = list(load_kept_estimates(mia, span_of(now), now=now).values())
    assert not are_limited(found)
    assert not are_limited([])
    monkeypatch.setattr(behaviour_views, "MAX_SAMPLES", 4)
    assert are_limited(found)


def test_another_learner_reads_none_of_them(noah, sensed, now):
    assert load_kept_estimates(noah, span_of(now), now=now) == {}


@pytest.mark.parametrize(
    ("profile", "days", "gone", "partly"),
    [
        ("demo", 7, date(2026, 10, 1), date(2026, 11, 1)),
        (None, 30, date(2026, 9, 1), date(2026, 10, 1)),
    ],
)
def test_the_period_in_force_decides_which_months_can_have_estimates(
    settings, now, profile, days, gone, partly
):
    settings.LEGAL_PROFILE = profile
    kept = find_retention(now=now)
    assert (kept.days, kept.since) == (days, now - timedelta(days=days))
    assert kept.covers_none_of(gone)
    assert not kept.covers_part_of(gone)
    assert kept.covers_part_of(partly)
    assert not kept.covers_none_of(partly)


def test_a_month_is_whole_from_its_first_moment_and_gone_after_its_last():
    kept = EstimateRetention(days=7, since=datetime(2026, 11, 1, tzinfo=UTC))
    with timezone.override("UTC"):
        assert kept.covers_none_of(date(2026, 10, 1))
        assert not kept.covers_part_of(date(2026, 11, 1))
