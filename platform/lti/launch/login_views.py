"""`/lti/login/`: a platform announces a launch; the browser is sent there for the message."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from lti.addresses import is_ours
from lti.launch import launch_attempt, problem_pages
from lti.launch.framing import allow_frame
from lti.launch.launch_attempt import LaunchAttempt
from lti.launch.problem_pages import show_problem
from lti.models import LearningPlatform
from lti.models.platforms import LONGEST_ID

LONGEST_TARGET: Final = 1024


@csrf_exempt
@require_http_methods(["GET", "POST"])
@never_cache
def log_in(request: HttpRequest) -> HttpResponse:
    """Send the browser to the platform's sign-in page (third-party initiated login)."""
    sent = request.POST if request.method == "POST" else request.GET
    platform = find_platform(sent.get("iss", ""), sent.get("client_id", ""))
    if platform is None:
        return show_problem(request, problem_pages.unknown_platform())
    target, hint = sent.get("target_link_uri", ""), sent.get("login_hint", "")
    deployment = sent.get("lti_deployment_id", "")
    if not target or not hint or len(deployment) > LONGEST_ID:
        return show_problem(request, problem_pages.incomplete(), platform)
    if len(target) > LONGEST_TARGET or not is_ours(request, target):
        return show_problem(request, problem_pages.wrong_target(), platform)
    attempt = launch_attempt.begin_attempt(str(platform.id), target, deployment)
    response = HttpResponseRedirect(_address(request, platform, attempt, sent))
    launch_attempt.remember(response, attempt)
    return allow_frame(response, platform)


def find_platform(issuer: str, client_id: str) -> LearningPlatform | None:
    """Return the registration; without a client ID only if the issuer has a single one."""
    rows = LearningPlatform.objects.filter(issuer=issuer, active=True)
    found = list((rows.filter(client_id=client_id) if client_id else rows)[:2])
    return found[0] if len(found) == 1 else None


def _address(
    request: HttpRequest, platform: LearningPlatform, attempt: LaunchAttempt, sent: QueryDict
) -> str:
    values = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": platform.client_id,
        "redirect_uri": request.build_absolute_uri(reverse("lti:launch")),
        "login_hint": sent["login_hint"],
        "state": attempt.state,
        "nonce": attempt.nonce,
    }
    if hint := sent.get("lti_message_hint"):
        values["lti_message_hint"] = hint
    joint = "&" if "?" in platform.login_url else "?"
    return f"{platform.login_url}{joint}{urlencode(values)}"
