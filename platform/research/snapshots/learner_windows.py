"""The Windows of a person that a Snapshot stores, Stream by Stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from accounts.models import User
from consent.permits.gate import Permit
from consent.scopes import scope
from emotion.features.window import opening
from emotion.windows import OPENING_S, Track, Window
from research.models import Snapshot
from research.snapshots import ground_truth, snapshot_requests, window_selection
from research.snapshots.ground_truth import Said
from research.snapshots.sealed_rows import Piece
from research.snapshots.track_json import Packed, Usual, pack
from telemetry.blocks import tracks
from telemetry.blocks.tracks import Held, Wanted
from telemetry.models import Sitting
from telemetry.windows import HOP_S, span

Permits = Mapping[str, Permit]


@dataclass(frozen=True, slots=True)
class Cut:
    """One Stream of one Window, before its person has a number."""

    sitting: Sitting
    cut: int
    stream: str
    packed: Packed
    said: Said | None

    def of_person(self, code: str) -> Piece:
        return Piece(code, self.sitting, self.cut, self.stream, self.packed, self.said)


def of(row: Snapshot, person: User, permits: Permits) -> Iterator[Cut]:
    """Yield the selected cuts under the person's own `adapt` and research Permits."""
    streams = snapshot_requests.open_streams(permits, row.streams)
    if not streams:
        return
    sittings = Sitting.objects.filter(
        learner=person, unit__course=row.course, began_at__gte=row.since, began_at__lt=row.until
    )
    found = {
        each.id: each
        for each in sittings.select_related("learner", "unit").order_by("began_at", "id")
    }
    said = ground_truth.of(person, found, permits, since=row.since)  # type: ignore[arg-type]  # the table
    for id, sitting in found.items():
        own = {cut: each for (of_sitting, cut), each in said.items() if of_sitting == id}
        yield from _of_sitting(row, sitting, [permits[scope(n, "adapt")] for n in streams], own)


def _of_sitting(
    row: Snapshot, sitting: Sitting, permits: list[Permit], said: Mapping[int, Said]
) -> Iterator[Cut]:
    last = _last_cut(sitting)
    chosen = window_selection.cuts(said, last, unlabelled=row.unlabelled)
    if not chosen:
        return
    (held,) = tracks.read_each([Wanted(sitting, permits, 0.0, span(max(chosen))[1])])
    usual = opening(Window(0.0, OPENING_S, held.tracks(0.0, OPENING_S)))
    for cut, word in chosen.items():
        for stream, track, before in _tracks(held, cut, usual):
            yield Cut(sitting, cut, stream, pack(track, before), word)


def _tracks(
    held: Held, cut: int, usual: Mapping[str, Usual]
) -> Iterator[tuple[str, Track, Usual | None]]:
    """Yield the tracks of a cut; the baseline applies to Windows after the first minute alone."""
    t0, t1 = span(cut)
    for stream, track in held.tracks(t0, t1).items():
        yield stream, track, usual.get(stream) if t0 >= OPENING_S else None


def _last_cut(sitting: Sitting) -> int:
    """Return the last cut that is over when the Sitting is."""
    seconds = ((sitting.ended_at or sitting.active_at) - sitting.began_at).total_seconds()
    return int(seconds // HOP_S) - 1
