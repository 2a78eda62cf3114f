"""With a transit service, the keystore's files alone, and copies of them, are unreadable."""

from __future__ import annotations

import shutil
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import UUID

import pytest

from tests.platform.vault.transit_server import TOKEN, running
from vault.errors import KeystoreBusy
from vault.hashicorp_transit import Transit, TransitRefused
from vault.keystore import KeyStore
from vault.master_keys import Generations
from vault.outer_encryption import NoOuterEncryption
from vault.secret_cache import LIFE_S, forget_all

MIA = UUID("00000000-0000-4000-8000-00000000abcd")
NAME = (MIA, "pointer:adapt", 1)
NOW = datetime(2026, 11, 22, tzinfo=UTC)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service():
    with running() as service:
        yield service


@pytest.fixture
def opened(service):
    """A store on that folder, as a newly started process opens it."""

    def opened(folder, clock=None, token=TOKEN):
        outer = Transit(service.url, "attune", token)
        return KeyStore(folder, outer=outer, clock=clock or Clock(), sleep=lambda _: None)

    return opened


def copy(folder, name):
    return shutil.copytree(folder, folder.with_name(name))


def test_keys_are_the_same_for_every_process_that_may_ask_the_service(opened, tmp_path):
    made = opened(tmp_path / "keys").current_key(*NAME, NOW)
    assert opened(tmp_path / "keys").key(made.id) == made


def test_the_folder_alone_opens_nothing(opened, tmp_path, service):
    made = opened(tmp_path / "keys").current_key(*NAME, NOW)
    (file,) = (tmp_path / "keys").glob("kek-*")
    assert file.read_bytes().startswith(b"vault:v1:")
    with pytest.raises(TransitRefused, match="renew KEYSTORE_TRANSIT_TOKEN") as refused:
        opened(tmp_path / "keys", token="stolen").key(made.id)
    assert TOKEN not in str(refused.value)
    with pytest.raises(KeystoreBusy, match="not wrapped by the key service"):
        KeyStore(tmp_path / "keys", outer=NoOuterEncryption()).key(made.id)


def test_after_a_rotation_no_copy_from_before_opens_anything(opened, tmp_path, service):
    store = opened(tmp_path / "keys")
    kept = store.current_key(*NAME, NOW)
    before = copy(tmp_path / "keys", "stolen")
    assert opened(before).key(kept.id) == kept

    store.rewrap()

    with pytest.raises(KeystoreBusy, match="master key 1 is gone"):
        opened(before).key(kept.id)
    assert opened(tmp_path / "keys").key(kept.id) == kept
    assert len(service.keys) == 1


def test_a_plain_key_is_cached_a_second_between_calls(opened, tmp_path, service):
    clock = Clock()
    store = opened(tmp_path / "keys", clock)
    made = store.current_key(*NAME, NOW)
    service.asked.clear()
    for _ in range(5):
        store.key(made.id)
    assert service.asked.count("POST decrypt") <= 1
    clock.now += LIFE_S + 0.01
    assert store.key(made.id) == made
    assert service.asked.count("POST decrypt") in (1, 2)


def test_a_service_that_keeps_the_old_key_leaves_the_rotation_undone(opened, tmp_path, service):
    store = opened(tmp_path / "keys")
    made = store.current_key(*NAME, NOW)
    service.stubborn = True
    with pytest.raises(TransitRefused, match="keeps an old key"):
        store.rewrap()
    service.stubborn = False

    again = opened(tmp_path / "keys")
    again.rewrap()

    assert again.key(made.id) == made
    assert len(list((tmp_path / "keys").glob("kek-*"))) == len(service.keys) == 1


def test_an_unavailable_service_does_not_count_as_a_destroyed_key(opened, tmp_path, service):
    made = opened(tmp_path / "keys").current_key(*NAME, NOW)
    later = opened(tmp_path / "keys")
    service.shutdown()
    service.server_close()
    with pytest.raises(KeystoreBusy, match="did not answer"):
        later.key(made.id)


def test_a_store_from_before_the_service_goes_on_and_is_shut_at_the_next_rotation(opened, tmp_path):
    made = KeyStore(tmp_path / "keys", outer=NoOuterEncryption()).current_key(*NAME, NOW)
    store = opened(tmp_path / "keys")
    assert store.key(made.id) == made
    store.rewrap()
    (file,) = (tmp_path / "keys").glob("kek-*")
    assert file.read_bytes().startswith(b"vault:v1:")
    assert opened(tmp_path / "keys").key(made.id) == made


def test_a_service_that_is_sealed_is_busy_and_says_nothing_of_a_key(opened, tmp_path, service):
    made = opened(tmp_path / "keys").current_key(*NAME, NOW)
    service.sealed = True
    with pytest.raises(KeystoreBusy, match="answered 503"):
        opened(tmp_path / "keys").key(made.id)
    service.sealed = False
    assert opened(tmp_path / "keys").key(made.id) == made


def test_a_service_that_does_not_answer_is_asked_once_a_second(opened, tmp_path, service):
    """Each step of one act would wait for it again."""
    clock = Clock()
    store = opened(tmp_path / "keys", clock)
    made = store.current_key(*NAME, NOW)
    service.sealed = True
    forget_all()
    service.asked.clear()
    for _ in range(10):
        with pytest.raises(KeystoreBusy, match="answered 503"):
            store.key(made.id)
    assert len(service.asked) == 1
    service.sealed = False
    clock.now += LIFE_S + 0.01
    assert store.key(made.id) == made


def test_nothing_is_destroyed_unless_the_service_opens_the_newest_key(opened, tmp_path, service):
    """With another mount or name, every key seems to be gone."""
    store = opened(tmp_path / "keys")
    store.current_key(*NAME, NOW)
    real = Generations.require_service

    def elsewhere(one):
        service.keys.pop("attune-2")
        real(one)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Generations, "require_service", elsewhere)
        with pytest.raises(KeystoreBusy, match="lacks master key 2"):
            store.rewrap()
    assert sorted(service.keys) == ["attune-1"]


def test_the_token_follows_no_redirect():
    """No kind of redirect, to no address."""
    asked = []

    class Redirects(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(int(self.path[-3:]) if self.path[-3:].isdigit() else 200)
            self.send_header("Location", "/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Redirects) as server:
        threading.Thread(target=server.serve_forever).start()
        transit = Transit(f"http://127.0.0.1:{server.server_port}", "attune", "secret")
        for code in (301, 302, 303, 307, 308):
            with pytest.raises((TransitRefused, KeystoreBusy)):
                transit._ask("GET", str(code))
        server.shutdown()
    assert asked == ["/301", "/302", "/303", "/307", "/308"]
