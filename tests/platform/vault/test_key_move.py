"""Moving all keys between the file and a database: none is lost, and the old store opens none."""

from __future__ import annotations

import io
import secrets
import shutil
import sqlite3
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command

from config.key_service import KeyService
from vault import key_move, queries
from vault.erasure_ledger import LedgerEntry
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.keystore import ALL, KeyStore, open_keystore
from vault.secret_cache import forget_all

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MIA, NOAH = UUID(int=1), UUID(int=2)
NAMES = [(UUID(int=who), "face:adapt", 1) for who in range(1, 1202)]


@pytest.fixture
def site(settings, tmp_path, bao, database_url):
    """A site whose keys are in the file; `site.KEYSTORE_DATABASE_URL` moves it."""
    settings.KEYSTORE_DIR = tmp_path / "keys"
    settings.KEY_SERVICE = KeyService(
        url=bao.url, name=f"attune-{secrets.token_hex(4)}", token=bao.token
    )
    settings.KEYSTORE_DATABASE_URL = ""
    settings.MOVING_TO = database_url
    return settings


def move(site, to):
    site.KEYSTORE_DATABASE_URL = site.MOVING_TO
    said = io.StringIO()
    try:
        call_command("move_keystore", to=to, stdout=said)
    finally:
        forget_all()
    site.KEYSTORE_DATABASE_URL = site.MOVING_TO if to == "postgres" else ""
    return said.getvalue()


def read(keys):
    return {name: open_keystore().key(key.id) for name, key in keys.items()}


def test_the_keys_move_to_a_database_and_back_with_the_ledger(site, bao):
    store = open_keystore()
    keys = store.current_keys(NAMES, NOW)
    store.rewrap()
    entry = LedgerEntry(uuid4(), b"r" * 32, None, {}, "request", NOW)
    store.record_erasure(entry)

    assert "1201 keys compared, none lost" in move(site, "postgres")

    assert isinstance(open_keystore(), KeyStore)
    assert open_keystore()._file is not store._file
    assert read(keys) == keys
    assert open_keystore().current_keys(NAMES, NOW) == keys
    assert open_keystore().load_erasures() == [entry]
    mine = [name for name in bao.list_keys() if name.startswith(f"{site.KEY_SERVICE.name}-")]
    assert mine == [f"{site.KEY_SERVICE.name}-3"]
    open_keystore().rewrap()
    later = open_keystore().current_key(MIA, "course", 0, NOW)

    assert "1202 keys compared, none lost" in move(site, "file")

    assert read(keys) == keys
    assert open_keystore().key(later.id) == later
    assert open_keystore().load_erasures() == [entry]


@pytest.mark.parametrize("to", ["postgres", "file"])
def test_a_process_that_still_uses_the_old_store_is_refused_and_destroys_nothing(site, to):
    if to == "file":
        move(site, "postgres")
    old = open_keystore()
    keys = old.current_keys(NAMES[:3], NOW)
    key = keys[NAMES[0]]
    move(site, to)
    for act in (
        lambda: old.key(key.id),
        lambda: old.current_key(NOAH, "course", 0, NOW),
        lambda: old.key_ids(MIA),
        lambda: old.destroy(MIA, ALL),
        lambda: old.destroy_ids([key.id]),
        lambda: old.has_key(key.id),
        old.rewrap,
        old.load_erasures,
        lambda: old.record_erasure(LedgerEntry(uuid4(), b"", None, {}, "x", NOW)),
    ):
        forget_all()
        with pytest.raises(KeystoreBusy, match="moved to another store"):
            act()
    assert read(keys) == keys


def test_a_process_that_starts_with_the_old_setting_is_refused(site):
    open_keystore().current_keys(NAMES[:3], NOW)
    move(site, "postgres")
    with pytest.raises(KeystoreBusy, match="moved to another store"):
        KeyStore(site.KEYSTORE_DIR)


def test_a_process_that_starts_with_the_new_setting_before_the_move_is_refused(site):
    open_keystore().current_keys(NAMES[:3], NOW)
    site.KEYSTORE_DATABASE_URL = site.MOVING_TO
    with pytest.raises(KeystoreBusy, match="move_keystore --to postgres"):
        open_keystore()


def test_a_copy_of_the_old_store_opens_nothing_after_the_move(site, tmp_path):
    key = open_keystore().current_key(MIA, "course", 0, NOW)
    copy = shutil.copytree(site.KEYSTORE_DIR, tmp_path / "stolen")
    move(site, "postgres")
    service = site.KEY_SERVICE
    with pytest.raises(FileNotFoundError):
        KeyStore(copy, outer=Transit(service.url, service.name, service.token)).key(key.id)
    with sqlite3.connect(site.KEYSTORE_DIR / "keys.sqlite3") as file:
        tables = file.execute("SELECT name FROM sqlite_master WHERE name IN ('key', 'ledger')")
        assert tables.fetchall() == []


def test_keys_made_and_destroyed_during_the_first_copy_are_moved_too(site, monkeypatch):
    """The site runs on while the command copies."""
    old = open_keystore()
    keys = old.current_keys(NAMES, NOW)
    real, made = key_move._Move.copy_all, []

    def copy_all(one):
        count = real(one)
        made.append(old.current_key(NOAH, "course", 0, NOW))
        old.destroy(NAMES[5][0], ALL)
        old.record_erasure(LedgerEntry(uuid4(), b"", None, {}, "x", NOW))
        return count

    monkeypatch.setattr(key_move._Move, "copy_all", copy_all)
    said = move(site, "postgres")
    assert "1201 keys compared, none lost: 1201 copied, 1 made meanwhile, 1 destroyed" in said
    assert "1 erasures" in said
    assert open_keystore().key(made[0].id) == made[0]
    with pytest.raises(KeyDestroyed):
        open_keystore().key(keys[NAMES[5]].id)
    assert open_keystore()._file.needs_rotation()


STEPS = [
    (key_move._Move, "_copy", 2),
    (key_move._Move, "catch_up", 0),
    (key_move._Move, "_compare", 0),
    (key_move, "_finish", 0),
    (key_move.Generations, "destroy_before", 0),
]


@pytest.mark.parametrize("to", ["postgres", "file"])
@pytest.mark.parametrize(("place", "name", "after"), STEPS)
def test_a_killed_move_is_run_again(site, monkeypatch, to, place, name, after):
    if to == "file":
        move(site, "postgres")
    keys = open_keystore().current_keys(NAMES, NOW)
    real, calls = getattr(place, name), []

    def killed(*values):
        calls.append(name)
        if len(calls) > after:
            raise KeyboardInterrupt
        return real(*values)

    with monkeypatch.context() as patch:
        patch.setattr(place, name, killed)
        with pytest.raises(KeyboardInterrupt):
            move(site, to)
    move(site, to)
    assert read(keys) == keys
    assert "moved before" in move(site, to)
    assert open_keystore().current_keys(NAMES, NOW) == keys


def test_a_key_that_did_not_arrive_leaves_the_old_store_in_use(site, monkeypatch):
    keys = open_keystore().current_keys(NAMES, NOW)
    real = key_move._Move._compare

    def spoil(one, connection):
        last = queries.find_after(one.new.table.connection(), b"", 1)[0]
        with one.new.table.writing() as writing:
            queries.update_wrapped(writing, [one.new.masters and one._wrap_as(last)])
        return real(one, connection)

    def wrap_as(one, row):
        return row._replace(wrapped=one.new.masters.wrap(one.number, b"x" * 32, row.about))

    monkeypatch.setattr(key_move._Move, "_wrap_as", wrap_as, raising=False)
    with monkeypatch.context() as patch:
        patch.setattr(key_move._Move, "_compare", spoil)
        with pytest.raises(CommandError, match="is another in the new store"):
            move(site, "postgres")
    site.KEYSTORE_DATABASE_URL = ""
    assert read(keys) == keys
    with psycopg.connect(site.MOVING_TO) as database:
        assert database.execute("SELECT why FROM closed").fetchone() == ("filling",)


def test_stores_that_both_hold_keys_are_not_mixed(site):
    open_keystore().current_keys(NAMES[:3], NOW)
    move(site, "postgres")
    shutil.rmtree(site.KEYSTORE_DIR)
    site.KEYSTORE_DATABASE_URL = ""
    KeyStore(site.KEYSTORE_DIR).current_key(*NAMES[0], NOW)
    with pytest.raises(CommandError, match="both stores hold keys"):
        move(site, "postgres")


def test_without_a_database_there_is_nothing_to_move_to(site):
    with pytest.raises(CommandError, match="set KEYSTORE_DATABASE_URL"):
        call_command("move_keystore", to="postgres")
