"""The parts of a lesson: chapters and questions of the video on its time axis, then the quiz."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from uuid import UUID

from django.utils.translation import gettext as _

from courses.models import Question, Unit
from courses.timestamps import format_time
from teaching.lessons.evidence import Evidence
from teaching.lessons.ranking import PartRank
from teaching.videos.chapters import chapters_of
from teaching.videos.time_bins import TimeSpan

CHAPTER, VIDEO_QUESTION, QUIZ_QUESTION = "chapter", "video_question", "quiz_question"


@dataclass(frozen=True, slots=True)
class LessonPart:
    """One part. `begin` and `end` are seconds of the video, `number` the place in the quiz.

    `rank` None = too few people. `question` and `code` belong to a question, `chapter` to a
    chapter.
    """

    key: str
    kind: str
    title: str
    place: str
    begin: float = 0.0
    end: float = 0.0
    number: int = 0
    chapter: int | None = None
    question: int | None = None
    code: UUID | None = None
    prompt: str = ""
    rank: PartRank | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)

    @property
    def is_chapter(self) -> bool:
        return self.kind == CHAPTER

    @property
    def span(self) -> TimeSpan:
        return TimeSpan(self.begin, self.end)

    @property
    def is_harder(self) -> bool:
        return self.rank is not None and self.rank.is_harder

    @property
    def drivers(self) -> list[Evidence]:
        """Return the sources in which the part differs from usual."""
        return [each for each in self.evidence.values() if each.state == "more"]

    @property
    def is_hinted(self) -> bool:
        """Return whether more learners than usual used a hint, so another one is no remedy."""
        return any(each.source == "hints" for each in self.drivers)


def split_lesson(video: Unit | None, questions: Sequence[Question]) -> list[LessonPart]:
    """Return the chapters, then the questions, without figures."""
    chapters = list(_chapters(video)) if video is not None else []
    return [*chapters, *(_question_part(each) for each in questions)]


def _chapters(video: Unit) -> Iterator[LessonPart]:
    length = video.video.duration_s
    found = [(min(each["start"], length), each["title"]) for each in chapters_of(video)]
    found = found or [(0.0, "")]
    for at, ((begin, title), (end, _title)) in enumerate(pairwise([*found, (length, "")])):
        yield LessonPart(
            key=f"c{at}",
            kind=CHAPTER,
            title=title or _("The whole video"),
            place=f"{format_time(begin)}–{format_time(end)}",
            begin=begin,
            end=end,
            chapter=at,
        )


def _question_part(question: Question) -> LessonPart:
    at, number = question.time_s, question.position or 0
    in_video = at is not None
    title = (
        _("Video question at {time}").format(time=format_time(at))
        if at is not None
        else _("Quiz question {number}").format(number=number)
    )
    return LessonPart(
        key=f"q{question.code.hex}",
        kind=VIDEO_QUESTION if in_video else QUIZ_QUESTION,
        title=title,
        place=format_time(at) if at is not None else str(number),
        begin=at or 0.0,
        end=at or 0.0,
        number=number,
        question=question.pk,
        code=question.code,
        prompt=question.linear or question.prompt,
    )
