"""A withdrawal while the key service is away: recorded at once, and finished by the sweep."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from audit import health_check, sequencer, verification
from audit.leaves import person_ref
from audit.models import DelayedLeaf, Leaf
from consent.models import ConsentEvent, Grant
from consent.permits import gate
from consent.permits.errors import Refused
from privacy.erasure import claim_codes, erasure
from privacy.models import Erasure
from tests.platform.vault.transit_server import TOKEN, running
from vault import signing
from vault.errors import KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.keystore import KeyStore, open_keystore
from vault.secret_cache import forget_all

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"


@pytest.fixture
def service(settings, tmp_path, monkeypatch):
    """A site whose master keys are in a transit service; `service.sealed = True`: it is away."""
    with running() as service:
        settings.KEYSTORE_DIR = tmp_path / "keystore"
        store = KeyStore(
            settings.KEYSTORE_DIR,
            outer=Transit(service.url, "attune", TOKEN),
            sleep=lambda _: None,
        )
        monkeypatch.setattr("vault.keystore._open", lambda _: store)
        yield service


@pytest.fixture
def away(service, mia, allow, now):
    """Mia has given consent, and the service has just gone away."""
    allow(mia, SCOPE, now=now)
    open_keystore().current_key(mia.code, SCOPE, 1, now)
    service.sealed = True
    forget_all()
    return service


def test_it_is_recorded_while_the_service_is_away(away, mia, now):
    done = erasure.withdraw(mia.code, [SCOPE], now=now)

    assert (done.state, done.subject_ref) == ("frozen", None)
    assert not Grant.objects.get(learner=mia, scope=SCOPE).live
    assert ConsentEvent.objects.filter(learner=mia, verb="withdraw").count() == 1
    waiting = DelayedLeaf.objects.order_by("at", "verb").values_list("verb", "subject")
    assert set(waiting) == {("consent.withdraw", mia.code), ("erasure.ask", mia.code)}
    assert not Leaf.objects.filter(verb="consent.withdraw").exists()
    with pytest.raises(Refused):
        gate.permit(mia.code, SCOPE, now=now)


def test_the_sweep_finishes_it_when_the_service_is_back(away, mia, now):
    done = erasure.withdraw(mia.code, [SCOPE], now=now)
    erasure.sweep(now=now)
    sequencer.sweep(now=now)
    assert Erasure.objects.get().state == "frozen"
    assert DelayedLeaf.objects.count() == 2

    away.sealed = False
    sequencer.sweep(now=now)
    erasure.sweep(now=now)

    row = Erasure.objects.get()
    assert (row.state, row.counts["keys"]) == ("derived", 1)
    code = claim_codes.withdrawal_code(mia.code, done.id)
    assert bytes(row.subject_ref) == claim_codes.subject_ref(code, mia.code)
    assert not DelayedLeaf.objects.exists()
    leaf = Leaf.objects.get(verb="consent.withdraw")
    assert bytes(leaf.subject_ref) == bytes(leaf.actor_ref) == person_ref(mia.code)
    assert f"scope={SCOPE} since=" in leaf.public
    sequencer.sweep(now=now)
    later = now + timedelta(minutes=5)
    assert not verification.verify(key=signing.public_key(), now=later).findings


def test_keys_are_destroyed_only_after_its_leaves_are_written(away, mia, now):
    """Afterwards the person has no salt, and must not get a new one."""
    erasure.withdraw(mia.code, [SCOPE], now=now)
    away.sealed = False
    erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    assert not DelayedLeaf.objects.exists()
    assert Leaf.objects.filter(verb="consent.withdraw").exists()
    assert open_keystore().key_ids(mia.code) == []


def test_consent_and_other_acts_are_refused_as_before(away, mia, allow, now):
    with pytest.raises(KeystoreBusy):
        allow(mia, "typing:adapt", now=now)
    with pytest.raises(KeystoreBusy):
        erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    assert not DelayedLeaf.objects.exists()


def test_a_leaf_that_waits_too_long_is_reported(away, mia, now):
    erasure.withdraw(mia.code, [SCOPE], now=now)
    at = timezone.now()
    assert health_check.find_overdue(now=at) == ""
    assert "wait for the keystore" in health_check.find_overdue(now=at + timedelta(minutes=2))


def test_the_button_answers_with_a_receipt(away, mia, client_for):
    away.sealed = False
    client = client_for(mia)
    away.sealed = True
    forget_all()
    answer = client.post("/consents/withdraw/", headers={"accept": "application/json"})
    assert answer.status_code == 200
    assert answer.json()["receipt"] == str(Erasure.objects.get().id)
    assert not Grant.objects.filter(learner=mia, live=True).exists()
