"""A Rule that waited without an offer leaves a row for the Learner, deleted with its sources."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from adaptation.models import Intervention, LetGo
from privacy.erasure import erasure
from tests.fixtures.offers import decide, make_affect_fact, real_now, stuck_under_a_yes

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"
now, sitting = real_now, stuck_under_a_yes
SURE, GONE = (
    make_affect_fact("confusion", scopes=(SCOPE,)),
    make_affect_fact("confusion", 0.1, scopes=(SCOPE,)),
)


def confused_for_15_s(sitting):
    """Armed at 0:10 and over at 0:25; the dwell is 20 s."""
    for cut in range(1, 4):
        assert decide(sitting, cut, SURE) is None
    assert decide(sitting, 4, GONE) is None


def test_confusion_that_passes_in_fifteen_seconds_leaves_only_a_row(sitting):
    confused_for_15_s(sitting)
    assert not any(decide(sitting, cut, GONE) for cut in range(5, 20))

    assert not Intervention.objects.exists()
    line = LetGo.objects.get()
    assert (line.rule, line.version, line.scopes, line.epochs) == ("R2", 4, [SCOPE], [1])
    assert (line.armed_at - sitting.began_at).total_seconds() == 10


def test_the_same_window_again_stores_no_second_row(sitting):
    confused_for_15_s(sitting)
    decide(sitting, 4, GONE)
    assert LetGo.objects.count() == 1


def test_the_row_is_deleted_with_an_estimate_that_was_already_gone(sitting, now):
    for cut in range(1, 4):
        decide(sitting, cut, SURE)
    decide(sitting, 4)
    assert LetGo.objects.get().scopes == [SCOPE]
    erasure.withdraw(sitting.learner.code, [SCOPE], now=now)
    erasure.sweep(now=now)
    assert not LetGo.objects.exists()


def test_a_withdrawal_during_the_dwell_leaves_no_row(sitting):
    for cut in range(1, 4):
        decide(sitting, cut, SURE)
    erasure.withdraw(sitting.learner.code, [SCOPE], now=timezone.now())
    decide(sitting, 4)
    assert not LetGo.objects.exists()


def test_a_rule_that_fired_leaves_no_row(sitting):
    for cut in range(1, 8):
        decide(sitting, cut, SURE)
    for cut in range(8, 20):
        decide(sitting, cut, GONE)
    assert Intervention.objects.count() == 1
    assert not LetGo.objects.exists()


def test_a_withdrawal_deletes_the_row(sitting, now):
    confused_for_15_s(sitting)
    erasure.withdraw(sitting.learner.code, [SCOPE], now=now)
    erasure.sweep(now=now)
    assert not LetGo.objects.exists()


def test_the_trigger_refuses_a_row_under_an_old_epoch(sitting, now):
    erasure.withdraw(sitting.learner.code, [SCOPE], now=now)
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        LetGo.objects.create(
            sitting=sitting, learner=sitting.learner, rule="R2", version=1, scopes=[SCOPE],
            epochs=[1], armed_at=now, at=now,
        )  # fmt: skip
    assert error.value.__cause__.sqlstate == "28000"
