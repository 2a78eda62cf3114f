"""`/units/<uuid>/level/`: keep the usual difficulty, or undo that; a form next to a question."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_person
from adaptation.models import Intervention
from adaptation.next_question import difficulty_shift
from courses import availability
from courses.access import unit_for_learner
from courses.models import Question, Unit
from learner.courses.lessons import url_of
from learner.questions.quiz_page import find_question, question_url


@require_POST
@require_person
def change_level(request: HttpRequest, code: UUID) -> HttpResponse:
    """With `keep` on, end the change and ask the question of the usual level.

    With `keep` off, the change counts again.
    """
    user = current_user(request)
    unit = unit_for_learner(user, code)
    availability.require_open(user, unit, now=timezone.now())
    question = find_question(unit, request.POST.get("question", ""))
    try:
        adjust = UUID(request.POST.get("adjust", ""))
    except ValueError:
        return HttpResponseBadRequest("Expected what moved the level.")
    keeps = request.POST.get("keep") == "on"
    act = difficulty_shift.keep_level if keeps else difficulty_shift.undo_keep_level
    row = act(user, adjust, now=timezone.now())
    if row is None:
        return HttpResponseBadRequest("Expected a change of your own level.")
    return redirect(_own_level_url(unit, question, row) if keeps else _moved_level_url(unit, row))


def _own_level_url(unit: Unit, question: Question | None, row: Intervention) -> str:
    if question is None:
        return url_of(unit)
    return f"{question_url(unit, question.sibling or question)}&kept={row.code}#level"


def _moved_level_url(unit: Unit, row: Intervention) -> str:
    asked = row.choices.filter(unit=unit, asked_at__isnull=False).order_by("-chosen_at").first()
    return f"{question_url(unit, asked.question)}#level" if asked else url_of(unit)
