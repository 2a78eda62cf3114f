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
    from emotion.lesson_parts.part_kinds import PartKind


def describe_chapters(
    parts: Sequence[LessonPart], video: VideoRecords, learners: Collection[int]
) -> PartKind:
    """Return replays and "I'm stuck" by learner and chapter, in the seconds watched of each."""
    from emotion.lesson_parts.part_kinds import PartCounts, PartKind

    place = {learner: row for row, learner in enumerate(sorted(learners))}
    seconds, replayed, stuck = (np.zeros((len(place), len(parts))) for _ in range(3))
    for learner, watched in video.watched.items():
        for begin, end in zip(watched[::2], watched[1::2], strict=True):
            for at, part in enumerate(parts):
                seconds[place[learner], at] += max(0.0, min(end, part.end) - max(begin, part.begin))
    for act in video.acts:
        for at, part in enumerate(parts):
            if act.name == "back" and part.span.meets(act.begin, act.end):
                replayed[place[act.learner], at] += 1
            if act.name == "stuck" and part.begin <= act.begin < part.end:
                stuck[place[act.learner], at] += 1
    keys = tuple(part.key for part in parts)
    sources = {"replayed": PartCounts(replayed, seconds), "stuck": PartCounts(stuck, seconds)}
    return PartKind(keys, sources)


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
