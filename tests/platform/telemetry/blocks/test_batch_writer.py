"""The writer never ends by itself, and one bad row does not affect the others."""

from __future__ import annotations

import asyncio
import uuid
from datetime import date

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from telemetry import sittings, windows
from telemetry.blocks.batch_writer import (
    CROWD,
    GROUP,
    LARGEST_GROUP,
    MOST_SITTINGS,
    PARTS,
    BlockWriter,
    CommitLane,
    writer,
)
from telemetry.blocks.group_commit import Fate
from telemetry.connection import connect
from telemetry.models import Block, Window

pytestmark = pytest.mark.django_db(transaction=True)


async def stored(*rows, alive=None, before=None):
    """Put the rows in and wait for the fate of each."""
    desk, fates = writer(), {}
    if before:
        await before(desk)
    for row in rows:
        desk.put(row, lambda row, fate: fates.__setitem__(row.seq, fate), alive)
    while len(fates) < len(rows):
        await asyncio.sleep(0.01)
    await desk.close()
    return [fates[row.seq] for row in rows]


@pytest.fixture
def rows(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    return [row_of(sitting, "pointer", seq) for seq in range(4)]


def test_rows_of_one_moment_are_one_group(rows, run):
    assert run(stored(*rows)) == [Fate.STORED] * 4
    times = set(Block.objects.values_list("received_at", flat=True))
    assert len(times) == 1


def test_only_a_small_group_waits_for_more(rows, run, monkeypatch):
    async def go(small):
        monkeypatch.setattr("telemetry.blocks.batch_writer.SMALL_GROUP", small)
        groups, store = [], CommitLane.store
        monkeypatch.setattr(
            CommitLane, "store", lambda line, part: groups.append(len(part)) or store(line, part)
        )
        desk = writer()
        for row in rows:
            desk.put(row, lambda row, fate: None)
            await asyncio.sleep(0.003)
        await desk.close()
        monkeypatch.undo()
        return groups

    assert run(go(100)) == [4]
    assert len(run(go(1))) > 1


def test_a_group_is_a_limited_part_of_the_queue(rows, run, monkeypatch):
    async def go(count):
        groups = []

        async def store(_, part):
            groups.append(len(part))
            return [Fate.STORED] * len(part)

        monkeypatch.setattr(CommitLane, "store", store)
        desk = writer()
        for _ in range(count):
            desk.put(rows[0], lambda row, fate: None)
        await desk.close()
        return groups

    assert run(go(600)) == [GROUP, GROUP, 100]
    groups = run(go(PARTS * LARGEST_GROUP + 2000))
    assert groups[:3] == [LARGEST_GROUP, LARGEST_GROUP, LARGEST_GROUP]
    assert GROUP < groups[5] < groups[4] < LARGEST_GROUP


def test_for_a_crowd_two_groups_are_stored_in_parallel(rows, run, monkeypatch):
    async def go(count):
        at_once, most, free = [], [], asyncio.Event()

        async def store(_, part):
            at_once.append(part)
            most.append(len(at_once))
            slow = 0.5 * (len(most) == 2)
            await free.wait()
            await asyncio.sleep(slow)
            at_once.remove(part)
            return [Fate.STORED] * len(part)

        monkeypatch.setattr(CommitLane, "store", store)
        desk, told = writer(), []
        for row in rows[:1] * count:
            desk.put(row, lambda row, fate: told.append(fate))
        since = desk.queue[0].since
        while sum(map(len, at_once)) + len(desk.queue) < count or not at_once:
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert desk.age(since + 3) == pytest.approx(3)
        free.set()
        await asyncio.wait_for(desk.close(), 3)
        assert told == [Fate.STORED] * count
        return max(most)

    assert run(go(CROWD - 1)) == 1
    assert run(go(CROWD + GROUP)) == 2


def test_a_crowd_is_stored_once(rows, run, sitting, row_of):
    many = [row_of(sitting, "pointer", seq) for seq in range(2 * CROWD)]
    assert run(stored(*many)) == [Fate.STORED] * len(many)
    assert Block.objects.count() == len(many)


@pytest.mark.parametrize(
    ("t0", "fates"), [(0.0, {Fate.STORED}), (3.0, {Fate.STORED, Fate.CONFLICT})]
)
def test_a_number_in_two_groups_at_once_is_stored_once(
    rows, run, monkeypatch, sitting, row_of, t0, fates
):
    monkeypatch.setattr("telemetry.blocks.batch_writer.GROUP", 1)
    monkeypatch.setattr("telemetry.blocks.batch_writer.CROWD", 2)
    twin = row_of(sitting, "pointer", 0, t0=t0)

    async def go():
        desk, told, lines, honest = writer(), [], set(), CommitLane.store
        monkeypatch.setattr(
            CommitLane, "store", lambda line, part: lines.add(id(line)) or honest(line, part)
        )
        for row in [rows[0], twin, rows[1]]:
            desk.put(row, lambda row, fate: told.append((row.seq, fate)))
        await desk.close()
        assert len(lines) == 2
        return {fate for seq, fate in told if seq == 0}

    assert run(go()) == fates
    assert Block.objects.count() == 2


def test_a_row_without_a_partition_fails_alone(rows, run):
    """Its day has no partition, which fails the whole statement, so each row is stored by
    itself."""
    lost = rows[1]._replace(day=date(2001, 1, 1))
    assert run(stored(rows[0], lost, rows[2])) == [Fate.STORED, Fate.FAILED, Fate.STORED]
    assert Block.objects.count() == 2


def test_after_a_lost_connection_the_group_runs_again(rows, run):
    async def break_it(desk):
        opened = await desk.always.connected()
        await opened.close()

    assert run(stored(*rows, before=break_it)) == [Fate.STORED] * 4


def test_a_killed_backend_loses_nothing(rows, run):
    async def kill(desk):
        opened = await desk.always.connected()
        pid = opened.info.backend_pid
        await asyncio.to_thread(terminate, pid)

    def terminate(pid):
        with connection.as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
        connection.close()

    assert run(stored(*rows, before=kill)) == [Fate.STORED] * 4


def test_a_listener_that_fails_does_not_end_the_writer(rows, run):
    async def go():
        desk, told = writer(), []
        desk.put(rows[0], lambda row, fate: 1 / 0)
        desk.put(rows[1], lambda row, fate: told.append(fate))
        while not told:
            await asyncio.sleep(0.01)
        desk.put(rows[2], lambda row, fate: told.append(fate))
        await desk.close()
        return told

    assert run(go()) == [Fate.STORED] * 2


def test_only_stored_blocks_keep_windows_falling_due(rows, run):
    stale = rows[1]._replace(epoch=9)
    assert run(stored(stale, alive=0.0)) == [Fate.STALE_EPOCH]
    assert not Window.objects.exists()
    assert run(stored(rows[0], alive=31.0)) == [Fate.STORED]
    assert set(Window.objects.values_list("cut", flat=True)) == set(range(6, 18))


@pytest.fixture
def locked(sitting):
    """Lock the Sitting's row on another connection until the test ends."""
    other = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})
    other.execute("SELECT 1 FROM telemetry_sitting WHERE id = %s FOR UPDATE", [sitting.id])
    yield other
    other.close()


def test_a_locked_sitting_delays_no_answer(rows, locked, run):
    async def go():
        desk, told = writer(), asyncio.Queue()
        for row in rows[:2]:
            desk.put(row, lambda row, fate: told.put_nowait((row.seq, fate)), 0.0)
            assert await asyncio.wait_for(told.get(), 3) == (row.seq, Fate.STORED)
        await asyncio.wait_for(desk.close(), 3)

    run(go())
    assert not Window.objects.exists()


def test_an_answer_does_not_wait_for_the_windows(rows, run, monkeypatch):
    async def go():
        desk, told, free = writer(), asyncio.Event(), asyncio.Event()

        async def slow(opened, alive):
            await free.wait()

        monkeypatch.setattr(windows, "fall_due_many", slow)
        desk.put(rows[0], lambda row, fate: told.set(), 0.0)
        await asyncio.wait_for(told.wait(), 3)
        assert desk.age(asyncio.get_running_loop().time() + 9) == 0
        free.set()
        await asyncio.wait_for(desk.close(), 3)

    run(go())


def test_many_new_sittings_are_processed_in_parts(rows, run, monkeypatch):
    async def go():
        desk, seen, parts = writer(), [], []

        async def fall_due(opened, alive):
            seen.append("windows")
            parts.append(alive)
            if len(parts) == 1:
                desk.put(rows[1], lambda row, fate: seen.append("answer"))

        monkeypatch.setattr(windows, "fall_due_many", fall_due)
        begun = {(uuid.uuid4(), 0.0) for _ in range(2 * MOST_SITTINGS + 1)}
        desk.alive |= begun
        desk.put(rows[0], lambda row, fate: seen.append("answer"))
        await asyncio.wait_for(desk.close(), 3)
        assert seen == ["answer", "windows", "answer", "windows", "windows"]
        assert set().union(*parts) == begun
        assert sum(map(len, parts)) == len(begun)

    run(go())


@pytest.mark.parametrize("error", [RuntimeError("odd"), psycopg.OperationalError("lost")])
def test_windows_that_fail_end_neither_the_writer_nor_its_close(rows, run, monkeypatch, error):
    async def fail(opened, alive):
        raise error

    async def go():
        monkeypatch.setattr(windows, "fall_due_many", fail)
        desk, told = writer(), asyncio.Queue()
        for row in rows[:2]:
            desk.put(row, lambda row, fate: told.put_nowait(fate), 0.0)
            assert await asyncio.wait_for(told.get(), 3) is Fate.STORED
        await asyncio.wait_for(desk.close(), 3)

    run(go())


def test_a_cancelled_task_answers_every_row(rows, run, monkeypatch):
    async def go():
        desk, told, begun = writer(), [], asyncio.Event()

        async def stuck(opened, rows):
            begun.set()
            await asyncio.sleep(60)

        monkeypatch.setattr("telemetry.blocks.batch_writer.commit", stuck)
        for row in rows[:2]:
            desk.put(row, lambda row, fate: told.append(fate))
        await asyncio.wait_for(begun.wait(), 3)
        desk.always.task.cancel()
        await asyncio.wait_for(desk.close(), 3)
        return told

    assert run(go()) == [Fate.FAILED] * 2


def test_a_cancelled_second_group_is_answered(rows, run, monkeypatch):
    async def go():
        desk, told = writer(), []

        async def store(lane, part):
            await asyncio.sleep(60 * (lane is desk.crowded))
            return [Fate.STORED] * len(part)

        monkeypatch.setattr(CommitLane, "store", store)
        for row in rows[:1] * (CROWD + GROUP):
            desk.put(row, lambda row, fate: told.append(fate))
        await asyncio.sleep(0.05)
        assert desk.crowded.busy
        desk.crowded.task.cancel()
        await asyncio.wait_for(desk.close(), 3)
        return told

    assert sorted(fate.value for fate in run(go())) == ["failed"] * GROUP + ["stored"] * 2 * GROUP


def test_windows_of_several_sittings_fall_due_but_not_of_a_locked_one(rows, sitting, locked, run):
    others = [
        sittings.open(
            sitting.learner, sitting.unit, scenario="course", page=uuid.uuid4(), now=timezone.now()
        )
        for _ in range(3)
    ]

    async def go():
        opened = await connect()
        wanted = [sitting, *sorted(others, key=lambda each: each.id, reverse=True)]
        await asyncio.wait_for(
            windows.fall_due_many(opened, [(each.id, 7.0) for each in wanted]), 3
        )
        await opened.close()

    run(go())
    found = Window.objects.values_list("sitting", "cut")
    assert set(found) == {(each.id, cut) for each in others for cut in range(1, 13)}


def test_a_lane_woken_without_a_crowd_waits_again(rows, run, monkeypatch):
    async def store(_, part):
        return [Fate.STORED] * len(part)

    async def go():
        monkeypatch.setattr(CommitLane, "store", store)
        desk, told = writer(), []
        for count in (1, CROWD):
            for row in rows[:1] * count:
                desk.put(row, lambda row, fate: told.append(fate))
            await asyncio.sleep(0.05)
        assert told == [Fate.STORED] * (1 + CROWD)
        assert not desk.crowded.task.done()
        await desk.close()

    run(go())


def test_the_age_is_that_of_the_oldest_waiting_row(rows, run):
    async def go():
        desk = BlockWriter()
        assert desk.age(100.0) == 0
        desk.put(rows[0], lambda row, fate: None)
        since = desk.queue[0].since
        desk.put(rows[1], lambda row, fate: None)
        assert desk.age(since + 3) == pytest.approx(3)
        await desk.close()
        assert desk.age(since + 9) == 0

    run(go())
