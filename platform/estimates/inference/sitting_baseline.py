"""The baseline of a Learner at the start of a Sitting: computed for each Stream, and stored.

Computing it reads minutes of Blocks, which took longer than the rest of a Window. It is therefore
computed twice: when those minutes are over, and once more when no late Block of them can arrive. It
is read under the Permit of its Stream's own epoch, and deleted with it. Blocks that a page brings
after that change nothing, also where a Stream had no baseline by then.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

import numpy as np
from django.db.models import F
from numpy.typing import NDArray

from consent.permits import gate
from consent.permits.gate import Permit
from emotion.models.protocol import Opening as Usual
from emotion.windows import Window as Cut
from estimates.inference.storage import EstimateDraft, store_each
from estimates.models import Opening
from estimates.registry.predictors import LoadedPredictor
from telemetry import windows
from telemetry.blocks import tracks
from telemetry.blocks.tracks import TrackRequest, TrackRows
from telemetry.models import Sitting
from vault.errors import KeyDestroyed, KeystoreBusy
from vault.sealed_values import Place, unseal_value

logger = logging.getLogger(__name__)
# A Block may be late by as much as a Window.
SETTLED_AFTER = windows.LATE_AFTER
# Stored for a Stream with rows but without a baseline, so that they are not read again.
NO_BASELINE = np.zeros(0, np.float32)
StoredBaseline = dict[str, NDArray[np.float32]]
BaselineRequest = tuple[Sitting, Mapping[str, Permit]]


class SealedBaseline(NamedTuple):
    """The columns of a stored baseline that are needed to open it."""

    id: UUID
    scopes: Sequence[str]
    epochs: Sequence[int]
    sealed: bytes
    made_at: datetime


def get_baseline_each(
    by: LoadedPredictor, requests: Sequence[BaselineRequest], *, now: datetime
) -> list[Usual | None]:
    """Return the baselines of many Sittings at once; None for one that cannot be read."""
    stored = _read_stored_each(by, requests, now)
    missing = [
        (n, TrackRequest(sitting, _missing_permits(found, permits), 0.0, by.learned.opening_s))
        for n, ((sitting, permits), found) in enumerate(zip(requests, stored, strict=True))
        if found is not None and _missing_permits(found, permits)
    ]
    data = tracks.read_each([wanted for _, wanted in missing])
    computed = {
        n: _compute_or_none(by, first)
        for (n, _), first in zip(missing, data, strict=True)
        if first.blocks
    }
    _store(by, [(requests[n], usual or {}) for n, usual in computed.items()], now)
    return [_merge(found, computed.get(n, {})) for n, found in enumerate(stored)]


def _merge(stored: Usual | None, computed: Usual | None) -> Usual | None:
    if stored is None or computed is None:
        return None
    return {name: values for name, values in {**stored, **computed}.items() if len(values)}


def _compute_or_none(by: LoadedPredictor, first: TrackRows) -> Usual | None:
    """Compute the baseline of each Stream with rows; `NO_BASELINE` where there is none."""
    t1 = by.learned.opening_s
    try:
        cut = Cut(0.0, t1, first.tracks(0.0, t1))
        usual = by.learned.opening(cut)
    except KeystoreBusy:
        raise
    except Exception:
        logger.exception("window.unreadable")
        return None
    return {name: usual.get(name, NO_BASELINE) for name in cut.streams}


def _settles_in(by: LoadedPredictor) -> timedelta:
    """Return how long after the start of a Sitting a Block of these minutes may still arrive."""
    return timedelta(seconds=by.learned.opening_s) + SETTLED_AFTER


def _settled_at(by: LoadedPredictor, sitting: Sitting) -> datetime:
    return sitting.began_at + _settles_in(by)


def _select_valid(
    by: LoadedPredictor, sitting: Sitting, rows: Iterable[SealedBaseline], now: datetime
) -> list[SealedBaseline]:
    """Return the valid ones: one computed early may lack a late Block."""
    settled = _settled_at(by, sitting)
    return [row for row in rows if now < settled or row.made_at >= settled]


def _read_stored_each(
    by: LoadedPredictor, requests: Sequence[BaselineRequest], now: datetime
) -> list[StoredBaseline | None]:
    rows: dict[UUID, list[SealedBaseline]] = {sitting.id: [] for sitting, _ in requests}
    stored = Opening.objects.filter(sitting__in=list(rows), predictor=by.row)
    for sitting_id, *row in stored.values_list("sitting", *SealedBaseline._fields):
        rows[sitting_id].append(SealedBaseline(*row))
    return [
        _read_stored_or_none(_select_valid(by, sitting, rows[sitting.id], now), permits)
        for sitting, permits in requests
    ]


def _read_stored_or_none(
    rows: Iterable[SealedBaseline], permits: Mapping[str, Permit]
) -> StoredBaseline | None:
    try:
        return _read_stored(rows, permits)
    except KeystoreBusy:
        raise
    except Exception:
        logger.exception("window.unreadable")
        return None


def _read_stored(rows: Iterable[SealedBaseline], permits: Mapping[str, Permit]) -> StoredBaseline:
    found = {}
    for row in rows:
        (scope,) = row.scopes
        if gate.covers(permits, row.scopes, row.epochs):
            try:
                found[_stream(scope)] = _open_row(row, permits[scope])
            except KeyDestroyed:
                continue
    return found


def _missing_permits(stored: StoredBaseline, permits: Mapping[str, Permit]) -> list[Permit]:
    return [permit for scope, permit in permits.items() if _stream(scope) not in stored]


def _open_row(row: SealedBaseline, permit: Permit) -> NDArray[np.float32]:
    values = unseal_value(bytes(row.sealed), place=_place(row.id, permit.subject))
    return np.array([math.nan if value is None else value for value in values], np.float32)


def _store(
    by: LoadedPredictor, computed: Sequence[tuple[BaselineRequest, Usual]], now: datetime
) -> None:
    """Store baselines in place of early ones; if killed in between, they are computed again."""
    drafts = [
        _build_draft(by, sitting, name, usual, permits, now)
        for (sitting, permits), found in computed
        for name, usual in found.items()
    ]
    settled = [sitting for (sitting, _), new in computed if new and now >= _settled_at(by, sitting)]
    if settled:
        first = F("sitting__began_at") + _settles_in(by)
        rows = Opening.objects.filter(sitting__in=settled, predictor=by.row, made_at__lt=first)
        rows.delete()
    if drafts:
        store_each(drafts)


def _build_draft(
    by: LoadedPredictor,
    sitting: Sitting,
    stream: str,
    usual: NDArray[np.float32],
    permits: Mapping[str, Permit],
    now: datetime,
) -> EstimateDraft[Opening]:
    row_id = uuid4()
    values = [None if math.isnan(value) else value for value in usual.tolist()]
    row = Opening(id=row_id, sitting=sitting, predictor=by.row, made_at=now)
    return EstimateDraft(row, values, [stream], permits, _place(row_id, sitting.learner.code))


def _stream(scope: str) -> str:
    return scope.partition(":")[0]


def _place(opening_id: UUID, subject: UUID) -> Place:
    return Place("estimates_opening", "sealed", str(opening_id), subject)
