"""Course events and self-reports of many pages that arrive at the same moment."""

from __future__ import annotations

import asyncio
import uuid

import pytest
from channels.db import database_sync_to_async
from django.db import OperationalError
from django.utils import timezone

from adaptation.check_ins import NotAsked
from consent.permits import permit_query
from consent.permits.errors import Refused
from estimates.models import SelfReport
from estimates.self_reports import BadReport
from realtime.messages import event_batches
from realtime.messages.parser import CourseEvent, ReportMessage
from telemetry import events, sittings
from telemetry.events import BadEvent
from telemetry.models import Event, Sitting, Window
from tests.fixtures.factories import make_unit, make_user

pytestmark = [pytest.mark.asyncio, pytest.mark.django_db(transaction=True)]


def said(t=1.0, name="play"):
    return CourseEvent(uuid.uuid4(), t, name, None, None)


def feels(label="confusion", **more):
    return ReportMessage(uuid.uuid4(), 1.0, label, more.get("levels", {}), more.get("asked", False))


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
    each = (event_batches.store_message(sitting, said) for sitting, said in pairs)
    return await asyncio.gather(*each, return_exceptions=True)


async def test_messages_sent_together_share_one_transaction(monkeypatch):
    opened, groups = await open_sittings(4), []
    store_each = events.store_each

    def noting(acts, now):
        groups.append(len(acts))
        return store_each(acts, now)

    monkeypatch.setattr(events, "store_each", noting)
    acts = [said() for _ in opened]
    assert await tell(zip(opened, acts, strict=True)) == [act.id for act in acts]
    assert groups == [4]
    assert await of_sittings(Event) == await of_sittings(Window) == {each.id for each in opened}


async def test_a_deleted_sitting_stores_nothing_and_affects_no_other():
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


async def test_reports_sent_together_need_one_gate_query(monkeypatch):
    opened, asked = await open_sittings(4), []
    of_people = permit_query.load_people

    def noting(codes, *rest, **more):
        asked.append(set(codes))
        return of_people(codes, *rest, **more)

    monkeypatch.setattr("consent.permits.gate.load_people", noting)
    told_now = [*(feels() for _ in opened), said()]
    answers = await tell(zip([*opened, opened[0]], told_now, strict=True))
    assert answers == [each.id for each in told_now]
    assert asked == [{each.learner.code for each in opened}]
    assert await of_sittings(SelfReport) == await of_sittings(Window) == {s.id for s in opened}


async def test_an_invalid_report_affects_no_other():
    first, second, third = await open_sittings(3)
    kept, taken = feels(), feels()
    assert await tell([(first, taken)]) == [taken.id]
    answers = await tell([(second, taken), (third, feels(asked=True)), (first, kept)])
    assert [type(each) for each in answers[:2]] == [BadReport, NotAsked]
    assert answers[2] == kept.id
    assert await of_sittings(SelfReport) == {first.id}


async def test_an_answer_that_fails_keeps_the_check_in_open():
    asked, other = await open_sittings(2)
    asked.checked_in_at = asked.check_in_at = timezone.now()
    await database_sync_to_async(asked.save)()
    taken = feels()
    await tell([(other, taken)])
    answer = ReportMessage(taken.id, 0.0, "confusion", {}, asked=True)
    assert [type(each) for each in await tell([(asked, answer), (other, said())])] == [
        BadReport,
        uuid.UUID,
    ]
    await database_sync_to_async(asked.refresh_from_db)()
    assert asked.check_in_at is not None


async def test_a_report_of_a_deleted_account_is_refused_and_others_are_stored():
    gone, there = await open_sittings(2)
    gone.learner.is_active = False
    await database_sync_to_async(gone.learner.save)()
    stuck = feels("stuck")
    refused, stored = await tell([(gone, feels()), (there, stuck)])
    assert isinstance(refused, Refused)
    assert stored == stuck.id
    assert await of_sittings(SelfReport) == await of_sittings(Event) == {there.id}


async def test_a_report_sent_twice_is_stored_once():
    (sitting,) = await open_sittings(1)
    stuck = feels("stuck")
    assert await tell([(sitting, stuck)]) == await tell([(sitting, stuck)]) == [stuck.id]
    assert await database_sync_to_async(SelfReport.objects.count)() == 1
    assert await database_sync_to_async(Event.objects.count)() == 1
