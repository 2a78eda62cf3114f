"""`/teach/<slug>/people/email/`: send, resend and withdraw email invitations.

The response reveals nothing about existing accounts: each address gets an invitation.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_person, uuid_or_404
from accounts.administration.person_records import CannotChange
from accounts.site import site_facts
from courses.access import course_for_teacher
from courses.email_invitations import dispatch
from courses.email_invitations.dispatch import LinkToHandOver
from courses.models import Course
from teaching.enrolment import views
from teaching.enrolment.forms import EmailsForm


@require_POST
@require_person
@never_cache
@sensitive_post_parameters()
def invite_by_email(request: HttpRequest, slug: str) -> HttpResponse:
    """Invite the typed addresses, or with `act` resend or withdraw one invitation."""
    by, now = current_user(request), timezone.now()
    course = course_for_teacher(by, slug)
    act = request.POST.get("act", "invite")
    try:
        if act == "withdraw":
            dispatch.withdraw(course, _invitation_id(request), by=by, now=now)
            return redirect("teaching:people", slug=slug)
        _require_invitations_on()
        if act == "again":
            link = dispatch.send_again(course, _invitation_id(request), by=by, now=now)
            return _respond(request, course, [link] if link else [], 1)
        form = EmailsForm(request.POST, request.FILES)
        if not form.is_valid():
            return views.render_page(request, course, emails_form=form, status=422)
        links = dispatch.invite(course, form.emails, by=by, now=now)
    except CannotChange as problem:
        return views.render_page(request, course, problem=str(problem), status=422)
    return _respond(request, course, links, len(form.emails))


def _respond(
    request: HttpRequest, course: Course, links: list[LinkToHandOver], number: int
) -> HttpResponse:
    """Show the links once if there are any, else redirect to the list."""
    if not links:
        return redirect(f"{reverse('teaching:people', args=[course.slug])}?invited={number}")
    shown = [(link.email, request.build_absolute_uri(link.path)) for link in links]
    return views.render_page(request, course, links=shown)


def _invitation_id(request: HttpRequest) -> UUID:
    return uuid_or_404(request.POST.get("id", ""))


def _require_invitations_on() -> None:
    if not site_facts.current().invites_by_email:
        raise CannotChange(_("On this site, data stewards add people who have no account yet."))
