"""A restored backup is not served until the erasures since then are repeated."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts.models import User
from accounts.people import name_of
from config.embedded_postgres.paths import binaries
from config.server.maintenance_gate import MaintenanceGate
from consent.models import Grant
from consent.permits import gate
from consent.permits.errors import Refused
from estimates.models import AffectEstimate
from health import readiness
from privacy.erasure import erasure, ledger
from privacy.erasure.restore_check import OPEN_S, RestoreWatch
from privacy.models import Erasure
from telemetry.models import Block
from tests.fixtures.servers.celery_worker import environment
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _own_keystore(own_keystore):
    pass


def program(name, *arguments, **more):
    """Return a PostgreSQL program that runs as the owner of the test's database."""
    url = urlsplit(environment(connection.settings_dict["NAME"])["DATABASE_URL"])
    host = url.hostname or parse_qs(url.query)["host"][0]
    place = {"PGHOST": host, "PGUSER": unquote(url.username), "PGDATABASE": url.path[1:]}
    secrets = {"PGPASSWORD": unquote(url.password or ""), "PATH": os.environ["PATH"]}
    # Like a restoring superuser: no trigger or foreign key checks restored rows.
    options = {"PGOPTIONS": "-c session_replication_role=replica"}
    done = subprocess.run(
        [str(binaries() / name), *arguments], env={**place, **secrets, **options},
        capture_output=True, text=True, check=False, **more,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-800:]
    return done.stdout


def back_up():
    return program("pg_dump", "--data-only", "--no-owner")


def restore(dump):
    """Restore all rows: empty the tables and read in the dump."""
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
    connection.close()
    program("psql", "-qX", "-c", "TRUNCATE " + ", ".join(f'"{name}"' for name in tables))
    program("psql", "-qX", "-v", "ON_ERROR_STOP=1", input=dump)


def ask(door, path="/accounts/login/", kind="http"):
    """Return the status of the response, or the code with which the socket was closed."""
    headers = [(b"host", b"testserver"), (b"origin", b"http://testserver")]
    scope = {
        "type": kind, "path": path, "raw_path": path.encode(), "method": "GET", "headers": headers,
        "query_string": b"", "client": ("127.0.0.1", 1), "server": ("testserver", 80),
        "scheme": "http" if kind == "http" else "ws", "subprotocols": [],
    }  # fmt: skip

    async def talk():
        page = ApplicationCommunicator(door, scope)
        await page.send_input({"type": f"{kind}.{'request' if kind == 'http' else 'connect'}"})
        first = await page.receive_output(20)
        told = first["status"] if kind == "http" else (await page.receive_output(20)).get("code")
        # To its end, or the thread of the page keeps its session at the database.
        await page.wait(20)
        return told

    return asyncio.run(talk())


def new_door():
    """Return the site's gate as in a process that has just started."""
    from config.asgi import application

    return MaintenanceGate(application.application, RestoreWatch())


def erasure_problem():
    now = timezone.now()
    parts = readiness.check_components(now=now, started=now)
    return {part.name: part.trouble for part in parts}["erasures"]


def replay(*arguments):
    out = io.StringIO()
    call_command("replay_erasures", *arguments, stdout=out)
    return out.getvalue()


def test_a_restored_backup_is_not_served_until_the_erasures_are_repeated(lives):
    mia, noah, ravi = lives("mia"), lives("noah"), lives("ravi")
    dump = back_up()
    now = timezone.now()
    erasure.erase(mia.code, actor=None, cause="request", now=now)
    erasure.withdraw(noah.code, ["pointer:adapt"], now=now)
    assert ask(new_door()) == 200
    connection.close()

    restore(dump)

    assert User.objects.filter(code=mia.code).exists(), "the backup was not restored"
    assert Grant.objects.get(learner=noah.person, scope="pointer:adapt").live
    door = new_door()
    assert ask(door) == 503
    assert ask(door, "/ws/sittings/00000000-0000-4000-8000-000000000000/", "websocket") == 1013
    assert ask(door, "/health/live") == 200
    assert ask(door, "/health/ready") == 503
    assert "2 erased since this backup" in erasure_problem()

    told = json.loads(replay("--json"))

    assert (len(told["rows"]), told["left"]) == (2, 0)
    assert told["rows"][0]["counts"]["accounts_user"] == 1
    assert not User.objects.filter(code=mia.code).exists()
    assert open_keystore().key_ids(mia.code) == []
    assert not Block.objects.filter(learner=noah.person, stream="pointer").exists()
    assert Block.objects.filter(learner=noah.person, stream="typing").exists()
    assert not AffectEstimate.objects.filter(learner=noah.person).exists()
    assert AffectEstimate.objects.filter(learner=ravi.person).exists()
    with pytest.raises(Refused):
        gate.permit(noah.code, "pointer:adapt", now=timezone.now())
    assert gate.permit(noah.code, "typing:adapt", now=timezone.now())
    assert (name_of(noah.person), name_of(ravi.person)) == ("noah", "ravi")
    assert erasure_problem() == ""
    assert ask(new_door()) == 200
    assert {row.state for row in Erasure.objects.all()} == {"derived"}
    connection.close()


def test_replaying_again_changes_nothing(lives):
    mia = lives("mia")
    dump = back_up()
    erasure.erase(mia.code, actor=None, cause="request", now=timezone.now())
    restore(dump)
    assert "1 repeated, 0 left" in replay()
    rows = list(Erasure.objects.values())
    assert "0 repeated, 0 left" in replay()
    assert list(Erasure.objects.values()) == rows


def test_a_restored_grant_gets_an_epoch_past_all_earlier_ones(lives, allow):
    mia = lives("mia")
    dump = back_up()
    for _ in range(3):
        erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())
        allow(mia.person, "pointer:adapt", now=timezone.now())
    last = erasure.withdraw(mia.code, ["pointer:adapt"], now=timezone.now())
    ended_at = Grant.objects.get(learner=mia.person, scope="pointer:adapt").epoch
    restore(dump)
    replay()

    grant = Grant.objects.get(learner=mia.person, scope="pointer:adapt")
    assert (grant.live, grant.clearing) == (False, False)
    assert grant.epoch > ended_at
    assert Erasure.objects.filter(id=last.id).exists()
    events = list(mia.person.consent_events.filter(scope="pointer:adapt").order_by("epoch"))
    assert [event.epoch for event in events] == list(range(1, grant.epoch + 1))


def test_a_withdrawn_purpose_stays_withdrawn(lives, allow):
    mia = lives("mia")
    allow(mia.person, "pointer:teach", now=timezone.now())
    dump = back_up()
    erasure.withdraw(mia.code, ["pointer:teach"], now=timezone.now())
    restore(dump)
    assert Grant.objects.get(learner=mia.person, scope="pointer:teach").live
    replay()
    assert not Grant.objects.get(learner=mia.person, scope="pointer:teach").live
    assert gate.permit(mia.code, "pointer:adapt", now=timezone.now())


@pytest.mark.django_db(transaction=False)
def test_the_ledger_holds_no_names_and_loses_no_entry(mia, now, own_keystore):
    erasure.erase(mia.code, actor=None, cause="request", now=now)
    open_keystore().rewrap()
    (entry,) = open_keystore().load_erasures()
    assert (entry.scopes, entry.cause) == (None, "request")
    held = b"".join(path.read_bytes() for path in own_keystore.iterdir())
    assert mia.code.bytes not in held
    assert str(mia.code).encode() not in held


@pytest.mark.django_db(transaction=False)
def test_an_erasure_of_this_database_is_never_outstanding(mia, noah, now):
    erasure.withdraw(mia.code, ["face:adapt"], now=now)
    erasure.erase(noah.code, actor=None, cause="request", now=now)
    assert ledger.outstanding() == []


# --- the watch ---


class Ticking:
    def __init__(self):
        self.at = 0.0

    def __call__(self):
        return self.at


def test_the_watch_reads_all_entries_first_and_the_newest_later():
    asked, clock = [], Ticking()
    watch = RestoreWatch(count=lambda limit: asked.append(limit) or 0, clock=clock)
    assert watch.cached_answer() is None
    for _ in range(3):
        assert watch.is_open()
    clock.at += OPEN_S + 0.1
    assert watch.is_open()
    assert asked == [ledger.ALL, ledger.NEWEST]


def test_a_watch_that_cannot_read_is_closed():
    def count(_):
        raise OSError("keystore is not there")

    assert not RestoreWatch(count=count).is_open()
