"""Pooled connections: reused between requests, with the site's rights, and never after a fork."""

from __future__ import annotations

import os

import pytest
from django.db import OperationalError, connection, connections

from config.db import connection_pool
from config.db.backend.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def kept():
    """A second connection alias to the test's database, with a pool of one connection."""
    said = {**connection.settings_dict}
    said["OPTIONS"] = {**said["OPTIONS"], **connection_pool.pool_options(1)}
    connections["kept"] = wrapper = DatabaseWrapper(said, alias="kept")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()
    del connections["kept"]


def asked(wrapper, sql):
    with wrapper.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def whose(wrapper):
    return asked(wrapper, "SELECT pg_backend_pid()")


def test_no_connection_is_pooled_by_default():
    assert connection_pool.pool_options(0) == {}


def test_a_request_gets_the_connection_of_the_one_before(kept):
    first = whose(kept)
    kept.close()
    assert whose(kept) == first


def test_each_has_the_rights_of_the_site(kept):
    assert asked(kept, "SELECT current_user") == "attune_app"


def test_the_owner_has_a_connection_of_their_own(kept):
    pid = whose(kept)
    with kept.as_owner():
        assert asked(kept, "SELECT current_user") == "attune_owner"
        assert whose(kept) != pid
    assert asked(kept, "SELECT current_user") == "attune_app"


def test_one_that_the_server_ended_is_replaced_before_it_is_used(kept):
    pid = whose(kept)
    kept.close()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
    assert whose(kept) != pid


def test_waiting_too_long_for_a_connection_raises(kept, monkeypatch):
    pool = kept.pool
    pool.open()
    monkeypatch.setattr(pool, "timeout", 0.05)
    held = pool.getconn()
    with pytest.raises(OperationalError):
        kept.ensure_connection()
    pool.putconn(held)
    kept.ensure_connection()


def test_a_fork_opens_its_own(kept):
    pid = whose(kept)
    kept.close()
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        connections["kept"] = fresh = DatabaseWrapper(kept.settings_dict, alias="kept")
        os.write(write, str(whose(fresh)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    assert int(os.read(read, 20)) != pid
    assert whose(kept) == pid
