"""The class picture counts displayed Estimates only, not those of other Predictors."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent.permits import gate
from estimates import disputes
from estimates.group_figures import eligible_estimates
from estimates.models import Cell
from teaching.class_picture import cells
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def picture(course):
    return [
        part.picture for part in cells.load_running_picture(course, now=TEN + MINUTE).parts.values()
    ]


def add_other_estimates(sat, predictor, cut=2):
    at = TEN + timedelta(seconds=5 * cut + 6)
    return [store_estimate(sitting, cut, predictor, at, CONFUSION=0.9) for sitting in sat]


def test_estimates_of_other_models_change_no_cell(course, people, watch):
    sat = watch(people(5, simulated=True), INTEREST=0.6)
    before = picture(course)
    assert before[0].n == 5
    counted = eligible_estimates.select_estimates(course, TEN, TEN + MINUTE, now=TEN + MINUTE)

    add_other_estimates(sat, make_predictor_row("foursub", "b"))
    add_other_estimates(sat, make_predictor_row("mvp", "c"), cut=5)

    assert picture(course) == before
    again = eligible_estimates.select_estimates(course, TEN, TEN + MINUTE, now=TEN + MINUTE)
    assert {each.id for each in again} == {each.id for each in counted}


def test_a_learner_with_only_estimates_of_other_models_is_not_counted(course, people, watch):
    watch(people(4), INTEREST=0.6)
    fifth = watch(people(1), cuts=())
    add_other_estimates(fifth, make_predictor_row("foursub", "b"), cut=9)

    cells.publish_due(TEN + 17 * MINUTE)

    assert Cell.objects.get().n is None


def test_correcting_an_estimate_of_another_model_withdraws_no_cell(course, people, watch):
    sat = watch(people(5), INTEREST=0.6)
    (row, *_) = add_other_estimates(sat, make_predictor_row("mvp", "c"), cut=30)
    cells.publish_due(TEN + 17 * MINUTE)
    now = TEN + 18 * MINUTE

    disputes.dispute(row.id, "NONE", gate.permit(row.learner.code, "course", now=now), now=now)

    cells.load_running_picture(course, now=now)
    assert Cell.objects.get().state == "published"
