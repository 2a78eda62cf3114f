"""Once a Sitting is over its Blocks of a second become few long rows, a transaction a Stream.

The row of the newest Block takes those before it in: packed byte for byte, sealed under the very
keys they had, with its own number, so the highest number stands and a late repeat is still known.
Nothing is opened without a Permit, and nothing changed but under the Grant it was taken by: a
withdrawal is wholly before or wholly after. Killed anywhere, the sweep goes on.
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
from telemetry.blocks.block_store import newest
from telemetry.blocks.group_commit import place
from telemetry.models import Block, Sitting
from vault import keystore
from vault.encryption import key_ids, seal, unseal
from vault.errors import KeyDestroyed, KeystoreBusy, Tampered

logger = logging.getLogger(__name__)
# Longer than the last minutes that a Learner may delete, and than anything is under way.
QUIET: Final = timedelta(hours=1)
ONE_DAY: Final = timedelta(days=1)
A_TURN: Final = timedelta(seconds=20)
AT_ONCE: Final = 200
MOST_BYTES: Final = 1 << 20
TAKE_IN = """
UPDATE telemetry_block AS b SET sealed = n.sealed
FROM unnest(%s::bigint[], %s::bytea[]) AS n(seq, sealed)
WHERE b.seq = n.seq AND b.day = %s AND b.sitting = %s AND b.stream = %s AND b.epoch = %s
"""
LET_GO = """
DELETE FROM telemetry_block
WHERE seq = ANY(%s) AND day = %s AND sitting = %s AND stream = %s AND epoch = %s
"""


class Changed(Exception):
    """Somebody changed these rows meanwhile; the next turn looks at them anew."""


@dataclass(frozen=True, slots=True)
class Loose:
    """A Block that stands alone, opened."""

    seq: int
    t0: float
    channels: int
    keys: Sequence[bytes]
    raw: bytes


@dataclass(frozen=True, slots=True)
class Packed:
    """What the row `seq` is to hold, and the rows that it takes in."""

    seq: int
    sealed: bytes
    taken: Sequence[int]


def due(now: datetime) -> QuerySet[Sitting]:
    """Sittings that are over, quiet, and not packed, the oldest first."""
    before = now - QUIET
    over = Sitting.objects.filter(packed_at=None, ended_at__lt=before, active_at__lt=before)
    return over.select_related("learner").order_by("ended_at")


def sweep(*, clock: Callable[[], datetime]) -> int:
    """Pack what is due for as long as a turn lasts; how many Sittings were."""
    began, done = clock(), 0
    for sitting in due(began)[:AT_ONCE]:
        if clock() - began > A_TURN:
            break
        try:
            compact(sitting, now=clock())
            done += 1
        except (Changed, DatabaseError, KeystoreBusy):
            logger.exception("compaction.waits")
    return done


def tighten(*, now: datetime) -> int:
    """Give back the room of the oldest day in which nothing is to be packed; how many bytes."""
    yesterday = now.astimezone(UTC).date() - ONE_DAY
    for day in partitions.loose(yesterday):
        began = datetime.combine(day, time.min, UTC)
        of_day = Sitting.objects.filter(began_at__gte=began, began_at__lt=began + ONE_DAY)
        if not of_day.filter(packed_at=None).exists():
            return partitions.tighten(day)
    return 0


def compact(sitting: Sitting, *, now: datetime) -> int:
    """Pack every Stream that its Learner allows; how many rows went. Again is harmless.

    What no Grant allows any more stays as it is: it goes with its withdrawal, or with its day.
    If the gate could not check, the Sitting stays due.
    """
    gone = 0
    for stream in newest([sitting])[sitting.id]:
        answers = gate.permits(sitting.learner.code, [scope(stream, "adapt")], now=now)
        if answers.could_not_check:
            return gone
        for permit in answers.granted.values():
            gone += _stream(sitting, permit)
    Sitting.objects.filter(pk=sitting.pk).update(packed_at=now)
    return gone


def _stream(sitting: Sitting, permit: Permit) -> int:
    packed = list(_packed(sitting, permit))
    if not packed:
        return 0
    with transaction.atomic():
        return _replace(sitting, permit, packed)


def _packed(sitting: Sitting, permit: Permit) -> Iterator[Packed]:
    stream = permit.stream
    for run in _runs(sitting, permit):
        newest = run[-1]
        try:
            keys = [keystore.key(id) for id in newest.keys]
            value = block_compression.pack([each.raw for each in run])
        except (KeyDestroyed, ValueError):
            continue
        at = place(sitting.id, stream, newest.seq, permit.subject)
        taken = [each.seq for each in run[:-1]]
        yield Packed(newest.seq, seal(value, keys=keys, place=at), taken)


def _runs(sitting: Sitting, permit: Permit) -> Iterator[Sequence[Loose]]:
    """Blocks that may stand together, at least two. Anything between two of them parts them."""
    run: list[Loose] = []
    for found in _opened(sitting, permit):
        if run and (found is None or not _goes_on(run, found)):
            yield from _if_several(run)
            run = []
        if found is not None:
            run.append(found)
    yield from _if_several(run)


def _if_several(run: Sequence[Loose]) -> Iterable[Sequence[Loose]]:
    return [run] if len(run) > 1 else []


def _goes_on(run: Sequence[Loose], found: Loose) -> bool:
    last = run[-1]
    alike = (last.keys, last.channels) == (found.keys, found.channels)
    in_time = last.t0 <= found.t0 <= run[0].t0 + block_compression.LONGEST_S
    return alike and in_time and sum(len(each.raw) for each in run) < MOST_BYTES


def _opened(sitting: Sitting, permit: Permit) -> Iterator[Loose | None]:
    """Every row of the Stream in the order of numbers; None for what has to stay as it is."""
    day = sitting.day
    rows = Block.objects.filter(day=day, sitting=sitting.id, stream=permit.stream)
    for block in rows.order_by("seq").iterator(chunk_size=AT_ONCE):
        yield _loose(block, permit) if block.epoch == permit.epoch else None


def _loose(block: Block, permit: Permit) -> Loose | None:
    at = place(block.sitting, block.stream, block.seq, permit.subject)
    try:
        raw, keys = unseal(block.sealed, place=at), key_ids(bytes(block.sealed))
    except (KeyDestroyed, Tampered):
        return None
    if raw.startswith(block_compression.PACKED):
        return None
    return Loose(block.seq, block.t0, block.channels, keys, raw)


def _replace(sitting: Sitting, permit: Permit, packed: Sequence[Packed]) -> int:
    """All of them or none; nothing where the Grant ended meanwhile. Who changes Grants locks them
    before any Block, and so does this."""
    day, stream = sitting.day, permit.stream
    where: list[Any] = [day, sitting.id, stream, permit.epoch]
    taken = [seq for each in packed for seq in each.taken]
    standing = (sitting.learner_id, permit.scope, permit.epoch)
    if standing not in trigger_errors.lock_live_grants([sitting.learner_id], [permit.scope]):
        return 0
    with connection.cursor() as cursor:
        cursor.execute(LET_GO, [taken, *where])
        went = int(cursor.rowcount)
        newest = {each.seq: each.sealed for each in packed}
        cursor.execute(TAKE_IN, [list(newest), list(newest.values()), *where])
        if (went, cursor.rowcount) != (len(taken), len(packed)):
            raise Changed(f"expected {len(taken)} rows to go, {went} did")
    return went
