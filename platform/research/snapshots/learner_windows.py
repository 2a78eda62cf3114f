"""The Windows of a person that a Snapshot stores, Stream by Stream; no two overlap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from accounts.models import User
from consent.permits.gate import Permit
from consent.scopes import scope
from emotion.features.window import CONTEXT, opening
from emotion.windows import OPENING_S, Track, Window
from estimates.inference.context_inputs import COURSE, ContextRequest, load_context_each
from research.models import Snapshot
from research.snapshots import ground_truth, snapshot_requests
from research.snapshots.ground_truth import GroundTruth
from research.snapshots.sealed_rows import RowContent
from research.snapshots.track_json import Packed, Usual, pack
from telemetry.blocks import tracks
from telemetry.blocks.tracks import TrackRequest, TrackRows
from telemetry.models import Sitting
from telemetry.windows import HOP_S, span

Permits = Mapping[str, Permit]
SOURCE_ORDER = ("report", "dispute", "expert")
# Cuts start every 5 s and last 10 s.
CUTS_APART = 2


@dataclass(frozen=True, slots=True)
class SelectedCut:
    """One Stream of one Window, before its person has a number."""

    sitting: Sitting
    cut: int
    stream: str
    packed: Packed
    said: GroundTruth | None

    def for_person(self, code: str) -> RowContent:
        return RowContent(code, self.sitting, self.cut, self.stream, self.packed, self.said)


def select_windows(row: Snapshot, person: User, permits: Permits) -> Iterator[SelectedCut]:
    """Yield the selected cuts under the person's own `adapt` and research Permits."""
    streams = snapshot_requests.open_streams(permits, row.streams)
    if not streams:
        return
    adapt = [scope(name, "adapt") for name in streams]
    sittings = Sitting.objects.filter(
        learner=person, unit__course=row.course, began_at__gte=row.since, began_at__lt=row.until
    )
    found = {
        each.id: each
        for each in sittings.select_related("learner", "unit").order_by("began_at", "id")
    }
    said = ground_truth.load_ground_truth(person, found, permits, since=row.since)  # type: ignore[arg-type]  # the table
    for id, sitting in found.items():
        own = {cut: each for (of_sitting, cut), each in said.items() if of_sitting == id}
        yield from _select_in_sitting(
            row, sitting, {s: permits[s] for s in (*adapt, COURSE) if s in permits}, own
        )


def _select_in_sitting(
    row: Snapshot, sitting: Sitting, permits: Permits, said: Mapping[int, GroundTruth]
) -> Iterator[SelectedCut]:
    last = _last_cut(sitting)
    chosen = select_cuts(said, last, unlabelled=row.unlabelled)
    if not chosen:
        return
    given = list(permits.values())
    (held,) = tracks.read_each([TrackRequest(sitting, given, 0.0, span(max(chosen))[1])])
    usual = opening(Window(0.0, OPENING_S, held.tracks(0.0, OPENING_S)))
    around = load_context_each(
        [ContextRequest(sitting, permits, *span(cut)) for cut in chosen], CONTEXT
    )
    for (cut, word), context in zip(chosen.items(), around, strict=True):
        for stream, track, before in _tracks(held, cut, usual):
            yield SelectedCut(sitting, cut, stream, pack(track, before, context), word)


def _tracks(
    held: TrackRows, cut: int, usual: Mapping[str, Usual]
) -> Iterator[tuple[str, Track, Usual | None]]:
    """Yield the tracks of a cut; the baseline applies to Windows after the first minute alone."""
    t0, t1 = span(cut)
    for stream, track in held.tracks(t0, t1).items():
        yield stream, track, usual.get(stream) if t0 >= OPENING_S else None


def _last_cut(sitting: Sitting) -> int:
    """Return the last cut that is over when the Sitting is."""
    seconds = ((sitting.ended_at or sitting.active_at) - sitting.began_at).total_seconds()
    return int(seconds // HOP_S) - 1


def select_cuts(
    said: Mapping[int, GroundTruth], last: int, *, unlabelled: bool
) -> dict[int, GroundTruth | None]:
    """Select labelled cuts by rank of their source, then unlabelled ones that fit between.

    Unlabelled cuts start with the second one.
    """
    chosen: dict[int, GroundTruth | None] = {}
    for cut in sorted(said, key=lambda cut: _rank(said[cut], cut)):
        if _is_free(cut, chosen):
            chosen[cut] = said[cut]
    for cut in range(1, last + 1) if unlabelled else ():
        if _is_free(cut, chosen):
            chosen[cut] = None
    return dict(sorted(chosen.items()))


def _rank(said: GroundTruth, cut: int) -> tuple[bool, int, int]:
    return not said.label, SOURCE_ORDER.index(said.source), cut


def _is_free(cut: int, chosen: Mapping[int, GroundTruth | None]) -> bool:
    return not any(near in chosen for near in range(cut - CUTS_APART + 1, cut + CUTS_APART))
