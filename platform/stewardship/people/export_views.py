"""`/steward/people/export/`: the list of people, or the filtered part, as a CSV file."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

import audit
from accounts.access import require_recent, require_role
from accounts.sessions.streaming_response import make_beside, streamed
from stewardship import access
from stewardship.people.csv_export import find_people, write_parts
from stewardship.people.forms import FilterForm


@require_safe
@require_role("steward")
@require_recent
def export_people(request: HttpRequest) -> StreamingHttpResponse:
    """Send the people who match the filters; the leaf contains only their number."""
    by, wanted = access.current_steward(request), FilterForm(request.GET).wanted()
    people = find_people(wanted)
    if request.method != "HEAD":
        with transaction.atomic():
            count = {"people": people.count()}
            audit.record("people.export", actor=by.code, subject=None, public=count)
    headers = {
        "Content-Type": "text/csv; charset=utf-8",
        "Content-Disposition": 'attachment; filename="people.csv"',
        "Cache-Control": "no-store",
    }
    return streamed(request, make_beside(write_parts(people)), headers=headers)
