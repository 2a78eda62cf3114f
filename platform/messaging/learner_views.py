"""`/messages/`: the messages that Teachers wrote to one Learner, and the Learner's replies."""

from __future__ import annotations

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import current_user, require_role
from accounts.models import TEACHER_MESSAGES
from discussion.layout import next_id, sent_id
from discussion.posts.post_store import Unsendable
from messaging import conversations, sending, thread_pages

PAGE_SIZE = 30


@require_safe
@require_role("learner")
def inbox(request: HttpRequest) -> HttpResponse:
    """List the Learner's threads, the latest first."""
    learner = current_user(request)
    rows = conversations.with_message(conversations.conversations_of(learner))
    page = Paginator(rows.order_by("-last_at", "pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    found = list(page)
    new = set(conversations.unread_by(learner).filter(pk__in=[row.pk for row in found]))
    context = {"page": page, "lines": thread_pages.lines_for_learner(found, new)}
    return render(request, "messaging/inbox.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("learner")
def conversation(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show one thread, or reply in it."""
    learner, now = current_user(request), timezone.now()
    row = conversations.find_one(conversations.conversations_of(learner), id)
    problem: Unsendable | None = None
    typed = request.POST.get("text", "")
    if request.method == "POST":
        try:
            made = sending.reply(
                row, learner, by_learner=True, id=sent_id(request), text=typed, now=now
            )
        except Unsendable as why:
            problem = why
        else:
            return redirect(f"{request.path}#r-{made.id}")
    if request.method == "GET":
        conversations.mark_opened(row, by_learner=True, now=now)
    context = {
        "thread": thread_pages.load_thread(row, learner),
        "id": next_id(request, problem),
        "typed": typed,
        "problem": problem,
    }
    return render(request, "messaging/conversation.html", context, status=422 if problem else 200)


@require_POST
@require_role("learner")
def choose_messages(request: HttpRequest) -> HttpResponse:
    """Save where messages of Teachers may go."""
    learner, chosen = current_user(request), request.POST.get("teacher_messages", "")
    if chosen not in TEACHER_MESSAGES:
        return HttpResponseBadRequest("Expected where messages may go, as offered.")
    learner.teacher_messages = chosen
    learner.save(update_fields=["teacher_messages"])
    return redirect("/preferences/?saved=1")
