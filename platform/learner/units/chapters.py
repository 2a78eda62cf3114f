"""The chapters of a video: their place on the progress bar and the Learner's mastery of their
skills.

A chapter covers the skills of questions that point back into it. A question without such a pointer
counts where it is asked.
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
from courses.timestamps import format_time
from estimates.knowledge import mastery
from estimates.knowledge.mastery import MASTERED, SkillMastery
from learner.mastery.bars import Bar, make_bar

GAP = 0.3
# Lower limits of the colour steps; the words next to the colour say the same.
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
    """The mastery of a chapter's least-known skill; `step` is 0 (no answer yet) to 4."""

    step: int
    word: str
    bar: Bar


def chapters_of(video: Video) -> list[dict[str, Any]]:
    """Return the video's chapters, or the whole video as one untitled chapter."""
    return video.chapters or [{"start": 0.0, "end": video.duration_s, "title": ""}]


def segments(
    video: Video, questions: Sequence[Question], learner: User | None, *, now: datetime
) -> tuple[Segment, ...]:
    """Return each chapter with this Learner's mastery. A Teacher's page passes no Learner."""
    skills = [_find_skills(chapter, questions) for chapter in chapters_of(video)]
    known = (
        _load_known(learner, [skill for each in skills for skill in each], now) if learner else {}
    )
    return tuple(
        _segment(chapter, video.duration_s, [known[skill.pk] for skill in own if skill.pk in known])
        for chapter, own in zip(chapters_of(video), skills, strict=True)
    )


def _find_skills(chapter: dict[str, Any], questions: Sequence[Question]) -> list[Skill]:
    """Return the skills of the questions that are explained, or else asked, in the chapter.

    The questions need their skills prefetched.
    """
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


def _load_known(learner: User, skills: Sequence[Skill], now: datetime) -> dict[int, SkillMastery]:
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
        at=format_time(chapter["start"]),
        skill=tint(least) if least else None,
    )


def tint(known: SkillMastery) -> Tint:
    """Return the colour step of a mastery value and its description in words."""
    if not known.n:
        return Tint(0, _("not known"), make_bar(known))
    step = 1 + sum(known.p >= limit for limit in STEPS)
    word = _("probably mastered") if known.p >= MASTERED else _("in progress")
    return Tint(step, word, make_bar(known))
