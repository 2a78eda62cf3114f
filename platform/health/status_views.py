"""The status page: whether the site can do its work, and what to do where it cannot (I-30).

For people; machines ask `/health/ready`, which answers 503 where this page says what is wrong.
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
from health.views import ask_parts, find_start, for_operators

PARTS = {
    "database": (
        _("Database"),
        _("Everything stands here."),
        _("Start PostgreSQL, or mend DATABASE_URL; or run the command that is named."),
    ),
    "partitions": (
        _("Days for Blocks"),
        _("What is sensed is stored by days, and these are opened ahead."),
        _("Start the worker and beat: they open the days. Until then Blocks are refused."),
    ),
    "setup": (
        _("Set-up"),
        _("Privacy notices, models and a Steward are there."),
        _("Run manage.py setup. It is safe to run it again."),
    ),
    "keystore": (
        _("Keystore"),
        _("Names, answers and what was sensed open with its keys."),
        _(
            "Mend KEYSTORE_DIR and its disk, or reach the transit service. Until then nothing "
            "sealed opens, and nothing is stored; on a full disk no key can be destroyed."
        ),
    ),
    "profile": (
        _("Legal profile"),
        _("It says what may be sensed here."),
        _("Mend the file of the profile or of the study. Until then nothing is sensed."),
    ),
    "broker": (
        _("Queues"),
        _("They wake the workers. Without them guesses and offers come seconds later."),
        _("Start the server of the queues, or mend REDIS_URL or BROKER_DATABASE_URL."),
    ),
    "erasures": (
        _("Erasures"),
        _("What was erased stays erased, also after a backup was restored."),
        _("Run the command that is named, or look into the worker's log."),
    ),
    "audit": (
        _("Audit"),
        _("Leaves get their place in the tree, and the tree is signed."),
        _("Start the worker and beat. Where it says that heads disagree, call your auditor."),
    ),
}
FIGURES = {
    "attune_sittings_open": (_("Sittings open now"), ""),
    "attune_windows_pending": (_("Windows that wait for a worker"), ""),
    "attune_windows_overdue_seconds": (_("The oldest of them has waited"), "s"),
    "attune_windows_late": (_("Windows given up within a day"), ""),
    "attune_grants_live": (_("Grants in force"), ""),
    "attune_erasures_open": (_("Erasures on their way"), ""),
    "attune_database_bytes": (_("Size of the database"), "MB"),
    "attune_database_connections": (_("Connections to it"), ""),
}
SCALE = {"MB": 1e6}


@dataclass(frozen=True, slots=True)
class Line:
    """One part: what it is for, its trouble, and what to do about that.

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
    parts = ask_parts()
    troubles = [part.name for part in parts if part.trouble]
    context = {
        "lines": [_line(part) for part in parts], "ready": not troubles, "facts": _facts(),
        "asked_at": timezone.now(), "place": "status", "zone": timezone.get_current_timezone_name(),
        "starts_until": find_start() + readiness.STARTING,
    }  # fmt: skip
    if "database" in troubles:
        return HttpResponse(_without_frame(context))
    context = {**context, "base": "base.html", "figures": list(_figures())}
    return render(request, "health/status.html", context)


def _without_frame(context: dict[str, Any]) -> str:
    """The frame of every page asks the database who is there."""
    return render_to_string("health/status.html", {**context, "base": "health/bare.html"})


def _line(part: readiness.Part) -> Line:
    name, what_for, what_to_do = PARTS[part.name]
    return Line(str(name), str(what_for), part.trouble, part.starting, str(what_to_do))


def _figures() -> Iterator[tuple[str, float, str]]:
    """Name, number and unit."""
    for name, value in site_metrics.read().items():
        words, unit = FIGURES[name]
        yield str(words), round(value / SCALE.get(unit, 1)), unit


def _facts() -> Mapping[str, str]:
    """What this installation is made of; no address, no name of a computer."""
    private = settings.PRIVATE_POSTGRES is not None
    return {
        "Attune": version("attune"),
        "PostgreSQL": str(_("private, beside the site") if private else _("your own")),
        str(_("Queues by")): "Redis" if settings.REDIS_URL else "PostgreSQL",
    }
