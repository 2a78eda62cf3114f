"""The context of Windows: the film's segment that plays, and what the Learner did in the course.

It is read under the Permit of scope `course`, for all Windows at once. Nothing in it is sensed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import numpy as np

from consent.permits.gate import Permit
from courses.models import Response
from courses.semantics import SegmentVectors, load_segments
from emotion.features.course import CourseDeed, course_track
from emotion.semantics.caption_segments import segment_at
from emotion.windows import WINDOW_S, Track
from telemetry.models import Event, Sitting
from telemetry.video_position import seconds_at

SEMANTICS: Final = "semantics"
COURSE: Final = "course"
PLAYER: Final = ("play", "pause", "seek", "rate", "ended")
# Scenarios of a Sitting in the words of `emotion.features.course`; nothing is sensed in an exam.
SCENARIOS: Final = {"course": "course", "practice": "test", "discussion": "discussion"}


@dataclass(frozen=True, slots=True)
class ContextRequest:
    """A span [t0, t1) s of a Sitting, and the Permits that it is read under."""

    sitting: Sitting
    permits: Mapping[str, Permit]
    t0: float
    t1: float

    @property
    def allowed(self) -> bool:
        own = self.permits.get(COURSE)
        return own is not None and own.subject == self.sitting.learner.code


def load_context_each(
    requests: Sequence[ContextRequest], names: Collection[str]
) -> list[dict[str, Track]]:
    """Return the named parts of each span's context; none without a Permit for `course`."""
    allowed = [each for each in requests if each.allowed]
    if not names or not allowed:
        return [{} for _ in requests]
    events = _load_events(allowed)
    answers = _load_answers(allowed) if COURSE in names else {}
    films = _load_films(allowed) if SEMANTICS in names else {}
    return [
        _build_context(each, names, events[each.sitting.id], answers, films) if each.allowed else {}
        for each in requests
    ]


def load_deeds(request: ContextRequest) -> list[CourseDeed]:
    """Return what the Learner did in the span, in order; nothing without a Permit for `course`."""
    if not request.allowed:
        return []
    id = request.sitting.id
    deeds = _merge_deeds(_load_events([request])[id], _load_answers([request]).get(id, []))
    return [each for each in deeds if request.t0 <= each.t < request.t1]


def _build_context(
    request: ContextRequest,
    names: Collection[str],
    events: Sequence[Event],
    answers: Mapping[UUID, Sequence[CourseDeed]],
    films: Mapping[int, SegmentVectors],
) -> dict[str, Track]:
    found = {}
    if COURSE in names:
        deeds = _merge_deeds(events, answers.get(request.sitting.id, []))
        scenario = SCENARIOS.get(request.sitting.scenario, "")
        found[COURSE] = course_track(deeds, scenario, request.t0, request.t1)
    film = films.get(request.sitting.unit_id)
    if film is not None and (track := _track_segments(request, events, film)) is not None:
        found[SEMANTICS] = track
    return found


def _track_segments(
    request: ContextRequest, events: Sequence[Event], film: SegmentVectors
) -> Track | None:
    """Return a row for each segment on screen, when it began; None before the film was started."""
    seconds = np.arange(request.t0, request.t1)
    shown = seconds_at(events, (seconds + 0.5).tolist())
    last = len(film.vectors) - 1
    changes: list[tuple[float, int]] = []
    for second, at in zip(seconds.tolist(), shown, strict=True):
        segment = -1 if at is None else min(segment_at(at), last)
        if segment >= 0 and (not changes or changes[-1][1] != segment):
            changes.append((second, segment))
    if not changes:
        return None
    times, segments = zip(*changes, strict=True)
    values = film.vectors[list(segments)]  # (T, D)
    mask = ~np.isnan(values)
    filled = np.where(mask, values, np.float32(0))
    return Track(filled, np.array(times), mask, 1.0, film.source, period_s=WINDOW_S)


def _merge_deeds(events: Iterable[Event], answers: Sequence[CourseDeed]) -> list[CourseDeed]:
    return sorted([*_list_deeds(events), *answers])


def _list_deeds(events: Iterable[Event]) -> list[CourseDeed]:
    found = []
    for event in events:
        value = event.value or 0.0
        if event.name == "seek" and value < 0:
            found.append(CourseDeed(event.t, "rewind"))
        elif event.name in ("pause", "hint"):
            found.append(CourseDeed(event.t, event.name))  # type: ignore[arg-type]  # a str
        elif event.name == "rate" and value > 0:
            found.append(CourseDeed(event.t, "rate", value))
    return found


def _load_events(requests: Sequence[ContextRequest]) -> dict[UUID, list[Event]]:
    rows = Event.objects.filter(
        sitting__in={each.sitting.id for each in requests},
        name__in=[*PLAYER, "hint"],
        t__lt=max(each.t1 for each in requests),
    )
    found: dict[UUID, list[Event]] = defaultdict(list)
    for row in rows.order_by("t", "at"):
        found[row.sitting_id].append(row)
    return found


def _load_answers(requests: Sequence[ContextRequest]) -> dict[UUID, list[CourseDeed]]:
    began = {each.sitting.id: each.sitting.began_at for each in requests}
    rows = Response.objects.filter(sitting__in=began).order_by("answered_at", "id")
    found: dict[UUID, list[CourseDeed]] = defaultdict(list)
    columns = ("sitting", "answered_at", "correct", "elapsed_ms")
    for sitting, at, correct, ms in rows.values_list(*columns):
        if sitting is None:
            continue
        t = (at - began[sitting]).total_seconds()
        found[sitting].append(CourseDeed(t, "right" if correct else "wrong", ms / 1000))
    return found


def _load_films(requests: Sequence[ContextRequest]) -> dict[int, SegmentVectors]:
    """Return the segments of the Units' films, by Unit."""
    return load_segments({each.sitting.unit_id for each in requests})
