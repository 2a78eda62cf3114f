"""A withdrawal stops sensors and makes data unreadable within a second, under load (I-2).

The page's part, a camera that stops when notified, is `tests/browser/consent/test_withdrawal.py`.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass
from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from privacy.erasure import erasure
from realtime.connection_locks import seats
from telemetry import sittings
from telemetry.blocks import partitions
from telemetry.blocks.batch_writer import writer
from telemetry.models import Block
from tests.fixtures import factories
from tests.fixtures.consent import give_consent
from tests.fixtures.sockets.socket_client import SocketPage, block
from tests.fixtures.users import make
from vault.keystore import open_keystore

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.asyncio]
SCOPE = "pointer:adapt"
# A page may send twenty messages a second; these pages do.
OTHERS, PAUSE_S, STEP_S = 4, 0.06, 0.05


@dataclass(frozen=True)
class Try:
    """Seconds from the click until the page was notified, the keys were destroyed, and all was
    done."""

    told: float
    unreadable: float
    done: float


def sit(name: str):
    """Open a page of a person who allows this one stream."""
    now = timezone.now()
    person = make(name, now=now)
    give_consent(person, SCOPE, now=now, by=person)
    began = now - timedelta(minutes=10)
    return sittings.open(
        person, factories.make_unit(), scenario="course", page=uuid.uuid4(), now=began
    )


async def keep_sending(page: SocketPage) -> None:
    """Send block after block from another page, each acknowledged."""
    for seq in range(1_000_000):
        await page.send(block("pointer", seq, t0=seq * STEP_S))
        assert (await page.hear("ack", 30))["seq"] == seq
        await asyncio.sleep(PAUSE_S)


async def one_try(page: SocketPage, person, epoch: int, seq: int) -> tuple[Try, int]:
    await page.send(block("pointer", seq, epoch=epoch, t0=seq * STEP_S))
    assert (await page.hear("ack"))["seq"] == seq
    ids = await database_sync_to_async(open_keystore().key_ids)(person.code, [SCOPE])
    assert ids
    pressed = time.monotonic()
    withdrawing = asyncio.create_task(database_sync_to_async(withdraw)(person, ids))
    told, seq = 0.0, seq + 1
    while not told or not withdrawing.done():
        await page.send(block("pointer", seq, epoch=epoch, t0=seq * STEP_S))
        seq += 1
        message = await page.next(10)
        if message["type"] == "consent.changed":
            told = told or time.monotonic()
        await asyncio.sleep(PAUSE_S)
    unreadable, done = await withdrawing
    await page.send(block("pointer", seq, epoch=epoch, t0=seq * STEP_S))
    while (message := await page.next(10)).get("seq") != seq:
        assert "closed" not in message, message
        told = told or (time.monotonic() if message["type"] == "consent.changed" else 0.0)
    assert (message["type"], message["code"]) in {("error", "no_grant"), ("error", "stale_epoch")}
    assert await database_sync_to_async(Block.objects.filter(learner=person).count)() == 0
    return Try(told - pressed, unreadable - pressed, done - pressed), seq + 1


def withdraw(person, ids) -> tuple[float, float]:
    """Withdraw; the data is unreadable once its keys are destroyed, whatever rows remain."""
    gone = 0.0

    def shredded(erasure_id, state, act, **how):
        nonlocal gone
        found = take(erasure_id, state, act, **how)
        gone = gone or (time.monotonic() if found.state == "shredded" else 0.0)
        return found

    take, erasure.steps.take_step = erasure.steps.take_step, shredded
    try:
        erasure.withdraw(person.code, [SCOPE], now=timezone.now())
    finally:
        erasure.steps.take_step = take
    assert not any(open_keystore().has_key(id) for id in ids)
    return gone, time.monotonic()


async def tries(count: int) -> list[Try]:
    sat = [await database_sync_to_async(sit)(f"somebody-{number}") for number in range(OTHERS + 1)]
    pages = [await SocketPage(sitting).opened() for sitting in sat]
    page, person = pages[0], sat[0].learner
    busy = [asyncio.create_task(keep_sending(each)) for each in pages[1:]]
    found, epoch, seq = [], 1, 0
    try:
        for _ in range(count):
            measured, seq = await one_try(page, person, epoch, seq)
            found.append(measured)
            now = timezone.now()
            await database_sync_to_async(give_consent)(person, SCOPE, now=now, by=person)
            while not (told := await page.hear("consent.changed", 10))["granted"]:
                pass
            epoch = told["epoch"]
        assert not any(task.done() for task in busy), "the others have stopped"
    finally:
        for task in busy:
            task.cancel()
        await asyncio.gather(*busy, return_exceptions=True)
        for each in pages:
            await each.leave()
        await writer().close()
        await seats().close()
    return found


def at(share: float, values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@pytest.fixture
def ready(demo, published):
    partitions.open_days()


async def test_a_withdrawal_takes_effect_while_others_send(ready):
    found = await tries(8)

    assert len(found) == 8
    assert all(0 < each.told < 10 and 0 < each.unreadable <= each.done < 10 for each in found)


@pytest.mark.timed
@pytest.mark.long
async def test_a_withdrawal_notifies_and_destroys_within_a_second(ready):
    found = await tries(475)
    for name in ("told", "unreadable", "done"):
        values = [getattr(each, name) for each in found]
        figures = f"p50 {at(0.5, values):.3f} s, p99 {at(0.99, values):.3f} s"
        print(f"{name}: {figures}, most {max(values):.3f} s, {len(values)} tries")

    assert at(0.99, [max(each.told, each.unreadable) for each in found]) <= 1
