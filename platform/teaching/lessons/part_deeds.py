"""What each learner did at the parts of a lesson, in the form that `emotion.lesson_parts` orders.

All deeds count, also those that an offer led to: Teachers see the deeds by name, so a difference
would show exactly who got an offer (ADR 0099).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from teaching.lessons.parts import LessonPart
from teaching.lessons.question_records import QuestionRecords
from teaching.videos.engagement_stats import VideoRecords

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emotion.lesson_parts.part_kinds import PartKind


def describe_chapters(
    parts: Sequence[LessonPart], video: VideoRecords, learners: Collection[int]
) -> PartKind:
    """Return replays and "I'm stuck" by learner and chapter, a second and a visit.

    A visit counts as much as was watched of the chapter.
    """
    from emotion.lesson_parts.part_kinds import PartCounts, PartKind

    place = {learner: row for row, learner in enumerate(sorted(learners))}
    spans = np.array([(part.begin, part.end) for part in parts])
    watched = [
        (learner, begin, end)
        for learner, ranges in video.watched.items()
        for begin, end in zip(ranges[::2], ranges[1::2], strict=True)
    ]
    acts = {
        name: [(act.learner, act.begin, act.end) for act in video.acts if act.name == name]
        for name in ("back", "stuck")
    }
    seconds = _add_pieces(watched, place, spans)
    replayed = _add_pieces(acts["back"], place, spans, count=True)
    stuck = _add_pieces(acts["stuck"], place, spans, count=True)
    keys = tuple(part.key for part in parts)
    visits = seconds / np.maximum(spans[:, 1] - spans[:, 0], 1e-6)
    counts = {"replayed": replayed, "stuck": stuck}
    by_second, by_visit = (
        {name: PartCounts(each, among) for name, each in counts.items()}
        for among in (seconds, visits)
    )
    return PartKind(keys, by_second, by_visit)


def _add_pieces(
    pieces: Sequence[tuple[int, float, float]],
    place: Mapping[int, int],
    spans: NDArray[np.float64],
    *,
    count: bool = False,
) -> NDArray[np.float64]:
    """Return (L, P): seconds of each learner's pieces in the spans (P, 2), or how many meet them.

    A piece without length counts where it begins.
    """
    found = np.zeros((len(place), len(spans)))
    if not pieces:
        return found
    rows = [place[learner] for learner, _, _ in pieces]
    begin, end = np.array([piece[1:] for piece in pieces]).T[..., None]  # (N, 1) each
    inside = np.minimum(end, spans[:, 1]) - np.maximum(begin, spans[:, 0])  # (N, P)
    at_once = (begin == end) & (begin >= spans[:, 0]) & (begin < spans[:, 1])
    here = (inside > 0) | at_once
    np.add.at(found, rows, here if count else np.where(inside > 0, inside, 0.0))
    return found


def describe_questions(
    parts: Sequence[LessonPart],
    records: Mapping[int, QuestionRecords],
    learners: Collection[int],
) -> PartKind:
    """Return wrong first tries, hints and "I'm stuck" by learner and question."""
    from emotion.lesson_parts.part_kinds import PartCounts, PartKind

    place = {learner: row for row, learner in enumerate(sorted(learners))}
    wrong, hints, tried, stuck, asked = (np.zeros((len(place), len(parts))) for _ in range(5))
    for at, part in enumerate(parts):
        found = records[part.question or 0]
        for learner, first in found.tries.items():
            row = place[learner]
            wrong[row, at], hints[row, at], tried[row, at] = first.is_wrong, first.hints, 1
        for learner in found.could_ask:
            asked[place[learner], at] = 1
        for learner, presses in found.stuck.items():
            stuck[place[learner], at] = presses
    sources = {
        "wrong": PartCounts(wrong, tried, is_share=True),
        "hints": PartCounts(hints, tried),
        "stuck": PartCounts(stuck, asked),
    }
    return PartKind(tuple(part.key for part in parts), sources)
