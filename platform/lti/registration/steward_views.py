"""`/steward/lti/`: register learning platforms, and connect their courses with ours."""

from __future__ import annotations

from urllib.parse import urlencode
from uuid import UUID

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, require_recent, require_role
from accounts.name_order import by_name
from courses.models import Course
from lti.models import LearningPlatform, PlatformCourse
from lti.registration import platforms, registration_links
from lti.registration.forms import CourseChoiceForm, PlatformForm
from lti.registration.platforms import CannotRegister
from lti.services import grades


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def platforms_page(request: HttpRequest) -> HttpResponse:
    """List the platforms and the addresses of this site; a POST registers one."""
    form = PlatformForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            row = platforms.register(form.facts(), by=current_user(request), now=timezone.now())
        except CannotRegister as problem:
            form.add_error(problem.field, str(problem))
        else:
            return redirect("lti:platform", id=row.id)
    found = platforms.platforms_for_steward(current_user(request))
    rows = by_name(found, lambda row: row.name)
    context = {"place": "lti", "rows": rows, "form": form, "ours": our_addresses(request)}
    status = 422 if form.errors else 200
    return render(request, "lti/platforms.html", context, status=status)


@require_POST
@require_role("steward")
@require_recent
@never_cache
def make_link(request: HttpRequest) -> HttpResponse:
    """Show a one-time link by which a platform registers itself."""
    key = registration_links.make_key(by=current_user(request))
    address = request.build_absolute_uri(reverse("lti:register"))
    context = {"place": "lti", "link": f"{address}?{urlencode({'key': key})}"}
    return render(request, "lti/registration_link.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("steward")
@require_recent
@never_cache
def platform_page(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show one platform and its courses; a POST changes the registration."""
    user = current_user(request)
    platform = get_object_or_404(platforms.platforms_for_steward(user), id=id)
    form = PlatformForm.describing(platform)
    if request.method == "POST":
        form = PlatformForm(request.POST)
        if form.is_valid():
            try:
                platforms.change(platform, form.facts(), by=user)
            except CannotRegister as problem:
                form.add_error(problem.field, str(problem))
            else:
                return redirect("lti:platform", id=platform.id)
    return _render_platform(request, platform, form)


@require_POST
@require_role("steward")
@require_recent
def connect_course(request: HttpRequest, id: UUID) -> HttpResponse:
    """Choose the course here that a platform's course opens."""
    row = get_object_or_404(PlatformCourse, id=id)
    form = CourseChoiceForm(request.POST, courses=_courses())
    if form.is_valid():
        platforms.connect_course(row, form.selected_course, by=current_user(request))
    return redirect("lti:platform", id=row.platform_id)


def our_addresses(request: HttpRequest) -> dict[str, str]:
    """Return the addresses that the platform's page asks for."""
    names = ("log_in", "launch", "keys")
    return {name: request.build_absolute_uri(reverse(f"lti:{name}")) for name in names}


def _render_platform(
    request: HttpRequest, platform: LearningPlatform, form: PlatformForm
) -> HttpResponse:
    context = {
        "place": "lti",
        "platform": platform,
        "form": form,
        "ours": our_addresses(request),
        "rows": by_name(
            platform.platform_courses.select_related("course"), lambda row: row.title or row.context
        ),
        "courses": by_name(_courses(), lambda course: course.title),
        "waiting": grades.count_failing(platform),
    }
    return render(request, "lti/platform.html", context, status=422 if form.errors else 200)


def _courses() -> QuerySet[Course]:
    return Course.objects.filter(preview_of=None)
