"""`/courses/<slug>/review/`: what is due today and why, each skill one press from a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import SystemRandom

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import require_person
from accounts.models import User
from adaptation.next_question import spaced_review as reviewing
from consent.permits import gate, restrictions
from courses.access import course_for_learner
from courses.models import Course, Question, Response, Skill, Unit, UnitSkill
from learner.courses.lessons import url_of
from learner.courses.views import person
from learner.questions.selection_reason import days_ago


@dataclass(frozen=True, slots=True)
class Line:
    """One skill that is due; `url` = the lesson to look at again, where there is one."""

    slug: str
    name: str
    why: str
    askable: bool
    url: str


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def review(request: HttpRequest, slug: str) -> HttpResponse:
    """The list; a POST of `skill` asks a question on it."""
    user = person(request)
    course = course_for_learner(user, slug)
    if request.method == "POST":
        return redirect(_asked(user, course, request.POST.get("skill", "")))
    now = timezone.now()
    context = {
        "course": course,
        "lines": _lines(reviewing.due(user, course, now=now), now=now),
        "objects": restrictions.has_objected(user),
    }
    return render(request, "learner/courses/review.html", context)


def _asked(user: User, course: Course, slug: str) -> str:
    """The address of a question; back to the list where none is left."""
    skill = course.skills.filter(slug=slug).first()
    if skill is None:
        return f"/courses/{course.slug}/review/"
    now = timezone.now()
    permit = gate.permit(user.code, "course", now=now)
    question = reviewing.ask(user, skill, permit, rng=SystemRandom(), now=now)
    if question is None or question.unit is None:
        return f"/courses/{course.slug}/review/"
    return f"{url_of(question.unit)}?question={question.code}{_numbers(user, question)}"


def _numbers(user: User, question: Question) -> str:
    """New numbers each time, where the question has numbers to draw."""
    if question.parameterised is None:
        return ""
    before = Response.objects.filter(learner=user, question=question).count()
    return f"&draw={before + 1}"


def _lines(found: Sequence[reviewing.Due], *, now: datetime) -> list[Line]:
    lessons = _lessons([due.skill for due in found])
    return [_line(due, lessons.get(due.skill.pk), now=now) for due in found]


def _lessons(skills: Sequence[Skill]) -> dict[int, Unit]:
    """The first lesson on each of these skills, by its pk; one query."""
    rows = UnitSkill.objects.filter(
        skill__in=skills, unit__position__isnull=False, unit__kind__in=["video", "reading"]
    )
    last_first = rows.select_related("unit").order_by("-unit__position")
    return {row.skill_id: row.unit for row in last_first}


def _line(due: reviewing.Due, unit: Unit | None, *, now: datetime) -> Line:
    return Line(
        slug=due.skill.slug,
        name=due.skill.name,
        why=_(
            "You last got this right {when}. Today is a good day to try it again, before you "
            "forget it."
        ).format(when=days_ago(due.last_right, now)),
        askable=due.askable,
        url=url_of(unit) if unit else "",
    )
