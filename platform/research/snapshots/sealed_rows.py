"""A row of a Snapshot, sealed under its Stream's research key and the study's.

An expert label is also sealed under the keys of all Streams the experts viewed, so that it is
deleted with any of them.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from consent.scopes import scope
from research.models import Snapshot, SnapshotRow
from research.snapshots.ground_truth import GroundTruth
from research.snapshots.track_json import Packed
from research.studies.pseudonyms import StudyCodes
from telemetry.models import Sitting
from vault.errors import KeyDestroyed
from vault.sealed_values import Place, canonical, seal_value, unseal_value

TABLE = "research_snapshotrow"


@dataclass(frozen=True, slots=True)
class RowContent:
    """The content of a row: one Stream of one Window of the person `code`."""

    code: str
    sitting: Sitting
    cut: int
    stream: str
    packed: Packed
    said: GroundTruth | None


def build_row(
    snapshot: Snapshot,
    piece: RowContent,
    permits: Mapping[str, Permit],
    codes: StudyCodes,
    *,
    now: datetime,
) -> SnapshotRow:
    """Build the row without storing it."""
    own = scope(piece.stream, "research")
    row = SnapshotRow(id=uuid.uuid4(), snapshot=snapshot, sitting=piece.sitting, cut=piece.cut)
    row.learner, row.made_at = piece.sitting.learner, now
    row.scopes, row.epochs = [own], [permits[own].epoch]
    under = {own: permits[own].epoch}
    content: dict[str, Any] = {"person": piece.code, **piece.packed}
    sealing: dict[str, Any] = {"now": now, "extra_keys": [codes.key]}
    row.sealed = seal_value(content, place=_place(row, "sealed"), scopes=under, **sealing)
    label: dict[str, Any] = {}
    if piece.said is not None:
        levels, occasion = dict(piece.said.levels), piece.said.occasion
        label = {"label": piece.said.label, "levels": levels, "occasion": occasion}
        row.source = piece.said.source
        row.said_under = list(piece.said.under)
        row.said_epochs = list(piece.said.under.values())
        every = {"course": 0, **under, **piece.said.under}
        row.said = seal_value(label, place=_place(row, "said"), scopes=every, **sealing)
    about = canonical([piece.stream, piece.cut, row.source, label])
    row.digest = codes.digest(piece.sitting.id.bytes, about, canonical(content))
    return row


def read(row: SnapshotRow, permits: Mapping[str, Permit]) -> dict[str, Any]:
    """Return the person and a packed Track.

    Raises Refused without a live Permit of the row's own epoch, and KeyDestroyed.
    """
    if not gate.covers(permits, row.scopes, row.epochs):
        raise Refused("no_grant")
    found: dict[str, Any] = unseal_value(bytes(row.sealed), place=_place(row, "sealed"))
    return found


def read_label(row: SnapshotRow, permits: Mapping[str, Permit]) -> GroundTruth | None:
    """Return the Window's label; None where there is none, or it may no longer be read."""
    under, epochs = [*row.scopes, *row.said_under], [*row.epochs, *row.said_epochs]
    if not (row.source and gate.covers(permits, under, epochs)):
        return None
    try:
        value = unseal_value(bytes(row.said), place=_place(row, "said"))
    except KeyDestroyed:
        return None
    return GroundTruth(source=row.source, **value)


def _place(row: SnapshotRow, column: str) -> Place:
    return Place(TABLE, column, str(row.id), row.learner.code)
