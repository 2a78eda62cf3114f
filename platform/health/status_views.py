"""The status page: whether the site works, and what to do if it does not (I-30).

It is for people. Machines use `/health/ready`, which answers 503 when this page shows a problem.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from health import readiness, site_metrics
from health.views import check_now, find_start, for_operators

COMPONENTS = {
    "database": (
        _("Database"),
        _("Stores all data."),
        _("Start PostgreSQL or correct DATABASE_URL, or run the command shown."),
    ),
    "partitions": (
        _("Storage days for sensor data"),
        _("Sensor data is stored by day. The days are created in advance."),
        _("Start the worker and beat: they create the days. Until then, sensor data is refused."),
    ),
    "setup": (
        _("Setup"),
        _("Privacy notices, models and a data steward are in place."),
        _("Run manage.py setup. It is safe to run it again."),
    ),
    "keystore": (
        _("Key store"),
        _("Its keys decrypt names, answers and sensor data."),
        _(
            "Fix KEYSTORE_DIR or its disk, or restore the connection to the key service and to the "
            "key store’s database. Until then, nothing encrypted can be read and nothing is "
            "stored. On a full disk, no key can be destroyed."
        ),
    ),
    "profile": (
        _("Legal profile"),
        _("Defines what may be sensed here."),
        _("Fix the profile file or the study file. Until then, nothing is sensed."),
    ),
    "broker": (
        _("Queues"),
        _("They start the workers. Without them, estimates and suggestions arrive seconds later."),
        _("Start the queue server, or correct REDIS_URL or BROKER_DATABASE_URL."),
    ),
    "erasures": (
        _("Erasures"),
        _("Keeps erased data erased, even after a backup is restored."),
        _("Run the command shown, or check the worker’s log."),
    ),
    "audit": (
        _("Audit log"),
        _("Gives each audit entry its position, and signs the log."),
        _(
            "Start the worker and beat. If checkpoints are reported to disagree, contact your "
            "auditor."
        ),
    ),
}
FIGURES = {
    "attune_sittings_open": (_("Lesson pages open now"), ""),
    "attune_windows_pending": (_("Sensor windows waiting for a worker"), ""),
    "attune_windows_overdue_seconds": (_("Longest wait"), "s"),
    "attune_windows_late": (_("Sensor windows dropped in the last day"), ""),
    "attune_mails_overdue_seconds": (_("Oldest email that is due"), "s"),
    "attune_grants_live": (_("Active consents"), ""),
    "attune_erasures_open": (_("Erasures in progress"), ""),
    "attune_database_bytes": (_("Database size"), "MB"),
    "attune_database_connections": (_("Database connections"), ""),
    "attune_beat_silent_seconds": (_("Since a beat started a task"), "s"),
    "attune_beats_active": (_("Beat processes that start tasks"), ""),
    "attune_beats_standby": (_("Beat processes on standby"), ""),
    site_metrics.CLOCK_AHEAD: (_("This computer’s clock ahead of the database’s"), "s"),
}
SCALE = {"MB": 1e6}


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """A component on the page: its purpose, its trouble, and what to do about it.

    `starting`: what waits for the first sweep since the site's start.
    """

    name: str
    what_for: str
    trouble: str
    starting: str
    what_to_do: str


@require_safe
@for_operators
def status(request: HttpRequest) -> HttpResponse:
    parts = check_now()
    troubles = [part.name for part in parts if part.trouble]
    context = {
        "lines": [_make_row(part) for part in parts], "ready": not troubles, "facts": _list_facts(),
        "asked_at": timezone.now(), "place": "status", "zone": timezone.get_current_timezone_name(),
        "starts_until": find_start() + readiness.STARTING,
    }  # fmt: skip
    if readiness.DATABASE in troubles:
        return HttpResponse(_without_frame(context))
    context = {**context, "base": "base.html", "figures": list(_iterate_figures())}
    return render(request, "health/status.html", context)


def _without_frame(context: dict[str, Any]) -> str:
    """Render without the page frame, which needs the database for the current user."""
    return render_to_string("health/status.html", {**context, "base": "health/bare.html"})


def _make_row(part: readiness.ComponentStatus) -> ComponentRow:
    name, what_for, what_to_do = COMPONENTS[part.name]
    return ComponentRow(str(name), str(what_for), part.trouble, part.starting, str(what_to_do))


def _iterate_figures() -> Iterator[tuple[str, float, str]]:
    """Yield name, number and unit."""
    for name, value in site_metrics.read_figures().items():
        words, unit = FIGURES[name]
        yield str(words), round(value / SCALE.get(unit, 1)), unit


def _list_facts() -> Mapping[str, str]:
    """Return the versions and services of this installation; no addresses or host names."""
    private = settings.PRIVATE_POSTGRES is not None
    return {
        "Attune": version("attune"),
        "PostgreSQL": str(_("private, bundled with the site") if private else _("external")),
        str(_("Queue service")): "Redis" if settings.REDIS_URL else "PostgreSQL",
    }
