"""`/author/courses/<slug>/reuse/`: append the content of another course to the draft."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from accounts.name_order import by_name
from authoring.access import courses_written_by
from authoring.editor.layout import load_working_copy, redirect_done, render_page
from authoring.versions import copies
from authoring.versions.drafts import StaleDraft, WorkingCopy
from courses.models import Course


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def reuse(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the Author's other courses; a POST of `course` appends its sections."""
    working, by = load_working_copy(request, slug), current_user(request)
    others = courses_written_by(by).exclude(pk=working.course.pk)
    if request.method != "POST":
        return _render(request, working, others)
    source = others.filter(slug=request.POST.get("course", "")).first()
    if source is None:
        return _render(request, working, others, {"course": _("Select a course.")})
    stamp = request.POST.get("stamp", "")
    try:
        copies.append_course(source, working.course, stamp=stamp, by=by, now=timezone.now())
    except StaleDraft as stale:
        return _render(request, working, others, conflict=stale)
    return redirect_done(reverse("authoring:builder", args=[slug]), "appended", "units")


def _render(
    request: HttpRequest,
    working: WorkingCopy,
    others: QuerySet[Course],
    errors: Mapping[str, str] | None = None,
    conflict: StaleDraft | None = None,
) -> HttpResponse:
    context = {
        "others": by_name(others, lambda course: course.title),
        "chosen": request.POST.get("course", ""),
        "errors": errors or {},
    }
    return render_page(request, "reuse", working, "builder", context, conflict)
