"""`/courses/<slug>/classmates/`: what a Learner offers and would take, and their own pairs."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, require_person
from courses.access import course_for_learner
from peers import choices, pair_cards, pairs

ACTS: dict[str, Callable[..., None]] = {
    "accept": pairs.accept,
    "decline": pairs.decline,
    "end": pairs.end,
}


@require_http_methods(["GET", "HEAD", "POST"])
@require_person
def classmates(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the page. A POST saves what the Learner ticked."""
    user, now = current_user(request), timezone.now()
    course = course_for_learner(user, slug)
    if request.method == "POST":
        wished = "may_be_helped" in request.POST
        ticked = set(request.POST.getlist("skill"))
        choices.save_choices(user, course, may_be_helped=wished, slugs=ticked, now=now)
        return redirect(f"/courses/{course.slug}/classmates/?saved=1")
    context = {
        "course": course,
        "cards": pair_cards.load_cards(user, [course], now=now),
        "may_be_helped": choices.may_be_helped(user, course),
        "skills": choices.load_skill_choices(user, course, now=now),
        "saved": request.GET.get("saved") == "1",
    }
    return render(request, "peers/classmates.html", context)


@require_POST
@require_person
def answer(request: HttpRequest, slug: str, id: UUID) -> HttpResponse:
    """Accept, decline or end one pair of the Learner's own."""
    user = current_user(request)
    course = course_for_learner(user, slug)
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        return HttpResponseBadRequest(f"Expected one of {', '.join(ACTS)}.")
    act(user, course, id, now=timezone.now())
    return redirect("peers:classmates", slug=slug)
