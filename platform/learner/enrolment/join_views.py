"""`/join/<code>/`: what a join link leads to, and joining the course with it.

Opening the link enrols no one; the page first says what joining means. Expired links and unknown
ones look the same. Where the Steward allows it, a visitor gets an invitation by mail.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import current_user, require_role
from accounts.keyed_hash import digest_login
from accounts.mail import queue
from accounts.models import User
from accounts.sign_in import reauthentication, redirects, throttle
from accounts.sign_in.fetch_metadata import is_navigation
from accounts.site import site_facts
from courses import enrolment, join_links
from courses.email_invitations import dispatch
from courses.models import Course, Enrolment
from learner.enrolment.join_forms import JoinByEmailForm


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Say what joining means. POST joins the course, or requests a mail for a visitor."""
    if not isinstance(request.user, User) and is_navigation(request):
        course = _course_for_visitors(code)
        if course is not None:
            return _ask_for_mail(request, course)
    return _join_signed_in(request, code)


@require_role("learner")
def _join_signed_in(request: HttpRequest, code: UUID) -> HttpResponse:
    """Show the course and what its Teachers will see; POST joins.

    A user already enrolled is redirected to the course.
    """
    user, now = current_user(request), timezone.now()
    course = join_links.find_course(code, now=now)
    if course is None:
        return render(request, "learner/enrolment/join.html", {"course": None}, status=404)
    if not _is_enrolled(user, course):
        if request.method != "POST":
            return render(request, "learner/enrolment/join.html", {"course": course})
        enrolment.enrol(course, [user], "learner", by=user, since=now)
    return redirect("classroom:course", slug=course.slug)


def _course_for_visitors(code: UUID) -> Course | None:
    """Return the course if its link also serves people without an account."""
    if site_facts.current().new_accounts != "join_links" or not queue.has_server():
        return None
    return join_links.find_course(code, now=timezone.now())


@never_cache
@sensitive_post_parameters()
def _ask_for_mail(request: HttpRequest, course: Course) -> HttpResponse:
    """Send the invitation to an address in an allowed domain.

    The answer and its cost are the same whether the address has an account or not.
    """
    if request.method != "POST":
        return _show_visitor(request, course, JoinByEmailForm())
    form, now = JoinByEmailForm(request.POST), timezone.now()
    if not form.is_valid():
        return _show_visitor(request, course, form, status=422)
    email = form.cleaned_data["email"]
    tried = throttle.SignInTry(
        email, reauthentication.find_place(request, digest_login(email)), throttle.JOIN
    )
    if again := throttle.count_try(tried, now=now):
        return reauthentication.render_refusal(
            form,
            reauthentication.refuse_until(again, now),
            lambda status: _show_visitor(request, course, form, status),
        )
    dispatch.ask_by_join_link(course, email, now=now)
    return render(request, "learner/enrolment/join_check_email.html", {"course": course})


def _show_visitor(
    request: HttpRequest, course: Course, form: JoinByEmailForm, status: int = 200
) -> HttpResponse:
    context = {
        "course": course,
        "site": site_facts.current().name,
        "form": form,
        "domains": site_facts.current().email_domains,
        "sign_in": redirects.address_with_next("accounts:login", request.path),
    }
    return render(request, "learner/enrolment/join_by_email.html", context, status=status)


def _is_enrolled(user: User, course: Course) -> bool:
    return Enrolment.objects.filter(user=user, course=course).exists()
