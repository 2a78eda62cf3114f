"""`/author/courses/<slug>/preview/<uuid>/`: the layout of a page, sent by its preview."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_person
from authoring.access import course_for_author
from authoring.page_layouts import measures
from authoring.versions import previews
from courses.models import Unit


@require_POST
@require_person
def layout(request: HttpRequest, slug: str, code: UUID) -> HttpResponse:
    """Store how a page of this Author's own preview is laid out."""
    by = current_user(request)
    course = course_for_author(by, slug)
    shadow = previews.slug_of(course, by)
    unit = get_object_or_404(Unit, code=code, course__slug=shadow, course__preview_of=course)
    try:
        rows = measures.read_rows(request.POST.get("rows", ""))
    except measures.BadLayout:
        return HttpResponse(status=400)
    measures.store_layout(course, unit.ref, rows, now=timezone.now())
    return HttpResponse(status=204)
