"""The keystore in a PostgreSQL database, with its master keys wrapped by a real key service."""

from __future__ import annotations

import secrets
import threading
import time
import traceback
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from config.embedded_postgres import cluster, launcher
from tools.testbed.keystore_database import create_keystore, run_keystore_server
from vault import postgres_table, queries
from vault.erasure_ledger import LedgerEntry
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.hashicorp_transit import Transit
from vault.keystore import ALL, KeyStore
from vault.postgres_table import ROTATION_LOCK, WRITER_LOCK, PostgresTable, find_standbys
from vault.secret_cache import LIFE_S, forget_all

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


def test_a_rotation_that_was_killed_is_simply_run_again(opened, kill_rotation):
    store = opened()
    made = store.current_keys([(MIA, "face:adapt", n) for n in range(700)], NOW)
    kill_rotation(store)
    again = opened(host="there")
    assert again.rewrap() == 700
    forget_all()
    assert {name: again.key(key.id) for name, key in made.items()} == made


def test_deleted_keys_are_destroyed_by_the_next_generation(opened):
    store = opened()
    kept, gone = store.current_key(*NAME, NOW), store.current_key(NOAH, "face:adapt", 1, NOW)
    assert not store._table.needs_rotation()
    store.delete_older(["nothing"], NOW)
    assert not store._table.needs_rotation()
    store.destroy_ids([gone.id])
    assert store._table.needs_rotation()
    store.wipe()
    assert (store.generation(), store._table.needs_rotation()) == (2, False)
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
    assert store.load_erasures(2) == entries[3:]
    assert store.load_erasures() == entries
    # The file's entries are in the database again, for every host.
    assert opened(host="new").load_erasures() == entries


def test_half_a_line_of_a_killed_process_costs_no_other_entry(opened, database_url):
    store = opened()
    with (store._folder / "erasures.jsonl").open("ab") as file:
        file.write(b'\n["half a li\xff')
    entry = LedgerEntry(uuid4(), b"r" * 32, None, {}, "x", NOW)
    store.record_erasure(entry)
    with psycopg.connect(database_url) as connection:
        connection.execute("DELETE FROM ledger")
    assert opened().load_erasures() == [entry]


def test_an_erasure_that_no_file_can_record_is_busy(opened):
    store = opened()
    (store._folder / "erasures.jsonl").mkdir()
    with pytest.raises(KeystoreBusy, match=r"erasures\.jsonl cannot be"):
        store.record_erasure(LedgerEntry(uuid4(), b"r" * 32, None, {}, "x", NOW))


def test_a_master_key_that_no_service_wrapped_is_refused(opened, database_url):
    """Whoever may write to the database would know every key made from then on."""
    store = opened()
    with psycopg.connect(database_url) as connection:
        connection.execute("INSERT INTO generation VALUES (2, %s)", (b"m" * 32,))
    with pytest.raises(KeystoreBusy, match="master key 2 is not wrapped"):
        store.current_key(*NAME, NOW)


def test_a_host_without_the_key_service_keeps_no_other_from_writing(opened, service, database_url):
    """It wraps before it takes the lock that all hosts share."""
    store = opened()
    gone = store.current_key(*NAME, NOW)
    free = []

    class Slow(Transit):
        def open(self, number, stored):
            with psycopg.connect(database_url, autocommit=True) as other:
                lock = f"SELECT pg_try_advisory_lock({WRITER_LOCK})"
                free.append(other.execute(lock).fetchone() == (True,))
            return super().open(number, stored)

    slow = opened(host="slow", outer=Slow(service.url, service.name, service.token))
    slow.current_key(NOAH, "face:adapt", 1, NOW)
    forget_all()
    slow.rewrap()
    assert free
    assert all(free)
    assert slow.key(gone.id) == gone


def test_keys_made_while_a_rotation_begins_are_wrapped_by_its_master_key(opened, monkeypatch):
    store, other = opened(), opened(host="there")
    real, rotated = KeyStore._make_row, []

    def make_row(one, name, number, now):
        row = real(one, name, number, now)
        if not rotated:
            rotated.append(other.rewrap())
        return row

    with monkeypatch.context() as patch:
        patch.setattr(KeyStore, "_make_row", make_row)
        key = store.current_key(*NAME, NOW)
    forget_all()
    assert store.key(key.id) == key
    assert store._find_row(key.id).generation == 2


def test_hosts_that_rotate_at_once_lose_no_key(opened):
    stores = [opened(host=str(n)) for n in range(3)]
    made = stores[0].current_keys([(MIA, "face:adapt", n) for n in range(700)], NOW)
    threads = [threading.Thread(target=each.rewrap) for each in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    forget_all()
    for store in stores:
        assert {name: store.key(key.id) for name, key in made.items()} == made
    assert stores[0].generation() == 4


def test_a_rotation_that_lost_its_lock_stores_no_row_under_a_destroyed_key(opened):
    """Another host rotates meanwhile, because the server took its lock away."""
    store, other = opened(), opened(host="there")
    made = store.current_keys([(MIA, "face:adapt", n) for n in range(3)], NOW)
    real = queries.update_wrapped

    def update_wrapped(connection, rows):
        patch.undo()
        session = store._table.connection()
        session.execute("ROLLBACK")
        other._rotate()
        session.execute("BEGIN")
        real(connection, rows)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queries, "update_wrapped", update_wrapped)
        store._rotate()
    forget_all()
    assert {name: other.key(key.id) for name, key in made.items()} == made


@pytest.mark.timed
def test_a_host_that_vanishes_with_a_lock_stops_the_others_for_seconds(opened, database_url):
    """The server ends a silent transaction by itself."""
    store = opened()
    with psycopg.connect(database_url) as connection:
        limits = "idle_in_transaction_session_timeout", "tcp_keepalives_idle", "tcp_user_timeout"
        session = store._table.connection()
        found = [session.execute(f"SHOW {name}").fetchone()[0] for name in limits]
        assert found[0] == "10s"
        connection.execute("SELECT pg_advisory_lock(%s)", (ROTATION_LOCK,))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(postgres_table, "ROTATION_WAIT", "200ms")
            began = time.monotonic()
            with pytest.raises(KeystoreBusy, match="another process is changing the keystore"):
                store.rewrap()
            assert time.monotonic() - began < 5


def test_a_destroyed_key_is_unreadable_within_a_second_on_another_host(opened):
    here, there = opened(), opened(host="there")
    key = here.current_key(*NAME, NOW)
    assert there.key(key.id) == key
    # As if `there` were another process, which nobody tells to forget.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vault.keystore.forget_all", lambda: None)
        here.destroy(MIA, ALL)
    time.sleep(LIFE_S)
    with pytest.raises(KeyDestroyed):
        there.key(key.id)


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
        forget_all()
        assert store.key(key.id) == key


def test_an_error_names_no_host_role_or_database_in_the_log(database_url):
    """`logger.exception` prints the causes of an error, too."""
    wrong = database_url.replace("/keys_", "/absent_")
    with pytest.raises(KeystoreBusy, match="did not answer") as refused:
        PostgresTable(wrong)
    logged = "".join(traceback.format_exception(refused.value))
    assert "absent_" not in logged
    assert postgres_table.__file__ in logged


def test_a_process_that_starts_while_the_database_is_away_waits_only_once(monkeypatch):
    calls = []

    def connect(*values, **named):
        calls.append(1)
        raise psycopg.OperationalError("away")

    monkeypatch.setattr(psycopg, "connect", connect)
    for _ in range(3):
        with pytest.raises(KeystoreBusy, match="did not answer"):
            PostgresTable("postgresql://keys@/away?host=/nowhere")
    assert len(calls) == 1


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
        assert find_standbys(url) == "away"
        forget_all()
        cluster.psql(
            server, "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf();"
        )
        key = store.current_key(*NAME, NOW)
        assert opened(url, host="there").key(key.id) == key


def test_the_first_start_with_the_standby_away_is_busy_within_seconds(opened, tmp_path):
    with run_keystore_server(tmp_path / "own") as server:
        url = create_keystore(server)
        cluster.psql(
            server,
            "ALTER SYSTEM SET synchronous_standby_names = 'away'; SELECT pg_reload_conf();",
        )
        time.sleep(0.3)
        with pytest.raises(KeystoreBusy, match="did not answer"):
            PostgresTable(url, write_s=0.5)
