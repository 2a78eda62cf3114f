"""An erasure with the keys in a database: the certificate names the service and what it deleted."""

from __future__ import annotations

import secrets
from datetime import timedelta

import pytest
from django.utils import timezone

from audit.models import Leaf
from config.key_service import KeyService
from privacy.erasure import certificates, erasure, erasure_completion, ledger
from tests.fixtures.users import make
from tests.platform.vault.conftest import bao, database_url, keystore_server  # noqa: F401
from vault import signing
from vault.keystore import KeyStore, open_keystore
from vault.secret_cache import forget_all

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def site(settings, tmp_path, bao, database_url, monkeypatch):  # noqa: F811
    settings.KEYSTORE_DIR = tmp_path / "keys"
    name = f"attune-{secrets.token_hex(4)}"
    settings.KEY_SERVICE = KeyService(url=bao.url, name=name, token=bao.token)
    settings.KEYSTORE_DATABASE_URL = database_url
    monkeypatch.setattr(KeyStore, "rewrap", _without_sleep(KeyStore.rewrap))
    forget_all()
    yield settings
    forget_all()


def _without_sleep(rewrap):
    def at_once(store, since=None):
        store._sleep = lambda _: None
        return rewrap(store, since)

    return at_once


def test_the_certificate_names_the_master_key_that_the_service_deleted(site, bao, allow):  # noqa: F811
    lena = make("lena")
    allow(lena, "pointer:adapt")
    open_keystore().current_key(lena.code, "pointer:adapt", 1, timezone.now())
    name = f"{site.KEY_SERVICE.name}-db"
    assert f"{name}-1" in bao.list_keys()

    done = erasure.erase(lena.code, actor=None, cause="request", now=timezone.now())
    erasure_completion.finish(clock=timezone.now, wait=timedelta(0))

    done.refresh_from_db()
    assert done.state == "certified"
    verdict = certificates.verify_certificate(
        done.certificate.encode(), public=signing.public_key()
    )
    assert verdict.right
    assert verdict.content["destroyed_master_key"] == f"transit:{name}-1"
    assert verdict.content["generation"] == 2
    assert [each for each in bao.list_keys() if each.startswith(name)] == [f"{name}-2"]
    # Heap, log and standby of the keystore are not searched.
    assert (verdict.content["search"]["disk"], verdict.content["times"]["bytes_gone"]) == (
        "elsewhere", None,
    )  # fmt: skip
    leaf = Leaf.objects.get(verb="keys.rewrap")
    assert f"destroyed=transit:{name}-1" in leaf.public


def test_what_another_host_records_and_verifies_meanwhile_is_copied_first(
    site, tmp_path, monkeypatch
):
    noah = make("noah")
    here, copied = site.KEYSTORE_DIR, site.KEYSTORE_DIR / "erasures.jsonl"
    rotate = erasure_completion.rotate
    found = []

    def erase_elsewhere(**how):
        site.KEYSTORE_DIR = tmp_path / "another_host"
        found.append(erasure.erase(noah.code, actor=None, cause="request", now=timezone.now()))
        rotate(**how)
        erasure_completion.verify(clock=timezone.now)
        site.KEYSTORE_DIR = here
        return 0

    monkeypatch.setattr(erasure_completion, "rotate", erase_elsewhere)
    erasure_completion.finish(clock=timezone.now, wait=timedelta(0))

    (done,) = found
    done.refresh_from_db()
    assert done.state == "certified"
    assert done.id.hex in copied.read_text()


def test_no_erasure_is_certified_before_the_ledger_of_the_completing_host_has_it(site, tmp_path):
    noah = make("noah")
    done = erasure.erase(noah.code, actor=None, cause="request", now=timezone.now())
    recorded = (tmp_path / "keys" / "erasures.jsonl").read_text()

    site.KEYSTORE_DIR = tmp_path / "another_host"
    copy = tmp_path / "another_host" / "erasures.jsonl"
    assert ledger.outstanding(ledger.NEWEST) == []
    assert not copy.exists()
    erasure_completion.finish(clock=timezone.now, wait=timedelta(0))

    done.refresh_from_db()
    assert done.state == "certified"
    assert copy.read_text() == recorded
