"""`/lti/launch/`: the platform's signed message; `/lti/open/`: the same in a window of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from accounts.remote_call import RemoteCall, RemoteFailure, read_remote_answer
from accounts.sign_in import known_browser, single_use, throttle
from accounts.single_sign_on.account_links import NoAccount
from lti.account_links import pending_launch
from lti.addresses import is_ours
from lti.deep_linking import choice_views
from lti.launch import destinations, entry, launch_attempt, problem_pages, tickets
from lti.launch.accounts import find_known_account, read_identity
from lti.launch.claims import DEEP_LINKING, InvalidLaunch, Launch, read_launch
from lti.launch.destinations import Destination
from lti.launch.framing import allow_frame, is_framed
from lti.launch.launch_attempt import LaunchAttempt
from lti.launch.problem_pages import LaunchProblem, show_problem
from lti.memberships import note_member
from lti.models import LearningPlatform, PlatformAccount, PlatformCourse

# Requests that may wait for one platform's keys at a time; see RemoteCall.
MOST_WAITING: Final = 24


@csrf_exempt
@require_POST
@never_cache
def launch(request: HttpRequest) -> HttpResponse:
    """Verify the message, then open what it names."""
    state, now = request.POST.get("state", ""), timezone.now()
    attempt = launch_attempt.recall(request, state)
    platform = None if attempt is None else _load_platform(attempt)
    if attempt is None or platform is None:
        return show_problem(request, problem_pages.stale())
    answer = read_remote_answer(request)
    if answer is None:
        response = _ask_for_claims(request, attempt, platform, now)
    else:
        response = _finish(request, attempt, platform, answer, now)
    if not isinstance(response, RemoteCall):
        launch_attempt.forget(response, state)
    return response


@csrf_exempt
@require_POST
@never_cache
def open_ticket(request: HttpRequest) -> HttpResponse:
    """Sign the person of a ticket in and open its page."""
    now = timezone.now()
    if not tickets.is_from_here(request):
        return show_problem(request, problem_pages.stale())
    try:
        with transaction.atomic():
            found = tickets.use_ticket(request.POST.get("ticket", ""), now=now)
            if found is not None:
                return entry.sign_in(request, *found, now=now)
    except NoAccount as error:
        return show_problem(request, problem_pages.no_account(error.sentence))
    return show_problem(request, problem_pages.stale())


def _load_platform(attempt: LaunchAttempt) -> LearningPlatform | None:
    return LearningPlatform.objects.filter(id=attempt.platform, active=True).first()


def _ask_for_claims(
    request: HttpRequest, attempt: LaunchAttempt, platform: LearningPlatform, now: datetime
) -> HttpResponse:
    """Have the message verified. The attempt is used up first, so it counts once."""
    # Imported on use: a site without platforms does not need it.
    from lti.launch import message_verification

    if throttle.count_try(_make_try(request), now=now):
        return show_problem(request, problem_pages.too_many(), platform)
    if not single_use.spend("lti-state", attempt.number, now=now):
        return show_problem(request, problem_pages.stale(), platform)
    token = request.POST.get("id_token", "")
    if "error" in request.POST or not token:
        return show_problem(request, problem_pages.cancelled(platform.name), platform)
    if len(token) > message_verification.LONGEST_MESSAGE:
        return show_problem(request, problem_pages.untrusted(platform.name, "size"), platform)
    expected = message_verification.ExpectedMessage(
        platform=str(platform.id),
        issuer=platform.issuer,
        client_id=platform.client_id,
        keys_url=platform.keys_url,
        nonce=attempt.nonce,
    )
    return RemoteCall(
        lambda: message_verification.verify_message(token, expected),
        kind=f"lti {platform.id}",
        most=MOST_WAITING,
    )


def _finish(
    request: HttpRequest,
    attempt: LaunchAttempt,
    platform: LearningPlatform,
    answer: Any,
    now: datetime,
) -> HttpResponse:
    problem = _find_problem(request, attempt, platform, answer)
    if problem is not None:
        return show_problem(request, problem, platform)
    message = read_launch(answer)
    # The platform said who it is, so this was no guess.
    throttle.clear_tries(_make_try(request))
    try:
        # One transaction, so that the link to the account is not removed halfway.
        with transaction.atomic():
            account = find_known_account(platform, read_identity(message), now=now)
            return _open_course(request, platform, account, message, now)
    except NoAccount as error:
        return show_problem(request, problem_pages.no_account(error.sentence), platform)


def _find_problem(
    request: HttpRequest, attempt: LaunchAttempt, platform: LearningPlatform, answer: Any
) -> LaunchProblem | None:
    """Return why the message is refused, or None."""
    if isinstance(answer, RemoteFailure):
        return problem_pages.down(platform.name)
    if not isinstance(answer, Mapping):
        return problem_pages.untrusted(platform.name, answer.why)
    try:
        message = read_launch(answer)
    except InvalidLaunch as error:
        return problem_pages.untrusted(platform.name, error.why)
    if not message.subject:
        return problem_pages.untrusted(platform.name, "sub")
    named = attempt.deployment
    if message.deployment not in platform.deployments or named not in ("", message.deployment):
        return problem_pages.unknown_deployment(platform.name)
    if not is_ours(request, message.target):
        return problem_pages.wrong_target()
    return None


def _open_course(
    request: HttpRequest,
    platform: LearningPlatform,
    account: PlatformAccount | None,
    message: Launch,
    now: datetime,
) -> HttpResponse:
    """Open what the message names; `account` is None for a person who comes the first time."""
    if message.teaches and not message.context:
        return show_problem(request, problem_pages.not_supported(platform.name), platform)
    within = destinations.note_course(platform, message, now=now)
    if message.kind == DEEP_LINKING and not message.teaches:
        return show_problem(request, problem_pages.not_supported(platform.name), platform)
    if message.kind == DEEP_LINKING and within.course is not None:
        return choice_views.show_choice(request, within, message)
    if account is not None:
        note_member(account, within, teaches=message.teaches, now=now)
    try:
        destination = destinations.find_destination(within, message, now=now)
    except destinations.UnknownUnit:
        return show_problem(request, problem_pages.unknown_unit(), platform)
    except destinations.NotConnected:
        problem = problem_pages.not_connected(within.title or platform.name)
        return show_problem(request, problem, platform)
    if account is None:
        return _ask_for_account(request, within, message, destination, now)
    destinations.follow_grade(account, destination.link, now=now)
    if is_framed(request):
        ticket = tickets.write_ticket(account, destination.path)
        form = {"to": reverse("lti:open"), "field": "ticket", "value": ticket}
        return _offer_window(request, within, form, message)
    return entry.sign_in(request, account, destination.path, now=now)


def _ask_for_account(
    request: HttpRequest,
    within: PlatformCourse,
    message: Launch,
    destination: Destination,
    now: datetime,
) -> HttpResponse:
    """Let a person who comes the first time say which account here to open."""
    pending = pending_launch.begin_pending(within, read_identity(message), destination, now=now)
    if is_framed(request):
        text = pending_launch.write_pending(pending)
        form = {"to": reverse("lti:first_window"), "field": "pending", "value": text}
        return _offer_window(request, within, form, message)
    response = redirect("lti:first")
    pending_launch.remember(response, pending)
    return response


def _offer_window(
    request: HttpRequest, within: PlatformCourse, form: Mapping[str, str], message: Launch
) -> HttpResponse:
    """Show a button that opens a window: in a frame, other sites share our cookies and camera."""
    response = render(request, "lti/open.html", {"form": form, "title": within.title})
    return allow_frame(response, within.platform, signed=[message.return_url])


def _make_try(request: HttpRequest) -> throttle.SignInTry:
    network = str(request.META.get("REMOTE_ADDR", ""))
    place = throttle.AttemptOrigin(network, known_browser.find_any_number(request))
    return throttle.SignInTry("", place, throttle.ELSEWHERE)
