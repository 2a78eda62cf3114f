"""`/steward/people/bulk/`: one action for several people, each under its usual limits.

Each person is one transaction with a leaf. People who cannot be changed are listed with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.access import current_user, require_recent, require_role, uuid_or_404
from accounts.administration import person_changes
from accounts.administration.person_records import CannotChange
from accounts.mail import link_mails
from accounts.models import User
from stewardship import access
from stewardship.people.queries import PAGE, load_identity_or_none


@dataclass(frozen=True, slots=True)
class RefusedAction:
    """A person whose account was not changed, and why."""

    code: UUID
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class BulkOutcome:
    done: int
    refused: tuple[RefusedAction, ...]


def _lock(person: User, by: User, _now: datetime) -> None:
    person_changes.lock_person(person.code, by=by)


def _unlock(person: User, by: User, _now: datetime) -> None:
    person_changes.unlock_person(person.code, by=by)


def _send_link(person: User, by: User, now: datetime) -> None:
    link_mails.send_link(person, by=by, now=now)


ACTIONS: Final[Mapping[str, Callable[[User, User, datetime], None]]] = {
    "lock": _lock,
    "unlock": _unlock,
    "link": _send_link,
}


@require_POST
@require_role("steward")
@require_recent
@never_cache
def act_on_several(request: HttpRequest) -> HttpResponse:
    """Do `act` for each selected `person`, and show the number of successes."""
    act = request.POST.get("act", "")
    codes = dict.fromkeys(uuid_or_404(text) for text in request.POST.getlist("person"))
    if act not in ACTIONS or len(codes) > PAGE:
        raise Http404
    outcome = _act_on_each(act, codes, current_user(request), timezone.now())
    context = {"place": "people", "act": act, "outcome": outcome, "total": len(codes)}
    status = 200 if outcome.done else 422
    return render(request, "stewardship/people/bulk.html", context, status=status)


def _act_on_each(act: str, codes: Collection[UUID], by: User, now: datetime) -> BulkOutcome:
    """Act on one person after another; skip unknown people."""
    done, refused = 0, []
    for code in codes:
        why = _act_on_one(act, code, by, now)
        person = User.objects.filter(code=code).first() if why else None
        identity = load_identity_or_none(person) if person else None
        done += not why
        if why:
            refused.append(RefusedAction(code, identity.name if identity else "", why))
    return BulkOutcome(done, tuple(refused))


def _act_on_one(act: str, code: UUID, by: User, now: datetime) -> str:
    """Act on one person; return the reason if it was refused."""
    try:
        with transaction.atomic():
            ACTIONS[act](access.person_to_change(by, code), by, now)
    except CannotChange as problem:
        return str(problem)
    except Http404:
        return _("This person is being erased or no longer has an account.")
    return ""
