"""`/research/labels/`: tasks, the next moment to label, and the agreement of the raters."""

from __future__ import annotations

from datetime import datetime
from random import SystemRandom
from uuid import UUID

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.access import current_user, require_recent, require_role
from accounts.name_order import by_name
from charts.exports import find_export
from consent.permits.errors import Refused
from consent.scopes import STREAMS
from research import access
from research.labels import annotation, sampling, signal_plots
from research.labels.agreement_figures import build_agreement_figures
from research.labels.page_boxes import LAYOUT
from research.labels.rater_agreement import measure_task_agreement
from research.models import LabelItem

# The Streams of which a rater can see something: lines, or the page as boxes.
PLOTTED = [name for name, stream in STREAMS.items() if stream.plotted or name == LAYOUT]
GONE = _("This person has withdrawn consent. The moment is no longer shown and does not count.")


@require_safe
@require_role("researcher")
def labels(request: HttpRequest) -> HttpResponse:
    return _tasks(request)


@require_POST
@require_role("researcher")
@require_recent
def draw(request: HttpRequest) -> HttpResponse:
    """Draw a task; if no Learner allows it, the page says so and nothing is created."""
    user = current_user(request)
    course = access.course(user, request.POST.get("course", ""))
    streams = [name for name in request.POST.getlist("stream") if name in PLOTTED]
    if not streams:
        return _tasks(request, gettext("Select at least one type of data."))
    try:
        task = sampling.draw(course, streams, user, rng=SystemRandom(), now=timezone.now())
    except Refused as refusal:
        return _tasks(request, refusal.why)
    return redirect("research:label-task", id=task.id)


@require_safe
@require_role("researcher")
@require_recent
def task(request: HttpRequest, id: UUID) -> HttpResponse:
    """Redirect to the next moment; if there is none, to the agreement of the raters."""
    user, now = current_user(request), timezone.now()
    found = access.label_task(user, id)
    item = annotation.next_item(annotation.open_items(found, now=now), user)
    if item is None:
        return redirect("research:agreement", id=found.id)
    return redirect("research:label-item", id=item.id)


@require_http_methods(["GET", "HEAD", "POST"])
@require_role("researcher")
@require_recent
def item(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show one moment, or store the rater's label of it."""
    user, now = current_user(request), timezone.now()
    found = access.label_item(user, id)
    try:
        if request.method != "POST":
            return _moment(request, found, now=now)
        label, sure = request.POST.get("label", ""), request.POST.get("sure", "yes") == "yes"
        if label not in annotation.LABELS:
            return _moment(request, found, gettext("Select one of the labels."), now=now)
        annotation.rate(found, user, label, sure=sure, now=now)
    except Refused:
        return _page(request, "gone", status=410, task=found.task, why=GONE)
    return redirect("research:label-task", id=found.task_id)


@require_safe
@require_role("researcher")
@require_recent
def agreement(request: HttpRequest, id: UUID) -> HttpResponse:
    """Show the agreement; `?figure=` with `?as=svg` or `?as=csv` returns one of its figures."""
    user, now = current_user(request), timezone.now()
    found = access.label_task(user, id)
    progress = annotation.measure_progress(annotation.open_items(found, now=now), user)
    seen = measure_task_agreement(found, now=now) if progress.finished else None
    file = find_export(request, "agreement", lambda: build_agreement_figures(seen))
    figures = build_agreement_figures(seen)
    return file or _page(
        request, "agreement", task=found, progress=progress, found=seen, figures=figures
    )


def _moment(
    request: HttpRequest, found: LabelItem, problem: str = "", *, now: datetime
) -> HttpResponse:
    user = current_user(request)
    items = annotation.open_items(found.task, now=now)
    last = annotation.last_item(items, user)
    moment = signal_plots.open_moment(found, user, now=now)
    return _page(
        request,
        "moment",
        status=422 if problem else 200,
        item=found,
        moment=moment,
        said=annotation.read_own(found, user, items[found]),
        labels=annotation.LABELS,
        progress=annotation.measure_progress(items, user),
        back=last if last is not None and last.pk != found.pk else None,
        problem=problem,
    )


def _tasks(request: HttpRequest, problem: str = "") -> HttpResponse:
    user = current_user(request)
    return _page(
        request,
        "labels",
        status=422 if problem else 200,
        tasks=access.label_tasks(user).annotate(moments=Count("items")).order_by("-made_at"),
        courses=by_name(access.courses(user), lambda course: course.title),
        streams=PLOTTED,
        problem=problem,
    )


def _page(request: HttpRequest, name: str, status: int = 200, **context: object) -> HttpResponse:
    return render(request, f"research/{name}.html", {"place": "labels", **context}, status=status)
