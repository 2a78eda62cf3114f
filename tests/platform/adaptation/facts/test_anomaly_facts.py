"""`hesitation` and `eda_rise` as Facts: under their own Permits, and unknown after a withdrawal."""

from __future__ import annotations

import uuid

import pytest
from django.utils import timezone

from adaptation.facts import anomaly_facts
from consent.permits import gate
from interventions.facts import check_facts
from privacy.erasure import erasure
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.blocks.tracks import TrackRows
from tests.fixtures import factories
from tests.fixtures.sockets import recordings
from vault.errors import KeystoreBusy

pytestmark = pytest.mark.django_db
SCOPES = ("pointer:adapt", "eda:adapt")
CUT = 59


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def sitting(mia, allow, now):
    """Five minutes of pointer data, the last ten seconds with long pauses."""
    partitions.open_days()
    allow(mia, *SCOPES)
    sitting = sittings.open(
        mia, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=now
    )
    recordings.store_pauses(sitting, now=now)
    return sitting


def found(sitting, *scopes):
    permits = gate.permits(sitting.learner.code, scopes, now=timezone.now()).granted
    (facts,) = anomaly_facts.facts_of_each([(sitting, CUT, permits)])
    check_facts(facts)
    return facts


def test_a_fact_carries_the_scope_and_the_quality_it_was_made_under(sitting):
    facts = found(sitting, *SCOPES)
    assert set(facts) == {"hesitation"}
    fact = facts["hesitation"]
    assert (fact.value, fact.source, fact.scopes) == (True, "sensed", ("pointer:adapt",))
    assert fact.quality == 1.0


def test_without_its_permit_nothing_is_read(sitting):
    assert found(sitting, "course", "eda:adapt") == {}


def test_a_busy_key_is_no_missing_fact(sitting, monkeypatch):
    def busy(*_):
        raise KeystoreBusy("the key service did not answer")

    monkeypatch.setattr(TrackRows, "tracks", busy)
    with pytest.raises(KeystoreBusy):
        found(sitting, *SCOPES)


def test_a_withdrawal_ends_it_at_once(sitting, now):
    old = gate.permits(sitting.learner.code, SCOPES, now=now).granted
    erasure.withdraw(sitting.learner.code, ["pointer:adapt"], now=timezone.now())
    assert found(sitting, *SCOPES) == {}
    assert anomaly_facts.facts_of_each([(sitting, CUT, old)]) == [{}]


def test_another_learners_permit_gives_nothing(sitting, noah, allow, now):
    allow(noah, *SCOPES)
    permits = gate.permits(noah.code, SCOPES, now=now).granted
    assert anomaly_facts.facts_of_each([(sitting, CUT, permits)]) == [{}]
