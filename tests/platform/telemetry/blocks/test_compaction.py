"""Blocks of a Sitting that is over stand in few rows, read as before, and nothing comes twice."""

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
from vault import keystore
from vault.encryption import key_ids

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
    """A Block a second whose values say its number."""
    wide = {"pointer": 13, "face": 44, "typing": 12}[stream]
    return [
        sealed_row(sitting, stream, n, epoch, rows=[[n / 1000] * wide], rate_hz=1.0) for n in seqs
    ]


@pytest.fixture
def sent(sitting, allow):
    """What was sent in 400 seconds of a Sitting that is over."""
    allow(sitting.learner, *(f"{stream}:adapt" for stream in STREAMS))
    rows = [row for stream in STREAMS for row in rows_for(sitting, stream, range(SECONDS))]
    assert set(fates(rows)) == {Fate.STORED}
    close(sitting)
    return rows


def permits(person):
    scopes = [f"{stream}:adapt" for stream in STREAMS]
    return gate.permits(person.code, scopes, now=timezone.now()).granted


def stored(sitting):
    """(stream, number, bytes) of every Block of the Sitting, by any row."""
    allowed = permits(sitting.learner)
    return [
        (row.stream, frame.seq, frame.raw)
        for row in Block.objects.filter(sitting=sitting.id).order_by("stream", "seq")
        for frame in tracks.frames_in(row, allowed[f"{row.stream}:adapt"])
    ]


def told(rows):
    return sorted((row.stream, row.seq, row.plain) for row in rows)


def seen(sitting):
    """What Windows all over the Sitting are given."""
    sitting = Sitting.objects.get(pk=sitting.pk)
    found = []
    for cut in (0, 1, 30, 58, 59, 60, 61, 62, 79, 80, 81):
        window = windows.load(Window(sitting=sitting, cut=cut), permits(sitting.learner).values())
        found += [
            (cut, name, track.times.tolist(), track.values.tolist(), track.quality)
            for name, track in window.streams.items()
        ]
    return found


def test_a_closed_sitting_stands_in_few_rows_and_every_block_is_there_byte_for_byte(sitting, sent):
    windows_before = seen(sitting)
    assert len(windows_before) == 20
    assert compact(sitting) == 2 * (SECONDS - 2)
    numbers = [(row.stream, row.seq) for row in Block.objects.order_by("stream", "seq")]
    assert numbers == [(name, seq) for name in sorted(STREAMS) for seq in (300, SECONDS - 1)]
    assert stored(sitting) == told(sent)
    assert seen(sitting) == windows_before


def test_a_row_keeps_the_number_time_and_key_of_its_newest_block(sitting, sent):
    clear = ("stream", "seq", "t0", "rate_hz", "rows", "channels", "epoch", "received_at")
    before = {row[:2]: row for row in Block.objects.values_list(*clear)}
    keys = {(row.stream, row.seq): key_ids(bytes(row.sealed)) for row in Block.objects.all()}
    compact(sitting)
    assert {row == before[row[:2]] for row in Block.objects.values_list(*clear)} == {True}
    assert all(key_ids(bytes(r.sealed)) == keys[r.stream, r.seq] for r in Block.objects.all())
    last = SECONDS - 1
    assert block_store.newest([sitting])[sitting.id] == {
        stream: (last, float(last)) for stream in STREAMS
    }


def test_a_late_repeat_is_acknowledged_and_other_content_is_a_conflict(sitting, sent):
    compact(sitting)
    again = [row for row in sent if row.seq in (0, 299, 300, 301, SECONDS - 1)]
    assert set(fates(again)) == {Fate.STORED}
    other = [row._replace(plain=row.plain[:-1] + b"?") for row in again]
    assert set(fates(other)) == {Fate.CONFLICT}
    assert stored(sitting) == told(sent)


def test_a_sitting_that_is_over_takes_nothing_new(sitting, sent):
    new = rows_for(sitting, "pointer", [SECONDS, SECONDS + 1])
    assert set(fates(new)) == {Fate.NO_GRANT}
    compact(sitting)
    assert set(fates(new)) == {Fate.NO_GRANT}
    assert stored(sitting) == told(sent)


def test_a_number_that_never_came_is_neither_invented_nor_taken_for_a_repeat(sitting, allow):
    allow(sitting.learner, *(f"{stream}:adapt" for stream in STREAMS))
    came = rows_for(sitting, "pointer", [n for n in range(40) if n % 7])
    fates(came)
    close(sitting)
    compact(sitting)
    assert set(fates(rows_for(sitting, "pointer", [7, 14]))) == {Fate.NO_GRANT}
    assert stored(sitting) == told(came)


def test_only_a_sitting_that_is_over_for_an_hour_is_due_and_only_once(sitting, sent):
    ended = Sitting.objects.get(pk=sitting.pk).ended_at
    assert not compaction.due(ended + timedelta(minutes=59))
    Sitting.objects.filter(pk=sitting.pk).update(active_at=ended + timedelta(minutes=30))
    assert not compaction.due(ended + timedelta(minutes=61))
    at = ended + LATER
    assert list(compaction.due(at)) == [sitting]
    assert compaction.sweep(clock=lambda: at) == 1
    assert not compaction.due(at)
    assert Block.objects.count() == 4
    assert compact(sitting) == 0


def test_a_sitting_about_which_the_gate_could_not_look_stays_due(sitting, sent, monkeypatch):
    at = Sitting.objects.get(pk=sitting.pk).ended_at + LATER

    def away(*_, **__):
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as lost:
        lost.setattr("consent.permits.gate.standings", away)
        compaction.sweep(clock=lambda: at)
    assert list(compaction.due(at)) == [sitting]
    assert compaction.sweep(clock=lambda: at) == 1
    assert not compaction.due(at)


def test_an_open_sitting_is_not_due(sitting, sent):
    Sitting.objects.filter(pk=sitting.pk).update(ended_at=None)
    assert not compaction.due(timezone.now() + LATER)


def test_blocks_of_two_keys_never_share_a_row(sitting, allow):
    allow(sitting.learner, "pointer:adapt")
    first = rows_for(sitting, "pointer", range(10))
    name = (sitting.learner.code, "pointer:adapt", 1)
    newer = keystore.current_key(*name, timezone.now() + timedelta(days=8))
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
    assert stored(sitting) == told([*first, *second])


def test_blocks_of_an_earlier_epoch_and_of_a_lost_key_stay_as_they_are(sitting, sent, allow):
    learner = sitting.learner
    withdraw(learner, ["pointer:adapt"], now=timezone.now())
    grants.cleared(learner.code, ["pointer:adapt"])
    allow(learner, "pointer:adapt")
    keystore.destroy(learner.code, ["face:adapt"])
    before = set(Block.objects.values_list("stream", "seq"))
    assert compact(sitting) == 0
    assert set(Block.objects.values_list("stream", "seq")) == before


def test_one_that_does_not_open_stays_alone_between_its_neighbours(sitting, sent):
    odd = Block.objects.get(stream="pointer", seq=10)
    other = Block.objects.get(stream="pointer", seq=20)
    where = {"day": odd.day, "sitting": odd.sitting, "stream": "pointer"}
    Block.objects.filter(**where, seq=10).update(sealed=other.sealed)
    compact(sitting)
    found = Block.objects.filter(stream="pointer").order_by("seq")
    assert [row.seq for row in found] == [9, 10, 311, SECONDS - 1]
    assert bytes(found[1].sealed) == bytes(other.sealed)


def test_killed_after_the_first_stream_it_goes_on(sitting, sent, monkeypatch):
    real = compaction._stream

    def dies(sitting, permit):
        if permit.scope == "face:adapt":
            raise KeyboardInterrupt
        return real(sitting, permit)

    monkeypatch.setattr(compaction, "_stream", dies)
    with pytest.raises(KeyboardInterrupt):
        compact(sitting)
    counts = {name: Block.objects.filter(stream=name).count() for name in STREAMS}
    assert counts == {"pointer": 2, "face": SECONDS}
    assert stored(sitting) == told(sent)
    monkeypatch.undo()
    at = timezone.now() + LATER
    assert compaction.sweep(clock=lambda: at) == 1
    assert Block.objects.count() == 4
    assert stored(sitting) == told(sent)


# --- Side by side, on connections of their own ---


def beside(*acts):
    """Run these at once, each in a thread with its own connection; what each gave."""
    found = {}

    def run(act):
        try:
            found[act] = act()
        except compaction.Changed as changed:
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


def test_repeats_that_come_while_it_packs_are_known_and_nothing_stands_twice(sitting, sent):
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

    heard, went = beside(send_again, pack)
    assert (heard, went) == ({Fate.STORED}, 2 * (SECONDS - 2))
    assert stored(sitting) == told(sent)


def test_two_at_once_do_it_once(sitting, sent):
    beside(*(lambda: compact(sitting) for _ in range(3)))
    assert stored(sitting) == told(sent)
    assert Block.objects.count() == 4


def test_a_row_that_went_meanwhile_is_not_brought_back(sitting, sent, monkeypatch):
    real = compaction._replace

    def after_it_went(*args):
        beside(lambda: Block.objects.filter(stream="pointer", seq=5).delete())
        return real(*args)

    monkeypatch.setattr(compaction, "_replace", after_it_went)
    with pytest.raises(compaction.Changed):
        compact(sitting)
    assert ("pointer", 5) not in {each[:2] for each in stored(sitting)}
    assert Sitting.objects.get(pk=sitting.pk).packed_at is None


@pytest.mark.parametrize("moment", ["before", "meanwhile"])
def test_a_withdrawal_while_it_packs_is_wholly_before_and_nothing_is_changed(
    sitting, sent, monkeypatch, moment
):
    """It has read and packed all of it when the Grant ends; the rows stay for the withdrawal."""
    before = set(Block.objects.values_list("stream", "seq"))
    learner, real = sitting.learner, compaction._replace

    def too_late(*args):
        beside(lambda: withdraw(learner, ["pointer:adapt", "face:adapt"], now=timezone.now()))
        return real(*args)

    def is_refused(*args):
        raise AssertionError("expected the Grant to be asked before any row is touched")

    monkeypatch.setattr(compaction, "_replace", too_late)
    if moment == "before":
        beside(lambda: withdraw(learner, ["pointer:adapt", "face:adapt"], now=timezone.now()))
        monkeypatch.setattr(compaction, "_replace", is_refused)
    assert compact(sitting) == 0
    assert set(Block.objects.values_list("stream", "seq")) == before


def test_a_withdrawal_waits_for_a_stream_that_is_being_replaced(sitting, sent):
    """The Grant is held: whoever ends it comes after the rows stand, and finds them."""
    order = []
    with transaction.atomic():
        assert trigger_errors.held([sitting.learner_id], ["pointer:adapt"])
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


# --- A day that is over gives its room back ---


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
    """Its day, packed and never written anew."""
    compact(sitting)
    day = sitting.began_at.date()
    with connection.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON TABLE parts.telemetry_block_{day:%Y%m%d} IS NULL")
    return day


def test_a_day_that_is_over_is_written_anew_once_and_reads_as_before(sitting, sent, old):
    windows_before, size = seen(sitting), size_of(old)
    after = timezone.now() + timedelta(days=2)
    gave = sum(compaction.tighten(now=after) for _ in partitions.loose(old + timedelta(days=1)))
    assert gave > 0
    assert size_of(old) < size / 2
    assert stored(sitting) == told(sent)
    assert seen(sitting) == windows_before
    assert old not in partitions.loose(after.date())
    assert old in partitions.standing()


def test_a_day_is_written_anew_only_when_nothing_more_is_to_be_packed(sitting, sent, old):
    assert old not in partitions.loose(old)
    Sitting.objects.filter(pk=sitting.pk).update(packed_at=None)
    for _ in partitions.standing():
        compaction.tighten(now=timezone.now() + timedelta(days=2))
    assert partitions.loose(old + timedelta(days=1)) == [old]


def test_the_walls_stand_around_a_day_that_was_written_anew(sitting, sent, old):
    partitions.tighten(old)
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


def test_who_deletes_from_a_day_that_is_written_anew_comes_first(sitting, sent, old, monkeypatch):
    """The delete holds the whole table and waits for the day; the day is let go in the end."""
    started, done = threading.Event(), []

    def tighten():
        started.set()
        try:
            partitions.tighten(old)
        except OperationalError:
            return "let go"
        return "written"

    def forget():
        with transaction.atomic():
            forget_blocks(sitting.learner.code, ["pointer:adapt"])
            started.wait(10)
            done.append(forget_blocks(sitting.learner.code, ["face:adapt"]))
        return done

    _, counts = beside(tighten, forget)
    assert sum(counts) == 2
    assert not Block.objects.exists()
