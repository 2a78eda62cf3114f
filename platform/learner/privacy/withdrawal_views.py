"""A user's own withdrawals: their scopes, their progress and the certificate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.access import current_user, require_person
from accounts.models import User
from consent.scopes import RESEARCH_SCOPES, streams_of
from consent.stream_labels import name_of
from privacy.erasure import claim_codes
from privacy.models import Erasure
from privacy.recent_deletion import MARK
from vault.errors import KeystoreBusy

MAX_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """One withdrawal; `claim` is the code that proves it, once the certificate exists.

    It is "" while the keystore is away.
    """

    id: UUID
    what: str
    unreadable_at: datetime | None
    bytes_gone_at: datetime | None
    certified: bool
    claim: str


def load_withdrawals(user: User) -> list[Withdrawal]:
    """Return the newest withdrawals with their certificates."""
    rows = Erasure.objects.filter(subject=user.code, scopes__isnull=False).order_by("-asked_at")
    return [_make_withdrawal(user, row) for row in rows[:MAX_SHOWN]]


@require_safe
@require_person
def certificate(request: HttpRequest, id: UUID) -> HttpResponse:
    """Return the exact bytes that were signed, to the subject only."""
    mine = Erasure.objects.filter(id=id, subject=current_user(request).code).first()
    if mine is None or not mine.certificate:
        raise Http404
    return HttpResponse(
        mine.certificate,
        content_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="erasure-{mine.id}.json"'},
    )


def _make_withdrawal(user: User, row: Erasure) -> Withdrawal:
    return Withdrawal(
        id=row.id,
        what=_describe_scopes(row),
        unreadable_at=row.shredded_at,
        bytes_gone_at=row.bytes_gone_at,
        certified=bool(row.certificate),
        claim=_read_claim(user, row) if row.certificate else "",
    )


def _read_claim(user: User, row: Erasure) -> str:
    """Return the claim code, or "" while it cannot be read: My data must open (ADR 0093)."""
    try:
        return claim_codes.withdrawal_code(user.code, row.id)
    except KeystoreBusy:
        return ""


def _describe_scopes(row: Erasure) -> str:
    streams = ", ".join(name_of(each) for each in streams_of(row.scopes or ()))
    if MARK in row.counts:
        return _("Last 10 minutes: {streams}").format(streams=streams)
    if row.scopes and set(row.scopes) <= set(RESEARCH_SCOPES):
        return _("{streams}, for research").format(streams=streams)
    return streams or _("purposes only")
