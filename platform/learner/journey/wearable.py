"""The wearable's estimates of one day as a line of half-minutes: each a range, or not sure.

Estimates lie at the time they are about, even if the recording was imported later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from consent.permits import gate
from courses.percent_text import format_percent_range
from estimates.inference import affect
from estimates.inference.affect import Guess
from estimates.models import AffectEstimate, Predictor
from telemetry import windows
from vault.errors import KeyDestroyed

KIND, LABEL = "arousal", "AROUSAL"
MAX_ESTIMATES = 2880
LEFT, WIDTH, LOW, HIGH = 60.0, 1116.0, 156.0, 16.0
NARROWEST = 2.0


@dataclass(frozen=True, slots=True)
class WearableBand:
    """One estimate as drawn; `sure` False means dots over the whole height."""

    x: float
    y: float
    width: float
    height: float
    sure: bool


@dataclass(frozen=True, slots=True)
class WearableRow:
    """One estimate as text."""

    at: datetime
    said: str


@dataclass(frozen=True, slots=True)
class WearableLine:
    title: str
    began: datetime
    ended: datetime
    bands: tuple[WearableBand, ...]
    rows: tuple[WearableRow, ...]
    summary: str


def load_wearable_line(user: User, since: datetime, now: datetime) -> WearableLine | None:
    """Return the line of a day, or None without an estimate from a wearable."""
    rows = (
        AffectEstimate.objects.filter(
            learner=user, predictor__kind=KIND, sitting__began_at__gte=since - timedelta(hours=12)
        )
        .exclude(status="disputed")
        .select_related("sitting", "predictor")
        .order_by("sitting__began_at", "cut")[:MAX_ESTIMATES]
    )
    until = since + timedelta(days=1)
    found = [(row, windows.end_of(row.sitting, row.cut)) for row in rows]
    of_that_day = [(row, at) for row, at in found if since <= at < until]
    guesses = _read_guesses(user, of_that_day, now)
    return _make_line(of_that_day[0][0].predictor, guesses) if guesses else None


def _read_guesses(
    user: User, rows: Sequence[tuple[AffectEstimate, datetime]], now: datetime
) -> list[tuple[datetime, Guess]]:
    scopes = {scope for row, _ in rows for scope in row.scopes}
    permits = gate.permits(user.code, scopes, now=now).granted
    found = []
    for row, at in rows:
        try:
            found.append((at, affect.read(row, permits)))
        except (KeyError, KeyDestroyed):
            continue
    return found


def _make_line(predictor: Predictor, guesses: Sequence[tuple[datetime, Guess]]) -> WearableLine:
    hop = timedelta(seconds=float(predictor.card.get("hop_s", windows.HOP_S)))
    began, ended = guesses[0][0] - hop, guesses[-1][0]
    scale = WIDTH / max(1.0, (ended - began).total_seconds())
    sure = [guess for _, guess in guesses if LABEL in guess.labels]
    return WearableLine(
        title=predictor.title,
        began=began,
        ended=ended,
        bands=tuple(
            _make_band(
                guess, (at - hop - began).total_seconds() * scale, hop.total_seconds() * scale
            )
            for at, guess in guesses
        ),
        rows=tuple(WearableRow(at, _range_text(guess)) for at, guess in guesses),
        summary=_summary(len(sure), len(guesses)),
    )


def _summary(sure: int, all_: int) -> str:
    sentence = _(
        "{sure} of {all} half-minutes have an estimate. For the rest, the model was not sure."
    )
    return sentence.format(sure=sure, all=all_)


def _make_band(guess: Guess, x: float, width: float) -> WearableBand:
    left, wide = round(LEFT + x, 1), round(max(NARROWEST, width - 1), 1)
    if LABEL not in guess.labels:
        return WearableBand(left, HIGH, wide, LOW - HIGH, sure=False)
    low, high = guess.labels[LABEL][1:]
    top = LOW - (LOW - HIGH) * high
    return WearableBand(
        left, round(top, 1), wide, round(max(3.0, (LOW - HIGH) * (high - low)), 1), True
    )


def _range_text(guess: Guess) -> str:
    if LABEL not in guess.labels:
        return _("not sure")
    low, high = guess.labels[LABEL][1:]
    return format_percent_range(100 * low, 100 * high)
