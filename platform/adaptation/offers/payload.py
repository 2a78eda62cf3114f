"""The page's view of an Intervention: the offer in words, where it leads, and why it came."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adaptation.models import Intervention
from adaptation.offers import estimate_reasons
from adaptation.offers.reasons import read_translated_reason
from consent.permits import gate
from consent.scopes import ADAPT_SCOPES
from consent.stream_groups import scopes_of
from telemetry.models import Sitting

# A change of level is shown with the question it chose, with a way to undo it.
SHOWN_ELSEWHERE = "adjust"
# The consent groups behind each sense that the Why-card names.
SENSES = {
    gettext_noop("Camera"): ("camera", "skin"),
    gettext_noop("Wearable"): ("wearable",),
    gettext_noop("Pointer and typing"): ("hands",),
}
FINAL_OUTCOMES = ("accepted", "later", "never", "expired", "withdrawn")


def build_message(code: UUID, sitting: Sitting) -> dict[str, object] | None:
    """Build `intervention.show` for this page; None once answered, foreign or unreadable."""
    row = (
        Intervention.objects.filter(code=code, sitting=sitting, delivered=True)
        .exclude(outcome__in=FINAL_OUTCOMES)
        .exclude(kind=SHOWN_ELSEWHERE)
        .select_related("learner")
        .first()
    )
    now = timezone.now()
    reason = row and read_translated_reason(row, now=now)
    if not row or not reason:
        return None
    why, option = reason["why"], reason["gift"]
    return {
        "type": "intervention.show",
        "code": str(row.code),
        "kind": row.kind,
        "heading": why["heading"],
        "text": " ".join(part for part in (why["lead"], option["text"]) if part),
        "why": _build_why_card(reason, row, now),
        "actions": _build_actions(option),
        "question": option["about"] or None,
        "url": option["url"] or None,
        "jump": option["jump"],
        "pace": option["pace"],
        "rests": option["rests"],
        "cue": option["cue"],
    }


def _build_why_card(reason: dict[str, Any], row: Intervention, now: datetime) -> dict[str, Any]:
    """Return the Why-card, with senses that are switched off listed among what was not used."""
    on = gate.permits(row.learner.code, ADAPT_SCOPES, now=now).granted
    off = [
        _("{name} (switched off)").format(name=_(name))
        for name, groups in SENSES.items()
        if not any(scope in on for group in groups for scope in scopes_of(group, "adapt"))
    ]
    why = reason["why"]
    card = {key: why[key] for key in why if key not in ("heading", "lead")}
    because = estimate_reasons.read_sentences(row, reason["states"], digest=why["digest"], now=now)
    return {**card, "missing": [*why["missing"], *off], "because": because}


def _build_actions(option: dict[str, str]) -> list[dict[str, str]]:
    never = _("Not for this question") if option["about"] else _("Not for this part")
    return [
        {"outcome": "accepted", "label": option["accept"]},
        {"outcome": "later", "label": _("Later")},
        {"outcome": "never", "label": never},
    ]
