"""Estimates made by the Learner's own page: checked, then stored under the same scopes and checks.

The page sends its Predictor's output for a cut and nothing else. The server cannot verify that the
output is genuine, so nothing that grades or selects may use it, and nothing does (promise 3).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from consent.permits import gate
from consent.permits.gate import Permit
from emotion.edge import PAGE_STREAMS
from emotion.models.protocol import UNFAMILIAR, UNSURE
from emotion.windows import Window as Cut
from estimates.inference import affect
from estimates.inference.affect import Guess, SensedWindow, StoredEstimate
from estimates.models import AffectEstimate, Predictor
from estimates.registry import predictors
from telemetry import sittings, windows
from telemetry.models import Sitting, Window
from vault.errors import KeyDestroyed

# Tolerance for sums of float32 rows, and between a page's and a server's results.
TOLERANCE = 1e-3
CLOCK_SLACK_S = 2.0


class BadGuess(ValueError):
    """Not an estimate of the Predictor in use; the text says what was expected."""


@dataclass(frozen=True, slots=True)
class DeviceGuess:
    """An estimate as the page sent it; `rows`: the whole Window, then without each Stream."""

    cut: int
    digest: str
    rows: Sequence[Sequence[float]]
    epochs: Mapping[str, int]
    unfamiliar: Sequence[str]
    quality: float


def list_page_streams(row: Predictor) -> list[str]:
    """Return the Streams that the Predictor reads and whose features a page computes, in order."""
    return sorted(set(row.card.get("streams", {})) & set(PAGE_STREAMS))


def store(sitting: Sitting, said: DeviceGuess, *, now: datetime) -> StoredEstimate | None:
    """Store an estimate; None where this cut has one already. Raises BadGuess, Refused."""
    row = predictors.find_active(predictors.SHOWN_KIND)
    if row is None or said.digest != row.digest:
        raise BadGuess("expected a guess of the Predictor in use")
    _check_guess(said, row)
    permits = _require_permits(sitting, said, now)
    window = _find_window(sitting, said.cut, now)
    cut = Cut(*windows.span(said.cut))
    sensed = SensedWindow(window, cut, permits, windows.is_late(window, now))
    return affect.store_guess(sensed, _build_guess(said, row), now=now)


def read_each(batch: Sequence[SensedWindow]) -> dict[int, StoredEstimate]:
    """Return the estimates that pages sent for these Windows, by row pk.

    One query, and none where no Learner's page makes estimates.
    """
    asked = {
        (each.row.sitting_id, each.row.cut): each
        for each in batch
        if each.row.sitting.learner.guess_here
    }
    if not asked:
        return {}
    rows = AffectEstimate.objects.filter(
        sitting__in={sitting for sitting, _ in asked},
        cut__in={cut for _, cut in asked},
        predictor__kind=predictors.SHOWN_KIND,
        predictor__active=True,
        status__in=("live", "abstained"),
    ).select_related("predictor")
    pairs = [(asked[key], row) for row in rows if (key := (row.sitting_id, row.cut)) in asked]
    found = {sensed.row.pk: _read_or_none(sensed, row) for sensed, row in pairs}
    return {pk: each for pk, each in found.items() if each is not None}


def _read_or_none(sensed: SensedWindow, row: AffectEstimate) -> StoredEstimate | None:
    try:
        return affect.as_stored(row, affect.read(row, sensed.permits))
    except (KeyError, KeyDestroyed):
        return None


def _check_guess(said: DeviceGuess, row: Predictor) -> None:
    streams, labels = set(said.epochs), row.card["labels"]
    if not streams <= set(list_page_streams(row)):
        raise BadGuess("expected streams that the Predictor reads in a page")
    if not set(said.unfamiliar) <= streams or len(set(said.unfamiliar)) < len(said.unfamiliar):
        raise BadGuess("expected unfamiliar streams to be among the streams")
    if len(said.rows) != (1 + len(streams) if len(streams) > 1 else 1):
        raise BadGuess("expected a row of the whole, and one with each of several streams left out")
    if not all(len(each) == len(labels) and _is_chance(each) for each in said.rows):
        raise BadGuess(f"expected probabilities of {len(labels)} labels that sum to 1")
    if not 0 <= said.quality <= 1:
        raise BadGuess("expected a quality of 0 to 1")


def _is_chance(row: Sequence[float]) -> bool:
    return all(0 <= p <= 1 for p in row) and math.isclose(sum(row), 1, abs_tol=TOLERANCE)


def _require_permits(sitting: Sitting, said: DeviceGuess, now: datetime) -> Mapping[str, Permit]:
    """Return live Permits of the same epochs; raises Refused, BadGuess."""
    scopes = [f"{name}:adapt" for name in said.epochs]
    answers = gate.permits(sitting.learner.code, scopes, now=now)
    for refused in answers.refused.values():
        raise refused
    epochs = {name: answers.granted[f"{name}:adapt"].epoch & 0xFFFF for name in said.epochs}
    if epochs != dict(said.epochs):
        raise BadGuess("expected what was sensed under the yes that holds now")
    return answers.granted


def _find_window(sitting: Sitting, cut: int, now: datetime) -> Window:
    """Return the Window's row in the queue, created where no other data has."""
    t1 = windows.span(cut)[1]
    if t1 > sittings.seconds(sitting, now) + CLOCK_SLACK_S:
        raise BadGuess("expected a cut that is over")
    windows.fall_due(sitting.id, t1 - windows.HOP_S, now)
    found = Window.objects.select_related("sitting__learner").filter(sitting=sitting, cut=cut)
    if (window := found.first()) is None:
        raise BadGuess("expected a cut of this Sitting")
    return window


def _build_guess(said: DeviceGuess, row: Predictor) -> Guess:
    streams = sorted(said.epochs)
    first = np.asarray(said.rows[0])
    nothing = set(said.unfamiliar) >= set(streams)
    unsure = bool(first.max() < row.card["threshold"])
    why = (UNFAMILIAR,) if nothing else (UNSURE,) if unsure else ()
    spans = affect.label_ranges(
        row.card["labels"], np.asarray(said.rows), affect.calibration_error(row.card)
    )
    return Guess(
        labels={} if nothing or unsure else spans,
        abstain=nothing or unsure,
        reasons=(*why, *(f"{UNFAMILIAR}:{name}" for name in said.unfamiliar)),
        quality=said.quality,
        streams=streams,
        scopes=[f"{name}:adapt" for name in streams],
        digest=row.digest,
    )
