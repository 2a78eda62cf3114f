"""Sealing anew what is kept when the keys it stands under have to go: in batches, each whole.

A batch holds the person's live Grants, so a withdrawal is wholly before or wholly after it (I-1);
what no key opens any more is no loss to anybody and goes. Killed anywhere it can run again.
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
from vault import keystore
from vault.keystore import Name
from vault.sealed_values import KeyDestroyed, Place, Tampered, key_ids, reseal

BATCH: Final = 500
LONGEST: Final = timedelta(seconds=2 * LONGEST_SITTING_S)
Doomed = Mapping[bytes, tuple[Name, datetime]]
Found = Sequence[tuple[Any, bytes | memoryview]]
# The head of a sealed value names its keys in clear.
UNDER = """CASE WHEN length(sealed) > 2 THEN EXISTS (
  SELECT FROM generate_series(0, get_byte(sealed, 1) - 1) AS i
  WHERE substring(sealed FROM 3 + 8 * i FOR 8) = ANY(%s::bytea[])) ELSE false END"""
BLOCKS = f"""SELECT seq, sealed FROM telemetry_block
WHERE day = %s AND sitting = %s AND stream = %s AND learner = %s AND seq > %s AND {UNDER}
ORDER BY seq LIMIT {BATCH} FOR UPDATE"""  # noqa: S608
# With the epoch of the Grant that stands: the table's own wall looks at it, and readers do.
RENEW_BLOCKS = """UPDATE telemetry_block AS b SET sealed = n.sealed, epoch = %s
FROM unnest(%s::bigint[], %s::bytea[]) AS n(seq, sealed)
WHERE b.day = %s AND b.sitting = %s AND b.stream = %s AND b.seq = n.seq"""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by `identity`, the column that their seal is bound to; `written` is when they were."""

    model: type[Model]
    identity: str
    written: str
    place: Callable[[Any, UUID], Place]

    @property
    def name(self) -> str:
        return str(self.model._meta.db_table)

    def under(self, person: User, ids: Collection[bytes], after: Any = None) -> list[Any]:
        """A batch of rows under any of these keys, locked."""
        column = self.identity
        return self._run(
            f"SELECT {column}, sealed, {self.written} FROM {self.name} WHERE learner = %s"  # noqa: S608
            f" AND (%s::uuid IS NULL OR {column} > %s) AND {UNDER}"
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
        """Rows go, but for an offer's: its record stays without its reason."""
        rows = self.model._base_manager.filter(**{f"{self.identity}__in": identities})
        if self.model is Intervention:
            return rows.update(sealed=b"")
        return rows.delete()[1].get(self.model._meta.label, 0)

    def _run(self, sql: str, values: list[Any]) -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
            return list(cursor.fetchall())


def _at(model: type[Model]) -> Callable[[Any, UUID], Place]:
    table = str(model._meta.db_table)
    return lambda id, subject: Place(table, "sealed", str(id), subject)


TABLES: Final = (
    Table(AffectEstimate, "id", "made_at", _at(AffectEstimate)),
    Table(BehaviourEstimate, "id", "made_at", _at(BehaviourEstimate)),
    Table(ShadowEstimate, "id", "made_at", _at(ShadowEstimate)),
    Table(Intervention, "code", "decided_at", reasons.place),
)


def batches(person: User, doomed: Doomed, since: datetime, now: datetime) -> Iterator[int]:
    """Seal everything under these keys anew; yields after each batch how many rows it kept.

    The Sitting that is going on comes first, because its Windows read it. What somebody who was at
    work meanwhile wrote under these keys since `since` is not kept.
    """
    for sitting, stream in _lanes(person, doomed):
        yield from _all(functools.partial(_blocks, person, sitting, stream, doomed, now))
    for table in TABLES:
        yield from _all(functools.partial(_rows, person, table, doomed, since, now))


def leave_nothing(person: User, ids: Collection[bytes]) -> None:
    """Forget what still stands under keys that are gone: written while they went."""
    for table in TABLES:
        while found := table.under(person, ids):
            table.forget([row[0] for row in found])


def _all(batch: Callable[[Any], tuple[int, Any]]) -> Iterator[int]:
    last = None
    while True:
        kept, last = batch(last)
        if last is None:
            return
        yield kept


def _lanes(person: User, doomed: Doomed) -> Iterator[tuple[Sitting, str]]:
    """The Sittings that can have a Block under these keys, by Stream, the newest first."""
    if not doomed:
        return
    oldest = min(made_at for _, made_at in doomed.values()) - LONGEST
    streams = sorted({scope.partition(":")[0] for (_, scope, _), _ in doomed.values()})
    for sitting in Sitting.objects.filter(learner=person, began_at__gt=oldest).order_by(
        "-began_at"
    ):
        yield from ((sitting, stream) for stream in streams)


@transaction.atomic
def _blocks(
    person: User, sitting: Sitting, stream: str, doomed: Doomed, now: datetime, last: int | None
) -> tuple[int, int | None]:
    """One batch; how many rows were kept, and the last that was looked at."""
    fresh, epochs = _instead(person, doomed, now)
    scope, day = f"{stream}:adapt", sitting.day
    mine = [id for id, (name, _) in doomed.items() if name[1] == scope]
    with connection.cursor() as cursor:
        after = -1 if last is None else last
        cursor.execute(BLOCKS, [day, sitting.id, stream, person.pk, after, mine])
        found = cursor.fetchall()
        at = functools.partial(_block, sitting, stream, person.code)
        kept, lost = _sealed(found, at, doomed, fresh)
        if kept:
            of: list[Any] = [epochs[scope], list(kept), list(kept.values())]
            cursor.execute(RENEW_BLOCKS, [*of, day, sitting.id, stream])
    Block.objects.filter(day=day, sitting=sitting.id, stream=stream, seq__in=lost).delete()
    return len(kept), found[-1][0] if found else None


@transaction.atomic
def _rows(
    person: User, table: Table, doomed: Doomed, since: datetime, now: datetime, last: UUID | None
) -> tuple[int, UUID | None]:
    fresh, _ = _instead(person, doomed, now)
    found = table.under(person, doomed, last)
    older = [(id, sealed) for id, sealed, at in found if at < since]
    kept, lost = _sealed(older, lambda id: table.place(id, person.code), doomed, fresh)
    table.renew(kept)
    table.forget([*lost, *(id for id, _, at in found if at >= since)])
    return len(kept), found[-1][0] if found else None


def _block(sitting: Sitting, stream: str, subject: UUID, seq: int) -> Place:
    return group_commit.place(sitting.id, stream, seq, subject)


def _instead(
    person: User, doomed: Doomed, now: datetime
) -> tuple[dict[bytes, keystore.Key], dict[str, int]]:
    """For each key that goes, the one of the Grant that stands; held until the transaction ends.

    None where it does not: what was taken under it is not to be kept.
    """
    grants.lock_for_read([person.pk])
    live = Grant.objects.filter(learner=person, live=True, expires_at__gt=now)
    epochs = dict(live.values_list("scope", "epoch"))
    fresh = {
        id: keystore.current_key(person.code, name[1], epochs[name[1]], now)
        for id, (name, _) in doomed.items()
        if name[1] in epochs and name[2] < epochs[name[1]]
    }
    return fresh, epochs


def _sealed(
    found: Found,
    place: Callable[[Any], Place],
    doomed: Doomed,
    fresh: Mapping[bytes, keystore.Key],
) -> tuple[dict[Any, bytes], list[Any]]:
    """The rows sealed anew, and those that nothing opens or nobody allows any more."""
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
