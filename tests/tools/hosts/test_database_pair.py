"""A promotion loses no commit, and clients that name both servers follow it."""

from __future__ import annotations

import time

import psycopg
import pytest
from psycopg.pq import ExecStatus

from config.db.database_url import make_conninfo, parse_url, with_remote_options
from tools.hosts import network
from tools.hosts.database_pair import DatabasePair
from tools.hosts.postgres_server import PostgresServer

pytestmark = [pytest.mark.long, pytest.mark.usefixtures("_with_postgres", "hosts")]
SECRET = "of-this-test-alone"


@pytest.fixture
def pair(folder, certificates):
    servers = [PostgresServer(name, folder / name, certificates, SECRET) for name in ("db1", "db2")]
    found = DatabasePair(*servers)
    found.create(f"CREATE ROLE site LOGIN PASSWORD '{SECRET}'; CREATE DATABASE site OWNER site;")
    return found


@pytest.fixture
def conninfo(certificates):
    """What the site makes of an address with both hosts."""
    places = ",".join(f"{network.ADDRESSES[name]}:5432" for name in ("db1", "db2"))
    tls = f"sslmode=verify-full&sslrootcert={certificates.authority}"
    url = f"postgresql://site:{SECRET}@{places}/site?{tls}"
    return make_conninfo(with_remote_options(parse_url(url)))


def test_what_was_committed_is_on_the_promoted_standby(pair, conninfo):
    with psycopg.connect(conninfo, autocommit=True) as before:
        before.execute("CREATE TABLE kept (n int)")
        before.execute("INSERT INTO kept VALUES (1)")
        pair.promote()
    assert pair.primary.host == "db2"
    with psycopg.connect(conninfo, autocommit=True) as after:
        assert after.execute("SELECT n FROM kept").fetchall() == [(1,)]
        after.execute("INSERT INTO kept VALUES (2)")
    pair.rejoin()
    pair.promote()
    with psycopg.connect(conninfo) as again:
        assert again.execute("SELECT n FROM kept ORDER BY n").fetchall() == [(1,), (2,)]


def test_no_commit_is_answered_while_the_standby_is_cut_off(pair, conninfo):
    with psycopg.connect(conninfo, autocommit=True) as site:
        site.execute("CREATE TABLE kept (n int)")
        network.cut("db1", "db2")
        site.execute("SET statement_timeout = 0")
        pending = site.pgconn
        pending.send_query(b"INSERT INTO kept VALUES (1)")
        time.sleep(2)
        pending.consume_input()
        assert pending.is_busy()
        network.heal("db1", "db2")
        deadline = time.monotonic() + 20
        while pending.is_busy() and time.monotonic() < deadline:
            time.sleep(0.1)
            pending.consume_input()
        assert not pending.is_busy()
        # Unread results would keep the connection from ending.
        assert [each.status for each in iter(pending.get_result, None)] == [ExecStatus.COMMAND_OK]


def test_a_silent_primary_ends_a_waiting_connection(pair, conninfo):
    with psycopg.connect(conninfo, autocommit=True) as site:
        network.set_link("db1", up=False)
        began = time.monotonic()
        with pytest.raises(psycopg.OperationalError):
            site.execute("SELECT 1")
        assert time.monotonic() - began < 12
