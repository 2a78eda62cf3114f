"""Health and counters: for this machine and Stewards, honest about trouble, with nobody's data."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.utils import timezone

import audit
import telemetry.migrations
from accounts.models import User
from audit import health_check
from consent.models import Notice
from consent.notices.site_change import change_site
from deployment import doctor
from estimates.models import Predictor
from estimates.registry import predictors
from health import readiness, site_metrics
from health.views import find_start
from privacy.models import Erasure
from telemetry.blocks import partitions
from tests.platform.accounts.site.test_site_facts import FACTS
from vault import signing
from vault.errors import Tampered

pytestmark = pytest.mark.django_db
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
RELEASE_TO_COME = "INSERT INTO django_migrations VALUES (DEFAULT, 'telemetry', '0099_later', now())"
DAY = timedelta(days=1)
LONG_AGO = 30 * DAY
SECOND = timedelta(seconds=1)
ADDRESSES = ("/health/", "/health/live", "/health/ready", "/metrics", "/api/schema/")


@pytest.fixture(autouse=True)
def witness(settings, tmp_path):
    """The file of this run holds heads of other tests, which no database knows any more."""
    settings.AUDIT_WITNESS_FILE = tmp_path / "tree-heads.jsonl"


@pytest.fixture(autouse=True)
def _set_up(db, amir, now):
    """What `manage.py setup` makes."""
    change_site(FACTS, by=None, now=now)
    predictors.register_shipped(now=now)


def parts(now=None, since=LONG_AGO) -> list[readiness.Part]:
    """What is said now, of a site that started so long before."""
    now = now or timezone.now()
    return readiness.parts(now=now, started=now - since)


def troubles(now=None, since=LONG_AGO) -> dict[str, str]:
    return {part.name: part.trouble for part in parts(now, since) if part.trouble}


def starting(now=None, since=LONG_AGO) -> dict[str, str]:
    return {part.name: part.starting for part in parts(now, since) if part.starting}


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
    assert answer.json()["parts"] == [
        "database", "partitions", "setup", "keystore", "profile", "broker", "erasures", "audit",
    ]  # fmt: skip


def test_a_keystore_that_opens_nothing_is_told(settings, tmp_path, monkeypatch):
    partitions.open_days()
    (tmp_path / "file").touch()
    settings.KEYSTORE_DIR = tmp_path / "file" / "keys"
    assert troubles()["keystore"] == "NotADirectoryError"

    def other_keys():
        raise Tampered("the key-encryption key does not fit")

    monkeypatch.setattr(signing, "public_key", other_keys)
    assert troubles()["keystore"] == "Tampered"


def test_a_disk_on_which_no_key_could_be_destroyed_is_told(settings, monkeypatch):
    """A no and an erasure write into the keystore."""
    partitions.open_days()
    full = shutil.disk_usage(settings.KEYSTORE_DIR)._replace(free=3 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", {settings.KEYSTORE_DIR: full}.__getitem__)
    assert troubles() == {"keystore": "3 MB free on its disk"}


def test_code_that_is_newer_than_the_tables_is_told(client):
    partitions.open_days()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'telemetry'")
        cursor.execute(RELEASE_TO_COME)
    missing = len(list(Path(telemetry.migrations.__path__[0]).glob("0*.py")))
    assert troubles() == {"database": f"{missing} migrations to come: run manage.py migrate"}
    assert client.get("/health/ready").status_code == 503


def test_code_that_is_older_than_the_tables_is_ready():
    """The rest of a site serves on while its new release migrates."""
    partitions.open_days()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(RELEASE_TO_COME)
    assert troubles() == {}


def test_the_files_of_a_release_put_beside_a_running_one_are_not_its_own(monkeypatch):
    partitions.open_days()
    assert troubles() == {}
    monkeypatch.setattr(Path, "glob", lambda folder, _: [folder / "0099_later.py"])
    assert troubles() == {}


def test_a_profile_that_cannot_be_read_is_told_and_none_is_no_trouble(settings):
    partitions.open_days()
    settings.LEGAL_PROFILE = "of_nowhere"
    assert troubles() == {"profile": "ProfileError"}
    settings.LEGAL_PROFILE = ""
    assert troubles() == {}


def test_a_missing_partition_is_told(client):
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_drop_days('2100-01-01')")
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert "no partition for" in answer.json()["troubles"]["partitions"]


@pytest.mark.parametrize(
    ("model", "trouble"),
    [
        (Notice, "Privacy notices: none in force"),
        (Predictor, "Models: none in use"),
        (User, "Data steward: none"),
    ],
)
def test_what_set_up_makes_and_is_not_there_is_named(client, model, trouble):
    partitions.open_days()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
    assert troubles() == {"setup": f"{trouble}. Run manage.py setup"}
    assert client.get("/health/ready").status_code == 503


@pytest.mark.parametrize("lacks", ["controller", "contact"])
def test_a_site_of_its_own_is_not_ready_before_its_notices_name_who_is_responsible(
    client, lacks, now, settings
):
    partitions.open_days()
    change_site(replace(FACTS, **{lacks: ""}), by=None, now=now)
    told = "Privacy notices: no controller or contact named"
    how = "Run manage.py setup, or open Steward → Site"
    assert troubles() == {"setup": f"{told}. {how}"}
    assert client.get("/health/ready").status_code == 503
    assert (doctor._set_up().found, doctor._set_up().need) == (told, how)
    settings.LEGAL_PROFILE = "demo"
    assert troubles() == {}


def test_without_notices_that_is_said_and_not_who_is_missing_in_them():
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE consent_notice, accounts_siterecord CASCADE")
    assert readiness.find_missing() == {"Privacy notices": "none in force"}


def test_a_broker_that_is_away_is_told_without_its_address(settings):
    partitions.open_days()
    settings.BROKER_CONNINFO = "host=/nonexistent dbname=secret_name"
    assert troubles() == {"broker": psycopg.OperationalError.__name__}


def test_a_redis_that_is_away_is_told(settings):
    partitions.open_days()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert troubles() == {"broker": "ConnectionError"}


def figures(client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_metrics_tell_of_the_site_and_of_this_process(client):
    found = figures(client)
    assert site_metrics.COUNTED.keys() <= found.keys()
    assert found["attune_database_bytes"] > 1e6
    assert found["attune_sittings_open"] == 0
    assert found["process_resident_memory_bytes"] > 1e6


def test_requests_are_timed_by_the_pattern_of_their_address_alone(client_for, amir, mia):
    route = "steward/people/<uuid:code>/"
    name = f'attune_request_seconds_count{{method="GET",route="{route}",status="200"}}'
    before = figures(client_for(amir)).get(name, 0)
    client_for(mia).get(f"/steward/people/{mia.code}/")
    client_for(amir).get(f"/steward/people/{mia.code}/")
    told = client_for(amir).get("/metrics").content.decode()
    assert figures(client_for(amir))[name] == before + 1
    assert str(mia.code) not in told


def test_an_address_and_a_method_nobody_knows_make_one_figure_each(client):
    client.get("/no/such/page/1/")
    client.generic("BREW", "/no/such/page/2/")
    told = client.get("/metrics").content.decode()
    assert 'method="other",route="none"' in told
    assert "BREW" not in told
    assert "/no/such" not in told


def test_the_status_page_says_of_each_part_that_it_works(client_for, amir):
    partitions.open_days()
    answer = client_for(amir).get("/health/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert page.count("works</span>") == len(readiness.QUESTIONS)
    assert "Not ready" not in page


def test_the_status_page_says_what_to_do(client_for, amir, settings):
    partitions.open_days()
    settings.BROKER_CONNINFO = "host=/nonexistent dbname=secret_name"
    answer = client_for(amir).get("/health/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Not ready" in page
    assert "Start the queue server" in page
    assert "secret_name" not in page


def test_the_status_page_stands_while_the_database_is_away(client, monkeypatch):
    def away(_) -> str:
        raise OperationalError("no")

    monkeypatch.setitem(readiness.QUESTIONS, "database", away)
    page = client.get("/health/").content.decode()
    assert "Not ready" in page
    assert "Start PostgreSQL" in page


@transaction.atomic
def leave_a_leaf():
    audit.record("demo.seed", actor=None, subject=None)


@pytest.mark.parametrize("since", [0 * SECOND, readiness.STARTING - SECOND])
def test_what_waits_for_the_first_sweep_of_a_fresh_start_is_no_trouble(since):
    partitions.open_days()
    leave_a_leaf()
    later = timezone.now() + timedelta(hours=1)
    assert troubles(later, since) == {}
    assert "does the worker run" in starting(later, since)["audit"]


@pytest.mark.parametrize("since", [readiness.STARTING, LONG_AGO, -SECOND])
def test_what_still_waits_after_that_is_trouble_and_a_clock_put_back_hides_nothing(since):
    partitions.open_days()
    leave_a_leaf()
    later = timezone.now() + timedelta(hours=1)
    assert "does the worker run" in troubles(later, since)["audit"]
    assert starting(later, since) == {}


def test_an_erasure_that_waited_while_the_site_was_off_is_no_trouble_at_its_start(now, mia):
    partitions.open_days()
    Erasure.objects.create(
        subject=mia.code, cause="request", state="rotated", asked_at=now, rotated_at=now
    )
    later = now + timedelta(hours=1)
    assert "1 erasures do not verify" in starting(later, 0 * SECOND)["erasures"]
    assert "1 erasures do not verify" in troubles(later, LONG_AGO)["erasures"]


def test_a_day_without_partition_is_trouble_at_a_start_as_well_and_the_next_is_not(now):
    partitions.open_days()
    last = max(partitions.existing_days())
    of_last = datetime.combine(last, time(12), UTC)
    assert "partitions" not in troubles(of_last - timedelta(days=1))
    assert starting(of_last, 0 * SECOND)["partitions"] == f"no partition for {last + DAY}"
    assert troubles(of_last)["partitions"] == f"no partition for {last + DAY}"
    both = f"no partition for {last + DAY}, {last + 2 * DAY}"
    assert troubles(of_last + DAY, 0 * SECOND)["partitions"] == both


def test_a_question_that_fails_is_trouble_at_a_start_as_well(monkeypatch):
    def away(**_) -> str:
        raise OperationalError("no")

    monkeypatch.setattr(health_check, "find_overdue", away)
    assert troubles(since=0 * SECOND)["audit"] == "OperationalError"


def test_a_fresh_start_is_ready_and_says_what_it_waits_for(client_for, amir, monkeypatch):
    partitions.open_days()
    monkeypatch.setattr(health_check, "LAG", -timedelta(minutes=1))
    monkeypatch.setattr(apps.get_app_config("health"), "started", timezone.now())
    page = client_for(amir)
    answer = page.get("/health/ready")
    assert (answer.status_code, answer.json()["troubles"]) == (200, {})
    assert "does the worker run" in answer.json()["starting"]["audit"]
    shown = page.get("/health/").content.decode()
    assert "Not ready" not in shown
    assert "it is reported as a problem" in shown
    monkeypatch.setattr(apps.get_app_config("health"), "started", timezone.now() - LONG_AGO)
    assert page.get("/health/ready").status_code == 503
    assert "Not ready" in page.get("/health/").content.decode()


def test_the_start_is_that_of_the_process_and_not_of_a_question():
    assert find_start() < timezone.now()
    assert find_start() == find_start()


def test_live_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").content == b"ok\n"
