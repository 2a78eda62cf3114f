"""A Steward's answer to a request: approve it, which carries it out, or decline it.

A decline needs a reason, which the person can read (GDPR Article 12).
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

import audit
from accounts.administration.person_records import CannotChange
from accounts.models import User
from privacy.erasure import erasure
from privacy.models import Erasure, PrivacyRequest
from privacy.subject_requests import request_mails
from privacy.subject_requests.requests import LONGEST, seal_text

OUTCOMES = {"access": "given", "rectification": "corrected"}


class CannotAnswer(ValueError):
    """The answer is not possible; the message says why."""


def approve(
    id: UUID, *, by: User, answer: str, now: datetime, claim: str | None = None
) -> Erasure | None:
    """Grant a request. An erasure runs at once and is returned; it deletes its request.

    `claim` is shown once to the person (see `privacy.erasure.claim_codes`).
    """
    with transaction.atomic():
        request = _lock_open(id, by)
        if request.kind == "rectification" and not answer.strip():
            raise CannotAnswer(_("Enter what was corrected. Nothing was changed."))
        _record_leaf(request, by, "approve")
        if request.kind != "erasure":
            _decide(request, "done", OUTCOMES[request.kind], by, answer, now)
            return None
        begun = _begin_erasure(request.person.code, by, claim, now)
    return erasure.resume(begun.id, now=now)


@transaction.atomic
def decline(id: UUID, *, by: User, reason: str, now: datetime) -> None:
    """Decline a request; the person can read the reason."""
    request = _lock_open(id, by)
    if not reason.strip():
        raise CannotAnswer(_("Enter a reason. The person can read it. Nothing was changed."))
    _record_leaf(request, by, "decline")
    _decide(request, "declined", "refused", by, reason, now)


def _begin_erasure(code: UUID, by: User, claim: str | None, now: datetime) -> Erasure:
    try:
        return erasure.begin(code, actor=by.code, cause="request", now=now, claim=claim)
    except CannotChange as problem:
        raise CannotAnswer(str(problem)) from problem


def _lock_open(id: UUID, by: User) -> PrivacyRequest:
    """Return the request, locked. Raises CannotAnswer for one's own or an answered one."""
    rows = PrivacyRequest.objects.select_for_update(of=["self"]).select_related("person")
    request = rows.filter(id=id, state="open", person__is_active=True).first()
    if request is None:
        raise CannotAnswer(_("This request has already been answered."))
    if by.pk in (request.person_id, request.by_id):
        raise CannotAnswer(_("This is your own request. Another data steward has to answer it."))
    return request


def _decide(
    request: PrivacyRequest, state: str, outcome: str, by: User, answer: str, now: datetime
) -> None:
    request.state, request.outcome = state, outcome
    request.decided_at, request.decided_by = now, by
    request.answer = seal_text(answer.strip()[:LONGEST], request.id, "answer", request.person, now)
    request.save(update_fields=["state", "outcome", "decided_at", "decided_by", "answer"])
    request_mails.ask_answered(request, now=now)


def _record_leaf(request: PrivacyRequest, by: User, answer: str) -> None:
    public = {"request": request.id, "kind": request.kind, "answer": answer}
    audit.record("request.answer", actor=by.code, subject=request.person.code, public=public)
