"""After a Sitting, merge its one-second Blocks into few long rows, one transaction per Stream.

The row of the newest Block takes in those before it: packed byte for byte, sealed under the keys
they had, and keeping its own number. So the highest number remains and a late repeat is still
recognised.

Rows are unsealed only under a Permit and changed only under their Grant, so a withdrawal is wholly
before or after. After a kill the sweep continues.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

from consent.permits import gate, trigger_errors
from consent.permits.gate import Permit
from consent.scopes import scope
from telemetry.blocks import block_compression, partitions
from telemetry.blocks.block_store import newest_blocks
from telemetry.blocks.group_commit import place
from telemetry.models import Block, Sitting
from vault.encryption import key_ids, seal, unseal
from vault.errors import KeyDestroyed, KeystoreBusy, Tampered
from vault.keystore import open_keystore

logger = logging.getLogger(__name__)
# Longer than the last minutes a Learner may delete, and than any write takes.
QUIET: Final = timedelta(hours=1)
ONE_DAY: Final = timedelta(days=1)
TURN_LENGTH: Final = timedelta(seconds=20)
AT_ONCE: Final = 200
MOST_BYTES: Final = 1 << 20
UPDATE_NEWEST = """
UPDATE telemetry_block AS b SET sealed = n.sealed
FROM unnest(%s::bigint[], %s::bytea[]) AS n(seq, sealed)
WHERE b.seq = n.seq AND b.day = %s AND b.sitting = %s AND b.stream = %s AND b.epoch = %s
"""
DELETE_TAKEN = """
DELETE FROM telemetry_block
WHERE seq = ANY(%s) AND day = %s AND sitting = %s AND stream = %s AND epoch = %s
"""


class BlocksChanged(Exception):
    """These rows were changed meanwhile; the next turn reads them again."""


@dataclass(frozen=True, slots=True)
class LooseBlock:
    """A single Block, unsealed."""

    seq: int
    t0: float
    channels: int
    keys: Sequence[bytes]
    raw: bytes


@dataclass(frozen=True, slots=True)
class PackedRow:
    """The new value of row `seq`, and the rows that it takes in."""

    seq: int
    sealed: bytes
    taken: Sequence[int]


def due_sittings(now: datetime) -> QuerySet[Sitting]:
    """Return closed, quiet, uncompacted Sittings, the oldest first."""
    before = now - QUIET
    over = Sitting.objects.filter(packed_at=None, ended_at__lt=before, active_at__lt=before)
    return over.select_related("learner").order_by("ended_at")


def sweep(*, clock: Callable[[], datetime]) -> int:
    """Compact due Sittings for one turn. Returns how many."""
    began, done = clock(), 0
    for sitting in due_sittings(began)[:AT_ONCE]:
        if clock() - began > TURN_LENGTH:
            break
        try:
            compact(sitting, now=clock())
            done += 1
        except (BlocksChanged, DatabaseError, KeystoreBusy):
            logger.exception("compaction.waits")
    return done


def reclaim_space(*, now: datetime) -> int:
    """Rewrite the oldest day that has nothing left to compact. Returns the bytes reclaimed."""
    yesterday = now.astimezone(UTC).date() - ONE_DAY
    for day in partitions.loose_days(yesterday):
        began = datetime.combine(day, time.min, UTC)
        of_day = Sitting.objects.filter(began_at__gte=began, began_at__lt=began + ONE_DAY)
        if not of_day.filter(packed_at=None).exists():
            return partitions.rewrite_day(day)
    return 0


def compact(sitting: Sitting, *, now: datetime) -> int:
    """Compact every permitted Stream. Returns how many rows were deleted; idempotent.

    Rows that no Grant allows stay as they are until their withdrawal or their day removes them. If
    the gate could not decide, the Sitting stays due.
    """
    gone = 0
    for stream in newest_blocks([sitting])[sitting.id]:
        answers = gate.permits(sitting.learner.code, [scope(stream, "adapt")], now=now)
        if answers.could_not_check:
            return gone
        for permit in answers.granted.values():
            gone += _compact_stream(sitting, permit)
    Sitting.objects.filter(pk=sitting.pk).update(packed_at=now)
    return gone


def _compact_stream(sitting: Sitting, permit: Permit) -> int:
    rows = list(_packed_rows(sitting, permit))
    if not rows:
        return 0
    with transaction.atomic():
        return _replace(sitting, permit, rows)


def _packed_rows(sitting: Sitting, permit: Permit) -> Iterator[PackedRow]:
    stream = permit.stream
    for run in _runs(sitting, permit):
        newest = run[-1]
        try:
            keys = [open_keystore().key(id) for id in newest.keys]
            value = block_compression.pack([each.raw for each in run])
        except (KeyDestroyed, ValueError):
            continue
        at = place(sitting.id, stream, newest.seq, permit.subject)
        taken = [each.seq for each in run[:-1]]
        yield PackedRow(newest.seq, seal(value, keys=keys, place=at), taken)


def _runs(sitting: Sitting, permit: Permit) -> Iterator[Sequence[LooseBlock]]:
    """Yield runs of at least two Blocks that may be merged; any other row ends a run."""
    run: list[LooseBlock] = []
    for found in _loose_blocks(sitting, permit):
        if run and (found is None or not _fits_run(run, found)):
            yield from _if_several(run)
            run = []
        if found is not None:
            run.append(found)
    yield from _if_several(run)


def _if_several(run: Sequence[LooseBlock]) -> Iterable[Sequence[LooseBlock]]:
    return [run] if len(run) > 1 else []


def _fits_run(run: Sequence[LooseBlock], found: LooseBlock) -> bool:
    last = run[-1]
    alike = (last.keys, last.channels) == (found.keys, found.channels)
    in_time = last.t0 <= found.t0 <= run[0].t0 + block_compression.LONGEST_S
    return alike and in_time and sum(len(each.raw) for each in run) < MOST_BYTES


def _loose_blocks(sitting: Sitting, permit: Permit) -> Iterator[LooseBlock | None]:
    """Yield every row of the Stream in order; None for rows that must stay as they are."""
    day = sitting.day
    rows = Block.objects.filter(day=day, sitting=sitting.id, stream=permit.stream)
    for block in rows.order_by("seq").iterator(chunk_size=AT_ONCE):
        yield _unseal_loose(block, permit) if block.epoch == permit.epoch else None


def _unseal_loose(block: Block, permit: Permit) -> LooseBlock | None:
    at = place(block.sitting, block.stream, block.seq, permit.subject)
    try:
        raw, keys = unseal(block.sealed, place=at), key_ids(bytes(block.sealed))
    except (KeyDestroyed, Tampered):
        return None
    if raw.startswith(block_compression.PACKED):
        return None
    return LooseBlock(block.seq, block.t0, block.channels, keys, raw)


def _replace(sitting: Sitting, permit: Permit, packed: Sequence[PackedRow]) -> int:
    """Replace all rows or none; nothing if the Grant ended meanwhile.

    The Grant is locked before any Block, as by all code that changes Grants.
    """
    day, stream = sitting.day, permit.stream
    where: list[Any] = [day, sitting.id, stream, permit.epoch]
    taken = [seq for each in packed for seq in each.taken]
    grant = (sitting.learner_id, permit.scope, permit.epoch)
    if grant not in trigger_errors.lock_live_grants([sitting.learner_id], [permit.scope]):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(DELETE_TAKEN, [taken, *where])
        went = int(cursor.rowcount)
        newest = {each.seq: each.sealed for each in packed}
        cursor.execute(UPDATE_NEWEST, [list(newest), list(newest.values()), *where])
        if (went, cursor.rowcount) != (len(taken), len(packed)):
            raise BlocksChanged(f"expected {len(taken)} rows to go, {went} did")
    return went
