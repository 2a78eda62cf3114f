"""The response with an uploaded file: saved by the browser, never shown by it."""

from __future__ import annotations

from typing import Final

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header

from courses.answer_files.file_names import number_name
from courses.answer_files.storage import read_content, read_facts
from courses.models import AnswerFile
from vault.errors import KeyDestroyed

HEADERS: Final = {
    "Cache-Control": "no-store",
    # Should a browser open it all the same, it runs nothing and is of no site.
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
}


def send_file(row: AnswerFile | None, *, number: int = 0) -> HttpResponse:
    """Return the file as an attachment of no type; 404 without one, or once it is erased.

    With a `number`, its own name is hidden.
    """
    if row is None:
        raise Http404
    try:
        name, content = read_facts(row).name, read_content(row)
    except KeyDestroyed as destroyed:
        raise Http404 from destroyed
    name = number_name(number, name) if number else name
    response = HttpResponse(content, content_type="application/octet-stream", headers=HEADERS)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    return response
