"""A check-in over the socket: asked by the sweep, answered once or skipped, stored as random."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from attune_client.messages import make_hello
from consent.permits import gate
from estimates import self_reports
from estimates.models import SelfReport
from pipeline import tasks
from realtime.blocks.ingest import BlockIngest
from realtime.blocks.permit_cache import LearnerPermits, permit_cache
from telemetry import sittings
from telemetry.models import Sitting
from tests.fixtures.sockets.socket_client import SocketPage, block

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("process"),
]
in_database = database_sync_to_async


@pytest.fixture
def sitting(sitting):
    """A Sitting of a Learner who accepts check-ins and is due for one now."""
    sitting.learner.check_ins = 6
    sitting.learner.save(update_fields=["check_ins"])
    now = timezone.now()
    Sitting.objects.filter(pk=sitting.pk).update(active_at=now, check_in_at=now)
    return sitting


async def asked(page):
    await in_database(tasks._ask_check_ins)(timezone.now())
    return await page.hear("check_in.show")


def answer(sitting, **fields):
    t = sittings.seconds(sitting, timezone.now())
    return {"type": "report", "id": str(uuid.uuid4()), "t": t, "asked": True, **fields}


@in_database
def told(sitting):
    now = timezone.now()
    permit = gate.permit(sitting.learner.code, "course", now=now)
    said = self_reports.reports_since(permit, now - timedelta(hours=1))
    return [(one.label, dict(one.levels), one.occasion) for one in said]


async def test_a_partial_answer_is_stored_once_as_a_check_in(page, sitting):
    assert 170 < (await asked(page))["left"] <= 180
    said = answer(sitting, valence=7)
    for _ in range(2):
        await page.say(said)
        assert await page.next() == {"type": "ack", "id": said["id"]}
    assert await told(sitting) == [("", {"valence": 7}, "random")]
    row = await in_database(SelfReport.objects.get)()
    assert b"valence" not in bytes(row.sealed)


async def test_a_hint_does_not_wait_for_a_block_at_the_gate(page, monkeypatch):
    opened = asyncio.Event()

    async def shut(subjects):
        await opened.wait()
        return {subject: LearnerPermits({}, frozenset()) for subject in subjects}

    await asyncio.sleep(1.1)
    monkeypatch.setattr(permit_cache().loader, "fetch", shut)
    await page.send(block("pointer", 0))
    assert (await asked(page))["type"] == "check_in.show"
    opened.set()
    assert (await page.hear("error"))["code"] == "no_grant"


async def test_before_its_welcome_a_page_is_shown_nothing(sitting, process, monkeypatch):
    given, resume = asyncio.Event(), BlockIngest.resume

    async def late(ingest, unacked):
        found = await resume(ingest, unacked)
        await given.wait()
        return found

    monkeypatch.setattr(BlockIngest, "resume", late)
    page = await (await SocketPage(sitting).sign_in()).connect()
    await page.say(make_hello(page.page, unacked={}))
    await asyncio.sleep(0.5)
    await in_database(tasks._ask_check_ins)(timezone.now())
    await asyncio.sleep(0.5)
    given.set()
    assert [(await page.next())["type"] for _ in range(2)] == ["welcome", "check_in.show"]
    await page.leave()


async def test_an_unprompted_report_is_marked_and_cannot_claim_otherwise(page, sitting):
    await page.say({**answer(sitting, label="boredom"), "asked": False})
    await page.hear("ack")
    await page.say(answer(sitting, label="happiness"))
    assert (await page.hear("error"))["code"] == "bad_message"
    await in_database(SelfReport.objects.update)(made_at=timezone.now() - timedelta(minutes=4))
    await asked(page)
    await page.say(answer(sitting, label="happiness", arousal=2))
    await page.hear("ack")
    await page.say(answer(sitting, label="interest"))
    assert (await page.hear("error"))["code"] == "bad_message"
    assert {one[2] for one in await told(sitting)} == {"own", "random"}
    assert ("happiness", {"arousal": 2}, "random") in await told(sitting)


@pytest.mark.parametrize(
    "wrong", [{}, {"valence": 0}, {"arousal": 10}, {"valence": True}, {"label": "calm"}]
)
async def test_an_invalid_answer_is_refused_and_the_check_in_stays_open(page, sitting, wrong):
    await asked(page)
    await page.say(answer(sitting, **wrong))
    assert (await page.hear("error"))["code"] == "bad_message"
    assert await told(sitting) == []
    await page.say(answer(sitting, valence=5))
    await page.hear("ack")


async def test_skipping_stores_only_the_wish_for_fewer_check_ins(page, sitting):
    await asked(page)
    passed = {"type": "check_in.passed", "id": str(uuid.uuid4()), "less": True}
    await page.say(passed)
    assert await page.next() == {"type": "ack", "id": passed["id"]}
    assert await told(sitting) == []
    learner = sitting.learner
    await in_database(learner.refresh_from_db)()
    assert learner.check_ins == 3


async def test_a_reconnecting_page_gets_an_open_check_in(page, sitting):
    await asked(page)
    again = await SocketPage(sitting, page=page.page).opened()
    assert 170 < (await again.hear("check_in.show"))["left"] <= 180
    await again.leave()
