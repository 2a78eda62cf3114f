"""What due Windows may be made of, and what a Predictor sees of them: read for all at once.

Permits, Blocks and what was usual are each asked for by one query, however many Windows there are.
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
from estimates.inference.affect import Sensed
from estimates.registry import predictors
from estimates.registry.predictors import InUse
from telemetry import sittings, windows
from telemetry.blocks import tracks
from telemetry.blocks.tracks import Held, Wanted
from telemetry.models import Window

logger = logging.getLogger(__name__)


def permitted(claimed: Sequence[Window], now: datetime) -> list[Sensed]:
    """What these Windows may be made of, nothing of it read yet: only what is permitted now."""
    codes = {window.sitting.learner.code for window in claimed}
    every = gate.permits_of_people(codes, ["course", *ADAPT_SCOPES], now=now)
    silent = sittings.silent_of([window.sitting for window in claimed], now)
    found = []
    for window in claimed:
        permits = every[window.sitting.learner.code].granted
        if window.sitting_id in silent:
            permits = {scope: permit for scope, permit in permits.items() if scope == "course"}
        cut, late = Cut(*windows.span(window.cut)), windows.is_late(window, now)
        found.append(Sensed(window, cut, permits, late))
    return found


def lent(batch: Sequence[Sensed], names: Collection[str], now: datetime) -> list[Sensed]:
    """The Windows in which research may look at one of these Streams now, with those alone."""
    codes = {each.row.sitting.learner.code for each in batch}
    every = gate.permits_of_people(codes, [scope(name, "research") for name in names], now=now)
    given = [every[each.row.sitting.learner.code].granted for each in batch]
    return [
        replace(each, permits={**_by_scope(each.permits, streams_of(mine)), **mine})
        for each, mine in zip(batch, given, strict=True)
        if _by_scope(each.permits, streams_of(mine))
    ]


def read(batch: Sequence[Sensed], by: Sequence[InUse], *, behaves: bool = False) -> list[Held]:
    """Of each Window, the longest stretch and all Streams that any of those reads whose hop it is,
    and behaviour where it `behaves`."""
    return tracks.read_each([_wanted(each, by, behaves) for each in batch])


def _wanted(sensed: Sensed, by: Sequence[InUse], behaves: bool) -> Wanted:
    cut = sensed.row.cut
    due = [each.learned for each in by if predictors.is_due(each.row, sensed.cut.t1)]
    names = {name for each in due for name in each.streams}
    if behaves and behaviour.is_step(cut):
        names |= set(behaviour.READS)
    t0 = min([sensed.cut.t0, *(windows.span_of(each, cut)[0] for each in due)])
    permits = list(_by_scope(sensed.permits, names).values())
    return Wanted(sensed.row.sitting, permits, t0, sensed.cut.t1)


def whole(sensed: Sensed, held: Held) -> Sensed:
    """The Window as behaviour is seen in it, where it is a step of that."""
    if not behaviour.is_step(sensed.row.cut):
        return sensed
    cut = sensed.cut
    return replace(sensed, cut=_cut(held, cut.t0, cut.t1, behaviour.READS))


def seen_by(
    by: InUse,
    batch: Sequence[Sensed],
    held: Sequence[Held],
    now: datetime,
    *,
    usual_by: InUse | None = None,
) -> list[Sensed]:
    """The Windows as this Predictor is to see them; `usual_by` = whose word on what was usual for
    somebody it takes, its own by default."""
    names = by.learned.streams
    cuts = [
        _cut(rows, *windows.span_of(by.learned, each.row.cut), names)
        for each, rows in zip(batch, held, strict=True)
    ]
    asked = [n for n, each in enumerate(batch) if _is_told_the_usual(by, each, cuts[n])]
    given = [(batch[n].row.sitting, _own(batch[n].permits, names)) for n in asked]
    usual = dict(zip(asked, sitting_baseline.of_each(usual_by or by, given, now=now), strict=True))
    return [
        replace(each, cut=_told(cuts[n], usual[n]) if n in usual else cuts[n])
        for n, each in enumerate(batch)
    ]


def _cut(held: Held, t0: float, t1: float, names: Collection[str]) -> Cut:
    """One whose Blocks cannot be read counts as not sensed: its course facts still help."""
    try:
        return Cut(t0, t1, held.tracks(t0, t1, names))
    except Exception:
        logger.exception("window.unreadable")
        return Cut(t0, t1)


def _is_told_the_usual(by: InUse, sensed: Sensed, cut: Cut) -> bool:
    return bool(cut.streams) and windows.is_calibrated(by.learned, sensed.row.cut)


def _told(cut: Cut, usual: Opening | None) -> Cut:
    """One whose beginning cannot be read counts as not sensed."""
    return replace(cut, streams={}) if usual is None else replace(cut, opening=usual)


def _own(permits: Mapping[str, Permit], names: Collection[str]) -> dict[str, Permit]:
    """What is allowed for oneself: what was usual is kept under that alone."""
    found = _by_scope(permits, names)
    return {name: permit for name, permit in found.items() if name.endswith(":adapt")}


def _by_scope(permits: Mapping[str, Permit], names: Collection[str]) -> dict[str, Permit]:
    return {s: p for s, p in permits.items() if s != "course" and s.partition(":")[0] in names}
