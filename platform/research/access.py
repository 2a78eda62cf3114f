"""Access to the Researchers' pages and their rows: 404 for everyone else."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404

from accounts.access import uuid_or_404
from accounts.models import User
from courses.access import courses_taught_by
from courses.models import Course
from research.models import LabelItem, LabelTask, Run, Snapshot, Study


def courses(user: User) -> QuerySet[Course]:
    """Return the courses this Researcher does not teach.

    What may be read in one depends on the consent of its Learners alone.
    """
    _require_researcher(user)
    return Course.objects.exclude(pk__in=courses_taught_by(user))


def course(user: User, slug: str) -> Course:
    return get_object_or_404(courses(user), slug=slug)


def label_tasks(user: User) -> QuerySet[LabelTask]:
    """Return the tasks of courses this Researcher does not teach."""
    return LabelTask.objects.select_related("course").filter(course__in=courses(user))


def label_task(user: User, id: UUID) -> LabelTask:
    return get_object_or_404(label_tasks(user), id=id)


def label_item(user: User, id: UUID) -> LabelItem:
    """Return a moment; whether its Learner still allows it is checked when it is opened."""
    rows = LabelItem.objects.select_related("task__course", "sitting__learner", "learner")
    return get_object_or_404(rows.filter(task__course__in=courses(user)), id=id)


def runs(user: User) -> QuerySet[Run]:
    """Return the trainings, by any Researcher, of which none learns from a course they teach.

    Which course a deleted snapshot was of is not known, so a Teacher sees no training on one.
    """
    _require_researcher(user)
    taught = courses_taught_by(user)
    found = Run.objects.exclude(snapshot__in=Snapshot.objects.filter(course__in=taught))
    if taught.exists():
        found = found.exclude(snapshot=None, simulated=False, data_folder="")
    return found.select_related("snapshot__study")


def run(user: User, id: UUID) -> Run:
    return get_object_or_404(runs(user), id=id)


def studies(user: User) -> QuerySet[Study]:
    """Return the studies this Researcher is named in."""
    _require_researcher(user)
    return Study.objects.filter(members__person=user)


def study(user: User, id: UUID) -> Study:
    """Return a study this Researcher is named in."""
    return get_object_or_404(studies(user), id=id)


def snapshots(user: User) -> QuerySet[Snapshot]:
    """Return those of the studies this Researcher is named in, of courses they do not teach."""
    _require_researcher(user)
    rows = Snapshot.objects.filter(study__members__person=user)
    return rows.exclude(course__in=courses_taught_by(user)).select_related("study", "course")


def snapshot(user: User, id: UUID) -> Snapshot:
    return get_object_or_404(snapshots(user), id=id)


def find_snapshot(user: User, id: str) -> Snapshot | None:
    """Return one of their snapshots by the id in a form; "" = simulated people."""
    return snapshot(user, uuid_or_404(id)) if id else None


def _require_researcher(user: User) -> None:
    if not user.has_role("researcher"):
        raise Http404
