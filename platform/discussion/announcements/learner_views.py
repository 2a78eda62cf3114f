"""`/courses/<slug>/announcements/`: all announcements of a course, as its members read them."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_person, uuid_or_404
from courses.access import course_for_learner, course_for_member, is_learner
from discussion.announcements import queries

PAGE_SIZE = 20


@require_safe
@require_person
def announcements(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a page of announcements in full; a Learner who gets it has opened them."""
    reader, now = current_user(request), timezone.now()
    course = course_for_member(reader, slug)
    shown = queries.visible_announcements(now=now).filter(course=course)
    rows = queries.with_course(shown).order_by("-shows_at", "pk")
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    found, learns = list(page), is_learner(reader, course)
    new = set(queries.unread(shown, reader).values_list("pk", flat=True)) if learns else set()
    cards = list(queries.load_cards(found, reader, new=new, now=now))
    if learns and request.method == "GET":
        queries.mark_read(reader, found, opened=True, now=now)
    context = {"course": course, "cards": cards, "page": page}
    return render(request, "discussion/announcements/read.html", context)


@require_POST
@require_person
def dismiss(request: HttpRequest, slug: str) -> HttpResponse:
    """Dismiss one announcement on the Learner's pages; it stays in the list of all."""
    reader, now = current_user(request), timezone.now()
    course = course_for_learner(reader, slug)
    id = uuid_or_404(request.POST.get("id", ""))
    rows = queries.visible_announcements(now=now).filter(course=course, id=id)
    queries.mark_read(reader, rows, opened=False, now=now)
    return redirect("/" if request.POST.get("back") == "home" else f"/courses/{slug}/")
