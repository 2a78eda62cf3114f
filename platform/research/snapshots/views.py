"""`/research/snapshots/`: one's Snapshots, a new one, its progress, card and files."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.access import current_user, require_recent, require_role, uuid_or_404
from accounts.models import User
from accounts.name_order import by_name
from consent.legal_profiles import profiles
from consent.permits.errors import Refused
from consent.scopes import STREAMS, scope
from research import access
from research.datasets import dataset_import
from research.datasets.public_datasets import DATA_SETS
from research.models import Snapshot
from research.snapshots import bids_export, deletion, snapshot_counts, snapshot_requests
from research.snapshots.snapshot_requests import DAYS, SnapshotRequest
from research.studies import study_setup


@require_safe
@require_role("researcher")
def snapshots(request: HttpRequest) -> HttpResponse:
    return _snapshots(request)


@require_POST
@require_role("researcher")
@require_recent
def ask(request: HttpRequest) -> HttpResponse:
    """Queue a Snapshot; if no Learner allows it, the page says so and nothing is created."""
    user = current_user(request)
    wish = _read_request(request, user)
    if not wish.streams:
        return _snapshots(request, _("Select at least one type of data."))
    try:
        made = snapshot_requests.ask(wish, user, now=timezone.now())
    except Refused as refusal:
        return _snapshots(request, refusal.why)
    return redirect("research:snapshot", id=made.id)


@require_safe
@require_role("researcher")
@require_recent
def snapshot(request: HttpRequest, id: UUID) -> HttpResponse:
    return _snapshot(request, id)


@require_safe
@require_role("researcher")
@require_recent
def live(request: HttpRequest, id: UUID) -> HttpResponse:
    """Render the part of the page that refreshes while a worker is busy."""
    user, now = current_user(request), timezone.now()
    return render(request, "research/_snapshot.html", _card(access.snapshot(user, id), user, now))


@require_POST
@require_role("researcher")
@require_recent
def export(request: HttpRequest, id: UUID) -> HttpResponse:
    """Send the files to Researchers named in the study and bound by it, while it is active."""
    user = current_user(request)
    found = access.snapshot(user, id)
    if found.state != "frozen" or found.public:
        raise Http404
    try:
        packed = bids_export.export(found, user, now=timezone.now())
    except Refused as refusal:
        return _snapshot(request, id, refusal.why)
    headers = {
        "Content-Disposition": f'attachment; filename="snapshot-{found.digest[:12]}.zip"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(packed, content_type="application/zip", headers=headers)


@require_POST
@require_role("researcher")
@require_recent
def bring_in(request: HttpRequest) -> HttpResponse:
    """Import a public data set's archive as a Snapshot; the page says why a file is refused."""
    user, post = current_user(request), request.POST
    data_set = DATA_SETS.get(post.get("data_set", ""))
    if data_set is None:
        raise Http404
    study = access.study(user, uuid_or_404(post.get("study", "")))
    sent: Any = request.FILES.get("file")
    try:
        made = dataset_import.import_archive(study, data_set, sent, user, now=timezone.now())
    except (Refused, dataset_import.NotImported) as why:
        return _snapshots(request, why.why if isinstance(why, Refused) else str(why))
    return redirect("research:snapshot", id=made.id)


@require_POST
@require_role("researcher")
@require_recent
def delete(request: HttpRequest, id: UUID) -> HttpResponse:
    """Delete all of it, or show what prevents that."""
    user = current_user(request)
    try:
        deletion.delete(access.snapshot(user, id), user)
    except deletion.StillUsed as why:
        return _snapshot(request, id, str(why))
    return redirect("research:snapshots")


def _read_request(request: HttpRequest, user: User) -> SnapshotRequest:
    """Read the form; raises Http404 for values it does not offer."""
    post = request.POST
    try:
        days = int(post.get("days", "7"))
    except ValueError:
        raise Http404 from None
    if days not in DAYS:
        raise Http404
    return SnapshotRequest(
        access.study(user, uuid_or_404(post.get("study", ""))),
        access.course(user, post.get("course", "")),
        [name for name in STREAMS if name in post.getlist("stream")],
        days,
        post.get("unlabelled") == "yes",
    )


def _snapshot(request: HttpRequest, id: UUID, problem: str = "") -> HttpResponse:
    user, now = current_user(request), timezone.now()
    card = _card(access.snapshot(user, id), user, now)
    context = {"place": "snapshots", "problem": problem, **card}
    return render(request, "research/snapshot.html", context, status=422 if problem else 200)


def _card(found: Snapshot, user: User, now: datetime) -> dict[str, object]:
    """Return the counts when frozen, and of what may still be read."""
    frozen = found.state == "frozen"
    return {
        "snapshot": found,
        "then": snapshot_counts.counts_when_frozen(found) if frozen else None,
        "left": snapshot_counts.count_readable(found, now=now)
        if frozen and not found.public
        else None,
        "may_take": study_setup.may_take(found.study, user, now=now),
    }


def _allowed_streams(now: datetime) -> list[str]:
    """Return the Streams that this site's rules allow for research."""
    profile = profiles.current(now=now)
    return [name for name in STREAMS if profile and profile.allows(scope(name, "research"))]


def _snapshots(request: HttpRequest, problem: str = "") -> HttpResponse:
    user, now = current_user(request), timezone.now()
    context = {
        "place": "snapshots",
        "snapshots": access.snapshots(user).order_by("-asked_at"),
        "studies": study_setup.list_open(user, now=now),
        "courses": by_name(access.courses(user), lambda course: course.title),
        "streams": _allowed_streams(now),
        "days": DAYS,
        "data_sets": DATA_SETS.values(),
        "archives": [each.archive for each in DATA_SETS.values()],
        "problem": problem,
    }
    return render(request, "research/snapshots.html", context, status=422 if problem else 200)
