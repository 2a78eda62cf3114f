"""Due Windows with their Permits, Blocks and Streams of the behaviour model, read in batches.

Permits and Blocks take one query each, however many Windows there are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from consent.permits import gate
from consent.scopes import ADAPT_SCOPES, scope, streams_of
from emotion.windows import Window as Cut
from estimates.inference import behaviour
from estimates.inference.affect import SensedWindow
from estimates.inference.predictor_inputs import cut_streams, first_second, select_permits
from estimates.registry import predictors
from estimates.registry.predictors import LoadedPredictor
from telemetry import sittings, windows
from telemetry.blocks import tracks
from telemetry.blocks.tracks import TrackRequest, TrackRows
from telemetry.models import Window


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
        replace(each, permits={**select_permits(each.permits, streams_of(mine)), **mine})
        for each, mine in zip(batch, given, strict=True)
        if select_permits(each.permits, streams_of(mine))
    ]


def read_blocks(
    batch: Sequence[SensedWindow],
    by: Sequence[Sequence[LoadedPredictor]],
    *,
    behaves: bool = False,
) -> list[TrackRows]:
    """Read for each Window the longest span and all Streams that its Predictors need if due.

    With `behaves`, the Streams of the behaviour model are read too.
    """
    pairs = zip(batch, by, strict=True)
    return tracks.read_each([_read_request(each, its, behaves) for each, its in pairs])


def _read_request(
    sensed: SensedWindow, by: Sequence[LoadedPredictor], behaves: bool
) -> TrackRequest:
    cut = sensed.row.cut
    due = [each.learned for each in by if predictors.is_due(each.row, sensed.cut.t1)]
    names = {name for each in due for name in each.streams}
    if behaves and behaviour.is_step(cut):
        names |= set(behaviour.STREAMS_READ)
    t0 = min([sensed.cut.t0, *(first_second(each, cut) for each in due)])
    permits = list(select_permits(sensed.permits, names).values())
    return TrackRequest(sensed.row.sitting, permits, t0, sensed.cut.t1)


def behaviour_window(sensed: SensedWindow, held: TrackRows) -> SensedWindow:
    """Return the Window with the Streams of the behaviour model, if it is one of its steps."""
    if not behaviour.is_step(sensed.row.cut):
        return sensed
    cut = sensed.cut
    return replace(sensed, cut=cut_streams(held, cut.t0, cut.t1, behaviour.STREAMS_READ))
