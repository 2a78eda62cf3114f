"""`/teach/<slug>/messages/`: write to Learners, undo that, and read and answer the threads."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, require_person, uuid_or_404
from accounts.models import User
from courses.access import course_for_teacher
from courses.models import Course
from discussion.layout import next_id, sent_id
from discussion.posts.post_store import AlreadySent, Unsendable
from messaging import compose, conversations, saved_templates, sending, starting_texts, thread_pages
from messaging.compose import MessageDraft
from messaging.forms import MessageForm
from messaging.models import STARTS
from messaging.sending import UndoneMessage

PAGE_SIZE = 30


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def new_message(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the form: empty, begun from a page of the course, or as sent, with one change."""
    teacher, now = current_user(request), timezone.now()
    course = course_for_teacher(teacher, slug)
    draft = compose.read_draft(course, teacher, request.POST, now=now)
    name, _colon, value = request.POST.get("act", "").partition(":")
    try:
        draft = _change(course, teacher, draft, name, value, request.POST.get("title", ""))
    except Unsendable as why:
        return _page(request, course, draft, problem=str(why))
    return _page(request, course, draft)


@require_POST
@require_person
def send(request: HttpRequest, slug: str) -> HttpResponse:
    """Send the message; a refusal keeps the input and returns 422."""
    teacher, now = current_user(request), timezone.now()
    course = course_for_teacher(teacher, slug)
    draft = compose.read_draft(course, teacher, request.POST, now=now)
    form = MessageForm(course, draft.fields)
    if not form.is_valid():
        return _page(request, course, draft, problem=form.problem())
    if draft.added or draft.card_gone:
        return _page(request, course, draft, problem=_("Check the recipients, then send again."))
    if problem := starting_texts.find_missing(course, draft.fields):
        return _page(request, course, draft, problem=problem)
    people = compose.recipients_of(course, draft).people
    try:
        sending.send(
            course, teacher, form.content(draft.start), people,
            id=draft.id, audience=draft.audience, card=draft.card, now=now,
        )  # fmt: skip
    except AlreadySent as why:
        return _page(request, course, replace(draft, id=uuid4()), problem=str(why))
    except Unsendable as why:
        return _page(request, course, draft, problem=str(why))
    return redirect("messaging:threads", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def threads(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the threads of the course, unread answers first. A POST undoes a sending."""
    teacher, now = current_user(request), timezone.now()
    course = course_for_teacher(teacher, slug)
    done: UndoneMessage | None = None
    problem = ""
    if request.method == "POST":
        try:
            id = uuid_or_404(request.POST.get("undo", ""))
            done = sending.undo(course, teacher, id, now=now)
        except Unsendable as why:
            problem = str(why)
    found = conversations.conversations_in(course)
    ordered = conversations.answers_first(conversations.with_message(found))
    page = Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "course": course,
        "page": page,
        "lines": thread_pages.lines_for_teacher(course, list(page)),
        "sent": thread_pages.load_sent(course, found, teacher, now=now),
        "undone": done,
        "problem": problem,
    }
    status = 409 if problem else 200
    return render(request, "messaging/threads.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def thread(request: HttpRequest, slug: str, id: UUID) -> HttpResponse:
    """Show one thread, or answer in it."""
    teacher, now = current_user(request), timezone.now()
    course = course_for_teacher(teacher, slug)
    row = conversations.find_one(conversations.conversations_in(course), id)
    problem: Unsendable | None = None
    typed = request.POST.get("text", "")
    if request.method == "POST":
        try:
            made = sending.reply(
                row, teacher, by_learner=False, id=sent_id(request), text=typed, now=now
            )
        except Unsendable as why:
            problem = why
        else:
            return redirect(f"{request.path}#r-{made.id}")
    if request.method == "GET":
        conversations.mark_opened(row, by_learner=False, now=now)
    context = {
        "course": course,
        "thread": thread_pages.load_thread(row, teacher),
        "id": next_id(request, problem),
        "typed": typed,
        "problem": problem,
    }
    return render(request, "messaging/teach_thread.html", context, status=422 if problem else 200)


def _change(
    course: Course, teacher: User, draft: MessageDraft, name: str, value: str, title: str
) -> MessageDraft:
    """Return the draft after one button of the form. Raises Unsendable."""
    if name == "start" and value in STARTS:
        return compose.begin_with(course, teacher, draft, value)
    if name == "saved":
        found = {str(each.id): each.text for each in saved_templates.load_templates(teacher)}
        return compose.begin_with_text(draft, found[value]) if value in found else draft
    if name == "delete":
        saved_templates.delete_template(teacher, uuid_or_404(value))
    if name == "save":
        text = draft.fields["text"]
        saved_templates.save_template(course, teacher, title, text, now=timezone.now())
    if name == "drop":
        return compose.drop_person(draft, value)
    if name == "to" and value in ("class", "group", "picked"):
        return compose.choose_audience(draft, value)
    if name == "at" and value.isdecimal():
        return replace(draft, at=int(value[:4]))
    return draft


def _page(
    request: HttpRequest, course: Course, draft: MessageDraft, problem: str = ""
) -> HttpResponse:
    teacher = current_user(request)
    form = MessageForm(course, draft.fields)
    page = compose.load_page(course, teacher, draft, form)
    context = {"course": course, "problem": problem, **page}
    return render(request, "messaging/new.html", context, status=422 if problem else 200)
