"""Reseal rows under new keys when their old keys must be destroyed, in atomic batches.

A batch locks the person's live Grants, so that a withdrawal comes wholly before or after it (I-1).
Rows that no key opens any more are deleted. It can run again after a kill.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Model

from accounts.models import User
from adaptation.models import Intervention
from adaptation.offers import reasons
from consent.grants import grants
from consent.models import Grant
from estimates.models import AffectEstimate, BehaviourEstimate, ShadowEstimate
from telemetry.blocks import group_commit
from telemetry.models import LONGEST_SITTING_S, Block, Sitting
from vault.keystore import Key, open_keystore
from vault.queries import Name
from vault.sealed_values import KeyDestroyed, Place, Tampered, key_ids, reseal

BATCH: Final = 500
LONGEST: Final = timedelta(seconds=2 * LONGEST_SITTING_S)
DoomedKeys = Mapping[bytes, tuple[Name, datetime]]
FoundRows = Sequence[tuple[Any, bytes | memoryview]]
# The head of a sealed value contains its key ids in clear.
UNDER_KEYS = """CASE WHEN length(sealed) > 2 THEN EXISTS (
  SELECT FROM generate_series(0, get_byte(sealed, 1) - 1) AS i
  WHERE substring(sealed FROM 3 + 8 * i FOR 8) = ANY(%s::bytea[])) ELSE false END"""
BLOCKS = f"""SELECT seq, sealed FROM telemetry_block
WHERE day = %s AND sitting = %s AND stream = %s AND learner = %s AND seq > %s AND {UNDER_KEYS}
ORDER BY seq LIMIT {BATCH} FOR UPDATE"""  # noqa: S608
# With the epoch of the live Grant, which the table's trigger and readers check.
RENEW_BLOCKS = """UPDATE telemetry_block AS b SET sealed = n.sealed, epoch = %s
FROM unnest(%s::bigint[], %s::bytea[]) AS n(seq, sealed)
WHERE b.day = %s AND b.sitting = %s AND b.stream = %s AND b.seq = n.seq"""


@dataclass(frozen=True, slots=True)
class SealedTable:
    """A table of sealed rows.

    `identity`: the column that the seal is bound to. `written`: the column with the time of
    writing.
    """

    model: type[Model]
    identity: str
    written: str
    place: Callable[[Any, UUID], Place]

    @property
    def name(self) -> str:
        return str(self.model._meta.db_table)

    def rows_under(self, person: User, ids: Collection[bytes], after: Any = None) -> list[Any]:
        """Return a locked batch of rows sealed under any of these keys."""
        column = self.identity
        return self._run(
            f"SELECT {column}, sealed, {self.written} FROM {self.name} WHERE learner = %s"  # noqa: S608
            f" AND (%s::uuid IS NULL OR {column} > %s) AND {UNDER_KEYS}"
            f" ORDER BY {column} LIMIT {BATCH} FOR UPDATE",
            [person.pk, after, after, list(ids)],
        )

    def renew(self, sealed: Mapping[Any, bytes]) -> None:
        sql = (
            f"UPDATE {self.name} AS t SET sealed = n.sealed"  # noqa: S608
            " FROM unnest(%s::uuid[], %s::bytea[]) AS n(id, sealed)"
            f" WHERE t.{self.identity} = n.id"
        )
        with connection.cursor() as cursor:
            cursor.execute(sql, [list(sealed), list(sealed.values())])

    def forget(self, identities: Collection[Any]) -> int:
        """Delete rows; an Intervention keeps its row and loses only its reason."""
        rows = self.model._base_manager.filter(**{f"{self.identity}__in": identities})
        if self.model is Intervention:
            return rows.update(sealed=b"")
        return rows.delete()[1].get(self.model._meta.label, 0)

    def _run(self, sql: str, values: list[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())


def _sealed_place(model: type[Model]) -> Callable[[Any, UUID], Place]:
    table = str(model._meta.db_table)
    return lambda id, subject: Place(table, "sealed", str(id), subject)


TABLES: Final = (
    SealedTable(AffectEstimate, "id", "made_at", _sealed_place(AffectEstimate)),
    SealedTable(BehaviourEstimate, "id", "made_at", _sealed_place(BehaviourEstimate)),
    SealedTable(ShadowEstimate, "id", "made_at", _sealed_place(ShadowEstimate)),
    SealedTable(Intervention, "code", "decided_at", reasons.place),
)


def reseal_batches(
    person: User, doomed: DoomedKeys, since: datetime, now: datetime
) -> Iterator[int]:
    """Reseal everything under these keys; yields the number of rows kept in each batch.

    The running Sitting comes first, because its Windows are read. Rows written under these keys
    since `since` are deleted, not resealed.
    """
    for sitting, stream in _streams_of_sittings(person, doomed):
        yield from _run_batches(
            functools.partial(_reseal_blocks, person, sitting, stream, doomed, now)
        )
    for table in TABLES:
        yield from _run_batches(functools.partial(_reseal_rows, person, table, doomed, since, now))


def forget_rows_under(person: User, ids: Collection[bytes]) -> None:
    """Delete rows that were written under these keys while they were destroyed."""
    for table in TABLES:
        while found := table.rows_under(person, ids):
            table.forget([row[0] for row in found])


def _run_batches(batch: Callable[[Any], tuple[int, Any]]) -> Iterator[int]:
    last = None
    while True:
        kept, last = batch(last)
        if last is None:
            return
        yield kept


def _streams_of_sittings(person: User, doomed: DoomedKeys) -> Iterator[tuple[Sitting, str]]:
    """Yield the Sittings that may have Blocks under these keys, by Stream, newest first."""
    if not doomed:
        return
    oldest = min(made_at for _, made_at in doomed.values()) - LONGEST
    streams = sorted({scope.partition(":")[0] for (_, scope, _), _ in doomed.values()})
    for sitting in Sitting.objects.filter(learner=person, began_at__gt=oldest).order_by(
        "-began_at"
    ):
        yield from ((sitting, stream) for stream in streams)


@transaction.atomic
def _reseal_blocks(
    person: User, sitting: Sitting, stream: str, doomed: DoomedKeys, now: datetime, last: int | None
) -> tuple[int, int | None]:
    """Reseal one batch. Returns how many rows were kept and the last sequence number read."""
    fresh, epochs = _successor_keys(person, doomed, now)
    scope, day = f"{stream}:adapt", sitting.day
    mine = [id for id, (name, _) in doomed.items() if name[1] == scope]
    with connection.cursor() as cursor:
        after = -1 if last is None else last
        cursor.execute(BLOCKS, [day, sitting.id, stream, person.pk, after, mine])
        found = cursor.fetchall()
        at = functools.partial(_block_place, sitting, stream, person.code)
        kept, lost = _reseal_each(found, at, doomed, fresh)
        if kept:
            of: list[Any] = [epochs[scope], list(kept), list(kept.values())]
            cursor.execute(RENEW_BLOCKS, [*of, day, sitting.id, stream])
    Block.objects.filter(day=day, sitting=sitting.id, stream=stream, seq__in=lost).delete()
    return len(kept), found[-1][0] if found else None


@transaction.atomic
def _reseal_rows(
    person: User,
    table: SealedTable,
    doomed: DoomedKeys,
    since: datetime,
    now: datetime,
    last: UUID | None,
) -> tuple[int, UUID | None]:
    fresh, _ = _successor_keys(person, doomed, now)
    found = table.rows_under(person, doomed, last)
    older = [(id, sealed) for id, sealed, at in found if at < since]
    kept, lost = _reseal_each(older, lambda id: table.place(id, person.code), doomed, fresh)
    table.renew(kept)
    table.forget([*lost, *(id for id, _, at in found if at >= since)])
    return len(kept), found[-1][0] if found else None


def _block_place(sitting: Sitting, stream: str, subject: UUID, seq: int) -> Place:
    return group_commit.place(sitting.id, stream, seq, subject)


def _successor_keys(
    person: User, doomed: DoomedKeys, now: datetime
) -> tuple[dict[bytes, Key], dict[str, int]]:
    """Return for each old key the current key of its Grant, and the live epochs by scope.

    Locks the Grants until the transaction ends. A key whose Grant is off has no successor, because
    its data must not be kept.
    """
    grants.lock_for_read([person.pk])
    live = Grant.objects.filter(learner=person, live=True, expires_at__gt=now)
    epochs = dict(live.values_list("scope", "epoch"))
    fresh = {
        id: open_keystore().current_key(person.code, name[1], epochs[name[1]], now)
        for id, (name, _) in doomed.items()
        if name[1] in epochs and name[2] < epochs[name[1]]
    }
    return fresh, epochs


def _reseal_each(
    found: FoundRows,
    place: Callable[[Any], Place],
    doomed: DoomedKeys,
    fresh: Mapping[bytes, Key],
) -> tuple[dict[Any, bytes], list[Any]]:
    """Return the resealed rows, and those that no key opens or no Grant allows any more."""
    kept, lost = {}, []
    gone = doomed.keys() - fresh.keys()
    for identity, sealed in found:
        try:
            if not gone.isdisjoint(key_ids(bytes(sealed))):
                raise KeyDestroyed("what this was taken under is not allowed any more")
            kept[identity] = reseal(sealed, place=place(identity), instead=fresh)
        except (KeyDestroyed, Tampered):
            lost.append(identity)
    return kept, lost
