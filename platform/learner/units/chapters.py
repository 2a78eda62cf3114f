"""The chapters of a video: where each lies on the bar, and what is probably known of its skill.

A chapter is about the skills of the questions that point back into it, or are asked in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import User
from consent.permits import gate
from courses.models import Question, Skill, Video
from estimates.knowledge import mastery
from estimates.knowledge.mastery import MASTERED, SkillMastery
from learner.mastery.bars import Bar, bar
from learner.questions.view_model import clock

GAP = 0.3
# From here on a skill is a step darker; the words beside it say the same.
STEPS = (0.4, 0.6, MASTERED)


@dataclass(frozen=True, slots=True)
class Segment:
    """A chapter as drawn on the bar: `x` and `width` in percent of it."""

    title: str
    start: float
    end: float
    x: float
    width: float
    at: str
    skill: Tint | None


@dataclass(frozen=True, slots=True)
class Tint:
    """What is known of the least known skill of a chapter; `step` 0 = no answer yet, to 4."""

    step: int
    word: str
    bar: Bar


def chapters_of(video: Video) -> list[dict[str, Any]]:
    """Its chapters, or the whole video as one without a title."""
    return video.chapters or [{"start": 0.0, "end": video.duration_s, "title": ""}]


def segments(
    video: Video, questions: Sequence[Question], learner: User | None, *, now: datetime
) -> tuple[Segment, ...]:
    """Each chapter, with what this Learner knows of it; with nobody's knowledge for a Teacher."""
    skills = [_skills(chapter, questions) for chapter in chapters_of(video)]
    known = _known(learner, [skill for each in skills for skill in each], now) if learner else {}
    return tuple(
        _segment(chapter, video.duration_s, [known[skill.pk] for skill in own if skill.pk in known])
        for chapter, own in zip(chapters_of(video), skills, strict=True)
    )


def _skills(chapter: dict[str, Any], questions: Sequence[Question]) -> list[Skill]:
    """Of the questions (skills prefetched) that are explained, or else asked, in the chapter."""
    about = [
        question
        for question in questions
        if chapter["start"] <= _explained_at(question) < chapter["end"]
    ]
    return list({skill: None for question in about for skill in question.skills.all()})


def _explained_at(question: Question) -> float:
    if question.jump_from_s is not None:
        return question.jump_from_s
    return -1.0 if question.time_s is None else question.time_s


def _known(learner: User, skills: Sequence[Skill], now: datetime) -> dict[int, SkillMastery]:
    permit = gate.permit(learner.code, "course", now=now)
    return {known.skill.pk: known for known in mastery.read(permit).of_skills(skills)}


def _segment(chapter: dict[str, Any], length: float, known: Sequence[SkillMastery]) -> Segment:
    least = min(known, key=lambda each: (each.n > 0, each.p), default=None)
    return Segment(
        title=chapter["title"],
        start=chapter["start"],
        end=chapter["end"],
        x=round(100 * chapter["start"] / length, 3),
        width=round(max(0.2, 100 * (chapter["end"] - chapter["start"]) / length - GAP), 3),
        at=clock(chapter["start"]),
        skill=tint(least) if least else None,
    )


def tint(known: SkillMastery) -> Tint:
    """The colour of what is known, and the same in words."""
    if not known.n:
        return Tint(0, _("not known"), bar(known))
    step = 1 + sum(known.p >= limit for limit in STEPS)
    word = _("probably mastered") if known.p >= MASTERED else _("in progress")
    return Tint(step, word, bar(known))
