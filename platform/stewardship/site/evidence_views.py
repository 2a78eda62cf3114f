"""`/evidence/`: what each sensor is known to tell about people; public."""

from __future__ import annotations

import json
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from emotion.evidence import EVIDENCE_FILE, Evidence, read_evidence
from estimates.evidence_words import (
    KNOWN_BY,
    PERCENT,
    UNCHECKED,
    format_of_100,
    name_data_set,
    name_sensor,
    name_state,
)

# The bar of a row begins at a coin toss.
CHANCE = 50


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One row of the page; `begin` and `width` place the range on a bar from 50 to 100."""

    sensor: str
    state: str
    value: int
    low: int
    high: int
    begin: int
    width: int
    people: int
    missing: int
    beyond: str
    title: str
    source: str
    licence: str


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    found = read_evidence()
    rows = [(each.is_known, _make_row(each)) for each in found.measured]
    context = {
        "known": [row for known, row in rows if known],
        "close": [row for known, row in rows if not known],
        "unchecked": [(_(sensor), _(states)) for sensor, states in UNCHECKED.values()],
        "missing": [name_data_set(each.data) for each in found.missing],
    }
    return render(request, "stewardship/evidence.html", context)


@require_safe
def figures(_request: HttpRequest) -> HttpResponse:
    """Return the figures of the page as a file."""
    rows = json.loads(EVIDENCE_FILE.read_bytes())
    return HttpResponse(
        json.dumps(rows, ensure_ascii=False, indent=1),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="evidence.json"'},
    )


def _make_row(found: Evidence) -> EvidenceRow:
    value, low, high = format_of_100(found.area)
    begin = min(max(2 * (low - CHANCE), 0), 98)
    return EvidenceRow(
        sensor=name_sensor(found.sensor),
        state=name_state(found.state),
        value=value,
        low=low,
        high=high,
        begin=begin,
        width=max(2 * (high - CHANCE) - begin, 2),
        people=found.people,
        missing=found.missing_people,
        beyond=_describe_beyond(found),
        title=name_data_set(found.data),
        source=found.source,
        licence=found.licence,
    )


def _describe_beyond(found: Evidence) -> str:
    """Return what the sensor adds to what is known without it."""
    if found.matched is not None:
        value, low, high = format_of_100(found.matched)
        return _(
            "{value} ({low}–{high}) when only moments equally late in the session are compared"
        ).format(value=value, low=low, high=high)
    if found.known_by not in KNOWN_BY or found.gain is None or found.known_area is None:
        return _("Everyone had the same tasks, so the task alone gives 50")
    gain, low, high = format_of_100(found.gain)
    return _("Knowing {known} alone gives {base}; the sensor adds {gain} ({low} to {high})").format(
        known=_(KNOWN_BY[found.known_by]),
        base=round(PERCENT * found.known_area),
        gain=_sign(gain),
        low=_sign(low),
        high=_sign(high),
    )


def _sign(value: int) -> str:
    return str(value) if value >= 0 else f"−{-value}"
