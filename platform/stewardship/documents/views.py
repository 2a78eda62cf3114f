"""`/steward/documents/`: compliance documents, generated from the running configuration."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.access import require_role
from stewardship.documents import catalogue
from stewardship.documents.catalogue import Document
from stewardship.documents.current_config import load_config

TYPES = {"md": "text/markdown; charset=utf-8", "html": "text/html; charset=utf-8"}


@require_safe
@require_role("steward")
def documents(request: HttpRequest) -> HttpResponse:
    context = {"place": "documents", "documents": catalogue.make_all_documents(timezone.now())}
    return render(request, "stewardship/documents.html", context)


@require_safe
@require_role("steward")
def document(request: HttpRequest, name: str) -> HttpResponse:
    context = {"place": "documents", "document": _make_or_404(name)}
    return render(request, "stewardship/document.html", context)


@require_safe
@require_role("steward")
def download(request: HttpRequest, name: str, form: str) -> HttpResponse:  # noqa: ARG001
    """Return a document as a file: Markdown to fill in, or a self-contained page."""
    found = _make_or_404(name)
    if form not in TYPES:
        raise Http404
    content = found.markdown if form == "md" else found.page
    attached = f'attachment; filename="{name}.{form}"'
    headers = {"Content-Disposition": attached, "Cache-Control": "no-store"}
    return HttpResponse(content, content_type=TYPES[form], headers=headers)


def _make_or_404(name: str) -> Document:
    if name not in catalogue.DOCUMENTS:
        raise Http404
    return catalogue.make_document(name, load_config(timezone.now()))
