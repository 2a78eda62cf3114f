"""Requests on `/my-data/`: a copy, a pause, an objection, or a question to a Steward.

A Guardian may make requests for a ward, but never sees the ward's data.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.access import (
    current_user,
    require_person,
    require_recent,
    require_role,
    ward_for_guardian,
)
from accounts.sessions.streaming_response import iterate_in_thread, stream_response
from consent.permits import restrictions
from learner.privacy import views
from learner.privacy.delete_recent import NOTHING_ON, PARTS, UNKNOWN, describe_erasure
from privacy import recent_deletion
from privacy.export import data_export
from privacy.subject_requests import requests

REQUESTS_URL = "/my-data/#requests"


@require_POST
@require_person
@require_recent
def download_copy(request: HttpRequest) -> HttpResponseBase:
    """Stream the copy while it is made; at most one every ten minutes."""
    user, now = current_user(request), timezone.now()
    try:
        data_export.ask(user, now=now)
    except data_export.TooSoon as early:
        words = _("A copy was made just now. You can make the next one at {time} ({zone}).")
        at, zone = timezone.localtime(early.at), timezone.get_current_timezone_name()
        problem = words.format(time=f"{at:%H:%M}", zone=zone)
        return views.show_my_data(request, problem=problem, status=429)
    parts = iterate_in_thread(data_export.stream(user, now=now))
    headers = {
        "Content-Type": "application/zip",
        "Content-Disposition": f'attachment; filename="my-data-{now:%Y-%m-%d}.zip"',
        "Cache-Control": "no-store",
    }
    return stream_response(request, parts, headers=headers)


@require_POST
@require_role("learner")
def delete_last_minutes(request: HttpRequest) -> HttpResponse:
    """Delete the last ten minutes at once, for good. Scripts get JSON."""
    user, what = current_user(request), request.POST.get("what", "")
    if what not in PARTS:
        return views.show_my_data(request, problem=_(UNKNOWN))
    done = recent_deletion.delete_recent(
        user, recent_deletion.scopes_of_group(what), now=timezone.now()
    )
    if "application/json" in request.headers.get("Accept", ""):
        return JsonResponse({"told": describe_erasure(done) if done else _(NOTHING_ON)})
    if done is None:
        return views.show_my_data(request, problem=_(NOTHING_ON), status=409)
    return redirect(f"/my-data/?deleted={done.id}#last-minutes")


@require_POST
@require_person
def send_request(request: HttpRequest) -> HttpResponse:
    """Send a request to the Stewards; with `ward`, on behalf of that ward."""
    user, ward = current_user(request), request.POST.get("ward", "")
    try:
        about = ward_for_guardian(user, UUID(ward)) if ward else user
        kind, note = request.POST.get("kind", ""), request.POST.get("note", "")
        requests.ask(about, kind, by=user, note=note, now=timezone.now())
    except ValueError:
        return views.show_my_data(
            request, problem=_("Select what you would like to ask for. Nothing was sent.")
        )
    return redirect(REQUESTS_URL)


@require_POST
@require_person
def switch_restriction(request: HttpRequest) -> HttpResponse:
    """Pause everything, object to profiling, or undo that. It is in force on return."""
    kind, on = request.POST.get("kind", ""), request.POST.get("on") == "on"
    if kind not in restrictions.KINDS:
        return views.show_my_data(
            request, problem=_("Select what to switch on or off. Nothing was changed.")
        )
    requests.switch(current_user(request), kind, on=on, now=timezone.now())
    return redirect("/my-data/#limits")
