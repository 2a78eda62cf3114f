"""The two database roles, on a real server: what the site may and may not do."""

from __future__ import annotations

import psycopg
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from config.checks import database_checks
from config.db import database_url, privileges
from config.db.append_only_tables import append_only_tables
from config.management.commands.flush import delete_rows

pytestmark = pytest.mark.django_db


def one(sql: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def refused(sql: str) -> str:
    """Return the SQLSTATE with which the database refuses this statement."""
    with (
        pytest.raises(DatabaseError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    return caught.value.__cause__.sqlstate


def test_tests_run_with_the_rights_of_the_site():
    assert one("SELECT current_user") == "attune_app"


def test_as_owner_lifts_inside_a_transaction_and_falls_back():
    with connection.as_owner(), connection.as_owner():
        assert one("SELECT current_user") == "attune_owner"
    assert one("SELECT current_user") == "attune_app"


def test_an_error_takes_the_lifted_role_away_too():
    with pytest.raises(ZeroDivisionError), connection.as_owner():
        raise ZeroDivisionError
    assert one("SELECT current_user") == "attune_app"


@pytest.mark.django_db(transaction=True)
def test_as_owner_opens_a_connection_of_its_own_outside_a_transaction():
    before = dict(connection.settings_dict)
    with connection.as_owner():
        assert one("SELECT current_user") == "attune_owner"
    assert one("SELECT current_user") == "attune_app"
    assert connection.settings_dict == before


def test_some_tables_are_append_only():
    assert "audit_leaf" in append_only_tables()


@pytest.mark.parametrize("verb", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}", "TRUNCATE {0}"])
def test_the_site_cannot_change_an_append_only_row(verb):
    for table in sorted(append_only_tables()):
        with connection.cursor() as cursor:
            column = connection.introspection.get_primary_key_column(cursor, table)
        assert refused(verb.format(table, column)) == "42501", table


def test_the_measured_rights_are_the_declared_ones():
    with connection.cursor() as cursor:
        measured = privileges.measure_rights(cursor, append_only_tables())
    assert measured == privileges.MeasuredRights(False, True, False, False, ())


def test_the_check_names_the_writable_table():
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE ON audit_leaf TO attune_app")
    found = database_checks.check_rights(databases=["default"])
    assert [m.msg for m in found if m.id == "config.E002"] == [
        "the site can change append-only tables: audit_leaf"
    ]


def test_the_check_warns_of_one_log_in_for_both_roles():
    assert [m.id for m in database_checks.check_rights(databases=["default"])] == ["config.W001"]


def test_one_role_turns_the_errors_into_warnings(settings):
    settings.ONE_ROLE = True
    found = database_checks.report_rights(
        privileges.MeasuredRights(True, True, True, True, ("audit_leaf",))
    )
    assert len(found) == 5
    assert not any(message.is_serious() for message in found)


def test_the_site_creates_no_table_in_the_main_database():
    assert refused("CREATE TABLE planted (id int)") == "42501"


@pytest.mark.django_db(transaction=True)
def test_flush_empties_append_only_tables_and_keeps_djangos_own():
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE flushed (id int); INSERT INTO flushed VALUES (1)")
    try:
        assert delete_rows(connection) == 1
        assert one("SELECT count(*) FROM flushed") == 0
        assert one("SELECT count(*) FROM django_migrations") > 10
    finally:
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE flushed")


def test_flush_asks_first(monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _: "no")
    with pytest.raises(Exception, match="Nothing was deleted"):
        call_command("flush")


def test_the_broker_has_queues_in_a_database_of_its_own():
    with psycopg.connect(settings.BROKER_CONNINFO) as broker:
        assert broker.execute("SELECT count(*) FROM pgmq.list_queues()").fetchone()
        owner = broker.execute(
            "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
        ).fetchone()
    assert owner == ("attune_app",)
    assert one("SELECT to_regnamespace('pgmq') IS NULL")


def test_a_password_with_odd_characters_survives_both_forms():
    found = database_url.parse_url(
        "postgresql://a%40b:p%27%5C%20%2F@db.example:6432/na%2Fme?sslmode=require"
    )
    assert (found["USER"], found["PASSWORD"], found["NAME"]) == ("a@b", "p'\\ /", "na/me")
    info = psycopg.conninfo.conninfo_to_dict(database_url.make_conninfo(found))
    assert info["password"] == "p'\\ /"
    assert (info["port"], info["sslmode"]) == ("6432", "require")


@pytest.mark.parametrize(
    ("servers", "host", "port"),
    [
        ("one:5432,two:6432/site", "one,two", "5432,6432"),
        ("one:5432,two:5432/site", "one,two", "5432"),
        ("one,two:6432/site", "one,two", ",6432"),
        ("one,two/site", "one,two", ""),
        ("[::1]:5432,[fe80::2]:5432/site", "::1,fe80::2", "5432"),
        ("one:5432,[fe80::2]:5432/site", "one,fe80::2", "5432"),
        ("[fe80::1],[fe80::2]/site", "fe80::1,fe80::2", ""),
        ("[::1]:5432,[::2]:5433/site", "::1,::2", "5432,5433"),
        ("/site?host=/run/one,/run/two", "/run/one,/run/two", ""),
        ("/site?host=one,two&port=5432,6432", "one,two", "5432,6432"),
    ],
)
def test_an_address_may_name_several_servers(servers, host, port):
    mark = "&" if "?" in servers else "?"
    url = f"postgresql://me:pw@{servers}{mark}target_session_attrs=read-write"
    found = database_url.parse_url(url)
    assert (found["HOST"], found["PORT"], found["NAME"]) == (host, port, "site")
    assert found["OPTIONS"] == {"target_session_attrs": "read-write"}
    # Other clients get what libpq itself reads from the address, a port that all share only once.
    read = psycopg.conninfo.conninfo_to_dict
    given = {name: value for name, value in read(url).items() if value.strip(",")}
    if len(set(given.get("port", "").split(","))) == 1 and port:
        given["port"] = port
    assert read(database_url.make_conninfo(found)) == given


def test_django_connects_to_the_server_of_several_that_answers(settings):
    socket = settings.DATABASES["default"]["HOST"]
    wrapper = connection.copy()
    wrapper.settings_dict = {**wrapper.settings_dict, "HOST": f"/nowhere,{socket}"}
    wrapper.settings_dict["OPTIONS"] = {"target_session_attrs": "read-write"}
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT 1")
    wrapper.close()


@pytest.mark.parametrize("url", ["sqlite:///x.db", "postgresql://host/", "nonsense", "mysql://a/b"])
def test_only_a_postgresql_address_is_taken(url):
    with pytest.raises(database_url.BadAddress):
        database_url.parse_url(url)


def test_a_bad_address_is_not_repeated_with_its_password():
    with pytest.raises(database_url.BadAddress) as caught:
        database_url.parse_url("mysql://me:hunter2@host/name")
    assert "hunter2" not in str(caught.value)


def test_one_url_runs_as_the_app_role_and_two_as_themselves():
    one_login = {"DATABASE_URL": "postgresql://me:pw@h/site"}
    _, app, broker = database_url.read_logins(None, one_role=False, environ=one_login)
    assert app["OPTIONS"]["assume_role"] == "attune_app"
    assert broker["NAME"] == "site_broker"
    found = database_url.read_logins(None, one_role=True, environ=one_login)[1]["OPTIONS"]
    assert found == database_url.REMOTE_OPTIONS
    two = {**one_login, "DATABASE_APP_URL": "postgresql://app:pw@h/site"}
    _, app, broker = database_url.read_logins(None, one_role=False, environ=two)
    assert (app["USER"], broker["USER"]) == ("app", "app")
    assert "assume_role" not in app["OPTIONS"]


def test_a_port_that_is_no_number_is_refused_without_the_address():
    with pytest.raises(database_url.BadAddress) as caught:
        database_url.parse_url("postgresql://me:hunter2@one:5432,two:x/site")
    assert "hunter2" not in str(caught.value)


def test_on_other_hosts_only_the_primary_is_used_and_silence_ends_a_connection():
    remote = {"DATABASE_URL": "postgresql://me:pw@one,two/site?connect_timeout=9"}
    for login in database_url.read_logins(None, one_role=False, environ=remote):
        assert login["OPTIONS"]["target_session_attrs"] == "read-write"
        assert login["OPTIONS"]["tcp_user_timeout"] == "5000"
        assert login["OPTIONS"]["connect_timeout"] == "9"


@pytest.mark.parametrize("here", ["localhost", "127.0.0.1:5432", ""])
def test_a_database_on_this_computer_needs_no_such_options(here):
    local = {"DATABASE_URL": f"postgresql://me:pw@{here}/site"}
    assert database_url.read_logins(None, one_role=True, environ=local)[0]["OPTIONS"] == {}
