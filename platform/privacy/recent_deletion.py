"""Deleting the last ten minutes: what was sensed in them goes at once, the rest gets new keys.

① one transaction begins a new epoch under the same yes, so that nothing on its way is stored,
removes the rows of those minutes, and writes the Erasure. ② the rest is sealed anew in batches.
③ the old keys are destroyed: whatever copy of those minutes lies anywhere is unreadable (I-2).
Killed anywhere, the sweep goes on (I-11); `privacy.erasure.erasure_completion` proves it as it does
every Erasure.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import DatabaseError, connection, transaction
from django.db.models import QuerySet

import audit
import data_inventory
from accounts.models import User
from adaptation.models import Intervention, LetGo
from consent.grants import grants
from consent.grants.grant_reducer import FORGET_LAST
from consent.models import ConsentEvent
from consent.scopes import ADAPT_SCOPES, scope
from consent.stream_groups import SENSED_GROUPS
from estimates.models import (
    AffectEstimate,
    BehaviourEstimate,
    Explanation,
    Opening,
    PersonalCalibration,
    ShadowEstimate,
)
from privacy import reencryption
from privacy.erasure import claim_codes, derived_artefacts, steps
from privacy.erasure.steps import Clock, Counts
from privacy.models import Erasure
from telemetry.erasure import forget_blocks_since
from telemetry.windows import span
from vault import keystore
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)
LAST: Final = timedelta(minutes=10)
PATIENCE: Final = timedelta(seconds=2)
# A Sitting lasts half of it.
LOOKED_AT: Final = timedelta(days=1)
# An Erasure with this count is one of ours: in no other are only the last seconds gone.
MARK: Final = "last_s"
ESTIMATES: Final = (AffectEstimate, BehaviourEstimate, ShadowEstimate)
# Who may read an Estimate or a reason is asked by epoch: those that are kept come along.
MOVE = """UPDATE {table} SET epochs = (
  SELECT array_agg(CASE WHEN s.epoch = m.epoch - 1 THEN m.epoch ELSE s.epoch END ORDER BY s.n)
  FROM unnest(scopes, epochs) WITH ORDINALITY AS s(scope, epoch, n)
  LEFT JOIN unnest(%s::text[], %s::bigint[]) AS m(scope, epoch) ON m.scope = s.scope)
WHERE learner = %s AND scopes && %s::varchar[]"""


def of_group(group: str) -> list[str]:
    """The scopes of one group of Streams; of all where none is named. KeyError for another."""
    if not group:
        return list(ADAPT_SCOPES)
    return [scope(stream, "adapt") for stream in SENSED_GROUPS[group]]


def delete(person: User, scopes: Collection[str], *, now: datetime) -> Erasure | None:
    """All of it, as far as a request should wait; the sweep does the rest."""
    erasure = ask(person, scopes, now=now)
    if erasure is None:
        return None
    clock = steps.running_from(now)
    try:
        return go_on(erasure.id, clock=clock, until=now + PATIENCE)
    except (KeystoreBusy, DatabaseError):
        logger.exception("last_minutes.waits")
        return erasure


@transaction.atomic
def ask(person: User, scopes: Collection[str], *, now: datetime) -> Erasure | None:
    """① Delete what was sensed in the last ten minutes; None where nothing of it is on."""
    id, since = uuid.uuid4(), now - LAST
    epochs = grants.start_new_epochs(person.code, scopes, now=now)
    if not epochs:
        return None
    counts = _forget(person, list(epochs), since)
    _move(person, epochs)
    erasure = Erasure.objects.create(
        id=id,
        subject=person.code,
        scopes=sorted(epochs),
        cause="request",
        state="asked",
        asked_at=now,
        frozen_at=now,
        counts={MARK: int(LAST.total_seconds()), **counts},
        key_ids=_hex(_doomed(person.code, epochs, since)),
        subject_ref=claim_codes.ref(claim_codes.of_withdrawal(person.code, id), person.code),
    )
    audit.record("erasure.ask", actor=person.code, subject=person.code, public={"erasure": id})
    return erasure


def go_on(erasure_id: UUID, *, clock: Clock, until: datetime) -> Erasure:
    """② and ③, as far as it gets before `until`; again is harmless. No open transaction."""
    erasure = Erasure.objects.get(id=erasure_id)
    if erasure.state != "asked":
        return erasure
    person = User.objects.filter(code=erasure.subject_code()).first()
    if person is not None:
        for kept in reencryption.batches(person, _of(erasure), erasure.asked_at - LAST, clock()):
            _count(erasure_id, kept)
            if clock() >= until:
                return Erasure.objects.get(id=erasure_id)
    return _destroy(erasure_id, person, clock)


def sweep(*, clock: Clock, longest: timedelta = timedelta(minutes=1)) -> int:
    """Take up what a request left: killed, or too much for it. How many there were."""
    until = clock() + longest
    left = Erasure.objects.filter(state="asked", counts__has_key=MARK).order_by("asked_at")
    ids = list(left.values_list("id", flat=True))
    for erasure_id in ids:
        try:
            go_on(erasure_id, clock=clock, until=until)
        except (KeystoreBusy, DatabaseError):
            logger.exception("last_minutes.waits")
    return len(ids)


def _destroy(erasure_id: UUID, person: User | None, clock: Clock) -> Erasure:
    """③ Which keys is committed before they go; then what was written under them meanwhile goes."""
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        if erasure.state != "asked":
            return erasure
        erasure.key_ids = _hex({*erasure.destroyed(), *_of(erasure)})
        erasure.save(update_fields=["key_ids"])
    keystore.destroy_ids(erasure.destroyed())
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        if erasure.state == "asked":
            _record(erasure, person, clock())
    return erasure


def _record(erasure: Erasure, person: User | None, at: datetime) -> None:
    if person is not None:
        reencryption.leave_nothing(person, erasure.destroyed())
    counts = {"keys": len(erasure.destroyed()), **derived_artefacts.flag(erasure)}
    erasure.state, erasure.counts = "derived", {**erasure.counts, **counts}
    erasure.shredded_at = erasure.rows_at = erasure.derived_at = at
    erasure.save()
    public = {"erasure": erasure.id, "state": erasure.state, **erasure.counts}
    audit.record("erasure.step", actor=None, subject=None, public=public)


def _count(erasure_id: UUID, kept: int) -> None:
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        erasure.counts = {**erasure.counts, "resealed": erasure.counts.get("resealed", 0) + kept}
        erasure.save(update_fields=["counts"])


def _of(erasure: Erasure) -> reencryption.Doomed:
    """The keys that go, asked anew: a writer with an old Permit may have made one since."""
    began = ConsentEvent.objects.filter(
        learner__code=erasure.subject_code(), verb=FORGET_LAST, at=erasure.asked_at
    )
    epochs = dict(began.filter(scope__in=erasure.scopes or ()).values_list("scope", "epoch"))
    return _doomed(erasure.subject_code(), epochs, erasure.asked_at - LAST)


def _doomed(subject: UUID, epochs: Mapping[str, int], since: datetime) -> reencryption.Doomed:
    """Each key that can have sealed something of those minutes."""
    used = keystore.used_since(subject, sorted(epochs), since)
    return {id: (name, at) for id, (name, at) in used.items() if name[2] < epochs[name[1]]}


def _hex(ids: Collection[bytes]) -> str:
    return " ".join(sorted(id.hex() for id in ids))


def _forget(person: User, scopes: Collection[str], since: datetime) -> Counts:
    """The rows of those minutes, and of how long each group was sensed in them."""
    blocks = forget_blocks_since(person.code, scopes, since)
    lengths = {
        f"{group}_s": max(blocks.get(stream, 0) for stream in streams)
        for group, streams in SENSED_GROUPS.items()
    }
    counts = {"telemetry_block": sum(blocks.values()), **lengths}
    mine: dict[str, Any] = {"learner": person, "scopes__overlap": list(scopes)}
    for model in ESTIMATES:
        pks = _of_those(model.objects.filter(**mine), "made_at", since)
        label, table = model._meta.label, str(model._meta.db_table)
        counts[table] = model.objects.filter(pk__in=pks).delete()[1].get(label, 0)
    # What is usual is made anew from what is left, and why a guess was made can be asked again;
    # their own calibration, with their next word about themselves.
    for remade in (Opening, Explanation, PersonalCalibration):
        remade.objects.filter(**mine).delete()
    for holding in data_inventory.all():
        if holding.erase_since is not None:
            table = str(holding.model._meta.db_table)
            counts[table] = holding.erase_since(person.code, scopes, since)
    counts["adaptation_letgo"] = LetGo.objects.filter(**mine, at__gte=since).delete()[0]
    offers = Intervention.objects.filter(**mine).exclude(sealed=b"")
    pks = _of_those(offers, "decided_at", since)
    counts["reasons"] = Intervention.objects.filter(pk__in=pks).update(sealed=b"")
    return {name: count for name, count in counts.items() if count}


def _of_those(rows: QuerySet[Any], written: str, since: datetime) -> list[Any]:
    """Written since, or about a Window that was not over by then: the wider of the two."""
    recent = rows.filter(sitting__began_at__gt=since - LOOKED_AT) | rows.filter(
        **{f"{written}__gte": since}
    )
    return [
        pk
        for pk, cut, at, began in recent.values_list("pk", "cut", written, "sitting__began_at")
        if at >= since or began + timedelta(seconds=span(cut)[1]) > since
    ]


def _move(person: User, epochs: Mapping[str, int]) -> None:
    values: list[Any] = [list(epochs), list(epochs.values()), person.pk, list(epochs)]
    with connection.cursor() as cursor:
        for model in (*ESTIMATES, Intervention):
            cursor.execute(MOVE.format(table=model._meta.db_table), values)
