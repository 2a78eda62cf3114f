"""Health checks and metrics: for this machine and Stewards, correct about trouble, without personal
data.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from ipaddress import ip_network
from pathlib import Path

import psycopg
import pytest
from django.apps import apps
from django.db import OperationalError, connection, transaction
from django.utils import timezone

import audit
import telemetry.migrations
from accounts.mail.models import PendingMail
from accounts.models import User
from audit import health_check
from consent.models import Notice
from consent.notices.site_change import change_site
from deployment import doctor
from estimates.models import Predictor
from estimates.registry import predictors
from health import readiness, site_metrics
from health.views import find_start
from pipeline.beat.leader_lock import LeaderLock
from pipeline.beat.models import SentEntry
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
    """This run's witness file has heads of other tests, which the database no longer knows."""
    settings.AUDIT_WITNESS_FILE = tmp_path / "tree-heads.jsonl"


@pytest.fixture(autouse=True)
def _set_up(db, amir, now):
    """Everything that `manage.py setup` creates."""
    change_site(FACTS, by=None, now=now)
    predictors.register_shipped(now=now)


def list_states(now=None, since=LONG_AGO) -> list[readiness.ComponentStatus]:
    """Return the components' states now, of a site that started `since`."""
    now = now or timezone.now()
    return readiness.check_components(now=now, started=now - since)


def find_troubles(now=None, since=LONG_AGO) -> dict[str, str]:
    return {part.name: part.trouble for part in list_states(now, since) if part.trouble}


def find_starting(now=None, since=LONG_AGO) -> dict[str, str]:
    return {part.name: part.starting for part in list_states(now, since) if part.starting}


@pytest.mark.parametrize("address", ADDRESSES)
def test_strangers_do_not_find_it(client, address):
    assert client.get(address, **ELSEWHERE).status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_proxy_on_this_machine_does_not_open_it(client, address):
    assert client.get(address, HTTP_X_FORWARDED_FOR="203.0.113.9").status_code == 404


@pytest.mark.parametrize("network", ["203.0.113.9", "203.0.113.0/24"])
def test_an_address_that_the_operator_named_reads_it_unless_through_a_proxy(
    client, settings, network
):
    partitions.open_days()
    settings.MONITOR_NETWORKS = [ip_network(network)]
    assert client.get("/metrics", **ELSEWHERE).status_code == 200
    for name in ("X_FORWARDED_FOR", "FORWARDED", "X_REAL_IP", "X_FORWARDED_PROTO", "VIA"):
        proxied = {**ELSEWHERE, f"HTTP_{name}": "https"}
        assert client.get("/metrics", **proxied).status_code == 404, name
    assert client.get("/metrics", REMOTE_ADDR="203.0.114.9").status_code == 404
    assert client.get("/metrics", REMOTE_ADDR="unix").status_code == 404


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_steward_reads_it_from_anywhere(client_for, amir, address):
    partitions.open_days()
    assert client_for(amir).get(address, **ELSEWHERE).status_code == 200


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_learner_does_not(client_for, mia, address):
    assert client_for(mia).get(address, **ELSEWHERE).status_code == 404


def test_it_is_ready_with_database_partitions_and_broker(client):
    partitions.open_days()
    assert find_troubles() == {}
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json()["parts"] == [
        "database", "partitions", "setup", "keystore", "profile", "broker", "erasures", "audit",
    ]  # fmt: skip


def test_a_keystore_that_decrypts_nothing_is_reported(settings, tmp_path, monkeypatch):
    partitions.open_days()
    (tmp_path / "file").touch()
    settings.KEYSTORE_DIR = tmp_path / "file" / "keys"
    assert find_troubles()["keystore"] == "NotADirectoryError"

    def other_keys():
        raise Tampered("the key-encryption key does not fit")

    monkeypatch.setattr(signing, "public_key", other_keys)
    assert find_troubles()["keystore"] == "Tampered"


def test_a_full_keystore_disk_is_reported(settings, monkeypatch):
    """Withdrawals and erasures write into the keystore."""
    partitions.open_days()
    full = shutil.disk_usage(settings.KEYSTORE_DIR)._replace(free=3 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", {settings.KEYSTORE_DIR: full}.__getitem__)
    assert find_troubles() == {"keystore": "3 MB free on its disk"}


def test_code_newer_than_the_tables_is_reported(client):
    partitions.open_days()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'telemetry'")
        cursor.execute(RELEASE_TO_COME)
    missing = len(list(Path(telemetry.migrations.__path__[0]).glob("0*.py")))
    assert find_troubles() == {"database": f"{missing} migrations to come: run manage.py migrate"}
    assert client.get("/health/ready").status_code == 503


def test_code_that_is_older_than_the_tables_is_ready():
    """The rest of a site keeps serving while its new release migrates."""
    partitions.open_days()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(RELEASE_TO_COME)
    assert find_troubles() == {}


def test_files_of_a_later_release_do_not_count(monkeypatch):
    partitions.open_days()
    assert find_troubles() == {}
    monkeypatch.setattr(Path, "glob", lambda folder, _: [folder / "0099_later.py"])
    assert find_troubles() == {}


def test_an_unreadable_profile_is_reported_and_none_is_no_trouble(settings):
    partitions.open_days()
    settings.LEGAL_PROFILE = "of_nowhere"
    assert find_troubles() == {"profile": "ProfileError"}
    settings.LEGAL_PROFILE = ""
    assert find_troubles() == {}


def test_a_missing_partition_is_reported(client):
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
def test_missing_parts_of_the_setup_are_named(client, model, trouble):
    partitions.open_days()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {model._meta.db_table} CASCADE")
    assert find_troubles() == {"setup": f"{trouble}. Run manage.py setup"}
    assert client.get("/health/ready").status_code == 503


@pytest.mark.parametrize("lacks", ["controller", "contact"])
def test_a_site_of_its_own_is_not_ready_before_its_notices_name_who_is_responsible(
    client, lacks, now, settings
):
    partitions.open_days()
    change_site(replace(FACTS, **{lacks: ""}), by=None, now=now)
    told = "Privacy notices: no controller or contact named"
    how = "Run manage.py setup, or open Data protection → Site"
    assert find_troubles() == {"setup": f"{told}. {how}"}
    assert client.get("/health/ready").status_code == 503
    assert (doctor._check_setup().found, doctor._check_setup().need) == (told, how)
    settings.LEGAL_PROFILE = "demo"
    assert find_troubles() == {}


def test_missing_notices_are_reported_before_a_missing_controller():
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE consent_notice, accounts_siterecord CASCADE")
    assert readiness.find_missing() == {"Privacy notices": "none in force"}


def test_an_unreachable_broker_is_reported_without_its_address(settings):
    partitions.open_days()
    settings.BROKER_CONNINFO = "host=/nonexistent dbname=secret_name"
    assert find_troubles() == {"broker": psycopg.OperationalError.__name__}


def test_an_unreachable_redis_is_reported(settings):
    partitions.open_days()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert find_troubles() == {"broker": "ConnectionError"}


def figures(client) -> dict[str, float]:
    lines = client.get("/metrics").content.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_metrics_cover_the_site_and_this_process(client):
    found = figures(client)
    assert site_metrics.COUNTED.keys() <= found.keys()
    assert found["attune_database_bytes"] > 1e6
    assert found["attune_sittings_open"] == 0
    assert found["process_resident_memory_bytes"] > 1e6


def test_no_mail_is_overdue_on_a_site_that_sends_none(client, mia, settings):
    settings.EMAIL_HOST = ""
    due = timezone.now() - DAY
    PendingMail.objects.create(person=mia, kind="reset", state="waiting", made_at=due, due_at=due)
    assert figures(client)["attune_mails_overdue_seconds"] == 0


def test_metrics_say_how_long_the_oldest_due_mail_waits(client, mia, settings):
    settings.EMAIL_HOST = "mail.example"
    now = timezone.now()
    for state, due in (("sent", 9), ("waiting", -1), ("waiting", 2), ("waiting", 1)):
        PendingMail.objects.create(
            person=mia, kind="reset", state=state, made_at=now, due_at=now - due * DAY,
            done_at=now if state == "sent" else None,
        )  # fmt: skip
    assert figures(client)["attune_mails_overdue_seconds"] == pytest.approx(2 * 86400, abs=60)


def test_metrics_name_the_component_that_does_not_work(client, settings):
    partitions.open_days()
    ready = {name: f'attune_component_ready{{component="{name}"}}' for name in readiness.CHECKS}
    assert {name: figures(client)[line] for name, line in ready.items()} == dict.fromkeys(ready, 1)
    settings.BROKER_CONNINFO = "host=/nonexistent dbname=secret_name"
    told = figures(client)
    assert [name for name, line in ready.items() if told[line] == 0] == ["broker"]
    assert not any("secret_name" in name for name in told)


def test_a_database_that_is_away_is_waited_for_once(client, monkeypatch):
    """Each try waits three seconds for a connection, and Prometheus ten for all."""
    partitions.open_days()
    tried = []

    def away(_) -> str:
        tried.append("database")
        raise OperationalError("no")

    for name in readiness.CHECKS.keys() - {"keystore", "broker"}:
        monkeypatch.setitem(readiness.CHECKS, name, away)
    told = client.get("/health/ready").json()
    assert len(tried) == 1
    assert told["troubles"] == {
        name: "OperationalError" for name in readiness.CHECKS if name not in ("keystore", "broker")
    }


def test_a_keystore_that_is_away_is_not_asked_again_for_erasures(monkeypatch):
    partitions.open_days()

    def away(_) -> str:
        raise OperationalError("no")

    monkeypatch.setitem(readiness.CHECKS, "keystore", away)
    monkeypatch.setitem(readiness.CHECKS, "erasures", lambda _: pytest.fail("tried"))
    assert find_troubles() == dict.fromkeys(("keystore", "erasures"), "OperationalError")


def test_metrics_of_the_process_are_there_while_the_database_is_away(client, monkeypatch):
    def away(_) -> str:
        raise OperationalError("no")

    monkeypatch.setitem(readiness.CHECKS, "database", away)
    monkeypatch.setattr(site_metrics, "read_figures", lambda: away(None))
    told = figures(client)
    assert told['attune_component_ready{component="database"}'] == 0
    assert told["process_resident_memory_bytes"] > 1e6
    assert "attune_sittings_open" not in told


def test_the_metrics_count_the_beats_that_start_tasks_and_those_on_standby(client):
    leader, standby = LeaderLock(), LeaderLock()
    assert not leader.is_held()
    assert not standby.is_held()
    found = figures(client)
    leader.release()
    standby.release()
    assert (found["attune_beats_active"], found["attune_beats_standby"]) == (1, 1)


def test_the_metrics_say_how_long_ago_a_beat_started_a_task(client):
    assert figures(client)["attune_beat_silent_seconds"] == 0
    now = timezone.now()
    SentEntry.objects.create(name="expire", sent_at=now - timedelta(hours=1))
    SentEntry.objects.create(name="sweep", sent_at=now - timedelta(minutes=2))
    assert figures(client)["attune_beat_silent_seconds"] == pytest.approx(120, abs=30)


def test_requests_are_timed_by_the_pattern_of_their_address_alone(client_for, amir, mia):
    route = "steward/people/<uuid:code>/"
    name = f'attune_request_seconds_count{{method="GET",route="{route}",status="200"}}'
    before = figures(client_for(amir)).get(name, 0)
    client_for(mia).get(f"/steward/people/{mia.code}/")
    client_for(amir).get(f"/steward/people/{mia.code}/")
    told = client_for(amir).get("/metrics").content.decode()
    assert figures(client_for(amir))[name] == before + 1
    assert str(mia.code) not in told


def test_unknown_addresses_and_methods_make_one_figure_each(client):
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
    assert page.count("works</span>") == len(readiness.CHECKS)
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


def test_the_status_page_works_while_the_database_is_away(client, monkeypatch):
    def away(_) -> str:
        raise OperationalError("no")

    monkeypatch.setitem(readiness.CHECKS, "database", away)
    page = client.get("/health/").content.decode()
    assert "Not ready" in page
    assert "Start PostgreSQL" in page


@transaction.atomic
def leave_a_leaf():
    audit.record("demo.seed", actor=None, subject=None)


@pytest.mark.parametrize("since", [0 * SECOND, readiness.STARTING - SECOND])
def test_what_waits_for_the_first_sweep_is_no_trouble(since):
    partitions.open_days()
    leave_a_leaf()
    later = timezone.now() + timedelta(hours=1)
    assert find_troubles(later, since) == {}
    assert "does the worker run" in find_starting(later, since)["audit"]


@pytest.mark.parametrize("since", [readiness.STARTING, LONG_AGO, -SECOND])
def test_later_it_is_trouble_even_if_the_clock_was_set_back(since):
    partitions.open_days()
    leave_a_leaf()
    later = timezone.now() + timedelta(hours=1)
    assert "does the worker run" in find_troubles(later, since)["audit"]
    assert find_starting(later, since) == {}


@pytest.mark.parametrize("state", ["derived", "rotated"])
def test_an_erasure_that_waited_while_the_site_was_off_is_no_trouble_at_its_start(now, mia, state):
    partitions.open_days()
    Erasure.objects.create(
        subject=mia.code, cause="request", state=state, asked_at=now, **{f"{state}_at": now}
    )
    later = now + timedelta(hours=1)
    assert "1 erasures do not verify" in find_starting(later, 0 * SECOND)["erasures"]
    assert "1 erasures do not verify" in find_troubles(later, LONG_AGO)["erasures"]


def test_a_day_without_partition_is_trouble_at_a_start_as_well_and_the_next_is_not(now):
    partitions.open_days()
    last = max(partitions.existing_days())
    of_last = datetime.combine(last, time(12), UTC)
    assert "partitions" not in find_troubles(of_last - timedelta(days=1))
    assert find_starting(of_last, 0 * SECOND)["partitions"] == f"no partition for {last + DAY}"
    assert find_troubles(of_last)["partitions"] == f"no partition for {last + DAY}"
    both = f"no partition for {last + DAY}, {last + 2 * DAY}"
    assert find_troubles(of_last + DAY, 0 * SECOND)["partitions"] == both


def test_a_failing_check_is_trouble_at_a_start_too(monkeypatch):
    def away(**_) -> str:
        raise OperationalError("no")

    monkeypatch.setattr(health_check, "find_overdue", away)
    assert find_troubles(since=0 * SECOND)["audit"] == "OperationalError"


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


def test_the_start_is_that_of_the_process():
    assert find_start() < timezone.now()
    assert find_start() == find_start()


def test_live_asks_nothing(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert client.get("/health/live").content == b"ok\n"
