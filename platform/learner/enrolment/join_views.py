"""`/join/<invitation>/`: what an invitation leads to, and coming into the course by it.

Nobody is put in by opening the link; it says what joining means first. A link that is over or was
never one looks the same. Where the Steward allows it, a visitor gets an invitation by mail.
"""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.access import require_role
from accounts.keyed_hash import digest
from accounts.mail import queue
from accounts.models import User
from accounts.sign_in import reauthentication, redirects, throttle
from accounts.sign_in.fetch_metadata import navigates
from accounts.site import site_facts
from courses import enrolment, join_links
from courses.email_invitations import dispatch
from courses.models import Course, Enrolment
from learner.courses.views import person
from learner.enrolment.join_forms import JoinByEmailForm


@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, code: UUID) -> HttpResponseBase:
    """Say what joining means; a POST joins, or asks for a mail where a visitor may."""
    if not isinstance(request.user, User) and navigates(request):
        course = _course_for_visitors(code)
        if course is not None:
            return _ask_for_mail(request, course)
    return _join_signed_in(request, code)


@require_role("learner")
def _join_signed_in(request: HttpRequest, code: UUID) -> HttpResponse:
    """The course and what its Teachers will see; a POST joins. Who is in it goes there."""
    user, now = person(request), timezone.now()
    course = join_links.find_course(code, now=now)
    if course is None:
        return render(request, "learner/enrolment/join.html", {"course": None}, status=404)
    if not _is_in(user, course):
        if request.method != "POST":
            return render(request, "learner/enrolment/join.html", {"course": course})
        enrolment.enrol(course, [user], "learner", by=user, since=now)
    return redirect("classroom:course", slug=course.slug)


def _course_for_visitors(code: UUID) -> Course | None:
    """Return the course where its link also serves people without an account."""
    if site_facts.current().new_accounts != "join_links" or not queue.has_server():
        return None
    return join_links.find_course(code, now=timezone.now())


@never_cache
@sensitive_post_parameters()
def _ask_for_mail(request: HttpRequest, course: Course) -> HttpResponse:
    """Let the mail go to an address in an allowed domain.

    The answer and its work are the same whether the address has an account or not.
    """
    if request.method != "POST":
        return _show_visitor(request, course, JoinByEmailForm())
    form, now = JoinByEmailForm(request.POST), timezone.now()
    if not form.is_valid():
        return _show_visitor(request, course, form, status=422)
    email = form.cleaned_data["email"]
    tried = throttle.Try(email, reauthentication.place(request, digest(email)), throttle.JOIN)
    if again := throttle.take(tried, now=now):
        return reauthentication.answer_refused(
            form,
            reauthentication.rest(again, now),
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
        "sign_in": redirects.by_way_of("accounts:login", request.path),
    }
    return render(request, "learner/enrolment/join_by_email.html", context, status=status)


def _is_in(user: User, course: Course) -> bool:
    return Enrolment.objects.filter(user=user, course=course).exists()
