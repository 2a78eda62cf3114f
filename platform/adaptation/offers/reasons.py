"""The sealed reason of an Intervention: where it stands, and what opens it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from adaptation.models import Intervention
from consent import gate
from vault.errors import KeyDestroyed
from vault.values import Place, unseal_value


def place(code: object, subject: object) -> Place:
    """Where the reason of an Intervention stands, for its seal."""
    return Place("adaptation_intervention", "sealed", str(code), subject)  # type: ignore[arg-type]


def reason_of(row: Intervention, *, now: datetime) -> dict[str, Any] | None:
    """The facts, the Why-card and the Gift behind it; None unless each scope it was made from is
    still allowed in the epoch of then."""
    if not row.sealed:
        return None
    subject = row.learner.code
    granted = gate.permits(subject, ["course", *row.scopes], now=now).granted
    epochs = {scope: permit.epoch for scope, permit in granted.items()}
    if "course" not in epochs or [epochs.get(scope) for scope in row.scopes] != row.epochs:
        return None
    try:
        reason: dict[str, Any] = unseal_value(bytes(row.sealed), place=place(row.code, subject))
    except KeyDestroyed:
        return None
    return reason
