"""What a message can link to: a part of a video, a question, the refresher of a skill, a page."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.name_order import by_name
from adaptation.offers import link_targets
from courses.answers.responses import find_correct_questions
from courses.models import Course, Question, Skill, Unit
from courses.timestamps import format_time
from messaging.models import TeacherMessage


@dataclass(frozen=True, slots=True)
class AttachedLink:
    """One button under a message; `away`: it leads to another site."""

    kind: str
    url: str
    words: str
    away: bool = False


@dataclass(frozen=True, slots=True)
class LinkableThings:
    """What of a course a Teacher can attach, in the order of the course."""

    videos: tuple[Unit, ...]
    questions: tuple[Question, ...]
    skills: tuple[Skill, ...]


def load_linkable(course: Course) -> LinkableThings:
    """Return videos, the questions of practice quizzes and videos, and skills with questions."""
    units = course.units.filter(position__isnull=False, kind="video", video__isnull=False)
    asked = Q(position__isnull=False) | Q(time_s__isnull=False)
    questions = _practice(course).filter(asked, sibling=None)
    ordered = questions.select_related("unit").order_by("unit__position", "position", "time_s")
    skills = Skill.objects.filter(course=course, questions__in=_quiz_questions(course))
    return LinkableThings(
        tuple(units.select_related("video").order_by("position")),
        tuple(ordered),
        tuple(by_name(skills.distinct(), lambda skill: skill.name)),
    )


def links_of(row: TeacherMessage, link: str, reader: User | None) -> list[AttachedLink]:
    """Return the buttons of a message, as `reader` gets them."""
    found = []
    if row.unit is not None and row.begin_s is not None and row.end_s is not None:
        found.append(_video_link(row.unit, row.begin_s, row.end_s))
    if row.question is not None and row.question.unit is not None:
        url = _question_url(row.question)
        found.append(AttachedLink("question", url, _("Try the question again")))
    if row.skill is not None and (first := find_refresher(row.skill, reader)) is not None:
        words = _("Start the refresher: {skill}").format(skill=row.skill.name)
        found.append(AttachedLink("refresher", link_targets.question_url(first), words))
    if link:
        found.append(AttachedLink("hours", link, _("Office hours"), away=True))
    return found


def find_refresher(skill: Skill, reader: User | None) -> Question | None:
    """Return the easiest practice question on this skill that the reader has not solved yet."""
    rows = _quiz_questions(skill.course).filter(skills=skill).select_related("unit")
    found = list(rows.order_by("difficulty", "pk"))
    right = find_correct_questions(reader, found) if reader is not None else set()
    left = [each for each in found if (each.sibling_id or each.pk) not in right]
    return next(iter(left or found), None)


def _question_url(question: Question) -> str:
    """Return where the question is asked; one in a video at its time."""
    if question.unit is not None and question.time_s is not None:
        return f"{link_targets.unit_url(question.unit)}?t={question.time_s:.1f}#player"
    return link_targets.question_url(question)


def _video_link(unit: Unit, begin: float, end: float) -> AttachedLink:
    url = f"{link_targets.unit_url(unit)}?t={begin:.1f}#player"
    words = _("Watch {begin}–{end}")
    return AttachedLink("video", url, words.format(begin=format_time(begin), end=format_time(end)))


def _practice(course: Course) -> QuerySet[Question]:
    return Question.objects.filter(
        course=course, unit__position__isnull=False, unit__scenario="course"
    )


def _quiz_questions(course: Course) -> QuerySet[Question]:
    return _practice(course).filter(unit__kind="quiz")
