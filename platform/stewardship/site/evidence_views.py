"""`/evidence/`: what each sensor is known to tell about people; public."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from emotion.evidence import EVIDENCE_FILE, NOT_TOLD, SensorEvidence, read_evidence
from estimates.evidence_words import (
    KNOWN_BY,
    NOTHING_KNOWN,
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

    found: SensorEvidence
    sensor: str
    state: str
    value: int
    low: int
    high: int
    begin: int
    width: int
    beyond: str
    title: str


@require_safe
def evidence(request: HttpRequest) -> HttpResponse:
    found = read_evidence()
    rows = [_make_row(each) for each in found.measured]
    context = {
        "known": [row for row in rows if row.found.is_known],
        "close": [row for row in rows if not row.found.is_known],
        "unchecked": [(_(sensor), _(states)) for sensor, states in UNCHECKED],
        "missing": [name_data_set(data) for data in found.missing],
    }
    return render(request, "stewardship/evidence.html", context)


@require_safe
def figures(_request: HttpRequest) -> HttpResponse:
    """Return the figures of the page as a file."""
    return HttpResponse(
        EVIDENCE_FILE.read_bytes(),
        content_type="application/json",
        headers={"Content-Disposition": 'attachment; filename="evidence.json"'},
    )


def _make_row(found: SensorEvidence) -> EvidenceRow:
    value, low, high = format_of_100(found.area)
    begin = min(max(2 * (low - CHANCE), 0), 98)
    return EvidenceRow(
        found=found,
        sensor=name_sensor(found.sensor),
        state=name_state(found.state),
        value=value,
        low=low,
        high=high,
        begin=begin,
        width=max(2 * (high - CHANCE) - begin, 2),
        beyond=_describe_beyond(found),
        title=name_data_set(found.data),
    )


def _describe_beyond(found: SensorEvidence) -> str:
    """Return what the sensor adds to what is known without it."""
    if found.matched is not None:
        value, low, high = format_of_100(found.matched)
        return _(
            "{value} ({low}–{high}) when only moments equally late in the session are compared"
        ).format(value=value, low=low, high=high)
    if found.known_by in NOTHING_KNOWN:
        return _(NOTHING_KNOWN[found.known_by])
    if found.gain is None or found.known_area is None:
        return _(NOTHING_KNOWN[NOT_TOLD])
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
