"""`/attempts/<uuid>/`: a test while it runs, and its report; `/units/<uuid>/begin/` begins one.

The time is this server's. Whoever asks after it has run out is led to the report.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import require_person
from accounts.models import User
from adaptation import submit_attempt
from courses import attempts
from courses.access import attempt_for_learner, unit_for_learner
from courses.answers.grading import UngradableReply
from courses.answers.typed_answers import TypedReply
from courses.attempts import AnswerChanged, AttemptClosed
from courses.models import Attempt, Question
from courses.questions.question_spec import item_of
from learner.courses.views import person
from learner.exams import question_page
from learner.exams import report as reports
from learner.questions.parse_answer import reply_in
from learner.units import views

CHANGED = gettext_noop(
    "This answer was changed in another tab or on another device. Saved there: {answer}. "
    "What you entered here is still below. Save it to replace the other answer."
)


@require_POST
@require_person
def begin(request: HttpRequest, code: UUID) -> HttpResponse:
    """`/units/<uuid>/begin/`: a new turn, or the one that runs; else the page says why not."""
    user = person(request)
    unit = unit_for_learner(user, code)
    if not attempts.is_test(unit):
        raise Http404
    try:
        begun = attempts.begin(user, unit, now=timezone.now())
    except AttemptClosed as closed:
        return views.page(request, user, unit, problem=closed.code)
    return redirect("classroom:attempt", id=begun.id)


@require_safe
@require_person
def attempt(request: HttpRequest, id: UUID) -> HttpResponse:
    """One question; without `?place=` the first that has no answer."""
    now = timezone.now()
    found = _running(person(request), id, now)
    if found.handed_in_at is not None:
        return redirect("classroom:report", id=id)
    number = _number(request.GET.get("place", "")) or question_page.first_blank(found)
    return _render_question(request, found, question_page.page(found, number, now=now))


@require_POST
@require_person
def answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """Keep what was given for one question and go on to `next`; with `stay` only keep it, and
    answer with its stamp."""
    now = timezone.now()
    found = _running(person(request), id, now)
    question, stay = _place(request, found), "stay" in request.POST
    try:
        reply = reply_in(item_of(question), request.POST)
        stamp = _keep(request, found, question, reply, now)
    except AttemptClosed:
        return _refused("over") if stay else redirect("classroom:report", id=id)
    except AnswerChanged as changed:
        words = _(CHANGED).format(answer=question_page.words_of(question, changed.saved))
        if stay:
            return _refused("changed", detail=words, stamp=changed.stamp)
        return _question(request, found, question, problem=words, status=409, now=now)
    except UngradableReply as unreadable:
        if stay:
            return HttpResponse(str(unreadable), status=422, content_type="text/plain")
        problem = str(unreadable)
        return _question(request, found, question, problem=problem, status=422, now=now)
    note = " ".join(reply.notes)
    if stay:
        return JsonResponse({"stamp": stamp, **({"note": note} if note else {})})
    if note:
        return _question(request, found, question, note=note, now=now)
    return redirect(_onward(request, id))


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def hand_in(request: HttpRequest, id: UUID) -> HttpResponse:
    """What is answered and what is not; a POST hands it in, once and for all."""
    now = timezone.now()
    found = _running(person(request), id, now)
    if request.method == "POST" or found.handed_in_at is not None:
        submit_attempt.hand_in(found, now=now)
        return redirect("classroom:report", id=id)
    context = {
        "page": views.around(found.learner, found.unit),
        "turn": question_page.turn(found, now=now),
    }
    return render(request, "learner/exams/hand_in.html", context)


@require_safe
@require_person
def report(request: HttpRequest, id: UUID) -> HttpResponse:
    """How it went; a test that still runs is led back to."""
    now = timezone.now()
    found = _running(person(request), id, now)
    if found.handed_in_at is None:
        return redirect("classroom:attempt", id=id)
    context = {
        "page": views.around(found.learner, found.unit),
        "report": reports.report(found, now=now),
    }
    return render(request, "learner/exams/report.html", context)


def _running(user: User, id: UUID, now: datetime) -> Attempt:
    """One's own Attempt as it stands now."""
    return submit_attempt.settled(attempt_for_learner(user, id), now=now)


def _question(
    request: HttpRequest,
    found: Attempt,
    question: Question,
    *,
    problem: str = "",
    note: str = "",
    status: int = 200,
    now: datetime,
) -> HttpResponse:
    """The question again, by what is kept by now; with a problem what was sent is in its fields."""
    found.refresh_from_db(fields=["answers_sealed"])
    number, sent = question_page.number_of(found, question.code), request.POST if problem else None
    shown = question_page.page(found, number, problem, sent, now=now, note=note)
    return _render_question(request, found, shown, status)


def _render_question(
    request: HttpRequest, found: Attempt, shown: question_page.Page | None, status: int = 200
) -> HttpResponse:
    if shown is None:
        raise Http404
    context = {"page": views.around(found.learner, found.unit), "at": shown, "turn": shown.turn}
    return render(request, "learner/exams/question.html", context, status=status)


def _refused(code: str, **more: object) -> JsonResponse:
    return JsonResponse({"code": code, **more}, status=409)


def _place(request: HttpRequest, found: Attempt) -> Question:
    """The question that the form names, as it was when the Attempt began."""
    wanted = request.POST.get("question", "")
    for question in attempts.load_questions(found):
        if str(question.code) == wanted:
            return question
    raise Http404


def _keep(
    request: HttpRequest, found: Attempt, question: Question, reply: TypedReply, now: datetime
) -> int:
    return attempts.save_answer(
        found,
        question,
        reply.given,
        elapsed_ms=_number(request.POST.get("elapsed_ms", "")),
        now=now,
        stamp=_number(request.POST.get("stamp", "")),
    )


def _onward(request: HttpRequest, id: UUID) -> str:
    """To the place that the button named, or to handing in after the last one."""
    number = _number(request.POST.get("next", ""))
    if not number:
        return reverse("classroom:hand_in", args=[id])
    return f"{reverse('classroom:attempt', args=[id])}?place={number}"


def _number(text: str) -> int:
    return int(text[:9]) if text.isascii() and text.isdigit() else 0
