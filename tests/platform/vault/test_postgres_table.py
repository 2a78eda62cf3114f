"""The keystore in a PostgreSQL database, with its master keys wrapped by a real key service."""

from __future__ import annotations

import secrets
import threading
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from config.embedded_postgres import cluster, launcher
from tests.fixtures.servers.keystore_database import create_keystore, run_keystore_server
from vault.erasure_ledger import LedgerEntry
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.keystore import ALL, KeyStore
from vault.postgres_table import PostgresTable
from vault.secret_cache import forget_all

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
MIA, NOAH = UUID(int=1), UUID(int=2)
NAME = (MIA, "face:adapt", 1)


@pytest.fixture
def service(bao):
    return Transit(bao.url, f"attune-{secrets.token_hex(4)}", bao.token)


@pytest.fixture
def opened(database_url, service, tmp_path):
    """A store on that database, as a process of another host opens it."""

    def opened(url=database_url, host="here", outer=service, **limits):
        table = PostgresTable(url, **limits)
        return KeyStore(tmp_path / host, outer=outer, table=table, sleep=lambda _: None)

    return opened


def rows(url, sql, *values):
    with psycopg.connect(url) as connection:
        return connection.execute(sql, values).fetchall()


def test_hosts_share_the_keys_of_a_database(opened):
    here, there = opened(), opened(host="there")
    made = here.current_key(*NAME, NOW)
    lasting = there.lasting_key((MIA, ".salt", 0), NOW)
    forget_all()
    assert there.current_key(*NAME, NOW + timedelta(days=7)) == made
    assert here.key(made.id) == made
    assert here.key(lasting.id) == lasting
    assert there.current_key(*NAME, NOW + timedelta(days=8)).id != made.id


def test_hosts_that_make_the_same_keys_at_once_agree(opened):
    names = [(UUID(int=who), "face:adapt", 1) for who in range(20)]
    found, start = [], threading.Barrier(4)

    def make(store):
        start.wait(10)
        found.append({name: store.current_key(*name, NOW).id for name in names})

    threads = [threading.Thread(target=make, args=[opened(host=str(n))]) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 4
    assert all(each == found[0] for each in found)
    store = opened()
    assert sum(len(store.key_ids(who)) for who, _, _ in names) == len(names)


def test_every_query_of_the_file_works_on_the_database(opened):
    store = opened()
    keys = store.current_keys([NAME, (MIA, "course", 0), (NOAH, "face:adapt", 1)], NOW)
    store.warm_keys([key.id for key in keys.values()])
    assert store.key_ids(MIA, []) == []
    assert store.key_ids(MIA, ["course"]) == [keys[MIA, "course", 0].id]
    assert set(store.used_since(MIA, ["face:adapt"], NOW)) == {keys[NAME].id}
    assert store.count_older(["face:adapt"], NOW + timedelta(days=1)) == 2
    assert store.delete_older(["face:adapt"], NOW + timedelta(days=1)) == 2
    assert store.destroy_ids([keys[MIA, "course", 0].id, b"no such."]) == 1
    assert store.destroy(MIA, ALL) == store.destroy(MIA, []) == 0
    with pytest.raises(KeyDestroyed):
        store.key(keys[NAME].id)


def test_many_names_take_several_statements_and_lose_none(opened):
    store = opened()
    names = [(uuid4(), "face:adapt", 1) for _ in range(11_000)]
    made = store.current_keys(names, NOW)
    forget_all()
    assert store.current_keys(names, NOW) == made
    store.warm_keys([key.id for key in made.values()])


def test_no_secret_and_no_master_key_is_stored_unencrypted(opened, database_url):
    store = opened()
    key = store.current_key(*NAME, NOW)
    ((wrapped,),) = rows(database_url, "SELECT wrapped FROM key")
    assert key.secret not in wrapped
    ((master,),) = rows(database_url, "SELECT master FROM generation")
    assert master.startswith(b"vault:v1:")


def test_a_rotation_keeps_every_key_and_deletes_the_old_master_key_in_the_service(
    opened, service, bao, database_url
):
    store = opened()
    made = store.current_keys([(MIA, "face:adapt", n) for n in range(1, 703)], NOW)
    copy = rows(database_url, "SELECT number, master FROM generation")[0]

    assert store.rewrap() == 702

    assert f"{service.name}-1" not in bao.list_keys()
    assert f"{service.name}-2" in bao.list_keys()
    with pytest.raises(FileNotFoundError):
        service.open(copy[0], copy[1])
    forget_all()
    assert {name: store.key(key.id) for name, key in made.items()} == made
    assert rows(database_url, "SELECT DISTINCT generation FROM key") == [(2,)]


def test_a_rotation_that_was_killed_is_simply_run_again(opened, monkeypatch):
    store = opened()
    made = store.current_keys([(MIA, "face:adapt", n) for n in range(700)], NOW)
    real, rewrapped = KeyStore._rewrap_some, []

    def killed_after_one(one, number):
        if rewrapped:
            raise KeyboardInterrupt
        rewrapped.append(real(one, number))
        return rewrapped[0]

    with monkeypatch.context() as patch:
        patch.setattr(KeyStore, "_rewrap_some", killed_after_one)
        with pytest.raises(KeyboardInterrupt):
            store.rewrap()
    again = opened(host="there")
    assert again.rewrap() == 700
    forget_all()
    assert {name: again.key(key.id) for name, key in made.items()} == made


def test_deleted_keys_are_destroyed_by_the_next_generation(opened):
    store = opened()
    kept, gone = store.current_key(*NAME, NOW), store.current_key(NOAH, "face:adapt", 1, NOW)
    assert not store._file.needs_rotation()
    store.delete_older(["nothing"], NOW)
    assert not store._file.needs_rotation()
    store.destroy_ids([gone.id])
    assert store._file.needs_rotation()
    store.wipe()
    assert (store.generation(), store._file.needs_rotation()) == (2, False)
    store.wipe()
    assert store.generation() == 2
    forget_all()
    assert store.key(kept.id) == kept


def test_a_reader_that_meets_an_ended_generation_reads_its_row_again(opened):
    store, other = opened(), opened(host="there")
    key = store.current_key(*NAME, NOW)
    row = other._find_row(key.id)
    store.rewrap()
    assert other._unwrap_key(row, 0.0).secret == key.secret


def test_the_ledger_is_kept_in_the_database_and_outside_it(opened, database_url):
    store = opened()
    entries = [
        LedgerEntry(uuid4(), bytes([n]) * 32, None, {"face:adapt": n}, "x", NOW + timedelta(n))
        for n in range(5)
    ]
    for entry in entries:
        store.record_erasure(entry)
        store.record_erasure(entry)
    assert store.load_erasures() == opened(host="there").load_erasures() == entries
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM ledger WHERE seq > 3")
    with (store._folder / "erasures.jsonl").open("a") as file:
        file.write('["half a li')
    assert store.load_erasures() == entries
    assert store.load_erasures(2) == entries[3:]


def test_a_database_that_is_away_is_busy_and_is_used_again_when_it_is_back(opened, tmp_path):
    with run_keystore_server(tmp_path / "own") as server:
        url = create_keystore(server)
        store = opened(url)
        key = store.current_key(*NAME, NOW)
        launcher.stop(server)
        assert store.key(key.id) == key  # for a second
        forget_all()
        for act in (
            lambda: store.key(key.id),
            lambda: store.current_key(NOAH, "face:adapt", 1, NOW),
            lambda: store.destroy(MIA, ALL),
            store.rewrap,
            lambda: opened(url),
        ):
            with pytest.raises(KeystoreBusy) as busy:
                act()
            assert "attune_keys" not in str(busy.value)
        launcher.start(server)
        assert store.key(key.id) == key


def test_a_key_that_the_standby_lacks_is_given_to_no_caller(opened, tmp_path):
    with run_keystore_server(tmp_path / "own") as server:
        url = create_keystore(server)
        store = opened(url, write_s=1.0)
        cluster.psql(
            server,
            "ALTER SYSTEM SET synchronous_standby_names = 'away'; SELECT pg_reload_conf();",
        )
        time.sleep(0.3)
        began = time.monotonic()
        with pytest.raises(KeystoreBusy, match="did not answer"):
            store.current_key(*NAME, NOW)
        assert time.monotonic() - began < 3
        assert opened(url).key_ids(MIA) == []
        cluster.psql(
            server, "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();"
        )
        key = store.current_key(*NAME, NOW)
        assert opened(url, host="there").key(key.id) == key
