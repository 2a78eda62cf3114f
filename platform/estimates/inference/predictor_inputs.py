"""Inputs of a Predictor: its own span and Streams of each Window, and the session baseline.

Baselines take one query, however many Windows there are.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from consent.permits.gate import Permit
from emotion.models.protocol import Opening, Predictor
from emotion.windows import Window as Cut
from estimates.inference import sitting_baseline
from estimates.inference.affect import SensedWindow
from estimates.inference.context_inputs import ContextRequest, load_context_each
from estimates.registry.predictors import LoadedPredictor
from telemetry import windows
from telemetry.blocks.tracks import TrackRows
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)


def span_of(predictor: Predictor, cut: int) -> tuple[float, float]:
    """Return the span that ends with this cut and has the Predictor's window length."""
    t1 = windows.span(cut)[1]
    return max(0.0, t1 - predictor.window_s), t1


def make_inputs(
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
        _cut_inputs(rows, by.learned, each.row.cut) for each, rows in zip(batch, held, strict=True)
    ]
    due = [n for n, each in enumerate(batch) if _needs_baseline(by, each, cuts[n])]
    given = [(batch[n].row.sitting, _adapt_permits(batch[n].permits, names)) for n in due]
    baselines = dict(
        zip(due, sitting_baseline.get_baseline_each(baseline_by or by, given, now=now), strict=True)
    )
    cuts = [
        _with_baseline(cut, baselines[n]) if n in baselines else cut for n, cut in enumerate(cuts)
    ]
    return _with_context(by.learned, batch, cuts)


def first_second(predictor: Predictor, cut: int) -> float:
    """Return where the longest Track begins that the Predictor reads for this cut."""
    t0, t1 = span_of(predictor, cut)
    return max(0.0, min([t0, *(t1 - reach for reach in predictor.reach_s.values())]))


def _with_context(
    predictor: Predictor, batch: Sequence[SensedWindow], cuts: Sequence[Cut]
) -> list[SensedWindow]:
    """Add what the Predictor reads of the course, where something was sensed at all."""
    due = [n for n, cut in enumerate(cuts) if cut.streams] if predictor.context else []
    requests = [
        ContextRequest(batch[n].row.sitting, batch[n].permits, cuts[n].t0, cuts[n].t1) for n in due
    ]
    found = dict(zip(due, load_context_each(requests, predictor.context), strict=True))
    return [
        replace(each, cut=replace(cuts[n], context=found.get(n, {})))
        for n, each in enumerate(batch)
    ]


def _cut_inputs(held: TrackRows, predictor: Predictor, cut: int) -> Cut:
    """Cut the Predictor's Streams to its span; some reach further back."""
    t0, t1 = span_of(predictor, cut)
    found = cut_streams(held, t0, t1, set(predictor.streams) - set(predictor.reach_s))
    for name, reach in predictor.reach_s.items():
        longer = cut_streams(held, max(0.0, t1 - reach), t1, {name}).streams
        # Rows of the past alone say nothing of this Window.
        inside = {n: track for n, track in longer.items() if track.times[-1] >= t0}
        found = replace(found, streams={**found.streams, **inside})
    return found


def cut_streams(held: TrackRows, t0: float, t1: float, names: Collection[str]) -> Cut:
    """Cut the Streams to a span. Unreadable Blocks count as not sensed: course facts still help.

    Raises KeystoreBusy: such Blocks can be read later.
    """
    try:
        return Cut(t0, t1, held.tracks(t0, t1, names))
    except KeystoreBusy:
        raise
    except Exception:
        logger.exception("window.unreadable")
        return Cut(t0, t1)


def _needs_baseline(by: LoadedPredictor, sensed: SensedWindow, cut: Cut) -> bool:
    return bool(cut.streams) and _is_calibrated(by.learned, sensed.row.cut)


def _is_calibrated(predictor: Predictor, cut: int) -> bool:
    """Return whether the span begins after the opening; only then is the baseline used."""
    return 0 < predictor.opening_s <= span_of(predictor, cut)[0]


def _with_baseline(cut: Cut, baseline: Opening | None) -> Cut:
    """Add the session baseline; a Window whose baseline cannot be read counts as not sensed."""
    return replace(cut, streams={}) if baseline is None else replace(cut, opening=baseline)


def _adapt_permits(permits: Mapping[str, Permit], names: Collection[str]) -> dict[str, Permit]:
    """Return the permits for purpose `adapt`; a session baseline is stored under these alone."""
    found = select_permits(permits, names)
    return {name: permit for name, permit in found.items() if name.endswith(":adapt")}


def select_permits(permits: Mapping[str, Permit], names: Collection[str]) -> dict[str, Permit]:
    """Return the permits for these Streams."""
    return {s: p for s, p in permits.items() if s != "course" and s.partition(":")[0] in names}
