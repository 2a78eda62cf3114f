"""`/lti/register/`: a platform opens a Steward's one-time link to register itself.

The page is in a frame or window of the platform and has no session; the link is the permission.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.models import AGE_BANDS
from accounts.remote_call import RemoteCall, RemoteFailure, read_remote_answer
from accounts.site import site_facts
from lti.addresses import is_callable
from lti.launch import problem_pages
from lti.launch.framing import allow_frames_of
from lti.launch.problem_pages import show_problem
from lti.registration import platforms, registration_links
from lti.registration.forms import AGE_CHOICES
from lti.registration.platforms import CannotRegister
from lti.registration.self_registration import OurTool, register_there


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def register(request: HttpRequest) -> HttpResponse:
    """Ask about the age of its people; a POST registers the platform."""
    sent = request.POST if request.method == "POST" else request.GET
    key, there = sent.get("key", ""), sent.get("openid_configuration", "")
    answer = read_remote_answer(request)
    if answer is not None:
        return _finish(request, there, answer)
    if not registration_links.is_valid(key):
        return show_problem(request, problem_pages.used_registration_link())
    if not is_callable(there):
        return show_problem(request, problem_pages.incomplete())
    if request.method == "POST":
        return _ask_platform(request, key, there)
    context = {
        "key": key,
        "there": there,
        "token": sent.get("registration_token", ""),
        "ages": AGE_CHOICES,
    }
    return allow_frames_of(render(request, "lti/register.html", context), [there])


def _ask_platform(request: HttpRequest, key: str, there: str) -> HttpResponse:
    """Call the platform. The key is used up first, so it registers one platform at most."""
    if not registration_links.spend(key, now=timezone.now()):
        return show_problem(request, problem_pages.used_registration_link())
    token, band = request.POST.get("registration_token", ""), request.POST.get("age_band", "")
    tool = OurTool(
        name=site_facts.current().name or "Attune",
        **{
            name: request.build_absolute_uri(reverse(f"lti:{view}"))
            for name, view in (("login", "log_in"), ("launch", "launch"), ("keys", "keys"))
        },
    )
    age_band = band if band in AGE_BANDS else ""
    return RemoteCall(
        lambda: register_there(there, token, tool, age_band=age_band), kind="lti registration"
    )


def _finish(request: HttpRequest, there: str, answer: object) -> HttpResponse:
    if isinstance(answer, RemoteFailure) or not isinstance(answer, platforms.PlatformFacts):
        return show_problem(request, problem_pages.not_registered())
    try:
        row = platforms.register(answer, by=None, now=timezone.now())
    except CannotRegister:
        return show_problem(request, problem_pages.not_registered())
    response = render(request, "lti/registered.html", {"platform": row})
    return allow_frames_of(response, [there])
