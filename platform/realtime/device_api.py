"""GET /api/v1/devices/sitting/: tells a program with a device token which lesson is open."""

from __future__ import annotations

from typing import cast

from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import api_view, authentication_classes
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from realtime.device_consumer import granted_epochs
from telemetry import sittings
from telemetry.device_tokens import device_tokens, stream_locks
from telemetry.models import DeviceToken

BEARER = "Bearer"
NO_SITTING = "There is no open lesson. Open a lesson first, then start the bridge again."
NO_GRANT = (
    "Nothing that this key may send is switched on. Check your Consent page, then create a new key."
)


class ByDeviceToken(BaseAuthentication):
    """`Authorization: Bearer <token>`. A session is not accepted here."""

    def authenticate(self, request: Request) -> tuple[User, DeviceToken]:
        kind, _, text = request.headers.get("Authorization", "").partition(" ")
        token = (
            device_tokens.find_token(text.strip(), now=timezone.now()) if kind == BEARER else None
        )
        if token is None:
            raise exceptions.AuthenticationFailed("This key is not valid, or no longer valid.")
        return token.learner, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002
        return BEARER


class NoSitting(exceptions.NotFound):
    default_detail = NO_SITTING
    default_code = "no_sitting"


class NoGrant(exceptions.PermissionDenied):
    default_detail = NO_GRANT
    default_code = "no_grant"


class DeviceStream(serializers.Serializer):  # type: ignore[type-arg]
    stream = serializers.CharField()
    free_from = serializers.FloatField(
        help_text="seconds since the lesson page was opened; nothing is stored after"
    )


class DeviceSitting(serializers.Serializer):  # type: ignore[type-arg]
    sitting = serializers.UUIDField()
    now = serializers.FloatField(help_text="seconds since the lesson page was opened")
    paused = serializers.BooleanField()
    streams = DeviceStream(many=True)


@api_view(["GET"])
@authentication_classes([ByDeviceToken])
def find_sitting(request: Request) -> Response:
    """The open Sitting of the token's Learner, and the streams that may be sent into it."""
    token = cast(DeviceToken, request.auth)
    now = timezone.now()
    wanted = granted_epochs(token, now)
    if not wanted:
        raise NoGrant
    found = device_tokens.sitting_of(token, now=now)
    if found is None:
        raise NoSitting
    free = stream_locks.free_from(found, wanted)
    fields = {
        "sitting": found.id,
        "now": sittings.seconds(found, now),
        "paused": found.paused,
        "streams": [{"stream": name, "free_from": free[name]} for name in sorted(wanted)],
    }
    return Response(DeviceSitting(fields).data)
