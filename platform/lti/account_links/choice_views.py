"""`/lti/first/`: a person who comes from a platform for the first time chooses an account.

Nothing is linked by a launch alone. Another person could have begun it in this browser, so the
person signs in after it, and confirms a page that names both accounts.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import logout
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

import audit
from accounts.access import ask_to_confirm, refuse_anonymous
from accounts.identity import load_identity
from accounts.models import User
from accounts.sessions import sign_in_state
from accounts.sign_in import redirects, single_use
from accounts.single_sign_on.account_links import NoAccount
from lti.account_links import completion, pending_launch
from lti.account_links.completion import UsedLaunch
from lti.account_links.links import check_link, find_link
from lti.account_links.pending_launch import PendingLaunch
from lti.launch import problem_pages, tickets
from lti.launch.accounts import gains_teacher, needs_agreement
from lti.launch.entry import sign_in as open_signed_in
from lti.launch.problem_pages import show_problem
from lti.models import PlatformCourse


@csrf_exempt
@require_POST
@never_cache
def open_window(request: HttpRequest) -> HttpResponse:
    """Go to the choice in a window that a page in the platform's frame opened."""
    now = timezone.now()
    if not tickets.is_from_here(request):
        return show_problem(request, problem_pages.stale())
    text = request.POST.get("pending", "")
    pending = pending_launch.read_pending(text, now=now, within=tickets.VALID_FOR)
    if pending is None or not single_use.spend("lti-window", pending.number, now=now):
        return show_problem(request, problem_pages.stale())
    response = redirect("lti:first")
    pending_launch.remember(response, pending)
    return response


@require_safe
@never_cache
def choose(request: HttpRequest) -> HttpResponse:
    """Ask whether the person already has an account here, or for their agreement to teach.

    Another launch may have created or linked one while this one waited.
    """
    pending = pending_launch.recall(request, now=timezone.now())
    within = _load_waiting(pending)
    if pending is None or within is None:
        return show_problem(request, problem_pages.stale())
    link = find_link(within.platform, pending.identity)
    try:
        known = link is not None and needs_agreement(link, pending.identity)
    except NoAccount as error:
        return show_problem(request, problem_pages.no_account(error.sentence))
    if link is not None and not known:
        return show_problem(request, problem_pages.stale())
    return render(request, "lti/first.html", _describe(pending, within, known=known))


@require_POST
@never_cache
def continue_as_new(request: HttpRequest) -> HttpResponse:
    """Create an account and open the page."""
    now = timezone.now()
    pending = pending_launch.recall_for_form(request, now=now)
    if pending is None:
        return show_problem(request, problem_pages.stale())
    try:
        with transaction.atomic():
            account = completion.continue_as_new(pending, now=now)
            response = open_signed_in(request, account, pending.path, now=now)
    except UsedLaunch:
        return show_problem(request, problem_pages.stale())
    except NoAccount as error:
        return show_problem(request, problem_pages.no_account(error.sentence))
    pending_launch.forget(response)
    return response


@require_POST
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """End the session of this browser, and ask for a sign-in to the account to be linked."""
    if pending_launch.recall_for_form(request, now=timezone.now()) is None:
        return show_problem(request, problem_pages.stale())
    there = redirects.address_with_next("accounts:login", reverse("lti:first_account"))
    user = request.user
    if not isinstance(user, User):
        logout(request)
        return redirect(there)
    with transaction.atomic():
        audit.record("person.sign_out", actor=user.code, subject=user.code)
        logout(request)
    response = redirect(f"{there}&out=1")
    # As after every sign-out: another person may sign in next.
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_POST
@never_cache
def leave(request: HttpRequest) -> HttpResponse:
    """Forget the launch, for a person who did not begin it."""
    now = timezone.now()
    pending = pending_launch.recall_for_form(request, now=now)
    if pending is None:
        return show_problem(request, problem_pages.stale())
    completion.drop(pending, now=now)
    response = render(request, "lti/left.html")
    pending_launch.forget(response)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def account(request: HttpRequest) -> HttpResponseBase:
    """Show which accounts would be linked; a POST links them and opens the page."""
    now, user, reads = timezone.now(), request.user, request.method != "POST"
    recall = pending_launch.recall if reads else pending_launch.recall_for_form
    pending = recall(request, now=now)
    within = _load_waiting(pending)
    if pending is None or within is None:
        return _show_used(request, pending)
    if not isinstance(user, User):
        return refuse_anonymous(request)
    if not _signed_in_since(request, pending):
        return ask_to_confirm(request, reads=reads)
    if reads:
        return _show_account(request, pending, within, user)
    return _link(request, pending, within, user, now)


def _link(
    request: HttpRequest,
    pending: PendingLaunch,
    within: PlatformCourse,
    user: User,
    now: datetime,
) -> HttpResponse:
    try:
        key = str(request.session.session_key)
        completion.link_to(pending, user, session_key=key, now=now)
    except UsedLaunch:
        return _show_used(request, pending)
    except NoAccount as error:
        return _show_account(request, pending, within, user, problem=error.sentence)
    response = redirect(pending.path)
    pending_launch.forget(response)
    return response


def _show_used(request: HttpRequest, pending: PendingLaunch | None) -> HttpResponse:
    """Open the page if this person completed the launch: the button was pressed twice."""
    user = request.user
    if pending is None or not isinstance(user, User):
        return show_problem(request, problem_pages.stale())
    with transaction.atomic():
        linked = completion.is_linked(pending, user)
    return redirect(pending.path) if linked else show_problem(request, problem_pages.stale())


def _show_account(
    request: HttpRequest,
    pending: PendingLaunch,
    within: PlatformCourse,
    user: User,
    problem: str = "",
) -> HttpResponse:
    """Show both accounts, the role that the one here would gain, or why they cannot be linked."""
    gains = False
    try:
        check_link(within.platform, pending.identity, user)
        gains = gains_teacher(user, pending.identity)
    except NoAccount as error:
        problem = problem or error.sentence
    own = {"own": load_identity(user), "gains": gains, "problem": problem}
    known = gains and find_link(within.platform, pending.identity) is not None
    context = _describe(pending, within, known=known) | own
    status = 403 if problem else 200
    return render(request, "lti/first_account.html", context, status=status)


def _describe(pending: PendingLaunch, within: PlatformCourse, *, known: bool) -> dict[str, object]:
    """Return what both pages show; `known`: the account is linked, and gains a role."""
    return {
        "pending": pending,
        "platform": within.platform,
        "course": within.title,
        "may_continue": bool(within.platform.age_band),
        "known": known,
    }


def _load_waiting(pending: PendingLaunch | None) -> PlatformCourse | None:
    """Return the course of a launch that was not completed yet."""
    if pending is None or completion.is_used(pending):
        return None
    return pending.load_course()


def _signed_in_since(request: HttpRequest, pending: PendingLaunch) -> bool:
    """Return whether the person gave their strongest proof after the launch began."""
    at = sign_in_state.read_confirmed_at(request)
    return at is not None and at > pending.began_at
