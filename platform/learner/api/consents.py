"""The user's own consents: read, granted from a session, withdrawn from a session or by token."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.decorators import api_view
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from consent.permits.errors import Refused
from learner.api.me import require_learner
from learner.consent.apply_changes import SWITCHES, save_switches, switch_off
from learner.consent.view_model import build_page

# The form of a notice's code and of the digest of its text, or empty; the schema states it.
CODE_PATTERN, DIGEST_PATTERN = r"^[0-9a-f-]{36}$|^$", r"^[0-9a-f]{64}$|^$"


class SwitchShape(serializers.Serializer[Any]):
    id = serializers.ChoiceField(SWITCHES, source="value")
    on = serializers.BooleanField()
    waits = serializers.BooleanField(help_text="for a parent or guardian")
    off_because = serializers.CharField(allow_blank=True)


class GroupShape(serializers.Serializer[Any]):
    """A consent group.

    `notice` and `shown` identify the text on the page; granting refers to it.
    """

    group = serializers.CharField()
    notice = serializers.CharField(allow_blank=True)
    shown = serializers.CharField(allow_blank=True)
    blocked = serializers.CharField(allow_blank=True)
    switches = SwitchShape(many=True)


class ConsentsRequest(serializers.Serializer[Any]):
    """The switches to turn on, with the notices and digests that the client read."""

    on = serializers.ListField(child=serializers.ChoiceField(SWITCHES), help_text="all others: off")
    # As returned by GET: empty where a group has nothing to show.
    notices = serializers.DictField(child=serializers.RegexField(CODE_PATTERN, allow_blank=True))
    shown = serializers.DictField(child=serializers.RegexField(DIGEST_PATTERN, allow_blank=True))


class WithdrawRequest(serializers.Serializer[Any]):
    off = serializers.ListField(
        child=serializers.ChoiceField(SWITCHES), default=[], help_text="none: everything"
    )


class WithdrawResult(serializers.Serializer[Any]):
    since = serializers.DateTimeField()
    receipt = serializers.UUIDField(allow_null=True)


class TokenCannotConsent(exceptions.PermissionDenied):
    default_detail = "A yes is yours to say, on the page or in a session, not a token's."
    default_code = "not_by_token"


class ConsentRefused(exceptions.APIException):
    status_code = 409
    default_code = "refused"


@api_view(["GET", "PUT"])
def consents(request: Request) -> Response:
    """List every switch. PUT sets the switches, with the same code as the page."""
    user = require_learner(request)
    if request.method == "PUT":
        _change_switches(request, user)
    return Response(GroupShape(_load_groups(user), many=True).data)


@api_view(["POST"])
def withdraw(request: Request) -> Response:
    """Switch off the named switches, or all of them, at once."""
    user, now = require_learner(request), timezone.now()
    body = WithdrawRequest(data=request.data)
    body.is_valid(raise_exception=True)
    erasure = switch_off(user, body.validated_data["off"] or SWITCHES, now)
    result = {
        "since": erasure.asked_at if erasure else now,
        "receipt": erasure.id if erasure else None,
    }
    return Response(WithdrawResult(result).data)


def _change_switches(request: Request, user: User) -> None:
    if request.auth is not None:
        raise TokenCannotConsent
    body = ConsentsRequest(data=request.data)
    body.is_valid(raise_exception=True)
    wanted = body.validated_data
    try:
        save_switches(
            user, wanted["on"], wanted["notices"], timezone.now(), digests=wanted["shown"]
        )
    except Refused as refusal:
        raise ConsentRefused(refusal.why, refusal.code) from refusal


def _load_groups(user: User) -> list[dict[str, Any]]:
    return [
        {
            "group": row.group,
            "notice": str(row.disclosure.notice.code) if row.disclosure else "",
            "shown": row.disclosure.digest if row.disclosure else "",
            "blocked": row.blocked,
            "switches": row.switches,
        }
        for row in build_page(user, timezone.now()).every_row
    ]
