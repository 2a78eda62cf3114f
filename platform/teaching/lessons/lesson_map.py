"""One lesson as its Teachers may see it: its parts, hardest first, and what shows it.

Activity comes from course records of a group above the floor. Estimates come only from published
cells of the class picture. No page of a Learner is opened, so viewing leaves no leaf.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from courses.models import Course, Question
from teaching.class_picture import published_summary
from teaching.class_picture.published_summary import CellsBySection
from teaching.class_picture.typical_range import Range, typical_ranges
from teaching.groups.group_filter import EVERYBODY, Audience, audience_of
from teaching.lessons.evidence import Evidence, compare_counts, compare_estimate
from teaching.lessons.lesson_list import Lesson
from teaching.lessons.part_deeds import describe_chapters, describe_questions
from teaching.lessons.parts import LessonPart, split_lesson
from teaching.lessons.question_records import (
    QuestionRecords,
    list_questions,
    load_question_records,
)
from teaching.lessons.ranking import PartCount, PartRank, rank_parts
from teaching.questions.wrong_answers import AnswerCluster, load_wrong_answers
from teaching.videos.engagement_stats import VideoRecords, load_records
from teaching.videos.time_bins import SpanCounts, count_spans
from teaching.videos.timeline import LABEL, TranscriptSentence, list_sentences, own_pauses

QUESTION = "question"


@dataclass(frozen=True, slots=True)
class LessonMap:
    """All that the page of one lesson shows; no `parts` = too few people in the group.

    `chosen` is the part that the page explains. If it is a question, `same` is the most frequent
    wrong answer to it: answers to no other are unsealed. `is_estimated`: estimates of the lesson
    were published.
    """

    lesson: Lesson
    audience: Audience
    parts: tuple[LessonPart, ...] = ()
    chosen: LessonPart | None = None
    same: AnswerCluster | None = None
    sentences: tuple[TranscriptSentence, ...] = ()
    is_estimated: bool = False

    @property
    def ranked(self) -> list[LessonPart]:
        """Return the parts with enough people, hardest first."""
        return sort_parts(self.parts)

    @property
    def harder(self) -> list[LessonPart]:
        return [part for part in self.ranked if part.is_harder]

    @property
    def alike(self) -> list[LessonPart]:
        return [part for part in self.ranked if not part.is_harder]

    @property
    def few(self) -> list[LessonPart]:
        return [part for part in self.parts if part.rank is None]


@dataclass(frozen=True, slots=True)
class LessonRecords:
    """What was done in a lesson: spans of the chapters, and records of the questions."""

    spans: Sequence[SpanCounts]
    questions: Mapping[int, QuestionRecords]
    video: VideoRecords | None


@dataclass(frozen=True, slots=True)
class ConfusionCells:
    """Published cells of videos by the pk of their unit, and the course's typical confusion."""

    units: Mapping[int, CellsBySection]
    usual: Range | None


def load_lesson_map(
    course: Course, lesson: Lesson, *, who: str = EVERYBODY, wanted: str = "", now: datetime
) -> LessonMap:
    """Return what may be shown of one lesson for one group, and explain the part `wanted`.

    Without it, the part to work on first is explained.
    """
    audience = audience_of(course, who)
    if not audience.learners:
        return LessonMap(lesson, audience)
    questions = list_questions(lesson)
    cells = load_cells(course, [lesson], audience, now=now)
    parts, records = _load_parts(lesson, audience, questions, cells)
    ranked = sort_parts(parts)
    chosen = next((part for part in parts if part.key == wanted), None)
    chosen = chosen or next(iter(ranked), next(iter(parts), None))
    return LessonMap(
        lesson,
        audience,
        tuple(parts),
        chosen,
        _load_same_answer(chosen, questions, audience, now),
        _load_sentences(lesson, records, audience, chosen),
        is_estimated=any("confusion" in part.evidence for part in parts),
    )


def load_cells(
    course: Course, lessons: Sequence[Lesson], audience: Audience, *, now: datetime
) -> ConfusionCells | None:
    """Return the published confusion in the videos; None for a part of the class, or by law."""
    videos = [lesson.video for lesson in lessons if lesson.video is not None]
    is_whole_class = audience.chosen.key == EVERYBODY
    if not videos or not is_whole_class or not published_summary.is_allowed():
        return None
    cells = published_summary.published_cells_of_units(videos)
    return ConfusionCells(cells, typical_ranges(course, now).get(LABEL))


def load_parts(
    lesson: Lesson, audience: Audience, cells: ConfusionCells | None
) -> tuple[list[LessonPart], int]:
    """Return the parts hardest first, and how many others have too few people.

    It loads no transcript and unseals no answer.
    """
    parts, _ = _load_parts(lesson, audience, list_questions(lesson), cells)
    ranked = sort_parts(parts)
    return ranked, len(parts) - len(ranked)


def sort_parts(parts: Iterable[LessonPart]) -> list[LessonPart]:
    """Return the parts with enough people, hardest first."""
    found = [part for part in parts if part.rank is not None]
    return sorted(found, key=lambda part: part.rank.place if part.rank else 0)


def _load_parts(
    lesson: Lesson,
    audience: Audience,
    questions: Sequence[Question],
    cells: ConfusionCells | None,
) -> tuple[list[LessonPart], LessonRecords]:
    empty = split_lesson(lesson.video, questions)
    records = _load_records(lesson, audience, empty, questions)
    counts = _count_by_source(empty, records)
    ranks = {rank.key: rank for rank in _rank(empty, counts, records, audience)}
    found = {
        source: compare_counts(source, each, audience.floor, _list_driven(source, ranks))
        for source, each in counts.items()
    }
    estimates = _compare_estimates(lesson, empty, cells)
    parts = [
        replace(
            part,
            rank=ranks.get(part.key),
            evidence={
                source: each[part.key]
                for source, each in {**found, "confusion": estimates}.items()
                if part.key in each
            },
        )
        for part in empty
    ]
    return parts, records


def _rank(
    parts: Sequence[LessonPart],
    counts: Mapping[str, Sequence[PartCount]],
    records: LessonRecords,
    audience: Audience,
) -> list[PartRank]:
    """Return the ranks of the parts with enough people."""
    shown = [*counts["replayed"], *counts["wrong"]]
    enough = {each.key for each in shown if audience.is_enough(each.n)}
    chapters = [part for part in parts if part.is_chapter and part.key in enough]
    asked = [part for part in parts if part.question is not None and part.key in enough]
    kinds = [describe_questions(asked, records.questions, audience.learners)] if asked else []
    if chapters and records.video is not None:
        kinds.insert(0, describe_chapters(chapters, records.video, audience.learners))
    return rank_parts(shown, kinds, audience.floor)


def _list_driven(source: str, ranks: Mapping[str, PartRank]) -> list[str]:
    """Return the parts that are harder than usual, this source among what shows it."""
    return [key for key, rank in ranks.items() if rank.is_harder and source in rank.drivers]


def _load_records(
    lesson: Lesson,
    audience: Audience,
    parts: Sequence[LessonPart],
    questions: Sequence[Question],
) -> LessonRecords:
    asked = load_question_records(questions, lesson.quiz, audience.learners)
    if lesson.video is None:
        return LessonRecords((), asked, None)
    video = load_records(lesson.video, audience.learners)
    cut = [part.span for part in parts if part.is_chapter]
    return LessonRecords(count_spans(video, cut, own_pauses(lesson.video)), asked, video)


def _count_by_source(
    parts: Sequence[LessonPart], records: LessonRecords
) -> dict[str, list[PartCount]]:
    """Return the counts of each source; a source without a meaning for a part leaves it out."""
    found: dict[str, list[PartCount]] = {"replayed": [], "wrong": [], "hints": [], "stuck": []}
    chapters = [part for part in parts if part.is_chapter]
    for part, span in zip(chapters, records.spans, strict=True):
        # A jump back may cross a chapter that its learner did not watch.
        for source, count in (("replayed", span.back_people), ("stuck", span.stuck)):
            capped = min(count, span.watched)
            found[source].append(PartCount(part.key, part.kind, capped, span.watched))
    for part in parts:
        if part.question is None:
            continue
        each = records.questions[part.question]
        found["wrong"].append(PartCount(part.key, QUESTION, each.count_wrong, each.count_tried))
        found["hints"].append(PartCount(part.key, QUESTION, each.count_helped, each.count_tried))
        if part.number:
            stuck, could_ask = len(each.stuck), len(each.could_ask)
            found["stuck"].append(PartCount(part.key, QUESTION, stuck, could_ask))
    return found


def _compare_estimates(
    lesson: Lesson, parts: Sequence[LessonPart], cells: ConfusionCells | None
) -> dict[str, Evidence]:
    """Return the published confusion of each chapter.

    None at all if no chapter has any: then the map is made from deeds and reports alone.
    """
    if lesson.video is None or cells is None:
        return {}
    sections = cells.units[lesson.video.pk]
    found = {
        part.key: compare_estimate(
            published_summary.median_range(sections.get((part.chapter, None), []), LABEL),
            cells.usual,
        )
        for part in parts
        if part.is_chapter
    }
    return found if any(each.state != "few" for each in found.values()) else {}


def _load_same_answer(
    chosen: LessonPart | None, questions: Sequence[Question], audience: Audience, now: datetime
) -> AnswerCluster | None:
    """Return the most frequent wrong answer to the chosen question; None for a chapter."""
    question = next((each for each in questions if chosen and each.pk == chosen.question), None)
    if question is None:
        return None
    return next(iter(load_wrong_answers(question, audience, now=now).clusters), None)


def _load_sentences(
    lesson: Lesson, records: LessonRecords, audience: Audience, chosen: LessonPart | None
) -> tuple[TranscriptSentence, ...]:
    if lesson.video is None or records.video is None or chosen is None:
        return ()
    return tuple(list_sentences(lesson.video, records.video, audience, chosen.span))
