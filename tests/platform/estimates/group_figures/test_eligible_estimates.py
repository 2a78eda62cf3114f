"""Which Estimates count in a class picture, and what loading a large class costs."""

from __future__ import annotations

import tracemalloc
import uuid
from datetime import timedelta

import pytest

from estimates.group_figures import eligible_estimates
from estimates.models import AffectEstimate
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.platform.teaching.conftest import TEN, _epoch

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
TEN_KB = 10_000


def found(course, begin=TEN, end=TEN + 15 * MINUTE):
    return eligible_estimates.select_estimates(course, begin, end, now=end)


def test_a_window_with_two_displayed_estimates_counts_once_by_the_later(course, people, watch):
    (sitting,) = watch(people(1), cuts=(2,), CONFUSION=0.6)
    later = make_predictor_row("affect", "b")
    row = store_estimate(sitting, 2, later, TEN + 30 * timedelta(seconds=1), CONFUSION=0.9)

    (only,) = found(course)
    assert only.id == row.pk


def test_a_page_that_stays_open_for_hours_still_counts(course, people, watch):
    (sitting,) = watch(people(1), at=TEN - 3 * HOUR, cuts=(3 * 720 + 2,), CONFUSION=0.6)
    assert found(course) == []

    sitting.active_at = TEN
    sitting.save(update_fields=["active_at"])

    assert [each.middle for each in found(course)] == [TEN + timedelta(seconds=10)]


def test_the_edge_of_a_quarter_belongs_to_the_later_one(course, people, watch):
    watch(people(1), cuts=(2, 3), CONFUSION=0.6)
    edge = TEN + timedelta(seconds=15)

    assert [each.cut for each in found(course, TEN, edge)] == [2]
    assert [each.cut for each in found(course, edge, TEN + MINUTE)] == [3]


def test_equal_values_are_shared_and_nothing_sealed_is_loaded(course, people, watch, predictor):
    for sitting in watch(people(4), cuts=()):
        epochs = [_epoch(sitting.learner, "pointer:adapt")]
        AffectEstimate.objects.bulk_create(
            AffectEstimate(
                id=uuid.uuid4(), sitting=sitting, cut=cut, predictor=predictor,
                learner=sitting.learner, scopes=["pointer:adapt"], epochs=epochs,
                sealed=bytes(TEN_KB), made_at=TEN + MINUTE,
            )
            for cut in range(180)
        )  # fmt: skip
    found(course)
    tracemalloc.start()
    try:
        kept = found(course)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert len(kept) == 4 * 180
    assert len({id(each.sitting) for each in kept}) == 4
    assert len({id(each.scopes) for each in kept}) == 1
    assert peak < len(kept) * TEN_KB / 2, f"{peak / len(kept):.0f} bytes each"
