"""The page of a graded test: no stream is offered, Blocks are refused, the course works."""

from __future__ import annotations

import uuid

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone, translation

from consent.legal_profiles.profiles import EXAM
from telemetry import sittings
from telemetry.models import Block, Event
from tests.fixtures.sockets.socket_client import SocketPage, block
from tests.platform.realtime.blocks.test_ingest import say_yes

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def exam(settings, sitting):
    settings.LEGAL_PROFILE = "demo"
    say_yes(sitting.learner, "pointer:adapt", "activity:adapt")
    return sittings.open(
        sitting.learner, sitting.unit, scenario="graded", page=uuid.uuid4(), now=timezone.now()
    )


async def test_an_exam_offers_no_stream_refuses_blocks_and_stores_course_events(exam, process):
    page = await (await SocketPage(exam).sign_in()).connect()
    welcome = await page.hello()
    assert (welcome["streams"], welcome["why"]) == ([], EXAM)

    await page.send(block("pointer", 0), block("activity", 0))
    for _ in range(2):
        error = await page.hear("error")
        assert (error["code"], error["detail"]) == ("no_grant", "exam")
    event = {"type": "event", "id": str(uuid.uuid4()), "t": 0.1, "name": "visibility", "value": 1}
    await page.say(event)
    assert (await page.hear("ack"))["id"] == event["id"]
    await page.leave()

    assert await database_sync_to_async(Event.objects.count)() == 1
    assert await database_sync_to_async(Block.objects.count)() == 0


async def test_a_course_page_gives_no_reason(exam, sitting, process):
    page = await (await SocketPage(sitting).sign_in()).connect()
    welcome = await page.hello()
    assert "why" not in welcome
    assert len(welcome["streams"]) == 2
    await page.leave()


async def test_the_reason_is_in_the_language_of_the_account_else_of_the_page(exam, process):
    told = {}
    for language, asked in (("", b"en"), ("", b"de"), ("de", b"en"), ("en-gb", b"de")):
        exam.learner.language = language
        await database_sync_to_async(exam.learner.save)()
        page = await SocketPage(exam).sign_in()
        await page.connect((b"origin", b"http://testserver"), (b"accept-language", asked))
        told[language, asked] = (await page.hello())["why"]
        await page.leave()
    with translation.override("de"):
        german = translation.gettext(EXAM)
    assert german != EXAM
    assert list(told.values()) == [EXAM, german, german, EXAM]
    assert translation.get_language() == "en-gb"
