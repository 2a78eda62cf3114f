"""A real worker on the real broker: PostgreSQL queues in a separate database."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
import uuid
from pathlib import Path

import psycopg
import pytest
from celery import Celery
from django.conf import settings
from psycopg import sql

from config.celery import app
from config.db.broker_queues import prepare_broker
from deployment import processes

ROOT = Path(__file__).resolve().parents[3]
PROBE = """
import os, pathlib
from config.celery import app

@app.task(name="probe.touch", ignore_result=True)
def touch():
    pathlib.Path(os.environ["MARK"]).touch()
"""


def touch(queue: str) -> None:
    """Use a separate connection: other tests' connections in the pool are not ours."""
    with app.connection_for_write() as connection:
        app.send_task("probe.touch", queue=queue, connection=connection)


def waiting(queue: str) -> int:
    """Return the messages in this test's own queue."""
    with psycopg.connect(settings.BROKER_CONNINFO) as broker:
        prefix = settings.CELERY_BROKER_TRANSPORT_OPTIONS["queue_name_prefix"]
        table = sql.Identifier("pgmq", f"q_{prefix}{queue}")
        return broker.execute(sql.SQL("SELECT count(*) FROM {}").format(table)).fetchone()[0]


def eventually(condition, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_the_broker_is_reached_by_the_whole_address(monkeypatch):
    """Certificate checks, limits and the wish for the primary are not dropped on the way."""
    options = app.conf.broker_transport_options
    whole = f"{options['conn_string']} application_name=whole target_session_attrs=read-write"
    asked = {**options, "conn_string": whole}
    with app.connection_for_read(transport_options=asked) as connection:
        client = connection.transport._get_pgmq_client()
        with client.pool.connection() as held:
            assert held.info.get_parameters()["target_session_attrs"] == "read-write"
            assert held.info.parameter_status("application_name") == "whole"
        assert connection.transport._get_notify_waiter()._dsn == whole
        pool = client.pool
        client.close()
        assert pool.closed


def test_a_server_that_became_a_standby_is_a_lost_connection():
    with app.connection_for_read() as connection:
        errors = connection.transport.connection_errors
    assert issubclass(psycopg.errors.ReadOnlySqlTransaction, errors)


@pytest.fixture
def queue():
    """A separate queue: the processes of a parallel run share one broker."""
    return f"probe_{uuid.uuid4().hex[:12]}"


@pytest.fixture
def worker(tmp_path, queue):
    """The worker of the demo, with one more task that leaves a mark."""
    (tmp_path / "probe.py").write_text(PROBE)
    environment = processes.make_environment(ROOT, None)
    paths = os.pathsep.join([environment["PYTHONPATH"], str(tmp_path)])
    command = [*processes.make_worker({}, threads=1).command, "--include", "probe", "-Q", queue]
    log = (tmp_path / "log").open("w")
    mark = str(tmp_path / "mark")
    started = subprocess.Popen(
        command,
        env={**os.environ, **environment, "PYTHONPATH": paths, "MARK": mark},
        stdout=log,
        stderr=log,
    )
    yield tmp_path
    started.terminate()
    started.wait(20)
    log.close()


@pytest.fixture(scope="module", autouse=True)
def broker():
    """Prepared as by `migrate`; these tests need no other table."""
    prepare_broker()


def test_a_task_travels_over_postgresql_and_leaves_nothing_behind(worker, queue):
    touch(queue)
    assert eventually((worker / "mark").exists, within_s=60), (worker / "log").read_text()
    assert eventually(lambda: waiting(queue) == 0, within_s=30)


def test_a_worker_that_is_away_loses_nothing(request, queue):
    touch(queue)
    assert waiting(queue) == 1
    folder = request.getfixturevalue("worker")
    assert eventually((folder / "mark").exists, within_s=60), (folder / "log").read_text()


def test_a_sender_does_not_listen(queue):
    """A listener that never reads would block its backend for ever."""
    with app.connection_for_write() as connection:
        app.send_task("probe.touch", queue=queue, connection=connection)
        with psycopg.connect(settings.BROKER_CONNINFO) as broker:
            listening = broker.execute(
                "SELECT query FROM pg_stat_activity WHERE query LIKE 'LISTEN%%' AND query LIKE %s",
                [f"%{queue}%"],
            ).fetchall()
    assert listening == []


def test_only_json_is_accepted_and_no_result_is_stored():
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert app.conf.task_ignore_result
    assert app.conf.task_acks_late


def test_every_beat_entry_expires_within_its_period_and_names_a_task():
    app.loader.import_default_modules()
    for name, entry in app.conf.beat_schedule.items():
        assert re.fullmatch("[a-z_]{1,32}", name), "pipeline_sententry refuses other names"
        assert entry["options"]["expires"] <= entry["schedule"]
        assert entry["task"] in app.tasks


def test_the_brokers_database_is_prepared_once():
    assert prepare_broker() is False


def test_with_redis_the_same_settings_name_redis():
    """In another process, because settings are read once per process."""
    code = (
        "import os, json; from config.celery import app; from django.conf import settings;"
        "print(json.dumps([app.conf.broker_url, settings.CHANNEL_LAYERS['default']['BACKEND']]))"
    )
    environment = {**os.environ, **processes.make_environment(ROOT, None)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**environment, "REDIS_URL": "redis://localhost:6399/0"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == [
        "redis://localhost:6399/0",
        "push.redis_layer.RedisLayer",
    ]


def test_the_application_is_one():
    assert isinstance(app, Celery)
    assert app.main == "attune"
