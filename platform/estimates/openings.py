"""What was usual for a person while their Sitting began: made once for each Stream, then kept.

Making it reads minutes of Blocks, which took longer than all else of a Window. It is kept once
those minutes are long over, read under the Permit of its Stream's own epoch, and gone with it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import numpy as np
from numpy.typing import NDArray

from consent import gate
from consent.gate import Permit
from emotion.predictors.prediction import Opening as Usual
from estimates.models import Opening
from estimates.predictors import InUse
from estimates.storing import store
from telemetry import windows
from telemetry.models import Sitting
from vault.errors import KeyDestroyed
from vault.values import Place, unseal_value

# A Block may come late for as long as a Window may.
SETTLED_AFTER = windows.LATE_AFTER


def of(by: InUse, sitting: Sitting, given: Iterable[Permit], *, now: datetime) -> Usual:
    """The Opening by Stream: what is kept, and what had to be made anew."""
    permits = {permit.scope: permit for permit in given}
    kept = _kept(by, sitting, permits)
    lacking = [permit for scope, permit in permits.items() if _stream(scope) not in kept]
    made = windows.opening_of(by.learned, sitting, lacking) if lacking else {}
    if now >= sitting.began_at + timedelta(seconds=by.learned.opening_s) + SETTLED_AFTER:
        for stream, usual in made.items():
            _keep(by, sitting, stream, usual, permits, now)
    return {**kept, **made}


def _kept(
    by: InUse, sitting: Sitting, permits: Mapping[str, Permit]
) -> dict[str, NDArray[np.float32]]:
    rows = Opening.objects.filter(sitting=sitting, predictor=by.row)
    found = {}
    for row in rows:
        (scope,) = row.scopes
        if gate.covers(permits, row.scopes, row.epochs):
            try:
                found[_stream(scope)] = _read(row, permits[scope])
            except KeyDestroyed:
                continue
    return found


def _read(row: Opening, permit: Permit) -> NDArray[np.float32]:
    values = unseal_value(bytes(row.sealed), place=_place(row.id, permit.subject))
    return np.array([math.nan if value is None else value for value in values], np.float32)


def _keep(
    by: InUse,
    sitting: Sitting,
    stream: str,
    usual: NDArray[np.float32],
    permits: Mapping[str, Permit],
    now: datetime,
) -> None:
    made = uuid4()
    values = [None if math.isnan(value) else value for value in usual.tolist()]
    row = Opening(id=made, sitting=sitting, predictor=by.row, made_at=now)
    store(row, values, [stream], permits, place=_place(made, sitting.learner.code))


def _stream(scope: str) -> str:
    return scope.partition(":")[0]


def _place(opening_id: UUID, subject: UUID) -> Place:
    return Place("estimates_opening", "sealed", str(opening_id), subject)
