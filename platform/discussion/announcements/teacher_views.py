"""`/teach/<slug>/announcements/`: list, write, edit, schedule and withdraw announcements."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person, uuid_or_404
from accounts.models import User
from courses.access import course_for_teacher
from courses.models import Course
from discussion.announcements import announcement_store, queries
from discussion.announcements.forms import AnnouncementForm
from discussion.models import Announcement
from discussion.posts import post_text
from discussion.posts.post_store import Unsendable

MOST_LISTED = 50


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def announcements(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the newest announcements; withdraw one, or undo that."""
    teacher = current_user(request)
    course = course_for_teacher(teacher, slug)
    if request.method != "POST":
        return _list(request, course, teacher)
    now = timezone.now()
    if "undo" in request.POST:
        done = announcement_store.undo_withdraw(course, uuid_or_404(request.POST["undo"]), now=now)
    else:
        id = uuid_or_404(request.POST.get("withdraw", ""))
        done = announcement_store.withdraw(course, id, now=now)
    if not done:
        problem = _("This announcement was already changed or deleted. The list below is current.")
        return _list(request, course, teacher, problem)
    return redirect("discussion:announcements", slug=slug)


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def write(request: HttpRequest, slug: str, id: UUID) -> HttpResponse:
    """Show the form of a new or existing announcement; POST previews or saves it."""
    teacher = current_user(request)
    course = course_for_teacher(teacher, slug)
    row = _find(course, teacher, id)
    if request.method != "POST":
        return _form(request, course, row, AnnouncementForm(initial=_initial(row)))
    form = AnnouncementForm(request.POST)
    if not form.is_valid():
        return _form(request, course, row, form, problem=form.problem())
    if request.POST.get("act") == "preview":
        return _form(request, course, row, form, preview=post_text.html_of(form.data["text"], {}))
    try:
        announcement_store.save(course, teacher, id=id, now=timezone.now(), **form.cleaned_data)
    except Unsendable as why:
        return _form(request, course, row, form, problem=str(why))
    return redirect("discussion:announcements", slug=slug)


def _find(course: Course, teacher: User, id: UUID) -> Announcement | None:
    """Return the teacher's own announcement; None if it is a new one."""
    row = Announcement.objects.filter(id=id).select_related("author", "course").first()
    if row is not None and row.course_id != course.pk:
        raise Http404
    if row is not None and row.author_id != teacher.pk:
        raise PermissionDenied("only its author edits an announcement")
    return row


def _initial(row: Announcement | None) -> dict[str, Any]:
    if row is None:
        return {}
    title, text = queries.as_typed(row)
    return {"title": title, "text": text, "shows_at": row.shows_at}


def _list(request: HttpRequest, course: Course, teacher: User, problem: str = "") -> HttpResponse:
    rows = queries.with_course(course.announcements.filter(author__is_active=True))
    newest = rows.order_by("-shows_at", "pk")[:MOST_LISTED]
    cards = queries.load_cards(newest, teacher, new=set(), now=timezone.now())
    openers = queries.load_openers(course)
    context = {
        "course": course,
        "rows": [(card, openers.get(card.id, {})) for card in cards],
        "new_id": uuid4(),
        "problem": problem,
    }
    status = 409 if problem else 200
    return render(request, "discussion/announcements/teach.html", context, status=status)


def _form(
    request: HttpRequest,
    course: Course,
    row: Announcement | None,
    form: AnnouncementForm,
    *,
    problem: str = "",
    preview: SafeString | None = None,
) -> HttpResponse:
    if row is not None and row.shows_at <= timezone.now():
        del form.fields["shows_at"]
    context = {"course": course, "row": row, "form": form, "problem": problem, "preview": preview}
    status = 422 if problem else 200
    return render(request, "discussion/announcements/write.html", context, status=status)
