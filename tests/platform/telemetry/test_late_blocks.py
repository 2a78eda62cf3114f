"""Windows of late Blocks wait for the remaining Blocks and lead to no help."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from telemetry import sittings, windows
from telemetry.connection import connect
from telemetry.models import Window
from tests.fixtures.factories import make_unit

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lesson(mia):
    """Return a Sitting that began ten minutes ago."""
    began = timezone.now() - timedelta(minutes=10)
    return sittings.open(mia, make_unit(), scenario="course", page=uuid.uuid4(), now=began)


def fall_due(lesson, *moments):
    async def go():
        opened = await connect()
        await windows.fall_due_many(opened, [(lesson.id, t) for t in moments])
        await opened.close()

    asyncio.run(go())


def found(lesson):
    return {row.cut: row for row in Window.objects.filter(sitting=lesson)}


def waits(row):
    return (row.due_at - timezone.now()).total_seconds()


def test_a_current_block_makes_windows_due(lesson):
    t = sittings.seconds(lesson, timezone.now()) - 1.5
    fall_due(lesson, t)
    for cut, row in found(lesson).items():
        assert row.state == "pending"
        assert row.due_at == windows.end_of(lesson, cut) + timedelta(seconds=1)


def test_a_brought_window_waits_for_the_remaining_blocks(lesson):
    fall_due(lesson, 100.0)
    rows = found(lesson)
    assert sorted(rows) == list(range(20, 32))
    assert {row.state for row in rows.values()} == {"brought"}
    assert waits(rows[20]) == pytest.approx(6, abs=3)
    assert waits(rows[31]) == pytest.approx(61, abs=3)


def test_the_latest_block_of_a_group_sets_the_due_time(lesson):
    fall_due(lesson, *(float(t) for t in range(0, 60, 5)))
    rows = found(lesson)
    assert sorted(rows) == list(range(23))
    assert waits(rows[11]) == pytest.approx(6, abs=3)
    assert waits(rows[22]) == pytest.approx(61, abs=3)


def test_a_done_window_is_processed_again(lesson):
    for cut, state in ((20, "done"), (21, "late"), (22, "pending"), (23, "helped")):
        Window.objects.create(sitting=lesson, cut=cut, state=state, due_at=lesson.began_at)
    fall_due(lesson, 100.0)
    states = {cut: row.state for cut, row in found(lesson).items() if cut < 25}
    assert states == {20: "brought", 21: "brought", 22: "pending", 23: "helped", 24: "brought"}
    assert waits(found(lesson)[20]) > 0


def test_a_slightly_late_block_delays_its_windows(lesson):
    t = sittings.seconds(lesson, timezone.now()) - 20
    fall_due(lesson, t)
    for cut, row in found(lesson).items():
        assert row.state == "pending"
        late = row.due_at - windows.end_of(lesson, cut)
        assert late.total_seconds() == pytest.approx(21, abs=3)


def test_brought_windows_are_claimed_separately_and_are_done_however_late(lesson):
    fall_due(lesson, 100.0)
    later = timezone.now() + timedelta(seconds=90)
    assert windows.claim(later, 64) == []
    claimed = windows.claim(later, 64, state="brought")
    assert len(claimed) == 12
    windows.finish(claimed[:1], later)
    assert found(lesson)[20].state == "done"
