"""Deleting the last ten minutes while a page is open: Blocks in flight are refused, later ones
stored."""

from __future__ import annotations

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from consent.permits import restrictions
from privacy import recent_deletion
from telemetry.models import Block
from tests.fixtures.sockets.socket_client import block
from tests.platform.realtime.blocks.test_ingest import allowed, sensed, stored

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
__all__ = ["allowed", "sensed"]
SCOPES = ["pointer:adapt"]


@database_sync_to_async
def delete(person):
    return recent_deletion.delete_recent(person, SCOPES, now=timezone.now())


@database_sync_to_async
def pause(person):
    restrictions.set_restriction(person, restrictions.RESTRICTION, on=True, now=timezone.now())


@database_sync_to_async
def epochs():
    return set(Block.objects.filter(stream="pointer").values_list("epoch", flat=True))


async def test_a_page_gets_the_new_epoch_and_only_its_blocks_are_stored(sensed, allowed):
    await sensed.send(block("pointer", 0), block("activity", 0))
    for _ in range(2):
        await sensed.hear("ack")

    await delete(allowed.learner)

    told = await sensed.hear("consent.changed")
    news = (told["scope"], told["granted"], told["epoch"], told["next_seq"])
    assert news == ("pointer:adapt", True, 2, 1)
    assert await stored() == [("activity", 0)]
    await sensed.send(block("pointer", 1, epoch=1), block("pointer", 2, epoch=2))
    error = await sensed.hear("error")
    assert (error["code"], error["seq"]) == ("stale_epoch", 1)
    await sensed.hear("ack")
    assert await stored() == [("activity", 0), ("pointer", 2)]
    assert await epochs() == {2}


async def test_with_everything_paused_no_page_resumes(sensed, allowed):
    await pause(allowed.learner)
    for _ in range(3):
        assert not (await sensed.hear("consent.changed"))["granted"]

    await delete(allowed.learner)

    told = await sensed.hear("consent.changed")
    assert (told["scope"], told["granted"], told["epoch"]) == ("pointer:adapt", False, 2)
