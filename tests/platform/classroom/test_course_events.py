"""Course events of many pages, told in one moment."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError
from django.utils import timezone

from classroom import course_events
from classroom.messages import CourseEvent
from telemetry import events, sittings
from telemetry.events import BadEvent
from telemetry.models import Event, Sitting, Window
from tests.factories import make_unit, make_user

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


def said(t=1.0, name="play"):
    return CourseEvent(uuid.uuid4(), t, name, None, None)


@database_sync_to_async
def open_sittings(count):
    unit, now = make_unit(), timezone.now()
    return [
        sittings.open(make_user(), unit, scenario="course", page=uuid.uuid4(), now=now)
        for _ in range(count)
    ]


@database_sync_to_async
def of_sittings(model):
    return set(model.objects.values_list("sitting_id", flat=True))


async def tell(pairs):
    told = (course_events.take(sitting, event) for sitting, event in pairs)
    return await asyncio.gather(*told, return_exceptions=True)


async def test_those_of_one_moment_share_one_transaction_and_each_has_its_windows(monkeypatch):
    opened, groups = await open_sittings(4), []
    store_each = events.store_each

    def noting(told, now):
        groups.append(len(told))
        return store_each(told, now)

    monkeypatch.setattr(events, "store_each", noting)
    acts = [said() for _ in opened]
    assert await tell(zip(opened, acts, strict=True)) == [act.id for act in acts]
    assert groups == [4]
    assert await of_sittings(Event) == await of_sittings(Window) == {each.id for each in opened}


async def test_of_a_sitting_that_is_gone_nothing_is_stored_and_the_others_are():
    gone, there = await open_sittings(2)
    await database_sync_to_async(Sitting.objects.filter(id=gone.id).delete)()
    act = said()
    refused, stored = await tell([(gone, said()), (there, act)])
    assert isinstance(refused, BadEvent)
    assert stored == act.id
    assert await of_sittings(Event) == {there.id}


async def test_none_is_acknowledged_while_the_database_is_away(monkeypatch):
    opened = await open_sittings(2)

    def away(*_):
        raise OperationalError("the connection is closed")

    monkeypatch.setattr(events, "store_each", away)
    answers = await tell([(sitting, said()) for sitting in opened])
    assert [type(each) for each in answers] == [OperationalError] * 2
