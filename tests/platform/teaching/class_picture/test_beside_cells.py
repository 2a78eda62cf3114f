"""The class picture counts what is shown, not what other models guessed beside it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from consent.permits import gate
from estimates import disputes
from teaching.class_picture import cells, eligible_estimates
from teaching.models import Cell
from tests.fixtures.models.estimates import make_predictor_row, store_estimate
from tests.platform.teaching.conftest import TEN

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def picture(course):
    return [part.picture for part in cells.running(course, now=TEN + MINUTE).parts.values()]


def beside(sat, predictor, cut=2):
    at = TEN + timedelta(seconds=5 * cut + 6)
    return [store_estimate(sitting, cut, predictor, at, CONFUSION=0.9) for sitting in sat]


def test_other_models_guesses_change_no_cell(course, people, watch):
    sat = watch(people(5, simulated=True), INTEREST=0.6)
    before = picture(course)
    assert before[0].n == 5
    counted = eligible_estimates.admitted(course, TEN, TEN + MINUTE, now=TEN + MINUTE)

    beside(sat, make_predictor_row("foursub", "b"))
    beside(sat, make_predictor_row("mvp", "c"), cut=5)

    assert picture(course) == before
    again = eligible_estimates.admitted(course, TEN, TEN + MINUTE, now=TEN + MINUTE)
    assert {each.id for each in again} == {each.id for each in counted}


def test_who_only_other_models_guessed_about_is_nobody_in_it(course, people, watch):
    watch(people(4), INTEREST=0.6)
    fifth = watch(people(1), cuts=())
    beside(fifth, make_predictor_row("foursub", "b"), cut=9)

    cells.publish_due(TEN + 17 * MINUTE)

    assert Cell.objects.get().n is None


def test_correcting_one_that_stands_alone_withdraws_no_published_cell(course, people, watch):
    sat = watch(people(5), INTEREST=0.6)
    (row, *_) = beside(sat, make_predictor_row("mvp", "c"), cut=30)
    cells.publish_due(TEN + 17 * MINUTE)
    now = TEN + 18 * MINUTE

    disputes.dispute(row.id, "NONE", gate.permit(row.learner.code, "course", now=now), now=now)

    cells.running(course, now=now)
    assert Cell.objects.get().state == "published"
