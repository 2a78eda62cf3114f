"""The table enforces Grant and epoch by a trigger, and days by owner functions (I-1)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from telemetry.blocks import partitions
from telemetry.models import Block
from tests.fixtures.consent import withdraw

pytestmark = pytest.mark.django_db


def insert(row, **changes):
    values = {
        "day": row.day, "sitting": row.sitting, "stream": row.stream, "seq": row.seq,
        "learner_id": row.learner, "epoch": row.epoch, "t0": row.t0, "rate_hz": row.rate_hz,
        "rows": row.rows, "channels": row.channels, "sealed": row.sealed,
    }  # fmt: skip
    with transaction.atomic():
        return Block.objects.create(**{**values, **changes})


def refused(row, **changes):
    with pytest.raises(DatabaseError) as error:
        insert(row, **changes)
    return error.value.__cause__.sqlstate


def test_a_block_under_a_live_grant_of_its_epoch_is_stored(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    insert(row_of(sitting, "pointer", 0))
    assert Block.objects.get().pk == (sitting.began_at.date(), sitting.id, "pointer", 0)


@pytest.mark.parametrize("changes", [{"stream": "typing"}, {"epoch": 0}, {"epoch": 2}])
def test_no_path_stores_a_block_without_a_live_grant_of_its_epoch(sitting, allow, row_of, changes):
    allow(sitting.learner, "pointer:adapt")
    assert refused(row_of(sitting, "pointer", 0), **changes) == "28000"


def test_a_withdrawn_or_expired_grant_stores_nothing(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt", "activity:adapt")
    pointer, activity = row_of(sitting, "pointer", 0), row_of(sitting, "activity", 0)
    sitting.learner.grants.filter(scope="activity:adapt").update(expires_at=timezone.now())
    withdraw(sitting.learner, ["pointer:adapt"], now=timezone.now())
    assert refused(pointer) == "28000"
    assert refused(pointer, epoch=2) == "28000"
    assert refused(activity) == "28000"


def test_one_row_without_a_grant_refuses_its_whole_statement(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt", "activity:adapt")
    insert(row_of(sitting, "pointer", 0))
    good, bad = Block.objects.get(), Block.objects.get()
    good.seq, bad.seq, bad.stream = 1, 2, "typing"
    with pytest.raises(DatabaseError) as error, transaction.atomic():
        Block.objects.bulk_create([good, bad])
    assert error.value.__cause__.sqlstate == "28000"
    assert Block.objects.count() == 1

    Block.objects.bulk_create([good])
    assert Block.objects.count() == 2


def test_a_stored_block_cannot_be_moved_to_another_epoch(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    insert(row_of(sitting, "pointer", 0))
    with pytest.raises(DatabaseError), transaction.atomic():
        Block.objects.update(epoch=7)


def test_a_stream_outside_the_list_is_refused(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    assert refused(row_of(sitting, "pointer", 0), stream="sonar") in ("23514", "28000")


def test_days_are_open_from_yesterday_to_a_week_ahead(db):
    today = timezone.now().date()
    partitions.open_days()
    partitions.open_days()
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_missing_days(%s, 9)", [today - timedelta(days=1)])
        assert cursor.fetchone() == (0,)
        cursor.execute("SELECT telemetry_missing_days(%s, 2)", [today + timedelta(days=7)])
        assert cursor.fetchone() == (1,)


def test_dropping_days_drops_only_old_ones(sitting, allow, row_of):
    allow(sitting.learner, "pointer:adapt")
    insert(row_of(sitting, "pointer", 0))
    with connection.cursor() as cursor:
        cursor.execute("SELECT telemetry_open_days(%s, 3)", [date(2020, 1, 1)])
    assert partitions.drop_before(date(2020, 1, 3)) == 2
    assert Block.objects.count() == 1


def test_the_site_cannot_bypass_the_trigger(db):
    partitions.open_days()
    part = f"parts.telemetry_block_{timezone.now():%Y%m%d}"
    for statement in (
        f"SELECT * FROM {part}",
        f"DELETE FROM {part}",
        "ALTER TABLE telemetry_block DISABLE TRIGGER ALL",
        "DROP TRIGGER telemetry_block_needs_grant ON telemetry_block",
        "TRUNCATE telemetry_block",
    ):
        with pytest.raises(DatabaseError) as error, transaction.atomic():
            connection.cursor().execute(statement)
        assert error.value.__cause__.sqlstate == "42501", statement


def test_a_persons_blocks_are_forgotten_by_scope_and_whole(sitting, allow, row_of, mia):
    allow(mia, "pointer:adapt", "activity:adapt")
    from telemetry.erasure import forget_blocks

    for stream in ("pointer", "activity"):
        for seq in range(3):
            insert(row_of(sitting, stream, seq))
    assert forget_blocks(mia.code, ["pointer:adapt", "pointer:teach"]) == 3
    assert set(Block.objects.values_list("stream", flat=True)) == {"activity"}
    assert forget_blocks(mia.code, ["pointer:teach", "course"]) == 0
    assert forget_blocks(mia.code) == 3


def test_forgetting_one_person_leaves_the_others(sitting, allow, row_of, noah, mia, settings):
    from telemetry.erasure import forget_blocks

    allow(mia, "pointer:adapt")
    insert(row_of(sitting, "pointer", 0))
    assert forget_blocks(noah.code) == 0
    assert Block.objects.count() == 1
