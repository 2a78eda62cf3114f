"""Pages that connect at the same moment share one query, and each gets its own state."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from realtime import connection_state
from telemetry import sittings
from telemetry.blocks import block_store
from tests.fixtures.factories import make_unit, make_user
from tests.fixtures.sockets.socket_client import SocketPage, block

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]
in_database = database_sync_to_async
NOTHING = connection_state.SittingState({}, {}, [], None)


@in_database
def opened(count):
    unit, now = make_unit(), timezone.now()
    return [
        sittings.open(make_user(), unit, scenario="course", page=uuid.uuid4(), now=now)
        for _ in range(count)
    ]


@in_database
def asked_by(coming):
    with CaptureQueriesContext(connection) as captured:
        connection_state._load_states(coming)
    return len(captured)


async def test_a_class_that_connects_at_once_needs_as_many_queries_as_one_page():
    coming = [connection_state.ArrivingPage(each, {"face": [(0, 3)]}) for each in await opened(12)]
    assert await asked_by(coming) == await asked_by(coming[:1]) == 5


async def test_pages_that_connect_together_share_one_query(monkeypatch):
    looks, newest = [], block_store.newest_blocks

    def noting(asked):
        looks.append(len(asked))
        return newest(asked)

    monkeypatch.setattr(block_store, "newest_blocks", noting)
    found = await asyncio.gather(
        *(connection_state.load_state(each, {}) for each in await opened(4))
    )
    assert looks == [4]
    assert found == [NOTHING] * 4


async def test_each_page_gets_its_own_numbers_and_missing_ones(page, sitting, allow):
    """The other page keeps the same numbers, and none of them is stored."""
    await in_database(allow)(sitting.learner, "pointer:adapt")
    again = await SocketPage(sitting, page=page.page).opened()
    await again.send(*(block("pointer", seq) for seq in (0, 1, 3)))
    while (await again.hear("ack"))["seq"] < 1:
        pass
    (other,) = await opened(1)
    kept = {"pointer": [(0, 2), (4, 5)], "face": [(7, 7)]}
    mine, theirs = await asyncio.gather(
        connection_state.load_state(sitting, kept), connection_state.load_state(other, kept)
    )
    assert (mine.newest["pointer"][0], mine.lacking) == (3, {"pointer": {2, 4, 5}, "face": {7}})
    assert (theirs.newest, theirs.lacking) == ({}, {"pointer": {0, 1, 2, 4, 5}, "face": {7}})
    await again.leave()


@pytest.mark.parametrize("name", ["sonar", "\x00", "\ud800"])
async def test_an_unknown_stream_affects_no_other_page(name):
    one, other = await opened(2)
    found = await asyncio.gather(
        connection_state.load_state(one, {name: [(0, 1)]}),
        connection_state.load_state(other, {"face": [(0, 1)]}),
    )
    assert [each.lacking for each in found] == [{}, {"face": {0, 1}}]


async def test_a_request_for_the_sitting_of_another_gets_nothing(mallory):
    (hers,) = await opened(1)
    greta = await in_database(User.objects.get)(pk=hers.learner_id)
    asked = [(mallory, hers.id), (greta, hers.id), (greta, uuid.uuid4())]
    found = await asyncio.gather(*(connection_state.open_sitting(*each) for each in asked))
    assert found == [None, hers, None]
    assert found[1].learner is greta


async def test_an_ended_sitting_cannot_be_opened():
    ended, going_on = await opened(2)
    await in_database(sittings.close)(ended, now=timezone.now())
    people = [await in_database(User.objects.get)(pk=each.learner_id) for each in (ended, going_on)]
    asked = zip(people, (ended.id, going_on.id), strict=True)
    found = await asyncio.gather(*(connection_state.open_sitting(*each) for each in asked))
    assert found == [None, going_on]
