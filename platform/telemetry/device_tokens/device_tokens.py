"""Tokens of programs that send Streams in addition to the page; shown once, with few rights.

Each use checks again: a token that is expired or revoked, or whose account or Grant has ended, is
refused (I-1, I-3). It gives access to no page and reads nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as noop

import audit
import push
from accounts.keyed_hash import digest_secret
from accounts.models import User
from consent.permits.gate import Permit
from telemetry.device_tokens.models import SENSORS
from telemetry.models import LONGEST_SITTING_S, DeviceToken, Sitting

HOURS: Final = (1, 4, 12, 24)
USUAL_HOURS: Final = 12
MOST: Final = 20
PREFIX: Final = "attune_device_"


def make(
    learner: User, sensor: str, permits: Collection[Permit], hours: int, *, now: datetime
) -> tuple[DeviceToken, str]:
    """Return a new token and its text, which is shown only this once. Raises ValueError."""
    if sensor not in SENSORS:
        raise ValueError(noop("Select the sensor this key is for."))
    if hours not in HOURS:
        raise ValueError(noop("Select how long it is valid."))
    if not permits:
        raise ValueError(noop("Select at least one type of data it may send."))
    if valid_tokens(learner, now=now).count() >= MOST:
        raise ValueError(noop("You have reached the limit of keys. Revoke one first."))
    text = PREFIX + secrets.token_urlsafe(32)
    with transaction.atomic():
        token = DeviceToken.objects.create(
            digest=digest_secret(text),
            learner=learner,
            sensor=sensor,
            scopes=[permit.scope for permit in permits],
            epochs=[permit.epoch for permit in permits],
            made_at=now,
            expires_at=now + timedelta(hours=hours),
        )
        _record("device.token_make", token, by=learner.code)
    return token, text


def valid_tokens(learner: User, *, now: datetime) -> QuerySet[DeviceToken]:
    """Return this Learner's valid tokens, newest first."""
    return DeviceToken.objects.filter(learner=learner, expires_at__gt=now).order_by("-made_at")


def revoke(learner: User, code: UUID) -> bool:
    """Revoke a token. Returns False if this person has none with that code."""
    with transaction.atomic():
        token = DeviceToken.objects.filter(learner=learner, id=code).first()
        if token is None:
            return False
        _end_token(token, by=learner.code)
    return True


@transaction.atomic
def end_all(learner: User, *, by: UUID | None) -> dict[str, int]:
    """End every token of this person and close its connections. Returns their number by table."""
    tokens = list(DeviceToken.objects.select_for_update().filter(learner=learner).order_by("pk"))
    for token in tokens:
        _end_token(token, by=by)
    return {DeviceToken._meta.db_table: len(tokens)}


def find_token(text: str, *, now: datetime) -> DeviceToken | None:
    """Return the valid token with this text; None for any other text."""
    found = DeviceToken.objects.filter(
        digest=digest_secret(text), expires_at__gt=now, learner__is_active=True
    )
    return found.select_related("learner").first()


def sitting_of(token: DeviceToken, *, now: datetime) -> Sitting | None:
    """Return the Learner's open Sitting that was active last."""
    earliest = now - timedelta(seconds=LONGEST_SITTING_S)
    rows = Sitting.objects.filter(learner=token.learner, ended_at=None, began_at__gt=earliest)
    return rows.order_by("-active_at").first()


def valid_epochs(token: DeviceToken, permits: Iterable[Permit]) -> dict[str, int]:
    """Return the epochs by Stream, where the Grant it was made under is still live."""
    made_under = token.epoch_of
    return {
        permit.stream: permit.epoch
        for permit in permits
        if made_under.get(permit.scope) == permit.epoch
    }


def _end_token(token: DeviceToken, *, by: UUID | None) -> None:
    _record("device.token_end", token, by=by)
    push.notify(f"device.{token.id}", {"type": "log_in.ended"})
    token.delete()


def _record(verb: str, token: DeviceToken, *, by: UUID | None) -> None:
    streams = "+".join(sorted(scope.partition(":")[0] for scope in token.scopes))
    public = {"sensor": token.sensor, "streams": streams}
    audit.record(verb, actor=by, subject=token.learner.code, public=public)
