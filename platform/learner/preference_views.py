"""`/preferences/`: how Attune looks and when it interrupts.

The server stores only what it needs: whether offers wait while a video plays, and how often a
check-in may appear. Language and time zone have their own form (`/accounts/language/`). Other
settings stay in the browser.
"""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_person
from accounts.models import CHECK_INS
from accounts.site import site_facts

CHECK_IN_CHOICES = {str(times): times for times in CHECK_INS}


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def preferences(request: HttpRequest) -> HttpResponse:
    """Show the page. A Learner's POST saves when offers and check-ins may appear."""
    user = current_user(request)
    if request.method != "POST":
        saved = request.GET.get("saved") == "1"
        zones = {"UTC": (("UTC", "UTC"),), **site_facts.list_by_region()}
        context = {"person": user, "check_ins": CHECK_INS, "saved": saved, "regions": zones}
        return render(request, "learner/preferences.html", context)
    if not user.has_role("learner"):
        raise PermissionDenied("expected a Learner: only Learners get offers")
    wanted = request.POST.get("check_ins", "0")
    if wanted not in CHECK_IN_CHOICES:
        return HttpResponseBadRequest("Expected how often a day to be asked, as offered.")
    user.quiet_videos = request.POST.get("quiet_videos") == "on"
    user.check_ins = CHECK_IN_CHOICES[wanted]
    user.save(update_fields=["quiet_videos", "check_ins"])
    return redirect("/preferences/?saved=1")
