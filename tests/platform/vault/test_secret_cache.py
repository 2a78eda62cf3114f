"""Plain keys stay in memory for at most a second, in this process and in others (I-2)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from uuid import UUID

import pytest

from vault import encryption
from vault.encryption import Place, seal, unseal
from vault.errors import KeyDestroyed
from vault.keystore import ALL, Key, KeyStore
from vault.secret_cache import LIFE_S, ShortMemory, forget_all

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
NAME = (UUID(int=1), "face:adapt", 1)
PLACE = Place("t", "c", "r", NAME[0])


class Clock:
    reading = 100.0

    def __call__(self):
        return self.reading


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stores(tmp_path, clock):
    """Two stores on one folder, like those of two processes as far as memory is concerned."""
    return KeyStore(tmp_path, clock=clock, sleep=lambda s: None), KeyStore(tmp_path, clock=clock)


def test_it_forgets_after_a_second(clock):
    memory = ShortMemory(clock)
    memory.put("key", b"secret", clock() + LIFE_S)
    clock.reading += 0.999
    assert memory.get("key") == b"secret"
    clock.reading += 0.001
    assert memory.get("key") is None
    memory.purge()
    assert len(memory) == 0


def test_a_longer_lifetime_is_capped(clock):
    memory = ShortMemory(clock)
    memory.put("key", b"secret", clock() + 3600)
    clock.reading += LIFE_S
    assert memory.get("key") is None


def test_an_idle_process_drops_secrets_by_timer():
    memory = ShortMemory(time.monotonic)
    memory.put("key", b"secret", time.monotonic() + LIFE_S)
    assert len(memory) == 1
    time.sleep(LIFE_S + 0.3)
    assert len(memory) == 0


def test_another_process_uses_a_destroyed_key_for_a_second_at_most(stores, clock, monkeypatch):
    one, other = stores
    monkeypatch.setattr("vault.keystore.forget_all", one._by_id.clear)
    key = one.current_key(*NAME, NOW)
    assert other.key(key.id) == key
    one.destroy(NAME[0], ALL)
    with pytest.raises(KeyDestroyed):
        one.key(key.id)
    clock.reading += 0.9
    assert other.key(key.id) == key
    clock.reading += 0.1
    with pytest.raises(KeyDestroyed):
        other.key(key.id)


def test_using_a_key_does_not_prolong_its_life(stores, clock, monkeypatch):
    one, other = stores
    monkeypatch.setattr("vault.keystore.forget_all", lambda: None)
    key = other.current_key(*NAME, NOW)
    one.destroy(NAME[0], ALL)
    for _ in range(9):
        clock.reading += 0.1
        assert other.current_key(*NAME, NOW) == other.key(key.id) == key
    clock.reading += 0.11
    with pytest.raises(KeyDestroyed):
        other.key(key.id)
    assert other.current_key(*NAME, NOW) != key


def test_what_is_derived_from_a_key_dies_with_it(stores, clock, monkeypatch):
    one, other = stores
    monkeypatch.setattr("vault.keystore.forget_all", lambda: None)
    monkeypatch.setattr(encryption, "_ciphers", ShortMemory(clock))
    monkeypatch.setattr(encryption, "open_keystore", lambda: other)
    sealed = seal(b"confused", keys=[one.current_key(*NAME, NOW)], place=PLACE)
    clock.reading += 0.6
    assert unseal(sealed, place=PLACE) == b"confused"
    one.destroy(NAME[0], ALL)
    clock.reading += 0.41
    with pytest.raises(KeyDestroyed):
        unseal(sealed, place=PLACE)


def test_a_key_without_a_known_life_leaves_no_cipher_behind(clock, monkeypatch):
    ciphers = ShortMemory(clock)
    monkeypatch.setattr(encryption, "_ciphers", ciphers)
    seal(b"confused", keys=[Key(b"12345678", bytes(32))], place=PLACE)
    assert len(ciphers) == 0


def test_a_destruction_clears_every_memory_of_its_process(clock):
    memories = [ShortMemory(clock) for _ in range(3)]
    for memory in memories:
        memory.put("key", b"secret", clock() + LIFE_S)
    forget_all()
    assert [len(memory) for memory in memories] == [0, 0, 0]
