"""Delete the sensed data of the last ten minutes and reseal the rest under new keys.

① One transaction starts a new epoch of the same Grants, so that no data on its way is stored. It
also deletes the rows of those minutes and writes the Erasure. ② The rest is resealed in batches. ③
The old keys are destroyed, so that every copy of those minutes is unreadable (I-2).

After a kill the sweep continues (I-11). `privacy.erasure.erasure_completion` verifies it like any
other Erasure.
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
from vault.errors import KeystoreBusy
from vault.keystore import open_keystore

logger = logging.getLogger(__name__)
LAST: Final = timedelta(minutes=10)
PATIENCE: Final = timedelta(seconds=2)
# Twice the longest Sitting.
SITTINGS_WITHIN: Final = timedelta(days=1)
# The count that marks an Erasure of this module: only these cover just the last seconds.
MARK: Final = "last_s"
ESTIMATES: Final = (AffectEstimate, BehaviourEstimate, ShadowEstimate)
# Readers are checked by epoch, so rows that stay move to the new epoch.
MOVE_EPOCHS = """UPDATE {table} SET epochs = (
  SELECT array_agg(CASE WHEN s.epoch = m.epoch - 1 THEN m.epoch ELSE s.epoch END ORDER BY s.n)
  FROM unnest(scopes, epochs) WITH ORDINALITY AS s(scope, epoch, n)
  LEFT JOIN unnest(%s::text[], %s::bigint[]) AS m(scope, epoch) ON m.scope = s.scope)
WHERE learner = %s AND scopes && %s::varchar[]"""


def scopes_of_group(group: str) -> list[str]:
    """Return the scopes of a group of Streams, or of all if none is named. Raises KeyError."""
    if not group:
        return list(ADAPT_SCOPES)
    return [scope(stream, "adapt") for stream in SENSED_GROUPS[group]]


def delete_recent(person: User, scopes: Collection[str], *, now: datetime) -> Erasure | None:
    """Delete the last ten minutes within the time a request may take; the sweep does the rest."""
    erasure = begin_deletion(person, scopes, now=now)
    if erasure is None:
        return None
    clock = steps.clock_from(now)
    try:
        return resume(erasure.id, clock=clock, until=now + PATIENCE)
    except (KeystoreBusy, DatabaseError):
        logger.exception("last_minutes.waits")
        return erasure


@transaction.atomic
def begin_deletion(person: User, scopes: Collection[str], *, now: datetime) -> Erasure | None:
    """Do step ①. Returns None if none of these scopes is granted."""
    id, since = uuid.uuid4(), now - LAST
    epochs = grants.start_new_epochs(person.code, scopes, now=now)
    if not epochs:
        return None
    counts = _forget_rows(person, list(epochs), since)
    _move_epochs(person, epochs)
    erasure = Erasure.objects.create(
        id=id,
        subject=person.code,
        scopes=sorted(epochs),
        cause="request",
        state="asked",
        asked_at=now,
        frozen_at=now,
        counts={MARK: int(LAST.total_seconds()), **counts},
        key_ids=_hex_ids(_doomed_keys(person.code, epochs, since)),
        subject_ref=claim_codes.subject_ref(
            claim_codes.withdrawal_code(person.code, id), person.code
        ),
    )
    audit.record("erasure.ask", actor=person.code, subject=person.code, public={"erasure": id})
    return erasure


def resume(erasure_id: UUID, *, clock: Clock, until: datetime) -> Erasure:
    """Continue with steps ② and ③ until `until`; idempotent. Must run outside a transaction."""
    erasure = Erasure.objects.get(id=erasure_id)
    if erasure.state != "asked":
        return erasure
    person = User.objects.filter(code=erasure.subject_code()).first()
    if person is not None:
        for kept in reencryption.reseal_batches(
            person, _keys_to_destroy(erasure), erasure.asked_at - LAST, clock()
        ):
            _count_resealed(erasure_id, kept)
            if clock() >= until:
                return Erasure.objects.get(id=erasure_id)
    return _destroy(erasure_id, person, clock)


def sweep(*, clock: Clock, longest: timedelta = timedelta(minutes=1)) -> int:
    """Continue Erasures that a request left unfinished. Returns how many there were."""
    until = clock() + longest
    left = Erasure.objects.filter(state="asked", counts__has_key=MARK).order_by("asked_at")
    ids = list(left.values_list("id", flat=True))
    for erasure_id in ids:
        try:
            resume(erasure_id, clock=clock, until=until)
        except (KeystoreBusy, DatabaseError):
            logger.exception("last_minutes.waits")
    return len(ids)


def _destroy(erasure_id: UUID, person: User | None, clock: Clock) -> Erasure:
    """Do step ③: commit the key ids, destroy the keys, and forget rows written under them since."""
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        if erasure.state != "asked":
            return erasure
        erasure.key_ids = _hex_ids({*erasure.destroyed(), *_keys_to_destroy(erasure)})
        erasure.save(update_fields=["key_ids"])
    open_keystore().destroy_ids(erasure.destroyed())
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        if erasure.state == "asked":
            _record(erasure, person, clock())
    return erasure


def _record(erasure: Erasure, person: User | None, at: datetime) -> None:
    if person is not None:
        reencryption.forget_rows_under(person, erasure.destroyed())
    counts = {"keys": len(erasure.destroyed()), **derived_artefacts.flag_predictors(erasure)}
    erasure.state, erasure.counts = "derived", {**erasure.counts, **counts}
    erasure.shredded_at = erasure.rows_at = erasure.derived_at = at
    erasure.save()
    public = {"erasure": erasure.id, "state": erasure.state, **erasure.counts}
    audit.record("erasure.step", actor=None, subject=None, public=public)


def _count_resealed(erasure_id: UUID, kept: int) -> None:
    with transaction.atomic():
        erasure = Erasure.objects.select_for_update().get(id=erasure_id)
        erasure.counts = {**erasure.counts, "resealed": erasure.counts.get("resealed", 0) + kept}
        erasure.save(update_fields=["counts"])


def _keys_to_destroy(erasure: Erasure) -> reencryption.DoomedKeys:
    """Return the keys to destroy, read again: a writer with an old Permit may have made one
    since."""
    began = ConsentEvent.objects.filter(
        learner__code=erasure.subject_code(), verb=FORGET_LAST, at=erasure.asked_at
    )
    epochs = dict(began.filter(scope__in=erasure.scopes or ()).values_list("scope", "epoch"))
    return _doomed_keys(erasure.subject_code(), epochs, erasure.asked_at - LAST)


def _doomed_keys(
    subject: UUID, epochs: Mapping[str, int], since: datetime
) -> reencryption.DoomedKeys:
    """Return each key that may have sealed data of those minutes."""
    used = open_keystore().used_since(subject, sorted(epochs), since)
    return {id: (name, at) for id, (name, at) in used.items() if name[2] < epochs[name[1]]}


def _hex_ids(ids: Collection[bytes]) -> str:
    return " ".join(sorted(id.hex() for id in ids))


def _forget_rows(person: User, scopes: Collection[str], since: datetime) -> Counts:
    """Delete the rows of those minutes. Returns the counts, with seconds of Blocks by group."""
    blocks = forget_blocks_since(person.code, scopes, since)
    lengths = {
        f"{group}_s": max(blocks.get(stream, 0) for stream in streams)
        for group, streams in SENSED_GROUPS.items()
    }
    counts = {"telemetry_block": sum(blocks.values()), **lengths}
    mine: dict[str, Any] = {"learner": person, "scopes__overlap": list(scopes)}
    for model in ESTIMATES:
        pks = _recent_rows(model.objects.filter(**mine), "made_at", since)
        label, table = model._meta.label, str(model._meta.db_table)
        counts[table] = model.objects.filter(pk__in=pks).delete()[1].get(label, 0)
    # The session baseline is computed again from the rest, an explanation can be requested again,
    # and the personal calibration is learnt again with the next self-report.
    for remade in (Opening, Explanation, PersonalCalibration):
        remade.objects.filter(**mine).delete()
    for holding in data_inventory.all():
        if holding.erase_since is not None:
            table = str(holding.model._meta.db_table)
            counts[table] = holding.erase_since(person.code, scopes, since)
    counts["adaptation_letgo"] = LetGo.objects.filter(**mine, at__gte=since).delete()[0]
    offers = Intervention.objects.filter(**mine).exclude(sealed=b"")
    pks = _recent_rows(offers, "decided_at", since)
    counts["reasons"] = Intervention.objects.filter(pk__in=pks).update(sealed=b"")
    return {name: count for name, count in counts.items() if count}


def _recent_rows(rows: QuerySet[Any], written: str, since: datetime) -> list[Any]:
    """Return the keys of rows written since, or of Windows that were not over by then."""
    recent = rows.filter(sitting__began_at__gt=since - SITTINGS_WITHIN) | rows.filter(
        **{f"{written}__gte": since}
    )
    return [
        pk
        for pk, cut, at, began in recent.values_list("pk", "cut", written, "sitting__began_at")
        if at >= since or began + timedelta(seconds=span(cut)[1]) > since
    ]


def _move_epochs(person: User, epochs: Mapping[str, int]) -> None:
    values: list[Any] = [list(epochs), list(epochs.values()), person.pk, list(epochs)]
    with connection.cursor() as cursor:
        for model in (*ESTIMATES, Intervention):
            cursor.execute(MOVE_EPOCHS.format(table=model._meta.db_table), values)
