"""Who may open a Researcher's page, and what they may load from it: 404 to everybody else."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from accounts.models import User
from courses.models import Course
from research.models import LabelItem, LabelTask


def researcher(request: HttpRequest) -> User:
    """The Researcher who asks."""
    if not isinstance(request.user, User) or not request.user.has_role("researcher"):
        raise Http404
    return request.user


def course(user: User, slug: str) -> Course:
    """Any course: what may be read in it hangs on its Learners' yes alone."""
    _require(user)
    return get_object_or_404(Course, slug=slug)


def label_task(user: User, id: UUID) -> LabelTask:
    _require(user)
    return get_object_or_404(LabelTask.objects.select_related("course"), id=id)


def label_item(user: User, id: UUID) -> LabelItem:
    """A moment; whether its person still allows a look is asked when it is opened."""
    _require(user)
    rows = LabelItem.objects.select_related("task__course", "sitting__learner", "learner")
    return get_object_or_404(rows, id=id)


def _require(user: User) -> None:
    if not user.has_role("researcher"):
        raise Http404
