"""`/preferences/`: how Attune looks and when it speaks.

Only what the server has to know is sent to it: whether offers wait while a video plays, and the
language (`/accounts/language/`). The rest stays in the browser.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import require_person
from classroom.courses import person


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def preferences(request: HttpRequest) -> HttpResponse:
    """The page; a POST of a Learner keeps the one wish that the rules for offers read."""
    user = person(request)
    if request.method != "POST":
        saved = request.GET.get("saved") == "1"
        context = {"quiet": user.quiet_videos, "language": user.language, "saved": saved}
        return render(request, "classroom/preferences.html", context)
    if not user.has_role("learner"):
        raise PermissionDenied("expected a Learner: offers come to nobody else")
    user.quiet_videos = request.POST.get("quiet_videos") == "on"
    user.save(update_fields=["quiet_videos"])
    return redirect("/preferences/?saved=1")
