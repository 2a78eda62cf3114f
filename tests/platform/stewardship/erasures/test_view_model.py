"""Erasures as Stewards see them: every step with its time, the certificate and its signature."""

from __future__ import annotations

import json
import re
import uuid
from datetime import timedelta

import pytest
from django.db import connection

from accounts.models import User
from audit.queries import leaves_by
from privacy.erasure import certificates, erasure, erasure_completion, postgres_files
from privacy.erasure.byte_search import Search
from privacy.models import Erasure
from stewardship.erasures import view_model
from vault import signing

pytestmark = pytest.mark.django_db


@pytest.fixture
def quick(monkeypatch):
    """Run everything but the disk search, which other tests cover, and the pause of a rotation."""
    monkeypatch.setattr("vault.keystore.LIFE_S", 0)
    monkeypatch.setattr(
        postgres_files, "clear_bytes", lambda *_: Search(3, 4096, frozenset(), bytes(32))
    )


@pytest.fixture
def later(now):
    """Return a time after all steps of an erasure requested at `now`, on the slowest machine."""
    return now + timedelta(minutes=10)


@pytest.fixture
def certified(quick, mia, allow, now, later):
    allow(mia, "pointer:adapt")
    done = erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    erasure_completion.finish(clock=lambda: later, wait=timedelta(0))
    done.refresh_from_db()
    return done


@pytest.fixture
def page(client_for, amir):
    client = client_for(amir)

    def text(path=""):
        response = client.get(f"/steward/erasures/{path}")
        assert response.status_code == 200, response.status_code
        return response.content.decode()

    text.client = client
    return text


def test_a_certified_erasure_shows_all_eight_steps(certified, page, mia):
    told = view_model.view_erasure(certified)
    assert all(step.at for step in told.steps)
    assert [step.title for step in told.steps][-3:] == [
        "Key store renewed", "Storage searched", "Certificate signed",
    ]  # fmt: skip
    counts = certified.counts
    assert told.rows == sum(counts.values()) - counts["grants"] - counts["keys"]
    text = page(f"{certified.id}/")
    assert "Signature valid" in text
    assert "Found: 0." in text
    assert signing.public_key().hex() in text
    assert certified.subject is None
    assert "The name cannot be shown. The key to it no longer exists" in text
    assert "account erased" in page()
    for told_code in (str(mia.code), view_model.short_code(mia.code)):
        assert told_code not in text + page()
    assert "certified" in page()


def test_the_file_is_the_bytes_that_were_signed(certified, page):
    response = page.client.get(f"/steward/erasures/{certified.id}/certificate/")
    assert response["Content-Type"] == "application/json"
    assert f"erasure-{certified.id}.json" in response["Content-Disposition"]
    assert certificates.verify_certificate(response.content, public=signing.public_key()).right


def test_a_certificate_that_was_changed_in_the_database_is_shown_as_such(certified, page):
    told = json.loads(certified.certificate)
    told["counts"]["accounts_user"] += 1
    certified.certificate = json.dumps(told, separators=(",", ":"), sort_keys=True)
    for changed in (certified.certificate, "{}", "{,}"):
        Erasure.objects.update(certificate=changed)
        assert "Signature not valid" in page(f"{certified.id}/")


def test_an_unfinished_erasure_claims_no_later_step(page, mia, now):
    done = erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    told = view_model.view_erasure(done)
    assert [step.title for step in told.steps if step.at] == [
        "Requested", "Access frozen", "Keys destroyed", "Records removed", "Derived data",
    ]  # fmt: skip
    assert (told.removed, told.certified, told.proof) == (True, False, None)
    text = page(f"{done.id}/")
    assert "Receipt" in text
    assert "not searched for yet" in text
    assert "an old backup of the key store could still decrypt it" in text
    assert page.client.get(f"/steward/erasures/{done.id}/certificate/").status_code == 404


@pytest.mark.parametrize(
    ("seen", "word"),
    [
        (None, "has no access to the database files"),
        (
            lambda needle: Search(3, 9, frozenset({(needle, "f")}), b""),
            "is still there, unreadable",
        ),
    ],
)
def test_bytes_not_known_to_be_deleted_are_shown_as_such(
    quick, monkeypatch, page, mia, now, later, seen, word
):
    done = erasure.erase(mia.code, actor=mia.code, cause="request", now=now)
    found = seen and seen(done.destroyed()[0])
    monkeypatch.setattr(postgres_files, "clear_bytes", lambda *_: found)
    erasure_completion.finish(clock=lambda: later, wait=timedelta(0))
    text = page(f"{done.id}/")
    assert word in text
    assert "Certificate of erasure" in text
    assert Erasure.objects.get().bytes_gone_at is None


def test_the_claim_code_is_shown_once_and_fits_the_certificate(quick, page, mia, amir, now):
    path = f"/steward/people/{mia.code}/erase/"
    text = page.client.post(path, {"word": "erase"}).content.decode()
    assert "It was encrypted with a key that no longer exists" in text
    (claim,) = re.findall(r"(?:[A-Z2-7]{4}-){7}[A-Z2-7]{4}", text)
    done = Erasure.objects.get()
    assert claim not in page(f"{done.id}/")
    later = done.derived_at + timedelta(seconds=1)
    erasure_completion.finish(clock=lambda: later, wait=timedelta(0))
    done.refresh_from_db()
    data = done.certificate.encode()
    assert certificates.verify_certificate(data, claim=(claim, mia.code)).right
    assert not certificates.verify_certificate(data, claim=(claim, uuid.uuid4())).right
    assert leaves_by(amir.code).filter(verb="erasure.ask").count() == 1
    assert not User.objects.filter(code=mia.code).exists()


def test_the_row_has_no_column_for_free_text(mia, now):
    from django.db import IntegrityError, transaction

    done = erasure.withdraw(mia.code, ["face:adapt"], now=now)
    for change in (
        {"counts": {"note": "she wept"}},
        {"counts": {"Mia? she wept": 1}},
        {"key_ids": "mia was here"},
        {"certificate": '{"note":"Mia? she wept"}'},
        {"disk": "mia"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Erasure.objects.filter(id=done.id).update(**change)
    assert connection.is_usable()
