"""Simulated learners against the real site: uvicorn, PostgreSQL, a Celery worker, real sockets.

Each Block they sent is in the database once, also after their sockets were killed. Otherwise the
command reports it and ends with 1.
"""

from __future__ import annotations

import asyncio
import json
import time
from io import StringIO

import pytest
from channels.db import database_sync_to_async
from django.core.management import CommandError, call_command
from django.utils import timezone

import pipeline
from accounts.models import Session, User
from courses.models import Response
from demo.seed_data import COURSE_PACKAGE
from demo.simulated_learners import people
from demo.simulated_learners.course import list_lessons
from demo.simulated_learners.simulated_class import SimulatedClass, make_learner
from estimates.models import AffectEstimate
from telemetry.blocks import group_commit
from telemetry.models import Block, Event, Sitting, Window
from tests.fixtures.models.estimates import register_shipped
from tests.fixtures.servers.web_server import served

pytestmark = [
    pytest.mark.django_db(transaction=True),
    # pgmq issues a warning about a future change in the thread that wakes the worker.
    pytest.mark.filterwarnings("ignore:list_queues:UserWarning"),
]
ESTIMATED_S = 180


@pytest.fixture
def course(settings, tmp_path):
    from authoring.imports.import_course import import_package
    from consent.notices import notices

    settings.LEGAL_PROFILE = "demo"
    settings.MEDIA_ROOT = tmp_path / "media"
    now = timezone.now()
    notices.publish(now)
    return import_package(COURSE_PACKAGE, now=now, tell=lambda *_: None).course


@pytest.fixture
def site(course, settings):
    with served(settings) as address:
        yield f"http://{address}"


def command(course, site, *more):
    """Run the command; return its output and its exit code."""
    out, code = StringIO(), 0
    options = ("--course", course.slug, "--url", site, "--learners", "3", *more)
    try:
        call_command("simulate_learners", *options, stdout=out, stderr=StringIO())
    except SystemExit as end:
        code = end.code
    return out.getvalue(), code


def figures_of(printed):
    return {row["figure"]: row["value"] for row in json.loads(printed)["rows"]}


def class_of(course, site, count=3):
    users = people.enrol(course, count, now=timezone.now())
    for user in users:
        people.allow(user, now=timezone.now())
    members = [make_learner(user, number, seed=0, pace=1.0) for number, user in enumerate(users, 1)]
    return SimulatedClass(members, list_lessons(course), site)


def stored():
    return Block.objects.count()


@pytest.fixture
def patient(monkeypatch):
    """Let the class wait for the worker: on a loaded machine its first estimate takes longer."""
    run = SimulatedClass.run

    async def run_and_wait(self, seconds, say):
        figures = await run(self, seconds, say)
        await database_sync_to_async(wait_for_worker)()
        return figures

    monkeypatch.setattr(SimulatedClass, "run", run_and_wait)


def wait_for_worker():
    """Wake the worker, as a site's sweep does, until an estimate is there and no Window is due."""
    until = time.monotonic() + ESTIMATED_S
    while time.monotonic() < until:
        due = Window.objects.filter(state="pending", due_at__lte=timezone.now())
        if AffectEstimate.objects.exists() and not due.exists():
            return
        pipeline.wake()
        time.sleep(1)
    raise AssertionError(f"expected an estimate within {ESTIMATED_S} s")


def test_three_learners_lose_nothing_are_estimated_and_leave_no_log_in(
    course, site, worker, patient
):
    register_shipped("prior", now=timezone.now())
    printed, code = command(course, site, "--minutes", "0.34", "--speed", "3", "--json")
    report, found = json.loads(printed), figures_of(printed)
    assert code == 0, printed
    assert set(report) == {"name", "protocol", "rows"}
    assert (found["blocks_lost"], found["blocks_refused"], found["texts_lost"]) == (0, 0, 0)
    assert found["blocks_sent"] == found["blocks_acked"] == stored() >= 60
    assert found["requests_failed"] == 0
    assert Event.objects.filter(name="visibility").count() == Sitting.objects.count() >= 3
    assert Response.objects.exists()
    assert not Session.objects.exists()
    assert all(user.simulated for user in User.objects.filter(sittings__isnull=False))
    assert found["estimates"] == AffectEstimate.objects.count() > 0
    assert found["window_end_to_estimate_p95"] > 1000


def test_after_a_killed_socket_nothing_is_lost_or_duplicated(course, site):
    group = class_of(course, site)

    async def kill(every_s=2.5):
        while True:
            await asyncio.sleep(every_s)
            for page in list(group.figures.open):
                if page.socket is not None:
                    page.socket.transport.abort()

    async def go():
        killing = asyncio.create_task(kill())
        figures = await group.run(18, lambda line: None)
        killing.cancel()
        return figures

    figures = asyncio.run(go())
    assert figures.reconnects >= 6
    assert figures.lost == 0
    assert not figures.refused
    assert figures.sent == figures.acked == stored()


def test_an_acknowledged_block_that_is_not_stored_ends_it_with_1(course, site, monkeypatch):
    """Planted: a server that acknowledges every Block and drops every fifth."""
    honest = group_commit.commit

    async def forgetful(connection, rows):
        kept = [row for row in rows if row.seq % 5]
        fates = dict(zip(kept, await honest(connection, kept), strict=True)) if kept else {}
        return [fates.get(row, group_commit.Fate.STORED) for row in rows]

    monkeypatch.setattr("telemetry.blocks.batch_writer.commit", forgetful)
    printed, code = command(course, site, "--minutes", "0.12", "--json")
    assert code == 1
    found = figures_of(printed)
    assert found["blocks_unanswered"] == 0
    assert found["blocks_lost"] == found["blocks_acked_but_absent"] > 0
    assert found["blocks_acked"] == stored() + found["blocks_lost"]


def test_a_block_that_is_never_answered_ends_it_with_1(course, site, monkeypatch):
    monkeypatch.setattr("demo.simulated_learners.simulated_class.DRAIN_S", 1.0)
    monkeypatch.setattr("realtime.blocks.ingest.BlockIngest._note_stored", lambda *_: None)
    printed, code = command(course, site, "--minutes", "0.1", "--json")
    assert code == 1
    assert figures_of(printed)["blocks_unanswered"] > 0


def test_a_withdrawal_in_the_middle_is_no_loss(course, site):
    from privacy.erasure import erasure

    group = class_of(course, site, 2)

    def withdraw():
        one = group.members[0].user
        erasure.withdraw(one.code, ["pointer:adapt"], now=timezone.now())

    async def go():
        running = asyncio.create_task(group.run(10, lambda line: None))
        await asyncio.sleep(5)
        await database_sync_to_async(withdraw)()
        return await running

    figures = asyncio.run(go())
    assert figures.lost == 0
    one = group.members[0].user
    assert not Block.objects.filter(learner=one, stream="pointer").exists()
    assert Block.objects.filter(learner=one, stream="activity").exists()


def test_it_stops_soon_when_asked(course, site):
    group = class_of(course, site, 2)

    async def go():
        running = asyncio.create_task(group.run(None, lambda line: None))
        await asyncio.sleep(4)
        began = time.monotonic()
        group.stop.set()
        return await running, time.monotonic() - began

    figures, seconds = asyncio.run(go())
    assert seconds < 5
    assert figures.lost == 0


def test_a_wrong_course_or_a_missing_profile_is_reported(course, site, settings):
    with pytest.raises(CommandError, match=course.slug) as wrong:
        call_command("simulate_learners", "--course", "nothing", "--minutes", "1")
    assert wrong.value.returncode == 2
    settings.LEGAL_PROFILE = None
    with pytest.raises(CommandError, match="LEGAL_PROFILE"):
        call_command("simulate_learners", "--course", course.slug, "--minutes", "1")
