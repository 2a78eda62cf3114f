"""Withdrawals and erasures while the key service is away: recorded at once, finished later."""

from __future__ import annotations

import io
import json
import socket
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.api_tokens import api_tokens
from accounts.models import ApiToken, Guardianship, User
from accounts.sessions.session_store import CONFIRMED_AT
from accounts.sign_in import throttle
from audit import delayed_leaves, health_check, sequencer, verification
from audit.leaves import person_ref
from audit.models import DelayedLeaf, Leaf, Waiting
from consent.models import ConsentEvent, Grant
from consent.permits import gate
from consent.permits.errors import Refused
from privacy.erasure import claim_codes, erasure, erasure_completion, residual_data
from privacy.models import Erasure
from tests.fixtures.users import PASSWORD
from tests.platform.vault import transit_server
from tests.platform.vault.transit_server import TOKEN, running
from vault import keystore, signing
from vault.errors import KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.keystore import KeyStore, open_keystore
from vault.secret_cache import forget_all

pytestmark = pytest.mark.django_db
SCOPE = "pointer:adapt"
CLAIM = claim_codes.new_code()


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
    forget_all()
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
    forget_all()
    erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    assert not DelayedLeaf.objects.exists()
    assert Leaf.objects.filter(verb="consent.withdraw").exists()
    assert open_keystore().key_ids(mia.code) == []


def test_a_withdrawal_that_the_erasure_overtook_names_the_person_and_makes_no_new_salt(
    away, mia, now
):
    """The sweep takes it after the whole erasure, to its certificate."""
    withdrawn = erasure.withdraw(mia.code, [SCOPE], now=now)
    away.sealed = False
    forget_all()
    code = claim_codes.withdrawal_code(mia.code, withdrawn.id)
    whole = erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    erasure.sweep(now=now)

    withdrawn.refresh_from_db()
    assert bytes(withdrawn.subject_ref) == claim_codes.subject_ref(code, mia.code)
    assert open_keystore().key_ids(mia.code) == []
    assert residual_data.count_residue(whole) == {}
    open_keystore().rewrap()
    erasure_completion.rotate(clock=timezone.now, wait=timedelta(0))
    for row in (whole, withdrawn):
        row.refresh_from_db()
        assert row.state == "rotated"
        assert residual_data.count_residue(row) == {}


def test_no_key_is_destroyed_before_the_certificate_can_name_the_person(
    away, mia, now, monkeypatch
):
    erasure.withdraw(mia.code, [SCOPE], now=now)
    away.sealed = False
    forget_all()
    with monkeypatch.context() as patch:
        # The service goes away again, right after the leaves were written.
        patch.setattr(claim_codes, "withdrawal_code", _be_busy)
        erasure.sweep(now=now)
    assert Erasure.objects.get().state == "frozen"
    erasure.sweep(now=now)
    row = Erasure.objects.get()
    assert row.state == "derived"
    assert row.subject_ref is not None


def _be_busy(*_):
    raise KeystoreBusy("away")


def test_consent_is_refused_as_before(away, mia, allow, now):
    with pytest.raises(KeystoreBusy):
        allow(mia, "typing:adapt", now=now)
    assert not DelayedLeaf.objects.exists()


def test_a_token_that_ran_out_is_a_service_that_is_away(service, mia, allow, now, monkeypatch):
    allow(mia, SCOPE, now=now)
    forget_all()
    monkeypatch.setattr(transit_server, "TOKEN", "renewed")
    assert erasure.withdraw(mia.code, [SCOPE], now=now).state == "frozen"
    sequencer.sweep(now=now)
    assert DelayedLeaf.objects.count() == 2
    assert not Leaf.objects.filter(id__in=Waiting.objects.values("leaf")).exists()


def test_a_whole_erasure_is_recorded_and_finished_by_the_sweep(service, noah, greta, now):
    """Its tokens and guardianships end at once; the leaves about them follow."""
    api_tokens.make_token(noah, "notebook", "read", 7, now=now)
    service.sealed = True
    forget_all()
    done = erasure.erase(noah.code, actor=noah.code, cause="request", now=now, claim=CLAIM)

    assert done.state == "frozen"
    assert bytes(done.subject_ref) == claim_codes.subject_ref(CLAIM, noah.code)
    assert not User.objects.get(code=noah.code).is_active
    assert not ApiToken.objects.filter(user=noah).exists()
    assert not Guardianship.objects.filter(ward=noah).exists()
    waiting = set(DelayedLeaf.objects.values_list("verb", "subject"))
    assert waiting == {
        ("erasure.ask", noah.code), ("person.token_end", noah.code), ("person.unguard", greta.code),
    }  # fmt: skip
    erasure.sweep(now=now)
    assert DelayedLeaf.objects.count() == 3

    service.sealed = False
    forget_all()
    erasure.sweep(now=now)
    sequencer.sweep(now=now)

    done.refresh_from_db()
    assert done.state == "derived"
    assert not User.objects.filter(code=noah.code).exists()
    assert open_keystore().key_ids(noah.code) == []
    assert not DelayedLeaf.objects.exists()
    about = Leaf.objects.get(verb="person.unguard")
    assert bytes(about.subject_ref) == person_ref(greta.code)


def test_a_leaf_about_somebody_erased_meanwhile_gives_them_no_new_salt(away, mia, now):
    erased = uuid4()
    delayed_leaves.delay("person.unguard", actor=None, subject=erased, public={}, at=now)
    away.sealed = False
    forget_all()
    sequencer.sweep(now=now)
    assert Leaf.objects.get(verb="person.unguard").subject_ref is None
    assert open_keystore().key_ids(erased) == []


def test_the_owner_gets_the_claim_code_of_an_erasure(away, mia, client_for):
    away.sealed = False
    client = client_for(mia)
    away.sealed = True
    forget_all()
    form = {"word": "erase", "password": PASSWORD}
    answer = client.post("/my-data/erase/", form)
    assert answer.status_code == 200
    row = Erasure.objects.get()
    assert row.subject_ref is not None
    assert str(row.id) in answer.content.decode()


def test_wrong_passwords_are_counted_all_the_same(away, mia, client_for):
    away.sealed = False
    client = client_for(mia)
    away.sealed = True
    forget_all()
    form = {"word": "erase", "password": "wrong"}
    for _ in range(5):
        answer = client.post("/my-data/erase/", form)
        assert answer.status_code == 422
        assert "That password is not correct." in answer.text
        assert "Nothing was changed." in answer.text
    client.post("/my-data/erase/", {**form, "password": PASSWORD})
    assert not Erasure.objects.exists()


@pytest.fixture
def old_sign_in(away, mia, client_for):
    """Mia's browser, signed in long before the key service went away."""
    away.sealed = False
    client = client_for(mia)
    session = client.session
    del session[CONFIRMED_AT]
    session.save()
    away.sealed = True
    forget_all()
    return client


def test_an_owner_confirms_and_erases_long_after_signing_in(old_sign_in):
    client, form = old_sign_in, {"word": "erase", "password": PASSWORD}
    assert client.post("/my-data/erase/", form).status_code == 403
    assert client.get("/accounts/confirm/").status_code == 200
    assert client.post("/accounts/confirm/", {"proof": PASSWORD}).status_code == 302
    assert client.post("/my-data/erase/", form).status_code == 200
    assert Erasure.objects.get().subject_ref is not None


def test_five_wrong_passwords_end_confirming_meanwhile(old_sign_in):
    client = old_sign_in
    for _ in range(5):
        answer = client.post("/accounts/confirm/", {"proof": "wrong"})
        assert (answer.status_code, "That password is not correct." in answer.text) == (401, True)
    assert client.post("/accounts/confirm/", {"proof": PASSWORD}).status_code == 429
    assert client.post("/my-data/erase/", {"word": "erase"}).status_code == 403


@pytest.mark.parametrize("kind", ["login", "reset", "join", "elsewhere", "elsewhere-out"])
def test_attempts_of_nobody_who_is_signed_in_are_not_counted_elsewhere(away, now, kind):
    """Else everybody would get as many attempts again."""
    attempt = throttle.SignInTry("mia", throttle.AttemptOrigin("192.0.2.1"), kind)
    with pytest.raises(KeystoreBusy):
        throttle.count_try(attempt, now=now)


def test_the_command_prints_the_claim_code_all_the_same(away, mia):
    printed = io.StringIO()
    with pytest.raises(CommandError, match="stopped after frozen"):
        call_command("erase_learner", str(mia.code), "--yes", "--json", stdout=printed)
    (row,) = json.loads(printed.getvalue())["rows"]
    assert claim_codes.subject_ref(row["claim"], mia.code) == bytes(
        Erasure.objects.get().subject_ref
    )
    assert row["public_key"] == ""


@pytest.mark.timed
def test_a_service_that_never_answers_holds_up_a_withdrawal_for_seconds(
    service, mia, allow, now, monkeypatch
):
    scopes = ["pointer:adapt", "typing:adapt", "activity:adapt", "face:adapt"]
    for scope in scopes:
        allow(mia, scope, now=now)
    forget_all()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/v1/transit"
        store = KeyStore(keystore.folder(), outer=Transit(url, "attune", TOKEN))
        monkeypatch.setattr("vault.keystore._open", lambda _: store)
        began = time.monotonic()
        erasure.withdraw(mia.code, scopes, now=now)
        assert time.monotonic() - began < 6
    assert not Grant.objects.filter(learner=mia, live=True).exists()


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
