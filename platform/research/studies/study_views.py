"""`/research/studies/`: one's studies, a new one, its members, and the statement."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import Count, F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_recent, require_role, uuid_or_404
from accounts.models import User
from accounts.name_order import by_name
from accounts.people import name_of
from accounts.site import site_facts
from research import access
from research.models import Study, StudyMember
from research.studies import study_setup
from research.studies.study_setup import CannotBegin, CannotName


@require_safe
@require_role("researcher")
def studies(request: HttpRequest) -> HttpResponse:
    return _studies(request)


@require_POST
@require_role("researcher")
@require_recent
def begin(request: HttpRequest) -> HttpResponse:
    """Start a study; if something is missing, the page says what."""
    user, post = current_user(request), request.POST
    last_day = _day(post.get("last_day", ""))
    try:
        made = study_setup.begin_study(
            post.get("title", ""), post.get("approval", ""), last_day, user, now=timezone.now()
        )
    except CannotBegin as missing:
        return _studies(request, str(missing))
    return redirect("research:study", id=made.id)


@require_safe
@require_role("researcher")
def study(request: HttpRequest, id: UUID) -> HttpResponse:
    return _study(request, id)


def _study(request: HttpRequest, id: UUID, problem: str = "") -> HttpResponse:
    user, now = current_user(request), timezone.now()
    found = access.study(user, id)
    members = StudyMember.objects.filter(study=found).select_related("person").order_by("named_at")
    return render(
        request,
        "research/study.html",
        {
            "place": "studies",
            "study": found,
            "members": [(name_of(each.person), each) for each in members],
            "mine": next(each for each in members if each.person_id == user.pk),
            "others": _others(found),
            "over": now >= found.ends_at,
            "snapshots": access.snapshots(user).filter(study=found).order_by("-asked_at"),
            "problem": problem,
        },
        status=422 if problem else 200,
    )


@require_POST
@require_role("researcher")
@require_recent
def name(request: HttpRequest, id: UUID) -> HttpResponse:
    """Name another Researcher."""
    user = current_user(request)
    found = access.study(user, id)
    code = uuid_or_404(request.POST.get("person", ""))
    person = get_object_or_404(_researchers(), code=code)
    try:
        study_setup.name_member(found, person, user, now=timezone.now())
    except CannotName as why:
        return _study(request, id, str(why))
    return redirect("research:study", id=found.id)


@require_POST
@require_role("researcher")
@require_recent
def statement(request: HttpRequest, id: UUID) -> HttpResponse:
    """Record one's own statement; it cannot be given for another."""
    user = current_user(request)
    found = access.study(user, id)
    study_setup.record_statement(found, user, now=timezone.now())
    return redirect("research:study", id=found.id)


def _studies(request: HttpRequest, problem: str = "") -> HttpResponse:
    user, now = current_user(request), timezone.now()
    mine = access.studies(user).annotate(
        bound=F("members__statement_at"), made=Count("snapshots", distinct=True)
    )
    context = {
        "place": "studies",
        "studies": mine.order_by("-made_at"),
        "now": now,
        "today": site_facts.site_day(now),
        "posted": request.POST,
        "problem": problem,
    }
    return render(request, "research/studies.html", context, status=422 if problem else 200)


def _others(found: Study) -> list[tuple[UUID, str]]:
    """Return the Researchers who are not named yet."""
    rows = _researchers().exclude(study_members__study=found)
    return by_name(((each.code, name_of(each)) for each in rows), lambda each: each[1])


def _researchers() -> QuerySet[User]:
    return User.objects.filter(roles__contains=["researcher"], is_active=True)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
