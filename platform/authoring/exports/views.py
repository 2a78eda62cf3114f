"""`/author/courses/<slug>/export/`: the published course as a file in one of the formats."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

import audit
from accounts.access import current_user, require_person
from authoring.editor.layout import load_working_copy, render_page
from authoring.errors import BrokenPackage
from authoring.formats import registry, unsupported_messages
from authoring.formats.registry import EXPORT_FORMATS, FORMATS
from courses.models import Course


@require_safe
@require_person
def export(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Send the file for `?format=`; for `?report=`, show what the format would leave out."""
    working = load_working_copy(request, slug)
    wanted = request.GET.get("format", "")
    report = request.GET.get("report", "")
    if {wanted, report} - {"", *EXPORT_FORMATS}:
        raise Http404
    try:
        if wanted:
            return _send_file(request, working.course, wanted)
        left_out = _find_left_out(working.course, report) if report else None
    except BrokenPackage as broken:
        failed = {"formats": _formats(), "errors": {"form": str(broken)}}
        return render_page(request, "export", working, "export", failed)
    context: dict[str, object] = {"formats": _formats(), "report": report, "left_out": left_out}
    if report:
        context["reported"] = gettext(FORMATS[report].title)
    return render_page(request, "export", working, "export", context)


def _formats() -> list[registry.Format]:
    return [FORMATS[name] for name in EXPORT_FORMATS]


def _send_file(request: HttpRequest, course: Course, wanted: str) -> HttpResponseBase:
    """Send the file; it is deleted from the disk once it is open."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{course.slug}{FORMATS[wanted].suffix}"
        registry.export(course, wanted, path)
        with transaction.atomic():
            public = {"course": course.slug, "format": wanted}
            audit.record(
                "course.export", actor=current_user(request).code, subject=None, public=public
            )
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)


def _find_left_out(course: Course, wanted: str) -> list[tuple[str, int]]:
    found: Counter[str] = registry.find_left_out(course, wanted)
    return [
        (unsupported_messages.translate_message(what), number)
        for what, number in found.most_common()
    ]
