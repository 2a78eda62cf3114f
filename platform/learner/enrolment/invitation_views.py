"""`/invited/?key=…`: the page behind an invitation by email.

Opening it changes nothing, because mail scanners open links. A user joins with the account that
they are signed in to, creates one where the site allows that, or declines.
"""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views import View

from accounts.administration.person_records import CannotChange
from accounts.keyed_hash import digest_login
from accounts.models import User
from accounts.passwords.link_views import without_referrer
from accounts.sign_in import reauthentication, redirects, throttle, views
from accounts.site import site_facts
from courses.email_invitations import acceptance
from courses.email_invitations.acceptance import NewLearner, OpenInvitation
from learner.enrolment.invitation_forms import NewLearnerForm

HTTP_OK, GONE = 200, 410


@views.private_page
class InvitationView(View):
    """GET shows the invitation; POST accepts it, creates the account or declines, by `act`."""

    def get(self, request: HttpRequest) -> HttpResponse:
        key = request.GET.get("key", "")
        found = acceptance.load_invitation(key, now=timezone.now())
        return _show_closed(request) if found is None else _show(request, key, found)

    def post(self, request: HttpRequest) -> HttpResponse:
        key, now = request.POST.get("key", ""), timezone.now()
        found = acceptance.load_invitation(key, now=now)
        if found is None:
            return _show_closed(request)
        act, user = request.POST.get("act", ""), request.user
        if act == "decline":
            if not acceptance.decline(key, now=now):
                return _show_closed(request)
            return render(request, "learner/enrolment/invitation_closed.html", {"declined": True})
        if act == "accept" and isinstance(user, User) and user.has_role("learner"):
            course = acceptance.accept(key, user, now=now)
            return (
                _show_closed(request)
                if course is None
                else redirect("classroom:course", course.slug)
            )
        if act == "create" and not isinstance(user, User) and _may_create(found):
            return _create(request, key, found)
        return _show(request, key, found, status=400)


def _create(request: HttpRequest, key: str, found: OpenInvitation) -> HttpResponse:
    """Create the account, enrol it and sign the user in, as a first-password link does."""
    now = timezone.now()
    form = NewLearnerForm(request.POST, now=now)
    if not form.is_valid():
        return _show(request, key, found, form, status=400)
    data = form.cleaned_data
    # Without a limit, the holder of a link could probe which usernames are taken.
    tried = throttle.SignInTry(
        key, reauthentication.find_place(request, digest_login(key)), throttle.JOIN
    )
    if again := throttle.count_try(tried, now=now):
        return reauthentication.render_refusal(
            form,
            reauthentication.refuse_until(again, now),
            lambda status: _show(request, key, found, form, status),
        )
    new = NewLearner(data["name"], data["login"], data["born"], data["new"])
    try:
        accepted = acceptance.accept_as_new(key, new, now=now)
    except CannotChange as problem:
        form.add_error(problem.field, str(problem))
        return _show(request, key, found, form, status=400)
    if accepted is None:
        return _show_closed(request)
    throttle.clear_tries(tried)
    person, course = accepted
    then = reverse("classroom:course", args=[course.slug])
    step = views.FirstStep(then, confirmed_at=now)
    return views.finish_first_step(request, person, step, now=now)


def _may_create(found: OpenInvitation) -> bool:
    """Return whether a new account could sign in: at first this needs a password."""
    return found.makes_account and bool(settings.SIGN_IN_RULES.by_password)


def _show(
    request: HttpRequest,
    key: str,
    found: OpenInvitation,
    form: NewLearnerForm | None = None,
    status: int = 200,
) -> HttpResponse:
    user = request.user
    here = f"{reverse('classroom:invited')}?{urlencode({'key': key})}"
    initial = {"key": key, "login": found.email}
    context = {
        "course": found.course,
        "site": site_facts.current().name,
        "key": key,
        "signed_in": isinstance(user, User),
        "may_join": isinstance(user, User) and user.has_role("learner"),
        "may_create": _may_create(found),
        "form": form or NewLearnerForm(initial=initial, now=timezone.now()),
        "choose_language": status == HTTP_OK,
        "sign_in": redirects.address_with_next("accounts:login", here),
    }
    return without_referrer(
        render(request, "learner/enrolment/invitation.html", context, status=status)
    )


def _show_closed(request: HttpRequest) -> HttpResponse:
    return render(
        request, "learner/enrolment/invitation_closed.html", {"declined": False}, status=GONE
    )
