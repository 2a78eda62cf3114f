"""Inputs of due Windows, and each Predictor's view of them, read in batches.

Permits, Blocks and session baselines take one query each, however many Windows there are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import ADAPT_SCOPES, scope, streams_of
from emotion.models.protocol import Opening
from emotion.windows import Window as Cut
from estimates.inference import behaviour, sitting_baseline
from estimates.inference.affect import SensedWindow
from estimates.registry import predictors
from estimates.registry.predictors import LoadedPredictor
from telemetry import sittings, windows
from telemetry.blocks import tracks
from telemetry.blocks.tracks import TrackRequest, TrackRows
from telemetry.models import Window

logger = logging.getLogger(__name__)


def permitted_batch(claimed: Sequence[Window], now: datetime) -> list[SensedWindow]:
    """Return the Windows with their permits of this moment; no Block is read yet."""
    codes = {window.sitting.learner.code for window in claimed}
    every = gate.permits_of_people(codes, ["course", *ADAPT_SCOPES], now=now)
    silent = sittings.silent_of([window.sitting for window in claimed], now)
    found = []
    for window in claimed:
        permits = every[window.sitting.learner.code].granted
        if window.sitting_id in silent:
            permits = {scope: permit for scope, permit in permits.items() if scope == "course"}
        cut, late = Cut(*windows.span(window.cut)), windows.is_late(window, now)
        found.append(SensedWindow(window, cut, permits, late))
    return found


def research_batch(
    batch: Sequence[SensedWindow], names: Collection[str], now: datetime
) -> list[SensedWindow]:
    """Return the Windows with a Stream that research may use now, limited to such Streams."""
    codes = {each.row.sitting.learner.code for each in batch}
    every = gate.permits_of_people(codes, [scope(name, "research") for name in names], now=now)
    given = [every[each.row.sitting.learner.code].granted for each in batch]
    return [
        replace(each, permits={**_by_scope(each.permits, streams_of(mine)), **mine})
        for each, mine in zip(batch, given, strict=True)
        if _by_scope(each.permits, streams_of(mine))
    ]


def read_blocks(
    batch: Sequence[SensedWindow], by: Sequence[LoadedPredictor], *, behaves: bool = False
) -> list[TrackRows]:
    """Read for each Window the longest span and all Streams that a due Predictor needs.

    With `behaves`, the Streams of the behaviour model are read too.
    """
    return tracks.read_each([_read_request(each, by, behaves) for each in batch])


def _read_request(
    sensed: SensedWindow, by: Sequence[LoadedPredictor], behaves: bool
) -> TrackRequest:
    cut = sensed.row.cut
    due = [each.learned for each in by if predictors.is_due(each.row, sensed.cut.t1)]
    names = {name for each in due for name in each.streams}
    if behaves and behaviour.is_step(cut):
        names |= set(behaviour.STREAMS_READ)
    t0 = min([sensed.cut.t0, *(windows.span_of(each, cut)[0] for each in due)])
    permits = list(_by_scope(sensed.permits, names).values())
    return TrackRequest(sensed.row.sitting, permits, t0, sensed.cut.t1)


def behaviour_window(sensed: SensedWindow, held: TrackRows) -> SensedWindow:
    """Return the Window with the Streams of the behaviour model, if it is one of its steps."""
    if not behaviour.is_step(sensed.row.cut):
        return sensed
    cut = sensed.cut
    return replace(sensed, cut=_cut(held, cut.t0, cut.t1, behaviour.STREAMS_READ))


def predictor_inputs(
    by: LoadedPredictor,
    batch: Sequence[SensedWindow],
    held: Sequence[TrackRows],
    now: datetime,
    *,
    baseline_by: LoadedPredictor | None = None,
) -> list[SensedWindow]:
    """Return the Windows as inputs of this Predictor.

    `baseline_by`: the Predictor whose session baseline is used (default: its own).
    """
    names = by.learned.streams
    cuts = [
        _cut(rows, *windows.span_of(by.learned, each.row.cut), names)
        for each, rows in zip(batch, held, strict=True)
    ]
    due = [n for n, each in enumerate(batch) if _needs_baseline(by, each, cuts[n])]
    given = [(batch[n].row.sitting, _adapt_permits(batch[n].permits, names)) for n in due]
    baselines = dict(
        zip(due, sitting_baseline.get_baseline_each(baseline_by or by, given, now=now), strict=True)
    )
    return [
        replace(each, cut=_with_baseline(cuts[n], baselines[n]) if n in baselines else cuts[n])
        for n, each in enumerate(batch)
    ]


def _cut(held: TrackRows, t0: float, t1: float, names: Collection[str]) -> Cut:
    """Cut the Streams to a span. Unreadable Blocks count as not sensed: course facts still help."""
    try:
        return Cut(t0, t1, held.tracks(t0, t1, names))
    except Exception:
        logger.exception("window.unreadable")
        return Cut(t0, t1)


def _needs_baseline(by: LoadedPredictor, sensed: SensedWindow, cut: Cut) -> bool:
    return bool(cut.streams) and windows.is_calibrated(by.learned, sensed.row.cut)


def _with_baseline(cut: Cut, baseline: Opening | None) -> Cut:
    """Add the session baseline; a Window whose baseline cannot be read counts as not sensed."""
    return replace(cut, streams={}) if baseline is None else replace(cut, opening=baseline)


def _adapt_permits(permits: Mapping[str, Permit], names: Collection[str]) -> dict[str, Permit]:
    """Return the permits for purpose `adapt`; a session baseline is stored under these alone."""
    found = _by_scope(permits, names)
    return {name: permit for name, permit in found.items() if name.endswith(":adapt")}


def _by_scope(permits: Mapping[str, Permit], names: Collection[str]) -> dict[str, Permit]:
    return {s: p for s, p in permits.items() if s != "course" and s.partition(":")[0] in names}
