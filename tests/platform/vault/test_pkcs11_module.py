"""Master keys in a PKCS#11 module: a real SoftHSM2 token."""

from __future__ import annotations

import multiprocessing
import os
import secrets
import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from vault import pkcs11_module
from vault.errors import KeystoreBusy, Tampered
from vault.keystore import KeyStore
from vault.pkcs11_module import Pkcs11
from vault.postgres_table import PostgresTable
from vault.secret_cache import forget_all

pkcs11 = pytest.importorskip("pkcs11", reason="python-pkcs11 is not installed")
MODULES = ("/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so")
MODULE = next((path for path in MODULES if Path(path).exists()), "")
pytestmark = pytest.mark.skipif(
    not MODULE or shutil.which("softhsm2-util") is None, reason="SoftHSM2 is not installed"
)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAME = (UUID(int=1), "face:adapt", 1)
PIN = "123456"
fork = multiprocessing.get_context("fork")


@pytest.fixture(scope="module")
def token(tmp_path_factory):
    """A token of this test; the library reads its place once for each process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    configuration = folder / "softhsm2.conf"
    configuration.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(configuration)
    subprocess.run(
        ["softhsm2-util", "--init-token", "--free", "--label", "attune", "--pin", PIN,
         "--so-pin", "12345678"],
        check=True, capture_output=True,
    )  # fmt: skip
    return "attune"


@pytest.fixture
def module(token):
    return Pkcs11(MODULE, token, f"attune-{secrets.token_hex(4)}", PIN)


@pytest.fixture
def store(module, database_url, tmp_path):
    table = PostgresTable(database_url)
    return KeyStore(tmp_path, outer=module, table=table, sleep=lambda _: None)


def use_inherited(module, stored, store, key, answers):
    forget_all()
    answers.put((module.open(1, stored), store.key(key.id).secret))


def test_a_rotation_destroys_the_old_key_in_the_token(store, module):
    made = store.current_key(*NAME, NOW)
    old = store._table.read_master(1)
    assert module.open(1, old) not in old
    assert store.rewrap() == 1
    with pytest.raises(FileNotFoundError):
        module.open(1, old)
    forget_all()
    assert store.key(made.id) == made


def test_the_key_never_leaves_the_token(module):
    module.shut(1, b"x" * 32)
    (key,) = module._run(lambda session: module._find(session, 1))
    assert (key[pkcs11.Attribute.EXTRACTABLE], key[pkcs11.Attribute.SENSITIVE]) == (False, True)
    with pytest.raises(pkcs11.PKCS11Error):
        key[pkcs11.Attribute.VALUE]


def test_a_forked_process_opens_a_session_of_its_own(store, module):
    key, stored = store.current_key(*NAME, NOW), store._table.read_master(1)
    secret = module.open(1, stored)
    answers = fork.Queue()
    process = fork.Process(target=use_inherited, args=(module, stored, store, key, answers))
    process.start()
    assert answers.get(timeout=30) == (secret, key.secret)
    process.join(30)
    assert process.exitcode == 0
    forget_all()
    assert store.key(key.id) == key


# The library's search complains that the session was closed under it.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_lost_session_is_opened_again(module):
    stored = module.shut(1, b"x" * 32)
    module._session().close()
    assert module.open(1, stored) == b"x" * 32


@pytest.mark.parametrize("wrong", [{"pin": "654321"}, {"slot": "other"}, {"module": "/no.so"}])
def test_a_module_that_does_not_open_is_busy(module, wrong):
    parts = {"module": MODULE, "slot": module.slot, "name": module.name, "pin": PIN, **wrong}
    pkcs11_module._sessions.clear()
    pkcs11.lib(MODULE).reinitialize()
    with pytest.raises(KeystoreBusy, match="PKCS#11"):
        Pkcs11(**parts).open(1, b"pkcs11:1:" + bytes(60))


def test_a_wrong_pin_is_tried_once(module, monkeypatch):
    """A token locks itself after a few."""
    tried = []
    wrong = Pkcs11(MODULE, module.slot, module.name, "999999")
    monkeypatch.setattr(Pkcs11, "_session", _count_calls(Pkcs11._session, tried), raising=True)
    pkcs11_module._sessions.clear()
    pkcs11.lib(MODULE).reinitialize()
    for _ in range(5):
        with pytest.raises(KeystoreBusy, match="correct KEYSTORE_PKCS11_PIN"):
            wrong.open(1, b"pkcs11:1:" + bytes(60))
    assert tried == ["opened"]


def _count_calls(real, tried):
    def session(one):
        if one not in pkcs11_module._refused:
            tried.append("opened")
        return real(one)

    return session


def test_a_module_that_hangs_does_not_hold_every_thread(module, monkeypatch):
    monkeypatch.setattr(pkcs11_module, "TURN_S", 0.1)
    began = time.monotonic()
    with pkcs11_module._lock, pytest.raises(KeystoreBusy, match="busy with another call"):
        module.shut(1, b"x" * 32)
    assert time.monotonic() - began < 5


def test_bytes_that_the_token_did_not_encrypt_do_not_open(module):
    stored = module.shut(1, b"x" * 32)
    # SoftHSM2 reports it as a general error, others as invalid data.
    with pytest.raises((KeystoreBusy, Tampered)):
        module.open(1, stored[:-1] + bytes([stored[-1] ^ 1]))
    assert PIN not in repr(module)
