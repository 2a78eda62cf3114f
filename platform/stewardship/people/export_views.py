"""`/steward/people/export/`: the list of people, or the part that is shown, as a CSV file."""

from __future__ import annotations

from django.db import transaction
from django.http import HttpRequest, StreamingHttpResponse
from django.views.decorators.http import require_safe

import audit
from accounts.access import require_recent, require_role
from accounts.sessions.streaming_response import iterate_in_thread, stream_response
from stewardship import access
from stewardship.people.csv_export import find_people, write_parts
from stewardship.people.forms import FilterForm


@require_safe
@require_role("steward")
@require_recent
def export(request: HttpRequest) -> StreamingHttpResponse:
    """Send the people who fit the filters of the list; the leaf has their number alone."""
    by, wanted = access.steward(request), FilterForm(request.GET).wanted()
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
    return stream_response(request, iterate_in_thread(write_parts(people)), headers=headers)
