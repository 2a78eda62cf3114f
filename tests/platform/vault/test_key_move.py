"""Moving all keys between the file and a database: none is lost, and the old store opens none."""

from __future__ import annotations

import io
import multiprocessing
import os
import secrets
import shutil
import sqlite3
import time
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest
from django.core.management import CommandError, call_command

from config.embedded_postgres import cluster
from config.key_service import KeyService
from tools.testbed.keystore_database import create_keystore, run_keystore_server
from vault import key_move, key_services, queries
from vault.erasure_ledger import LedgerEntry, LedgerFile
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.keystore import ALL, KeyStore, open_keystore
from vault.postgres_table import PostgresTable
from vault.secret_cache import forget_all

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MIA, NOAH = UUID(int=1), UUID(int=2)
fork = multiprocessing.get_context("fork")
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

    assert open_keystore()._table is not store._table
    assert read(keys) == keys
    assert open_keystore().current_keys(NAMES, NOW) == keys
    assert open_keystore().load_erasures() == [entry]
    mine = [name for name in bao.list_keys() if name.startswith(f"{site.KEY_SERVICE.name}-")]
    assert mine == [f"{site.KEY_SERVICE.name}-db-3"]
    open_keystore().rewrap()
    later = open_keystore().current_key(MIA, "course", 0, NOW)

    assert "1202 keys compared, none lost" in move(site, "file")

    assert read(keys) == keys
    assert open_keystore().key(later.id) == later
    assert open_keystore().load_erasures() == [entry]


@pytest.mark.parametrize("to", ["postgres", "file"])
def test_a_process_that_still_uses_the_old_store_is_refused_and_destroys_nothing(site, to):
    open_keystore().current_keys(NAMES[:3], NOW)
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
    with pytest.raises(KeystoreBusy, match="is gone"):
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
    assert open_keystore()._table.needs_rotation()


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
    open_keystore().current_keys(NAMES, NOW)
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


def test_a_key_that_differs_leaves_the_old_store_in_use_and_the_new_one_empty(site, monkeypatch):
    keys = open_keystore().current_keys(NAMES, NOW)
    real = key_move._Move._compare

    def spoil(one, connection):
        (row,) = queries.find_after(one.new.table.connection(), b"", 1)
        wrapped = one.new.masters.wrap(one.number, b"x" * 32, row.about)
        with one.new.table.writing() as writing:
            writing.execute("UPDATE key SET wrapped = ? WHERE id = ?", (wrapped, row.id))
        return real(one, connection)

    with monkeypatch.context() as patch:
        patch.setattr(key_move._Move, "_compare", spoil)
        with pytest.raises(CommandError, match="is another in the new store"):
            move(site, "postgres")
    site.KEYSTORE_DATABASE_URL = ""
    assert read(keys) == keys
    with psycopg.connect(site.MOVING_TO) as database:
        assert database.execute("SELECT why FROM closed").fetchone() == ("filling",)
        assert database.execute("SELECT count(*) FROM key").fetchone() == (0,)
    open_keystore().rewrap()
    assert "1201 keys compared, none lost" in move(site, "postgres")
    assert read(keys) == keys


def move_and_die(site, to):
    """Copy one batch, and die without any clean-up."""
    real = key_move._Move._copy

    def copy(one, rows):
        real(one, rows)
        os._exit(9)

    key_move._Move._copy = copy
    move(site, to)


def kill_a_move(site, to):
    process = fork.Process(target=move_and_die, args=(site, to))
    process.start()
    process.join(60)
    assert process.exitcode == 9


@pytest.mark.parametrize("to", ["postgres", "file"])
def test_after_a_killed_move_no_key_is_destroyed_that_the_next_one_needs(site, bao, to):
    """The old store's next generations have the numbers that the new store's had."""
    open_keystore().current_keys(NAMES, NOW)
    if to == "file":
        move(site, "postgres")
    url = site.KEYSTORE_DATABASE_URL
    keys = open_keystore().current_keys(NAMES, NOW)
    kill_a_move(site, to)
    place = {"url": site.MOVING_TO} if to == "postgres" else {"folder": site.KEYSTORE_DIR}
    with key_services.open_for_move(**place).table.writing() as writing:
        assert writing.execute("UPDATE key SET wrapped = ?", (b"half a write",)).rowcount > 0
    site.KEYSTORE_DATABASE_URL = url
    assert read(keys) == keys
    later = open_keystore().current_key(NOAH, "course", 0, NOW)
    open_keystore().destroy(NAMES[5][0], ALL)
    with pytest.raises(KeystoreBusy, match="a move of the keys did not finish"):
        open_keystore().rewrap()

    assert "1201 keys compared, none lost" in move(site, to)

    gone = keys.pop(NAMES[5])
    assert read(keys) == keys
    assert open_keystore().key(later.id) == later
    with pytest.raises(KeyDestroyed):
        open_keystore().key(gone.id)
    open_keystore().rewrap()
    names = [name for name in bao.list_keys() if name.startswith(f"{site.KEY_SERVICE.name}-")]
    assert len(names) == 1


@pytest.fixture
def own_server(site, tmp_path):
    """A server that waits for its standby after `hold`, and no longer after `free`."""
    folder = tmp_path / "own"
    with run_keystore_server(folder) as server:
        site.MOVING_TO = create_keystore(server)
        yield server


def hold(server):
    sql = "ALTER SYSTEM SET synchronous_standby_names = 'away'; SELECT pg_reload_conf();"
    cluster.psql(server, sql)
    time.sleep(0.3)


def free(server):
    cluster.psql(server, "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();")
    time.sleep(0.3)


def test_a_last_commit_that_waits_for_the_standby_loses_no_key(site, own_server, monkeypatch):
    """It is completed after the command has given up."""
    keys = open_keystore().current_keys(NAMES, NOW)
    move(site, "postgres")
    real = PostgresTable.set_closed

    def set_closed(table, why):
        real(table, why)
        if why == "moved":
            hold(own_server)

    with monkeypatch.context() as patch:
        patch.setattr(PostgresTable, "set_closed", set_closed)
        with pytest.raises(CommandError, match="did not answer"):
            move(site, "file")
    free(own_server)
    assert "moved before" in move(site, "file")
    assert read(keys) == keys


def test_a_commit_that_is_completed_while_the_next_move_starts_loses_no_key(site, monkeypatch):
    """The next move has still seen the state before that commit."""
    keys = open_keystore().current_keys(NAMES, NOW)
    move(site, "postgres")
    with monkeypatch.context() as patch:
        patch.setattr(key_move, "_finish", lambda *_: None)
        move(site, "file")
    ends = (
        key_services.open_for_move(url=site.MOVING_TO),
        key_services.open_for_move(folder=site.KEYSTORE_DIR),
    )
    with pytest.raises(KeystoreBusy, match="completed just now"):
        key_move._move_all(*ends, LedgerFile(site.KEYSTORE_DIR), key_move.MoveReport(), str)
    assert "moved before" in move(site, "file")
    assert read(keys) == keys


def test_a_host_that_opened_the_database_before_the_move_stores_and_destroys_nothing_in_it(
    site, monkeypatch, tmp_path
):
    """Its key would be deleted as unknown, and what it destroys would be copied again."""
    keys = open_keystore().current_keys(NAMES, NOW)
    service = key_services.make_outer
    site.KEYSTORE_DATABASE_URL = site.MOVING_TO
    other = KeyStore(
        tmp_path / "two", outer=service(shared=True), table=PostgresTable(site.MOVING_TO)
    )
    real = key_move._Move.copy_all

    def copy_all(one):
        count = real(one)
        for act in (
            lambda: other.current_key(NOAH, "course", 0, NOW),
            lambda: other.destroy(NAMES[5][0], ALL),
        ):
            with pytest.raises(KeystoreBusy, match="are being moved into"):
                act()
        return count

    monkeypatch.setattr(key_move._Move, "copy_all", copy_all)
    site.KEYSTORE_DATABASE_URL = ""
    move(site, "postgres")
    forget_all()
    assert {name: other.key(key.id) for name, key in keys.items()} == keys


def test_a_move_to_the_wrong_database_or_from_an_empty_folder_is_refused(site, database_url):
    with pytest.raises(CommandError, match="has none"):
        move(site, "postgres")
    site.KEYSTORE_DATABASE_URL = ""
    open_keystore().current_keys(NAMES[:3], NOW)
    move(site, "postgres")
    with psycopg.connect(database_url) as database:
        database.execute("DELETE FROM key")
    with pytest.raises(CommandError, match="has none"):
        move(site, "postgres")


@pytest.mark.long
def test_a_hundred_thousand_keys_move_both_ways(site):
    """Prints how long each way takes, and how long the site's writers wait."""
    store, keys = open_keystore(), {}
    for first in range(0, 100_000, 5000):
        names = [(UUID(int=who + 1), "face:adapt", 1) for who in range(first, first + 5000)]
        keys |= store.current_keys(names, NOW)
    for to in ("postgres", "file"):
        began = time.monotonic()
        said = move(site, to)
        print(f"100,000 keys to {to}: {time.monotonic() - began:.1f} s", said)
        assert "100000 keys compared, none lost" in said
        open_keystore().warm_keys([key.id for key in keys.values()])
        assert read(keys) == keys


def test_stores_that_both_hold_keys_are_not_mixed(site):
    open_keystore().current_keys(NAMES[:3], NOW)
    move(site, "postgres")
    shutil.rmtree(site.KEYSTORE_DIR)
    site.KEYSTORE_DATABASE_URL = ""
    KeyStore(site.KEYSTORE_DIR).current_key(*NAMES[0], NOW)
    with pytest.raises(CommandError, match="both stores hold keys"):
        move(site, "postgres")


def test_a_new_store_that_gets_keys_meanwhile_is_not_emptied(site, monkeypatch):
    """Another host that has opened it may write right after the first look."""
    keys = open_keystore().current_keys(NAMES[:3], NOW)
    site.KEYSTORE_DATABASE_URL, url = site.MOVING_TO, ""
    service = key_services.make_outer(shared=True)
    table = PostgresTable(site.MOVING_TO)
    other = KeyStore(site.KEYSTORE_DIR, outer=service, table=table)
    real, made = key_move._start_filling, []

    def start_filling(old, new):
        made.append(other.current_key(NOAH, "course", 0, NOW))
        return real(old, new)

    monkeypatch.setattr(key_move, "_start_filling", start_filling)
    with pytest.raises(CommandError, match="both stores hold keys"):
        move(site, "postgres")
    assert other.key(made[0].id) == made[0]
    site.KEYSTORE_DATABASE_URL = url
    assert read(keys) == keys


def test_a_move_that_fails_leaves_no_id_in_the_file(site, monkeypatch):
    """One in a free page would keep an erasure from its certificate."""
    open_keystore().current_keys(NAMES, NOW)
    move(site, "postgres")
    ids = [key.id for key in open_keystore().current_keys(NAMES, NOW).values()]
    monkeypatch.setattr(key_move._Move, "catch_up", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        move(site, "file")
    for path in site.KEYSTORE_DIR.iterdir():
        assert not [id for id in ids if id in path.read_bytes()], path.name


def test_a_wrong_name_or_mount_is_not_taken_for_destroyed_keys(site, bao):
    """The service answers 404 to everything."""
    keys = open_keystore().current_keys(NAMES[:3], NOW)
    kill_a_move(site, "postgres")
    names = bao.list_keys()
    service = site.KEY_SERVICE
    ends = (
        key_services.open_for_move(folder=site.KEYSTORE_DIR),
        key_services.open_for_move(url=site.MOVING_TO),
    )
    site.KEY_SERVICE = KeyService(url=bao.url, name="attune-wrong", token=bao.token)
    wrong = key_services.open_for_move(url=site.MOVING_TO)
    with pytest.raises(KeystoreBusy, match="lacks master key"):
        key_move._empty(wrong)
    assert bao.list_keys() == names
    assert ends[1].masters.any_before(key_move.END)
    site.KEY_SERVICE = service
    site.KEYSTORE_DATABASE_URL = ""
    move(site, "postgres")
    assert read(keys) == keys


def test_a_database_is_not_opened_while_a_killed_move_leaves_the_file(site):
    """Killed between its first two commits, the database is empty and not closed."""
    open_keystore().current_keys(NAMES[:3], NOW)
    file = key_services.open_for_move(folder=site.KEYSTORE_DIR).table
    with file.writing():
        file.set_closed("leaving")
    site.KEYSTORE_DATABASE_URL = site.MOVING_TO
    with pytest.raises(KeystoreBusy, match="move_keystore --to postgres"):
        open_keystore()


def test_without_a_database_there_is_nothing_to_move_to(site):
    with pytest.raises(CommandError, match="set KEYSTORE_DATABASE_URL"):
        call_command("move_keystore", to="postgres")
