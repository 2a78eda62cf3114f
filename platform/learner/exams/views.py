"""`/attempts/<uuid>/`: a running test and its report; `/units/<uuid>/begin/` begins one.

The server's clock decides. A request after the end of the time is redirected to the report.
"""

from __future__ import annotations

from datetime import datetime
from random import SystemRandom
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from adaptation import submit_attempt
from courses import attempts
from courses.access import attempt_for_learner, unit_for_learner
from courses.answers.replies import TypedReply, UngradableReply
from courses.attempts import AnswerChanged, AttemptClosed
from courses.models import Attempt, Question
from courses.questions.question_spec import item_of
from learner.exams import question_page
from learner.exams import report as reports
from learner.questions.parse_answer import parse_reply
from learner.units import views

CHANGED_ELSEWHERE = gettext_noop(
    "This answer was changed in another tab or on another device. Saved there: {answer}. "
    "What you entered here is still below. Save it to replace the other answer."
)


@require_POST
@require_person
def begin(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/units/<uuid>/begin/`: begin an attempt or continue the running one.

    If the test is closed, the page says why.
    """
    user = current_user(request)
    unit = unit_for_learner(user, code)
    if not attempts.is_test(unit):
        raise Http404
    try:
        begun = attempts.begin(user, unit, rng=SystemRandom(), now=timezone.now())
    except AttemptClosed as closed:
        return views.render_unit(request, user, unit, problem=closed.code)
    return redirect("classroom:attempt", id=begun.id)


@require_safe
@require_person
def attempt(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show one question; without `?place=` the first one without an answer."""
    now = timezone.now()
    found = load_attempt(current_user(request), id, now)
    if found.handed_in_at is not None:
        return redirect("classroom:report", id=id)
    number = parse_number(request.GET.get("place", "")) or question_page.find_first_blank(found)
    return _render_question(request, found, question_page.build_page(found, number, now=now))


@require_POST
@require_person
def answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """Store the reply to one question and go on to `next`.

    With `stay` it only stores the reply and answers with its stamp.
    """
    now = timezone.now()
    found = load_attempt(current_user(request), id, now)
    question, stay = find_question(request, found), "stay" in request.POST
    try:
        reply = parse_reply(item_of(question), request.POST)
        stamp = _store_reply(request, found, question, reply, now)
    except AttemptClosed:
        return conflict("over") if stay else redirect("classroom:report", id=id)
    except AnswerChanged as changed:
        words = _(CHANGED_ELSEWHERE).format(
            answer=question_page.describe_reply(question, changed.saved)
        )
        if stay:
            return conflict("changed", detail=words, stamp=changed.stamp)
        return show_question(request, found, question, problem=words, status=409, now=now)
    except UngradableReply as unreadable:
        if stay:
            return HttpResponse(str(unreadable), status=422, content_type="text/plain")
        problem = str(unreadable)
        return show_question(request, found, question, problem=problem, status=422, now=now)
    note = " ".join(reply.notes)
    if stay:
        return JsonResponse({"stamp": stamp, **({"note": note} if note else {})})
    if note:
        return show_question(request, found, question, note=note, now=now)
    return redirect(next_url(request, id))


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def hand_in(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show which questions are answered. POST submits the test, for good."""
    now = timezone.now()
    found = load_attempt(current_user(request), id, now)
    if request.method == "POST" or found.handed_in_at is not None:
        submit_attempt.submit(found, now=now)
        return redirect("classroom:report", id=id)
    context = {
        "page": views.build_unit_page(found.learner, found.unit),
        "turn": question_page.build_turn(found, now=now),
    }
    return render(request, "learner/exams/hand_in.html", context)


@require_safe
@require_person
def report(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show the result. A running test redirects to its question."""
    now = timezone.now()
    found = load_attempt(current_user(request), id, now)
    if found.handed_in_at is None:
        return redirect("classroom:attempt", id=id)
    context = {
        "page": views.build_unit_page(found.learner, found.unit),
        "report": reports.build_report(found, now=now),
    }
    return render(request, "learner/exams/report.html", context)


def load_attempt(user: User, id: UUID, now: datetime) -> Attempt:
    """Return the user's own Attempt, submitted by now if its time is over."""
    return submit_attempt.submit_if_over(attempt_for_learner(user, id), now=now)


def show_question(
    request: HttpRequest,
    found: Attempt,
    question: Question,
    *,
    problem: str = "",
    note: str = "",
    status: int = 200,
    now: datetime,
) -> HttpResponse:
    """Show the question again with the stored reply.

    With a `problem`, its fields hold what was sent.
    """
    found.refresh_from_db(fields=["answers_sealed"])
    number, sent = (
        question_page.find_number(found, question.code),
        request.POST if problem else None,
    )
    shown = question_page.build_page(found, number, problem, sent, now=now, note=note)
    return _render_question(request, found, shown, status)


def _render_question(
    request: HttpRequest,
    found: Attempt,
    shown: question_page.QuestionPage | None,
    status: int = 200,
) -> HttpResponse:
    if shown is None:
        raise Http404
    context = {
        "page": views.build_unit_page(found.learner, found.unit),
        "at": shown,
        "turn": shown.turn,
    }
    return render(request, "learner/exams/question.html", context, status=status)


def conflict(code: str, **more: object) -> JsonResponse:
    return JsonResponse({"code": code, **more}, status=409)


def find_question(request: HttpRequest, found: Attempt) -> Question:
    """Return the question named in the form, as it was when the Attempt began."""
    wanted = request.POST.get("question", "")
    for question in attempts.load_questions(found):
        if str(question.code) == wanted:
            return question
    raise Http404


def _store_reply(
    request: HttpRequest, found: Attempt, question: Question, reply: TypedReply, now: datetime
) -> int:
    return attempts.save_answer(
        found,
        question,
        reply.given,
        elapsed_ms=parse_number(request.POST.get("elapsed_ms", "")),
        now=now,
        stamp=parse_number(request.POST.get("stamp", "")),
    )


def next_url(request: HttpRequest, id: UUID) -> str:
    """Return the URL of the place that the button named, or of the submission page."""
    number = parse_number(request.POST.get("next", ""))
    if not number:
        return reverse("classroom:hand_in", args=[id])
    return f"{reverse('classroom:attempt', args=[id])}?place={number}"


def parse_number(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
