"""`/steward/studies/`: studies waiting for a Steward's decision, and those decided."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_recent, require_role
from accounts.people import name_of
from research.models import Study
from research.studies import study_approval
from research.studies.study_approval import CannotAnswerStudy

LATEST = 50


@require_safe
@require_role("steward")
def approvals(request: HttpRequest) -> HttpResponse:
    return _approvals(request)


@require_POST
@require_role("steward")
@require_recent
def answer(request: HttpRequest, id: UUID) -> HttpResponse:
    """Approve or decline; if that is not possible, the page says why."""
    user, wanted = current_user(request), request.POST.get("answer", "")
    try:
        study_approval.answer(id, wanted, user, now=timezone.now())
    except CannotAnswerStudy as why:
        return _approvals(request, str(why))
    return redirect("study-approvals")


def _approvals(request: HttpRequest, problem: str = "") -> HttpResponse:
    user = current_user(request)
    waiting = study_approval.waiting(now=timezone.now()).prefetch_related("members__person")
    context = {
        "place": "studies",
        "waiting": [_card(study, user.pk) for study in waiting],
        "answered": Study.objects.exclude(answer="").order_by("-answered_at")[:LATEST],
        "problem": problem,
    }
    return render(request, "research/approvals.html", context, status=422 if problem else 200)


def _card(study: Study, reader: int) -> dict[str, object]:
    """Return what a Steward reads of a study before deciding."""
    people = [member.person for member in study.members.all()]
    return {
        "study": study,
        "researchers": [name_of(person) for person in people],
        "own": any(person.pk == reader for person in people),
    }
