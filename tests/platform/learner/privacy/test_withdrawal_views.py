"""The proof that a person keeps of withdrawals and erasure: certificates and claim codes."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from privacy.erasure import certificates, erasure, erasure_completion, postgres_files
from privacy.erasure.byte_search import Search
from privacy.models import Erasure
from tests.fixtures.users import PASSWORD
from tests.platform.privacy.conftest import held_keystore, own_keystore  # noqa: F401
from vault import signing

pytestmark = pytest.mark.django_db
CLAIM = re.compile(r"(?:[A-Z2-7]{4}-){7}[A-Z2-7]{4}")


@pytest.fixture
def finish(monkeypatch, now):
    """Finish the erasure, without disk search and rotation pause, which other tests cover."""
    monkeypatch.setattr("vault.keystore.LIFE_S", 0)
    monkeypatch.setattr(
        postgres_files, "clear_bytes", lambda *_: Search(3, 4096, frozenset(), bytes(32))
    )

    def run():
        later = Erasure.objects.latest("derived_at").derived_at + timedelta(seconds=1)
        erasure_completion.finish(clock=lambda: later, wait=timedelta(0))
        return Erasure.objects.get()

    return run


def test_a_withdrawal_can_be_proved_by_the_person_alone(client_for, mia, noah, allow, now, finish):
    allow(mia, "pointer:adapt")
    erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    client = client_for(mia)
    assert "will be ready within minutes" in client.get("/my-data/").content.decode()
    done = finish()

    text = client.get("/my-data/").content.decode()
    (claim,) = CLAIM.findall(text)
    file = client.get(f"/my-data/certificates/{done.id}/")

    assert f"/my-data/certificates/{done.id}/" in text
    assert f"erasure-{done.id}.json" in file["Content-Disposition"]
    public = signing.public_key()
    assert certificates.verify_certificate(
        file.content, public=public, claim=(claim, mia.code)
    ).right
    assert not certificates.verify_certificate(file.content, claim=(claim, noah.code)).right
    assert client_for(noah).get(f"/my-data/certificates/{done.id}/").status_code == 404
    assert not CLAIM.search(client_for(noah).get("/my-data/").content.decode())


def test_a_pending_certificate_is_a_404(client_for, mia, now):
    done = erasure.withdraw(mia.code, ["pointer:adapt"], now=now)
    assert client_for(mia).get(f"/my-data/certificates/{done.id}/").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_own_erasure_shows_the_claim_code_once(client_for, mia, finish):
    code, client = mia.code, client_for(mia)
    answer = client.post("/my-data/erase/", {"word": "erase", "password": PASSWORD})
    text = answer.content.decode()
    (claim,) = CLAIM.findall(text)
    assert str(code) in text
    done = finish()
    assert certificates.verify_certificate(done.certificate.encode(), claim=(claim, code)).right
    assert claim not in str(Erasure.objects.values().get())


def test_own_erasure_with_a_busy_keystore_says_so_with_the_claim_code(
    held_keystore,  # noqa: F811
    client_for,
    mia,
    now,
):
    client = client_for(mia)
    with held_keystore():
        text = client.post("/my-data/erase/", {"word": "erase", "password": PASSWORD}).text
    done = Erasure.objects.get()
    assert str(done.id) in text
    assert CLAIM.findall(text)
    assert "Your data is being erased" in text
    assert "unreadable" not in text.lower()
    assert client.get("/").status_code == 302

    erasure.sweep(now=now)
    assert not type(mia).objects.filter(code=mia.code).exists()
