"""The certificate of an erasure as a file: exactly the bytes that were signed."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts.access import require_role
from stewardship import access


@require_safe
@require_role("steward")
def certificate(request: HttpRequest, id: UUID) -> HttpResponse:
    found = access.load_erasure(access.current_steward(request), id)
    if not found.certificate:
        raise Http404
    return HttpResponse(
        found.certificate,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="erasure-{found.id}.json"'},
    )
