"""A decision made under an old Permit is refused by the trigger and leaves nothing (I-1, I-2)."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from adaptation import decide_intervention
from adaptation.facts import course_records, sitting_facts
from adaptation.models import Intervention, RuleState
from adaptation.offers import decision_record
from consent.models import Restriction
from consent.permits import gate
from interventions.facts import Fact
from privacy.erasure import erasure
from telemetry import windows
from tests.fixtures.consent import give_consent
from tests.fixtures.offers import real_now, stuck_under_a_yes

SCOPE = "pointer:adapt"
now, sitting = real_now, stuck_under_a_yes
SURE = {"confusion": Fact(0.9, 60.0, "sensed", 1.0, (SCOPE,), 0.8, 0.95)}
LAST = 5
PERMITS = ("course", SCOPE)


def permits(sitting):
    return gate.permits(sitting.learner.code, PERMITS, now=timezone.now()).granted


def weigh(sitting, permits, cut):
    """Run the decision at the end of a Window where the Predictor is sure of confusion."""
    at = windows.end_of(sitting, cut)
    course = course_records.read(sitting, permits["course"], now=at)
    seen = sitting_facts.gather_facts(course, SURE, permits["course"], now=at)
    return decide_intervention.decide(
        course, seen, permits, cut=cut, now=timezone.now(), rng=random.Random(1)
    )  # fmt: skip


def armed(sitting):
    """A Rule in its dwell; the next Window brings the offer."""
    assert not any(weigh(sitting, permits(sitting), cut) for cut in range(1, LAST))
    return permits(sitting)


def stored():
    return list(Intervention.objects.values_list("scopes", "epochs"))


@pytest.mark.django_db
def test_under_a_current_permit_the_offer_and_its_facts_are_stored(sitting):
    assert weigh(sitting, armed(sitting), LAST) is not None
    assert stored() == [([SCOPE], [1])]


@pytest.mark.django_db
@pytest.mark.parametrize("again", [False, True], ids=["off", "on again"])
def test_under_a_permit_from_before_a_withdrawal_nothing_is_stored(sitting, again):
    old = armed(sitting)
    states = list(RuleState.objects.values())
    erasure.withdraw(sitting.learner.code, [SCOPE], now=timezone.now())
    if again:
        give_consent(sitting.learner, SCOPE, now=timezone.now(), by=sitting.learner)

    assert weigh(sitting, old, LAST) is None

    assert stored() == []
    assert list(RuleState.objects.values()) == states


@pytest.mark.django_db
def test_under_a_permit_from_before_a_restriction_nothing_is_stored(sitting):
    old = armed(sitting)
    Restriction.objects.create(
        learner=sitting.learner, kind="restriction", since=timezone.now()
    )  # fmt: skip
    assert weigh(sitting, old, LAST) is None
    assert stored() == []


@pytest.mark.django_db
@pytest.mark.parametrize("scopes", [[SCOPE], [SCOPE, "typing:adapt"]], ids=["withdrawn", "one of"])
def test_the_trigger_refuses_sensed_facts_and_accepts_course_facts(sitting, scopes):
    if len(scopes) == 1:
        erasure.withdraw(sitting.learner.code, scopes, now=timezone.now())
    fields = {
        "sitting": sitting, "learner": sitting.learner, "version": 1, "kind": "hint",
        "probability": 1, "delivered": True, "sealed": b"facts",
    }  # fmt: skip
    sensed = {"rule": "R2", "cut": 1, "scopes": scopes, "epochs": [1] * len(scopes)}
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        Intervention.objects.create(**sensed, **fields)
    assert error.value.__cause__.sqlstate == "28000"
    Intervention.objects.create(rule="R1", cut=1, **fields)


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_between_the_permit_and_the_row_wins(sitting, monkeypatch):
    """The worker has sealed the facts and not yet stored the row when mia withdraws."""
    old, sealed, pressed = armed(sitting), threading.Event(), threading.Event()
    seal = decision_record.seal_value

    def seal_and_wait(*args, **how):
        found = seal(*args, **how)
        sealed.set()
        assert pressed.wait(20)
        return found

    monkeypatch.setattr(decision_record, "seal_value", seal_and_wait)
    with ThreadPoolExecutor(1) as worker:
        deciding = worker.submit(closing, lambda: weigh(sitting, old, LAST))
        assert sealed.wait(20)
        erasure.withdraw(sitting.learner.code, [SCOPE], now=timezone.now())
        pressed.set()
        assert deciding.result(20) is None
    assert stored() == []


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_waits_for_an_earlier_row_and_removes_its_facts(sitting):
    old = armed(sitting)
    with ThreadPoolExecutor(1) as person:
        with transaction.atomic():
            assert weigh(sitting, old, LAST) is not None
            pressing = person.submit(
                closing,
                lambda: erasure.withdraw(sitting.learner.code, [SCOPE], now=timezone.now()),
            )
            with pytest.raises(TimeoutError):
                pressing.result(0.5)
        pressing.result(20)
    assert [bytes(row.sealed) for row in Intervention.objects.all()] == [b""]


def closing(act):
    try:
        return act()
    finally:
        connection.close()
