"""A Learner's dispute overrides every model's estimate of that moment (I-18)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.http import Http404

from consent.permits import gate
from estimates import disputes
from estimates.models import AffectEstimate, Dispute
from tests.fixtures.models.estimates import make_predictor_row, sensed_twice, store_estimate

pytestmark = pytest.mark.django_db
sitting = sensed_twice


@pytest.fixture
def three():
    return (
        make_predictor_row("affect", "a"),
        make_predictor_row("foursub", "b"),
        make_predictor_row("mvp", "c"),
    )


def all_of(sitting, cut, three, now):
    shown, other, levels = three
    return (
        store_estimate(sitting, cut, shown, now, CONFUSION=0.7),
        store_estimate(sitting, cut, other, now, streams=("face",), BOREDOM=0.6),
        store_estimate(sitting, cut, levels, now, streams=("face",), VALENCE=0.3),
    )


def statuses(sitting):
    rows = AffectEstimate.objects.filter(sitting=sitting).order_by("cut", "predictor__digest")
    found = {}
    for row in rows:
        found.setdefault(row.cut, []).append(row.status)
    return found


def say(row, word, now):
    return disputes.dispute(row.id, word, gate.permit(row.learner.code, "course", now=now), now=now)


def test_disputing_the_shown_estimate_disputes_those_of_other_models(sitting, three, now):
    shown, *_ = all_of(sitting, 3, three, now)
    all_of(sitting, 4, three, now)

    word = say(shown, "INTEREST", now)

    assert word.estimate_id == shown.id
    assert statuses(sitting) == {3: ["disputed"] * 3, 4: ["live"] * 3}
    permit = gate.permit(sitting.learner.code, "course", now=now)
    assert {disputes.read_label(each, permit) for each in Dispute.objects.all()} == {"INTEREST"}


def test_undo_restores_all_of_them(sitting, three, now):
    shown, *_ = all_of(sitting, 3, three, now)
    say(shown, "INTEREST", now)
    permit = gate.permit(sitting.learner.code, "course", now=now)

    assert disputes.undo(shown.id, permit, now=now + timedelta(minutes=1))

    assert statuses(sitting) == {3: ["live"] * 3}
    assert not Dispute.objects.exists()


def test_after_ten_minutes_nothing_is_restored(sitting, three, now):
    shown, *_ = all_of(sitting, 3, three, now)
    say(shown, "INTEREST", now)
    permit = gate.permit(sitting.learner.code, "course", now=now)

    assert not disputes.undo(shown.id, permit, now=now + timedelta(minutes=11))

    assert statuses(sitting) == {3: ["disputed"] * 3}


def test_an_estimate_made_after_the_dispute_is_late(sitting, three, now):
    shown, other, _ = three
    say(store_estimate(sitting, 3, shown, now, CONFUSION=0.7), "INTEREST", now)

    late = store_estimate(sitting, 3, other, now, streams=("face",), BOREDOM=0.6)

    assert late.status == "late"
    assert store_estimate(sitting, 4, other, now, streams=("face",), BOREDOM=0.6).status == "live"


def test_an_abstention_cannot_be_disputed(sitting, three, now):
    shown, other, _ = three
    row = store_estimate(sitting, 3, shown, now, CONFUSION=0.7)
    store_estimate(sitting, 3, other, now)

    say(row, "INTEREST", now)

    assert statuses(sitting) == {3: ["disputed", "abstained"]}


def test_another_learner_cannot_dispute(sitting, three, noah, now):
    shown, *_ = all_of(sitting, 3, three, now)
    with pytest.raises(Http404):
        disputes.dispute(shown.id, "INTEREST", gate.permit(noah.code, "course", now=now), now=now)
    assert statuses(sitting) == {3: ["live"] * 3}
