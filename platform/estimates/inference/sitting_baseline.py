"""The baseline of a Learner at the start of a Sitting: computed for each Stream, and stored.

Computing it reads minutes of Blocks, which took longer than the rest of a Window. It is therefore
computed twice: when those minutes are over, and once more when no late Block of them can arrive. It
is read under the Permit of its Stream's own epoch, and deleted with it.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from consent.permits import gate
from consent.permits.gate import Permit
from emotion.models.protocol import Opening as Usual
from emotion.windows import Window as Cut
from estimates.inference.storage import Draft, store_each
from estimates.models import Opening
from estimates.registry.predictors import InUse
from telemetry import windows
from telemetry.blocks import tracks
from telemetry.blocks.tracks import Held, Wanted
from telemetry.models import Sitting
from vault.errors import KeyDestroyed
from vault.sealed_values import Place, unseal_value

logger = logging.getLogger(__name__)
# A Block may be late by as much as a Window.
SETTLED_AFTER = windows.LATE_AFTER
Kept = dict[str, NDArray[np.float32]]
Asked = tuple[Sitting, Mapping[str, Permit]]


def of(by: InUse, sitting: Sitting, given: Iterable[Permit], *, now: datetime) -> Usual:
    """Return the baseline by Stream: stored ones, and newly computed ones where missing."""
    permits = {permit.scope: permit for permit in given}
    rows = Opening.objects.filter(sitting=sitting, predictor=by.row)
    kept = _kept(_in_force(by, sitting, rows, now), permits)
    lacking = _lacking(kept, permits)
    made = windows.opening_of(by.learned, sitting, lacking) if lacking else {}
    _keep(by, [((sitting, permits), made)], now)
    return {**kept, **made}


def of_each(by: InUse, asked: Sequence[Asked], *, now: datetime) -> list[Usual | None]:
    """Return the baselines of many Sittings at once; None for one that cannot be read."""
    kept = _kept_each(by, asked, now)
    lacking = [
        (n, Wanted(sitting, _lacking(found, permits), 0.0, by.learned.opening_s))
        for n, ((sitting, permits), found) in enumerate(zip(asked, kept, strict=True))
        if found is not None and _lacking(found, permits)
    ]
    held = tracks.read_each([wanted for _, wanted in lacking])
    made = {n: _made(by, first) for (n, _), first in zip(lacking, held, strict=True)}
    _keep(by, [(asked[n], usual or {}) for n, usual in made.items()], now)
    return [_both(found, made.get(n, {})) for n, found in enumerate(kept)]


def _both(kept: Usual | None, made: Usual | None) -> Usual | None:
    return None if kept is None or made is None else {**kept, **made}


def _made(by: InUse, first: Held) -> Usual | None:
    t1 = by.learned.opening_s
    try:
        return by.learned.opening(Cut(0.0, t1, first.tracks(0.0, t1)))
    except Exception:
        logger.exception("window.unreadable")
        return None


def _settles_in(by: InUse) -> timedelta:
    """Return how long after the start of a Sitting a Block of these minutes may still arrive."""
    return timedelta(seconds=by.learned.opening_s) + SETTLED_AFTER


def _settled_at(by: InUse, sitting: Sitting) -> datetime:
    return sitting.began_at + _settles_in(by)


def _in_force(by: InUse, sitting: Sitting, rows: Iterable[Opening], now: datetime) -> list[Opening]:
    """Return the valid ones: one computed early may lack a late Block."""
    settled = _settled_at(by, sitting)
    return [row for row in rows if now < settled or row.made_at >= settled]


def _kept_each(by: InUse, asked: Sequence[Asked], now: datetime) -> list[Kept | None]:
    rows: dict[UUID, list[Opening]] = {sitting.id: [] for sitting, _ in asked}
    for row in Opening.objects.filter(sitting__in=list(rows), predictor=by.row):
        rows[row.sitting_id].append(row)
    return [
        _kept_or_none(_in_force(by, sitting, rows[sitting.id], now), permits)
        for sitting, permits in asked
    ]


def _kept_or_none(rows: Iterable[Opening], permits: Mapping[str, Permit]) -> Kept | None:
    try:
        return _kept(rows, permits)
    except Exception:
        logger.exception("window.unreadable")
        return None


def _kept(rows: Iterable[Opening], permits: Mapping[str, Permit]) -> Kept:
    found = {}
    for row in rows:
        (scope,) = row.scopes
        if gate.covers(permits, row.scopes, row.epochs):
            try:
                found[_stream(scope)] = _read(row, permits[scope])
            except KeyDestroyed:
                continue
    return found


def _lacking(kept: Kept, permits: Mapping[str, Permit]) -> list[Permit]:
    return [permit for scope, permit in permits.items() if _stream(scope) not in kept]


def _read(row: Opening, permit: Permit) -> NDArray[np.float32]:
    values = unseal_value(bytes(row.sealed), place=_place(row.id, permit.subject))
    return np.array([math.nan if value is None else value for value in values], np.float32)


def _keep(by: InUse, made: Sequence[tuple[Asked, Usual]], now: datetime) -> None:
    """Store baselines in place of early ones; if killed in between, they are computed again."""
    drafts = [
        _draft(by, sitting, name, usual, permits, now)
        for (sitting, permits), found in made
        for name, usual in found.items()
    ]
    settled = [sitting for (sitting, _), new in made if new and now >= _settled_at(by, sitting)]
    if settled:
        first = F("sitting__began_at") + _settles_in(by)
        rows = Opening.objects.filter(sitting__in=settled, predictor=by.row, made_at__lt=first)
        rows.delete()
    if drafts:
        store_each(drafts)


def _draft(
    by: InUse,
    sitting: Sitting,
    stream: str,
    usual: NDArray[np.float32],
    permits: Mapping[str, Permit],
    now: datetime,
) -> Draft[Opening]:
    made = uuid4()
    values = [None if math.isnan(value) else value for value in usual.tolist()]
    row = Opening(id=made, sitting=sitting, predictor=by.row, made_at=now)
    return Draft(row, values, [stream], permits, _place(made, sitting.learner.code))


def _stream(scope: str) -> str:
    return scope.partition(":")[0]


def _place(opening_id: UUID, subject: UUID) -> Place:
    return Place("estimates_opening", "sealed", str(opening_id), subject)
