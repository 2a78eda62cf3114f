"""The storing statement, alone and racing with withdrawals; planted faults are detected."""

from __future__ import annotations

import asyncio
import time
import uuid

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from consent.grants import grants
from telemetry.blocks import group_commit
from telemetry.blocks.group_commit import Fate, commit
from telemetry.connection import connect
from telemetry.models import Block
from tests.fixtures.consent import withdraw as take_back
from tests.fixtures.users import make
from tests.platform.telemetry.conftest import sealed_row
from vault.errors import KeystoreBusy
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db(transaction=True)


async def committed(rows):
    opened = await connect()
    try:
        return await commit(opened, rows)
    finally:
        await opened.close()


def fates(rows):
    return asyncio.run(committed(rows))


def test_refused_rows_are_left_out_and_others_stored(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt", "activity:adapt")
    good = [row_of(sitting, "pointer", seq) for seq in (0, 2)]
    stale = row_of(sitting, "pointer", 1)._replace(epoch=7)
    ungranted = row_of(sitting, "activity", 0)._replace(stream="typing")
    assert fates([stale, good[1], ungranted, good[0]]) == [
        Fate.STALE_EPOCH, Fate.STORED, Fate.NO_GRANT, Fate.STORED,
    ]  # fmt: skip
    assert Block.objects.count() == 2


def test_after_a_new_grant_old_blocks_are_refused(sitting, allow, row_of):
    learner = sitting.learner
    allow(learner, "pointer:adapt")
    old = row_of(sitting, "pointer", 0)
    take_back(learner, ["pointer:adapt"], now=timezone.now())
    grants.mark_cleared(learner.code, ["pointer:adapt"])
    allow(learner, "pointer:adapt")
    new = row_of(sitting, "pointer", 1)
    assert new.epoch > old.epoch
    assert fates([old, new]) == [Fate.STALE_EPOCH, Fate.STORED]
    assert list(Block.objects.values_list("seq", "epoch")) == [(1, new.epoch)]


def test_a_repeat_counts_as_stored_and_other_content_conflicts(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    first, repeat = row_of(sitting, "pointer", 0), row_of(sitting, "pointer", 0)
    other = row_of(sitting, "pointer", 0, rows=[[1.0] * 13])
    assert first.sealed != repeat.sealed
    assert fates([first, repeat, other]) == [Fate.STORED, Fate.STORED, Fate.CONFLICT]
    assert fates([repeat, other]) == [Fate.STORED, Fate.CONFLICT]
    assert bytes(Block.objects.get().sealed) == first.sealed


def test_of_one_number_under_two_epochs_only_the_live_one_is_stored(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    good = row_of(sitting, "pointer", 0)
    stale = row_of(sitting, "pointer", 0, rows=[[1.0] * 13])._replace(epoch=good.epoch - 1)
    assert fates([stale, good, stale]) == [Fate.CONFLICT, Fate.STORED, Fate.CONFLICT]
    assert bytes(Block.objects.get().sealed) == good.sealed


def test_a_repeat_whose_key_is_destroyed_is_refused(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    row = row_of(sitting, "pointer", 0)
    fates([row])
    open_keystore().destroy(sitting.learner.code, ["pointer:adapt"])
    assert fates([row]) == [Fate.NO_GRANT]


def test_without_the_keystore_a_repeat_fails_and_others_are_stored(
    sitting, allow, row_of, monkeypatch
):
    allow(sitting.learner, "pointer:adapt")
    first, fresh = row_of(sitting, "pointer", 0), row_of(sitting, "pointer", 1)
    fates([first])

    def away(*_, **__):
        raise KeystoreBusy("the transit service did not answer")

    with monkeypatch.context() as shut:
        shut.setattr(group_commit, "unseal", away)
        assert fates([first, fresh]) == [Fate.FAILED, Fate.STORED]
    assert fates([first]) == [Fate.STORED]


def test_a_block_moved_to_another_place_is_a_conflict(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    row = row_of(sitting, "pointer", 0)
    fates([row])
    Block.objects.update(sealed=row_of(sitting, "pointer", 1).sealed)
    assert fates([row]) == [Fate.CONFLICT]


# --- The race: without sealing, since only epochs and locks matter ---

SECONDS = 2.5
PEOPLE = 12
NO_LOCK = group_commit.INSERT.replace(b" FOR SHARE OF g", b"")
BARE = b"""
INSERT INTO telemetry_block
  (day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed)
SELECT day, sitting, stream, seq, learner, epoch, t0, rate_hz, rows, channels, sealed
FROM unnest(%b::date[], %b::uuid[], %b::text[], %b::bigint[], %b::bigint[], %b::text[],
    %b::bigint[], %b::float8[], %b::float8[], %b::int[], %b::smallint[], %b::bytea[],
    %b::uuid[])
    AS r(day, sitting, stream, seq, learner, scope, epoch, t0, rate_hz, rows, channels, sealed,
      bearer)
ORDER BY learner, sitting, stream, seq
"""
TRIGGER = "SELECT pg_get_functiondef('telemetry_block_needs_grant'::regproc)"


def rows_of_group(people, template, epochs, counter):
    return [
        template._replace(
            sitting=person["sitting"], learner=person["id"], epoch=epochs[person["id"]],
            seq=next(counter),
        )
        for person in people
    ]  # fmt: skip


async def write(statement, people, template, epochs, until):
    """Store groups as fast as possible, each row under the last known epoch."""
    opened, counter, stored = await connect(), iter(range(10**9)), 0
    while time.monotonic() < until:
        rows = rows_of_group(people, template, epochs, counter)
        try:
            cursor = await opened.execute(
                statement, group_commit._columns(rows), prepare=True, binary=True
            )
            stored += cursor.rowcount
        except psycopg.errors.InvalidAuthorizationSpecification:
            await asyncio.sleep(0)
    await opened.close()
    return stored


async def withdraw(people, epochs, until):
    """Withdraw and grant again; a row of an ended epoch seen after its end is late."""
    opened, late, withdrawals = await connect(), 0, 0
    ended: dict[tuple[int, int], int] = {}
    while time.monotonic() < until:
        for person in people:
            learner = person["id"]
            async with opened.transaction():
                await opened.execute(
                    "SELECT 1 FROM consent_grant WHERE learner = %s ORDER BY learner, scope"
                    " FOR UPDATE",
                    [learner],
                )
                epoch = epochs[learner]
                count = await _count(opened, learner, epoch)
                await opened.execute(
                    "UPDATE consent_grant SET live = false, epoch = epoch + 1 WHERE learner = %s",
                    [learner],
                )
            ended[learner, epoch] = count
            await asyncio.sleep(0.002)
            await opened.execute(
                "UPDATE consent_grant SET live = true, epoch = epoch + 1 WHERE learner = %s",
                [learner],
            )
            epochs[learner] = epoch + 2
            withdrawals += 1
    await asyncio.sleep(0.2)
    for (learner, epoch), count in ended.items():
        late += await _count(opened, learner, epoch) - count
    await opened.close()
    return withdrawals, late


async def _count(opened, learner, epoch):
    cursor = await opened.execute(
        "SELECT count(*) FROM telemetry_block WHERE learner = %s AND epoch = %s", [learner, epoch]
    )
    return (await cursor.fetchone())[0]


async def race(statement, people, template):
    epochs = {person["id"]: 1 for person in people}
    until = time.monotonic() + SECONDS
    halves = people[::2], people[1::2]
    found = await asyncio.gather(
        write(statement, people, template, epochs, until),
        write(statement, [{**p, "sitting": uuid.uuid4()} for p in people], template, epochs, until),
        *(withdraw(half, epochs, until) for half in halves),
    )
    withdrawals, late = (sum(pair) for pair in zip(*found[2:], strict=True))
    return sum(found[:2]), withdrawals, late


def late_rows_found(statement, people, template):
    """Return whether the race shows late rows within a few runs."""
    return any(asyncio.run(race(statement, people, template))[2] for _ in range(4))


@pytest.fixture
def people(sitting, allow):
    found = [sitting.learner, *(make(f"learner {n}") for n in range(PEOPLE - 1))]
    for person in found:
        allow(person, "pointer:adapt")
    return [{"id": person.id, "sitting": uuid.uuid4()} for person in found]


@pytest.fixture
def template(sitting, people):
    return sealed_row(sitting, "pointer", 0, 1)


@pytest.fixture
def as_owner():
    """Change the trigger as its owner, and restore it."""
    with connection.cursor() as cursor:
        cursor.execute(TRIGGER)
        (kept,) = cursor.fetchone()

    def change(*statements):
        with connection.as_owner(), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    change.kept = kept
    yield change
    change(kept, "ALTER TABLE telemetry_block ENABLE TRIGGER USER")


def test_no_row_of_an_ended_epoch_is_ever_stored(people, template):
    stored, withdrawals, late = asyncio.run(race(group_commit.INSERT, people, template))
    assert stored > 100
    assert withdrawals > 20
    assert late == 0


def test_the_statement_alone_refuses_late_rows(people, template, as_owner):
    as_owner("ALTER TABLE telemetry_block DISABLE TRIGGER USER")
    stored, withdrawals, late = asyncio.run(race(group_commit.INSERT, people, template))
    assert stored > 100
    assert withdrawals > 20
    assert late == 0


def test_missing_locks_and_trigger_are_detected(people, template, as_owner):
    as_owner("ALTER TABLE telemetry_block DISABLE TRIGGER USER")
    assert late_rows_found(NO_LOCK, people, template)


def test_the_trigger_alone_refuses_late_rows(people, template):
    _, withdrawals, late = asyncio.run(race(BARE, people[:2], template))
    assert withdrawals > 20
    assert late == 0


def test_a_trigger_without_a_lock_is_detected(people, template, as_owner):
    as_owner(as_owner.kept.replace("FOR SHARE OF g", ""))
    assert late_rows_found(BARE, people[:2], template)
