"""`/consents/devices/`: tokens with which a lab program may send some Streams for a limited time.

A token is shown once, in the response that created it. Revoking one acts at once and is never rate
limited.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from accounts.access import current_user, may_act, require_recent_to_act, require_role
from accounts.models import User
from consent.permits import gate
from consent.permits.gate import Permit
from consent.scopes import scope
from emotion import streams
from telemetry.device_tokens import device_tokens
from telemetry.models import DeviceToken

PAGE_URL = "/consents/devices/"
SENSORS: Mapping[str, str] = MappingProxyType(
    {
        "empatica_e4": noop("Empatica E4 wristband"),
        "shimmer3": noop("Shimmer3 GSR+"),
        "polar": noop("Polar strap or armband"),
        "openface": noop("OpenFace, on a video of your face"),
        "lsl": noop("Lab Streaming Layer"),
        "other": noop("Another sensor"),
    }
)
# What such a sensor may send, the wearables first.
STREAMS: Mapping[str, str] = MappingProxyType(
    {
        name: each.words.device
        for name, each in sorted(
            streams.load().items(), key=lambda item: item[1].group != "wearable"
        )
        if each.words.device
    }
)


@dataclass(frozen=True, slots=True)
class DeviceTokenRow:
    """One token. `over` lists the streams it can no longer send, because their consent changed."""

    id: UUID
    sensor: str
    sends: tuple[str, ...]
    over: tuple[str, ...]
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@require_role("learner")
@require_recent_to_act
def devices(request: HttpRequest) -> HttpResponse:
    """List the user's tokens; POST creates one and shows it."""
    user, now = current_user(request), timezone.now()
    if request.method != "POST":
        return _show(request, user, now)
    permits = _load_permits(user, now)
    wanted = [permits[name] for name in request.POST.getlist("stream") if name in permits]
    hours = request.POST.get("hours", "")
    try:
        _token, key = device_tokens.make(
            user,
            request.POST.get("sensor", ""),
            wanted,
            int(hours) if hours.isdecimal() else 0,
            now=now,
        )
    except ValueError as wrong:
        return _show(request, user, now, problem=_(str(wrong)), status=400)
    return _show(request, user, now, key=key, status=201)


@never_cache
@require_POST
@require_role("learner")
def revoke(request: HttpRequest, code: UUID) -> HttpResponse:
    """Revoke a token. Its open sockets close within a second."""
    if not device_tokens.revoke(current_user(request), code):
        raise Http404
    return redirect(PAGE_URL)


def _show(
    request: HttpRequest,
    user: User,
    now: datetime,
    *,
    key: str = "",
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    permits = _load_permits(user, now)
    context = {
        "keys": [_make_row(row, permits) for row in device_tokens.valid_tokens(user, now=now)],
        "sensors": [(code, _(words)) for code, words in SENSORS.items()],
        "streams": [(name, _(words)) for name, words in STREAMS.items() if name in permits],
        "hours": device_tokens.HOURS,
        "usual": device_tokens.USUAL_HOURS,
        "key": key,
        "may_act": may_act(request),
        "problem": problem,
    }
    return render(request, "learner/consent/device_tokens.html", context, status=status)


def _load_permits(user: User, now: datetime) -> dict[str, Permit]:
    """Return the Permits by Stream, for streams that an external sensor can send."""
    scopes = {scope(name, "adapt"): name for name in STREAMS}
    granted = gate.permits(user.code, scopes, now=now).granted
    return {scopes[name]: permit for name, permit in granted.items()}


def _make_row(row: DeviceToken, permits: Mapping[str, Permit]) -> DeviceTokenRow:
    good = device_tokens.valid_epochs(row, permits.values())
    names = [each.partition(":")[0] for each in row.scopes]
    return DeviceTokenRow(
        row.id,
        _(SENSORS[row.sensor]),
        tuple(_(STREAMS[name]) for name in names if name in good),
        tuple(_(STREAMS[name]) for name in names if name not in good),
        row.made_at,
        row.expires_at,
        row.used_at,
    )
