"""After a change of profile, forbidden Grants end at once and their data is erased (I-24)."""

from __future__ import annotations

import random
import uuid
from datetime import timedelta

import pytest

from audit.models import Leaf
from consent.grants import grants
from consent.legal_profiles import change_requests
from consent.models import Grant, ProfileChange
from consent.permits import gate
from estimates.models import AffectEstimate
from pipeline import window_processing as pipeline_windows
from privacy.erasure import erasure
from privacy.models import Erasure
from privacy.retention import legal_profile_purge
from telemetry import sittings, windows
from telemetry.blocks import partitions
from telemetry.models import Block
from tests.fixtures import factories
from tests.fixtures.models.estimates import register_shipped
from tests.fixtures.sockets import recordings
from vault.errors import KeystoreBusy
from vault.keystore import KeyStore, open_keystore

pytestmark = pytest.mark.django_db
SCOPES = [f"{name}:adapt" for name in recordings.STREAMS]


@pytest.fixture
def sensed(allow, now):
    """Return `sensed(mia)`: half a minute of every stream, and the estimates from it."""
    partitions.open_days()
    register_shipped("prior", now=now)
    unit = factories.make_quiz_unit()

    def sense(person):
        began = now - timedelta(minutes=5)
        allow(person, *SCOPES, "pointer:teach")
        Grant.objects.filter(learner=person).update(granted_at=began)
        factories.make_enrolment(person, unit.course)
        sitting = sittings.open(person, unit, scenario="course", page=uuid.uuid4(), now=began)
        recordings.store(sitting, recordings.recording(), now=sitting.began_at)
        windows.fall_due(sitting.id, 0.0, sitting.began_at)
        for second in range(5, 35, 5):
            at = sitting.began_at + timedelta(seconds=second + 2)
            pipeline_windows.drain(now=lambda at=at: at, rng=random.Random(1))
        return sitting

    return sense


@pytest.fixture
def switch(amir, sara, now):
    def to(name, at=now):
        change = change_requests.request_change(amir, name, "A reason.", now=at)
        return change_requests.confirm_change(sara, change.id, now=at)

    return to


def body(model):
    return model.objects.filter(scopes__overlap=["pointer:adapt", "typing:adapt", "face:adapt"])


def test_only_what_the_new_profile_forbids_is_erased(mia, sensed, switch, now):
    sensed(mia)
    assert body(AffectEstimate).exists()
    activity = Block.objects.filter(stream="activity").count()
    assert activity

    switch("eu_education")
    assert legal_profile_purge.purge(now=now) == 1

    assert set(Block.objects.values_list("stream", flat=True)) <= {"activity", "layout"}
    assert Block.objects.filter(stream="activity").count() == activity
    assert not body(AffectEstimate).exists()
    left = Grant.objects.filter(live=True).values_list("scope", flat=True)
    assert set(left) == {s for s in SCOPES if s.partition(":")[0] in ("activity", "layout")}
    done = Erasure.objects.get(cause="legal")
    assert done.shredded_at
    assert done.rows_at
    assert {event.verb for event in mia.consent_events.exclude(verb="grant")} == {"forbid"}
    assert Leaf.objects.filter(verb="consent.forbid").exists()
    for scope in done.scopes:
        assert open_keystore().destroy(mia.code, [scope]) == 0


def test_a_change_stays_due_until_a_late_pass_finds_nothing(mia, sensed, switch, now):
    sensed(mia)
    switch("eu_education")
    soon = now + legal_profile_purge.SETTLE_TIME
    assert legal_profile_purge.purge(now=now) == 1
    assert legal_profile_purge.purge(now=now) == 0
    assert ProfileChange.objects.get().purged_at is None
    # A consent given under the old profile is committed only now.
    Grant.objects.filter(learner=mia, scope="face:adapt").update(live=True, clearing=False)
    assert legal_profile_purge.purge(now=soon) == 1
    assert not Grant.objects.get(learner=mia, scope="face:adapt").live
    assert legal_profile_purge.purge(now=soon) == 0
    assert ProfileChange.objects.get().purged_at == soon
    assert legal_profile_purge.purge(now=soon) == 0


def test_a_killed_purge_is_continued(mia, sensed, switch, now, monkeypatch):
    sensed(mia)
    switch("eu_education")

    def away(*_):
        raise KeystoreBusy

    with monkeypatch.context() as patched:
        patched.setattr(KeyStore, "destroy", away)
        legal_profile_purge.purge(now=now)
        legal_profile_purge.purge(now=now)
    assert Erasure.objects.filter(cause="legal").count() == 1
    assert not Grant.objects.filter(live=True, scope="face:adapt").exists()
    assert ProfileChange.objects.get().purged_at is None
    erasure.sweep(now=now)
    assert not body(AffectEstimate).exists()


def test_data_of_minors_is_erased_under_an_adults_only_profile(mia, noah, allow, switch, now):
    allow(mia, "pointer:adapt", "activity:adapt")
    allow(noah, "pointer:adapt", "activity:adapt")
    switch("us_higher_ed")
    assert legal_profile_purge.purge(now=now) == 1
    assert gate.permit(mia.code, "pointer:adapt", now=now)
    assert not Grant.objects.filter(learner=noah, live=True).exists()
    for scope in ("pointer:adapt", "activity:adapt"):
        with pytest.raises(gate.Refused, match="under 18"):
            gate.permit(noah.code, scope, now=now)


def test_nothing_is_purged_without_a_confirmed_change(mia, amir, allow, settings, now):
    allow(mia, "face:adapt")
    change_requests.request_change(amir, "eu_education", "A reason.", now=now)
    assert legal_profile_purge.purge(now=now) == 0
    settings.LEGAL_PROFILE = "eu_education"
    assert legal_profile_purge.purge(now=now) == 0
    settings.LEGAL_PROFILE = None
    assert legal_profile_purge.purge(now=now) == 0
    assert Grant.objects.get(learner=mia, scope="face:adapt").live


def test_the_sweep_purges(mia, allow, switch, now):
    from pipeline import tasks

    allow(mia, "face:adapt")
    switch("eu_education")
    tasks.sweep()
    assert not Grant.objects.get(learner=mia, scope="face:adapt").live
    assert grants.find_clearing(mia.code) == set()
