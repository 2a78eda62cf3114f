"""`/steward/erasures/`: all erasures, one of them, and its certificate as a file."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_role
from stewardship import access
from stewardship.erasures import view_model


@require_safe
@require_role("steward")
def all_erasures(request: HttpRequest) -> HttpResponse:
    context = {"place": "erasures", "erasures": view_model.load_newest()}
    return render(request, "stewardship/erasures.html", context)


@require_safe
@require_role("steward")
def one_erasure(request: HttpRequest, id: UUID) -> HttpResponse:
    found = access.load_erasure(current_user(request), id)
    context = {"place": "erasures", "erasure": view_model.view_erasure(found)}
    return render(request, "stewardship/erasure.html", context)


@require_safe
@require_role("steward")
def certificate(request: HttpRequest, id: UUID) -> HttpResponse:
    """Send exactly the bytes that were signed."""
    found = access.load_erasure(current_user(request), id)
    if not found.certificate:
        raise Http404
    return HttpResponse(
        found.certificate,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="erasure-{found.id}.json"'},
    )
