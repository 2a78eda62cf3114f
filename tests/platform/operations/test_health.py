"""Health and counters: for this machine and Stewards, honest about trouble, with nobody's data."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from operations import counters, readiness
from telemetry import partitions

pytestmark = pytest.mark.django_db
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
ADDRESSES = ("/health/live", "/health/ready", "/metrics", "/api/schema/")


@pytest.fixture(autouse=True)
def witness(settings, tmp_path):
    """The file of this run holds heads of other tests, which no database knows any more."""
    settings.AUDIT_WITNESS_FILE = tmp_path / "tree-heads.jsonl"


def troubles() -> dict[str, str]:
    return {part.name: part.trouble for part in readiness.parts() if part.trouble}


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_do_not_find_it(client, address):
    assert client.get(address, **ELSEWHERE).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_proxy_on_this_machine_does_not_open_it(client, address):
    assert client.get(address, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_steward_reads_it_from_anywhere(client_for, amir, address):
    partitions.open_days()
    assert client_for(amir).get(address, **ELSEWHERE).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_learner_does_not(client_for, mia, address):
    assert client_for(mia).get(address, **ELSEWHERE).status_code == 404


def test_it_is_ready_with_database_partitions_and_broker(client):
    partitions.open_days()
    assert troubles() == {}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["parts"] == ["database", "partitions", "broker", "erasures", "audit"]


def test_a_missing_partition_is_told(client):
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_drop_days('2100-01-01')")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "no partition for" in answer.json()["troubles"]["partitions"]


def test_a_broker_that_is_away_is_told_without_its_address(settings):
    partitions.open_days()
    settings.BROKER_CONNINFO = "host=/nonexistent dbname=secret_name"
    assert troubles() == {"broker": psycopg.OperationalError.__name__}


def test_a_redis_that_is_away_is_told(settings):
    partitions.open_days()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert troubles() == {"broker": "ConnectionError"}


def test_counters_are_plain_text_with_one_number_each(client):
    lines = client.get("/metrics").content.decode().splitlines()
    values = dict(line.split() for line in lines if not line.startswith("#"))
    assert values.keys() == counters.COUNTED.keys()
    assert float(values["attune_database_bytes"]) > 1e6
    assert float(values["attune_sittings_open"]) == 0


def test_live_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").content == b"ok\n"
