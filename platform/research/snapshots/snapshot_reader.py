"""Reading a Snapshot for training or export, under Permits that are live now (I-1).

People who withdrew research are gone; those whose consent is paused or was given again are left
out. The same members give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from accounts.models import User
from consent.permits import gate
from consent.permits.errors import Refused
from consent.permits.gate import Permit
from emotion.datasets import snapshot as data
from emotion.datasets.snapshot import Example
from emotion.windows import Window
from privacy.erasure.steps import clock_from
from research.models import Snapshot, SnapshotRow
from research.snapshots import sealed_rows
from research.snapshots.ground_truth import GroundTruth
from research.snapshots.track_json import unpack, unpack_context
from research.studies import pseudonyms as study_codes
from research.studies.pseudonyms import StudyCodes
from telemetry.models import Sitting
from telemetry.windows import span
from vault.errors import KeyDestroyed

Clock = Callable[[], datetime]
BATCH = 200
NO_LABEL = GroundTruth("", "")


@dataclass(frozen=True, slots=True)
class ReadSnapshot:
    """The examples, the Sitting of each, and how many frozen ones are missing now."""

    snapshot: data.Snapshot
    sittings: tuple[Sitting, ...]
    people_gone: int
    windows_gone: int


def read_examples(snapshot: Snapshot, *, now: datetime) -> data.Snapshot:
    """Return what may be read now. Raises KeyDestroyed two years after the study's end."""
    return read(snapshot, now=now).snapshot


def read(snapshot: Snapshot, *, now: datetime) -> ReadSnapshot:
    """Return what may be read now, with counts of what was left out."""
    if snapshot.state != "frozen":
        raise ValueError(f"expected a frozen snapshot, got one that is {snapshot.state}")
    clock = clock_from(now)
    pairs = [
        pair for person in _find_people(snapshot) for pair in _read_person(snapshot, person, clock)
    ]
    pairs.sort(key=_sort_key)
    found = _number_sittings(pairs)
    people = {each.person for each in found}
    return ReadSnapshot(
        data.Snapshot(found, _describe(snapshot, found, study_codes.codes_of(snapshot.study))),
        tuple(sitting for _, sitting, _ in pairs),
        people_gone=snapshot.people + snapshot.simulated - len(people),
        windows_gone=snapshot.windows - len(found),
    )


PlacedExample = tuple[Example, Sitting, int]


def _sort_key(placed: PlacedExample) -> tuple[int, datetime, UUID, int]:
    example, sitting, cut = placed
    return int(example.person[1:]), sitting.began_at, sitting.id, cut


def _number_sittings(placed: list[PlacedExample]) -> tuple[Example, ...]:
    """Number the Sittings of each person from 1; no other study shares these numbers."""
    known: dict[str, dict[UUID, int]] = {}
    found = []
    for example, sitting, _ in placed:
        own = known.setdefault(example.person, {})
        found.append(replace(example, sitting=own.setdefault(sitting.id, len(own) + 1)))
    return tuple(found)


def _find_people(snapshot: Snapshot) -> list[User]:
    return list(User.objects.filter(snapshot_rows__snapshot=snapshot).distinct().order_by("pk"))


def _read_person(snapshot: Snapshot, person: User, clock: Clock) -> Iterator[PlacedExample]:
    """Yield one person's Windows, under Permits as of this moment."""
    own = SnapshotRow.objects.filter(snapshot=snapshot, learner=person)
    named = own.values_list("scopes", "said_under").distinct()
    scopes = sorted({name for names in named for some in names for name in some})
    permits = gate.permits(person.code, scopes, now=clock()).granted
    rows = own.select_related("learner", "sitting__unit").order_by("sitting", "cut", "scopes")
    codes = study_codes.codes_of(snapshot.study)
    some_at_once = rows.iterator(chunk_size=BATCH)
    for (_, cut), group in groupby(some_at_once, key=lambda row: (row.sitting_id, row.cut)):
        some = list(group)
        example = _build_example(some, permits, codes)
        if example is not None:
            yield example, some[0].sitting, cut


def _build_example(
    rows: list[SnapshotRow], permits: Mapping[str, Permit], codes: StudyCodes
) -> Example | None:
    """Return the Window of these rows; None where no Stream of it may be read."""
    (t0, t1), first = span(rows[0].cut), rows[0]
    contents = {
        row.scopes[0].partition(":")[0]: opened
        for row in rows
        if (opened := _read_or_none(row, permits))
    }
    if not contents:
        return None
    both = {name: unpack(each) for name, each in contents.items()}
    said = _find_label(rows, permits)
    return Example(
        person=next(iter(contents.values()))["person"],
        material=codes.material(first.sitting.unit.code),
        t0=t0,
        window=Window(
            t0,
            t1,
            {name: track for name, (track, _) in both.items()},
            {name: usual for name, (_, usual) in both.items() if usual is not None},
            unpack_context(next(iter(contents.values()))),
        ),
        label=said.label or None,
        source=said.source,  # type: ignore[arg-type]  # closed by the table
        simulated=first.learner.simulated,
        levels=said.levels,
        occasion=said.occasion,  # type: ignore[arg-type]  # closed by the table of reports
    )


def _read_or_none(row: SnapshotRow, permits: Mapping[str, Permit]) -> dict[str, Any] | None:
    try:
        return sealed_rows.read(row, permits)
    except (Refused, KeyDestroyed):
        return None


def _find_label(rows: list[SnapshotRow], permits: Mapping[str, Permit]) -> GroundTruth:
    found = (sealed_rows.read_label(row, permits) for row in rows)
    return next((said for said in found if said is not None), NO_LABEL)


def _describe(snapshot: Snapshot, found: tuple[Example, ...], codes: StudyCodes) -> dict[str, Any]:
    """Return the description of the data; nothing in it refers outside the study."""
    people = {each.person: each.simulated for each in found}
    sources = [each.source for each in found]
    return {
        "study": "S" + codes.digest(b"study").hex()[:8],
        "digest": snapshot.digest,
        "streams": list(snapshot.streams),
        "people": len(people),
        "simulated": sum(people.values()),
        "windows": len(found),
        "labels": {source: sources.count(source) for source in ("report", "dispute", "expert")},
    }
