"""After a Sitting its Blocks are in few rows, read as before, and none is stored twice."""

from __future__ import annotations

import asyncio
import threading
from datetime import timedelta

import pytest
from django.db import (
    IntegrityError,
    OperationalError,
    ProgrammingError,
    connection,
    transaction,
)
from django.utils import timezone

from consent.grants import grants
from consent.permits import gate, trigger_errors
from telemetry import sittings, windows
from telemetry.blocks import block_store, compaction, partitions, tracks
from telemetry.blocks.group_commit import Fate, commit
from telemetry.connection import connect
from telemetry.erasure import forget_blocks
from telemetry.models import Block, Sitting, Window
from tests.fixtures.consent import withdraw
from tests.platform.telemetry.conftest import sealed_row
from vault.encryption import key_ids
from vault.keystore import open_keystore

pytestmark = pytest.mark.django_db(transaction=True)
SECONDS = 400
STREAMS = ("pointer", "face")
LATER = timedelta(hours=2)


def fates(rows):
    async def go():
        opened = await connect()
        try:
            return await commit(opened, rows)
        finally:
            await opened.close()

    return asyncio.run(go())


def close(sitting, seconds=SECONDS):
    sittings.close(sitting, now=sitting.began_at + timedelta(seconds=seconds))


def compact(sitting):
    return compaction.compact(Sitting.objects.get(pk=sitting.pk), now=timezone.now())


def rows_for(sitting, stream, seqs, epoch=1):
    """Return one Block a second whose values are its number."""
    wide = {"pointer": 13, "face": 44, "typing": 12}[stream]
    return [
        sealed_row(sitting, stream, n, epoch, rows=[[n / 1000] * wide], rate_hz=1.0) for n in seqs
    ]


@pytest.fixture
def sent(sitting, allow):
    """Return the rows sent in 400 seconds of a closed Sitting."""
    allow(sitting.learner, *(f"{stream}:adapt" for stream in STREAMS))
    rows = [row for stream in STREAMS for row in rows_for(sitting, stream, range(SECONDS))]
    assert set(fates(rows)) == {Fate.STORED}
    close(sitting)
    return rows


def permits(person):
    scopes = [f"{stream}:adapt" for stream in STREAMS]
    return gate.permits(person.code, scopes, now=timezone.now()).granted


def stored(sitting):
    """Return (stream, number, bytes) of every Block of the Sitting, in whatever row."""
    allowed = permits(sitting.learner)
    return [
        (row.stream, frame.seq, frame.raw)
        for row in Block.objects.filter(sitting=sitting.id).order_by("stream", "seq")
        for frame in tracks.frames_in(row, allowed[f"{row.stream}:adapt"])
    ]


def plain_blocks(rows):
    return sorted((row.stream, row.seq, row.plain) for row in rows)


def seen(sitting):
    """Return the inputs of Windows throughout the Sitting."""
    sitting = Sitting.objects.get(pk=sitting.pk)
    found = []
    for cut in (0, 1, 30, 58, 59, 60, 61, 62, 79, 80, 81):
        window = windows.load(Window(sitting=sitting, cut=cut), permits(sitting.learner).values())
        found += [
            (cut, name, track.times.tolist(), track.values.tolist(), track.quality)
            for name, track in window.streams.items()
        ]
    return found


def test_a_closed_sitting_is_compacted_byte_for_byte(sitting, sent):
    windows_before = seen(sitting)
    assert len(windows_before) == 20
    assert compact(sitting) == 2 * (SECONDS - 2)
    numbers = [(row.stream, row.seq) for row in Block.objects.order_by("stream", "seq")]
    assert numbers == [(name, seq) for name in sorted(STREAMS) for seq in (300, SECONDS - 1)]
    assert stored(sitting) == plain_blocks(sent)
    assert seen(sitting) == windows_before


def test_a_row_keeps_the_number_time_and_key_of_its_newest_block(sitting, sent):
    clear = ("stream", "seq", "t0", "rate_hz", "rows", "channels", "epoch", "received_at")
    before = {row[:2]: row for row in Block.objects.values_list(*clear)}
    keys = {(row.stream, row.seq): key_ids(bytes(row.sealed)) for row in Block.objects.all()}
    compact(sitting)
    assert {row == before[row[:2]] for row in Block.objects.values_list(*clear)} == {True}
    assert all(key_ids(bytes(r.sealed)) == keys[r.stream, r.seq] for r in Block.objects.all())
    last = SECONDS - 1
    assert block_store.newest_blocks([sitting])[sitting.id] == {
        stream: (last, float(last)) for stream in STREAMS
    }


def test_a_late_repeat_is_acknowledged_and_other_content_is_a_conflict(sitting, sent):
    compact(sitting)
    again = [row for row in sent if row.seq in (0, 299, 300, 301, SECONDS - 1)]
    assert set(fates(again)) == {Fate.STORED}
    other = [row._replace(plain=row.plain[:-1] + b"?") for row in again]
    assert set(fates(other)) == {Fate.CONFLICT}
    assert stored(sitting) == plain_blocks(sent)


def test_a_closed_sitting_accepts_no_new_block(sitting, sent):
    new = rows_for(sitting, "pointer", [SECONDS, SECONDS + 1])
    assert set(fates(new)) == {Fate.NO_GRANT}
    compact(sitting)
    assert set(fates(new)) == {Fate.NO_GRANT}
    assert stored(sitting) == plain_blocks(sent)


def test_a_missing_number_is_not_taken_for_a_repeat(sitting, allow):
    allow(sitting.learner, *(f"{stream}:adapt" for stream in STREAMS))
    came = rows_for(sitting, "pointer", [n for n in range(40) if n % 7])
    fates(came)
    close(sitting)
    compact(sitting)
    assert set(fates(rows_for(sitting, "pointer", [7, 14]))) == {Fate.NO_GRANT}
    assert stored(sitting) == plain_blocks(came)


def test_a_sitting_is_due_once_an_hour_after_its_end(sitting, sent):
    ended = Sitting.objects.get(pk=sitting.pk).ended_at
    assert not compaction.due_sittings(ended + timedelta(minutes=59))
    Sitting.objects.filter(pk=sitting.pk).update(active_at=ended + timedelta(minutes=30))
    assert not compaction.due_sittings(ended + timedelta(minutes=61))
    at = ended + LATER
    assert list(compaction.due_sittings(at)) == [sitting]
    assert compaction.sweep(clock=lambda: at) == 1
    assert not compaction.due_sittings(at)
    assert Block.objects.count() == 4
    assert compact(sitting) == 0


def test_a_sitting_stays_due_if_the_gate_fails(sitting, sent, monkeypatch):
    at = Sitting.objects.get(pk=sitting.pk).ended_at + LATER

    def away(*_, **__):
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as lost:
        lost.setattr("consent.permits.gate.load_people", away)
        compaction.sweep(clock=lambda: at)
    assert list(compaction.due_sittings(at)) == [sitting]
    assert compaction.sweep(clock=lambda: at) == 1
    assert not compaction.due_sittings(at)


def test_an_open_sitting_is_not_due(sitting, sent):
    Sitting.objects.filter(pk=sitting.pk).update(ended_at=None)
    assert not compaction.due_sittings(timezone.now() + LATER)


def test_blocks_of_two_keys_never_share_a_row(sitting, allow):
    allow(sitting.learner, "pointer:adapt")
    first = rows_for(sitting, "pointer", range(10))
    name = (sitting.learner.code, "pointer:adapt", 1)
    newer = open_keystore().current_key(*name, timezone.now() + timedelta(days=8))
    second = rows_for(sitting, "pointer", range(10, 20))
    under = [key_ids(first[0].sealed), key_ids(second[0].sealed)]
    assert under[1] == [newer.id]
    assert under[0] != under[1]
    fates([*first, *second])
    close(sitting)
    compact(sitting)
    rows = Block.objects.order_by("seq")
    assert [(row.seq, key_ids(bytes(row.sealed))) for row in rows] == [
        (9, under[0]),
        (19, under[1]),
    ]
    assert stored(sitting) == plain_blocks([*first, *second])


def test_blocks_of_an_old_epoch_or_lost_key_are_unchanged(sitting, sent, allow):
    learner = sitting.learner
    withdraw(learner, ["pointer:adapt"], now=timezone.now())
    grants.mark_cleared(learner.code, ["pointer:adapt"])
    allow(learner, "pointer:adapt")
    open_keystore().destroy(learner.code, ["face:adapt"])
    before = set(Block.objects.values_list("stream", "seq"))
    assert compact(sitting) == 0
    assert set(Block.objects.values_list("stream", "seq")) == before


def test_an_unreadable_block_is_not_merged(sitting, sent):
    odd = Block.objects.get(stream="pointer", seq=10)
    other = Block.objects.get(stream="pointer", seq=20)
    where = {"day": odd.day, "sitting": odd.sitting, "stream": "pointer"}
    Block.objects.filter(**where, seq=10).update(sealed=other.sealed)
    compact(sitting)
    found = Block.objects.filter(stream="pointer").order_by("seq")
    assert [row.seq for row in found] == [9, 10, 311, SECONDS - 1]
    assert bytes(found[1].sealed) == bytes(other.sealed)


def test_killed_after_the_first_stream_it_continues(sitting, sent, monkeypatch):
    real = compaction._compact_stream

    def dies(sitting, permit):
        if permit.scope == "face:adapt":
            raise KeyboardInterrupt
        return real(sitting, permit)

    monkeypatch.setattr(compaction, "_compact_stream", dies)
    with pytest.raises(KeyboardInterrupt):
        compact(sitting)
    counts = {name: Block.objects.filter(stream=name).count() for name in STREAMS}
    assert counts == {"pointer": 2, "face": SECONDS}
    assert stored(sitting) == plain_blocks(sent)
    monkeypatch.undo()
    at = timezone.now() + LATER
    assert compaction.sweep(clock=lambda: at) == 1
    assert Block.objects.count() == 4
    assert stored(sitting) == plain_blocks(sent)


# --- In parallel, on separate connections ---


def in_parallel(*acts):
    """Run these at once, each in a thread with its own connection; return their results."""
    found = {}

    def run(act):
        try:
            found[act] = act()
        except compaction.BlocksChanged as changed:
            found[act] = changed
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == len(acts)
    return [found[act] for act in acts]


def test_repeats_during_compaction_are_recognised(sitting, sent):
    over = threading.Event()

    def send_again():
        heard = set()
        while not over.is_set():
            heard |= set(fates(sent[::7]))
        return heard | set(fates(sent))

    def pack():
        try:
            return compact(sitting)
        finally:
            over.set()

    heard, went = in_parallel(send_again, pack)
    assert (heard, went) == ({Fate.STORED}, 2 * (SECONDS - 2))
    assert stored(sitting) == plain_blocks(sent)


def test_two_workers_compact_once(sitting, sent):
    in_parallel(*(lambda: compact(sitting) for _ in range(3)))
    assert stored(sitting) == plain_blocks(sent)
    assert Block.objects.count() == 4


def test_a_row_deleted_meanwhile_is_not_restored(sitting, sent, monkeypatch):
    real = compaction._replace

    def after_it_went(*args):
        in_parallel(lambda: Block.objects.filter(stream="pointer", seq=5).delete())
        return real(*args)

    monkeypatch.setattr(compaction, "_replace", after_it_went)
    with pytest.raises(compaction.BlocksChanged):
        compact(sitting)
    assert ("pointer", 5) not in {each[:2] for each in stored(sitting)}
    assert Sitting.objects.get(pk=sitting.pk).packed_at is None


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_a_withdrawal_during_compaction_comes_first(sitting, sent, monkeypatch, moment):
    """All rows were read and packed when the Grant ends; they stay for the withdrawal."""
    before = set(Block.objects.values_list("stream", "seq"))
    learner, real = sitting.learner, compaction._replace

    def too_late(*args):
        in_parallel(lambda: withdraw(learner, ["pointer:adapt", "face:adapt"], now=timezone.now()))
        return real(*args)

    def is_refused(*args):
        raise AssertionError("expected the Grant to be asked before any row is touched")

    monkeypatch.setattr(compaction, "_replace", too_late)
    if moment == "before":
        in_parallel(lambda: withdraw(learner, ["pointer:adapt", "face:adapt"], now=timezone.now()))
        monkeypatch.setattr(compaction, "_replace", is_refused)
    assert compact(sitting) == 0
    assert set(Block.objects.values_list("stream", "seq")) == before


def test_a_withdrawal_waits_for_the_replacement_of_a_stream(sitting, sent):
    """The Grant is locked, so a withdrawal waits for the new rows and finds them."""
    order = []
    with transaction.atomic():
        assert trigger_errors.lock_live_grants([sitting.learner_id], ["pointer:adapt"])
        withdrawing = threading.Thread(
            target=lambda: (
                withdraw(sitting.learner, ["pointer:adapt"], now=timezone.now()),
                order.append("withdrawn"),
                connection.close(),
            )
        )
        withdrawing.start()
        withdrawing.join(0.3)
        order.append("replaced")
    withdrawing.join(30)
    assert order == ["replaced", "withdrawn"]


# --- A past day gives its space back ---


def size_of(day):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_total_relation_size(relid) FROM pg_partition_tree('telemetry_block')"
            " WHERE relid::regclass::text LIKE %s",
            [f"%{day:%Y%m%d}"],
        )
        return cursor.fetchone()[0]


@pytest.fixture
def old(sitting, sent):
    """Return its day, compacted but not rewritten yet."""
    compact(sitting)
    day = sitting.began_at.date()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE parts.telemetry_block_{day:%Y%m%d} IS NULL")
    return day


def test_a_past_day_is_rewritten_once_and_reads_as_before(sitting, sent, old):
    windows_before, size = seen(sitting), size_of(old)
    after = timezone.now() + timedelta(days=2)
    gave = sum(
        compaction.reclaim_space(now=after) for _ in partitions.loose_days(old + timedelta(days=1))
    )
    assert gave > 0
    assert size_of(old) < size / 2
    assert stored(sitting) == plain_blocks(sent)
    assert seen(sitting) == windows_before
    assert old not in partitions.loose_days(after.date())
    assert old in partitions.existing_days()


def test_a_day_is_rewritten_once_nothing_is_left_to_compact(sitting, sent, old):
    assert old not in partitions.loose_days(old)
    Sitting.objects.filter(pk=sitting.pk).update(packed_at=None)
    for _ in partitions.existing_days():
        compaction.reclaim_space(now=timezone.now() + timedelta(days=2))
    assert partitions.loose_days(old + timedelta(days=1)) == [old]


def test_a_rewritten_day_keeps_its_triggers(sitting, sent, old):
    partitions.rewrite_day(old)
    row = Block.objects.filter(stream="pointer").first()
    row.seq, row.epoch = 900, 7
    with pytest.raises(OperationalError, match="no live grant"):
        row.save(force_insert=True)
    row.epoch, row.stream = 1, "smell"
    with pytest.raises((IntegrityError, OperationalError)):
        row.save(force_insert=True)
    again = Block.objects.filter(stream="pointer").first()
    with pytest.raises(IntegrityError, match="pkey"):
        again.save(force_insert=True)
    with pytest.raises(ProgrammingError), connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM parts.telemetry_block_{old:%Y%m%d}")


def test_a_delete_takes_precedence_over_rewriting_a_day(sitting, sent, old, monkeypatch):
    """The delete locks the whole table and waits for the day, which finally yields."""
    started, done = threading.Event(), []

    def tighten():
        started.set()
        try:
            partitions.rewrite_day(old)
        except OperationalError:
            return "let go"
        return "written"

    def forget():
        with transaction.atomic():
            forget_blocks(sitting.learner.code, ["pointer:adapt"])
            started.wait(10)
            done.append(forget_blocks(sitting.learner.code, ["face:adapt"]))
        return done

    _, counts = in_parallel(tighten, forget)
    assert sum(counts) == 2
    assert not Block.objects.exists()
