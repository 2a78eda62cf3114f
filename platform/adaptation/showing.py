"""What a page shows of an Intervention: the offer in words, and why it came."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone

from adaptation.decide import place
from adaptation.models import Intervention
from consent import gate
from telemetry.models import Sitting
from vault.errors import KeyDestroyed
from vault.values import unseal_value

ACCEPT = {
    "hint": "Show a hint",
    "worked_step": "Show the worked step",
    "jump_back": "Watch it again",
}


def message(code: UUID, sitting: Sitting) -> dict[str, object] | None:
    """`intervention.show` for this page, or None once it is answered, foreign or unreadable."""
    row = (
        Intervention.objects.filter(code=code, sitting=sitting, delivered=True)
        .exclude(outcome__in=["accepted", "later", "never", "expired", "withdrawn"])
        .select_related("learner", "question")
        .first()
    )
    reason = row and reason_of(row, now=timezone.now())
    if not row or not reason:
        return None
    why = reason["why"]
    return {
        "type": "intervention.show",
        "code": str(row.code),
        "kind": row.kind,
        "heading": why["heading"],
        "text": why["lead"],
        "why": {key: why[key] for key in why if key not in ("heading", "lead")},
        "actions": [
            {"outcome": "accepted", "label": ACCEPT[row.kind]},
            {"outcome": "later", "label": "Later"},
            {"outcome": "never", "label": "Not for this question"},
        ],
        "question": str(row.question.code) if row.question else None,
        "jump": [row.question.jump_from_s, row.question.jump_to_s] if row.question else None,
    }


def reason_of(row: Intervention, *, now: datetime) -> dict[str, Any] | None:
    """The facts and the Why-card behind it; None unless each scope it was made from is still
    allowed in the epoch of then."""
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
