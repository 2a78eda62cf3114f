"""Requests under the GDPR, and until when they must be answered (Articles 12 and 15–22).

A restriction or an objection takes effect at once and is stored as done; other requests wait for a
Steward, at most thirty days. Typed text is sealed under the person's identity scope (I-8).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from django.db import models, transaction
from django.http import Http404

import audit
from accounts.models import User
from adaptation.offers import outcomes
from consent.permits import restrictions
from consent.permits.restrictions import OBJECTION, RESTRICTION
from data_inventory import CLOCK, CODE, LINK, SEALED, closed, holds
from vault.sealed_values import KeyDestroyed, Place, seal_value, unseal_value

KINDS: Final = ("access", "erasure", "restriction", "objection", "rectification")
ASKED: Final = ("access", "erasure", "rectification")
BY_GUARDIAN: Final = ("erasure", "rectification")
STATES: Final = ("open", "done", "declined")
OUTCOMES: Final = ("at_once", "given", "corrected", "refused")
ANSWER_WITHIN: Final = timedelta(days=30)
LONGEST: Final = 2000
IDENTITY: Final = {"identity": 0}


@holds(
    subject="person",
    category="request",
    scope="identity",
    columns={
        "id": CODE,
        "person": LINK,
        "by": LINK,
        "kind": CODE,
        "asked_at": CLOCK,
        "due_at": CLOCK,
        "state": CODE,
        "decided_at": CLOCK,
        "decided_by": LINK,
        "outcome": CODE,
        "note": SEALED,
        "answer": SEALED,
    },
    retain=None,
)
class PrivacyRequest(models.Model):
    """One request about one person, made by them or their Guardian, with its outcome.

    A granted erasure deletes its own request; the Erasure is the record that remains.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="requests")
    by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    kind = models.CharField(max_length=13)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    state = models.CharField(max_length=8, default="open")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    outcome = models.CharField(max_length=9, null=True)  # noqa: DJ001 - null = not decided yet
    note = models.BinaryField(null=True)
    answer = models.BinaryField(null=True)

    class Meta:
        constraints = [
            closed("kind", KINDS, name="privacy_request_kind"),
            closed("state", STATES, name="privacy_request_state"),
            closed("outcome", OUTCOMES, name="privacy_request_outcome"),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at=None, outcome=None)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False)),
                name="privacy_request_decided",
            ),
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=models.Q(state="open"),
                name="privacy_request_one_open",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=models.Q(state="open"), name="privacy_request_due"
            )
        ]


@transaction.atomic
def ask(person: User, kind: str, *, by: User, note: str, now: datetime) -> PrivacyRequest:
    """Queue a request; a repeated one returns the open one. Raises ValueError for another kind."""
    if kind not in (ASKED if by == person else BY_GUARDIAN):
        raise ValueError(f"expected a request that can be asked for, got {kind[:20]!r}")
    User.objects.select_for_update(no_key=True).get(pk=person.pk)
    waiting = PrivacyRequest.objects.filter(person=person, kind=kind, state="open").first()
    return waiting or _write(person, kind, by=by, note=note.strip()[:LONGEST], now=now)


@transaction.atomic
def switch(person: User, kind: str, *, on: bool, now: datetime) -> bool:
    """Restrict or object, or end that; in force when this returns."""
    if not restrictions.set_restriction(person, kind, on=on, now=now):
        return False
    if on:
        _write(person, kind, by=person, note="", now=now)
        if kind == OBJECTION:
            outcomes.withdraw_all(person, now=now)
    return True


def of_person(person: User) -> Collection[PrivacyRequest]:
    """Return the requests about this person, newest first."""
    return PrivacyRequest.objects.filter(person=person).order_by("-asked_at", "id")


def open_requests() -> models.QuerySet[PrivacyRequest]:
    """Return open requests, the most urgent first."""
    return PrivacyRequest.objects.filter(state="open").order_by("due_at", "id")


def get_request(id: UUID) -> PrivacyRequest:
    """Return a request. Raises Http404 if there is none, or its person is gone."""
    found = PrivacyRequest.objects.select_related("person", "by").filter(id=id).first()
    if found is None:
        raise Http404
    return found


def read_text(request: PrivacyRequest, column: str) -> str:
    """Return the text of `note` or `answer`; "" if empty or unreadable."""
    sealed = getattr(request, column)
    if not sealed:
        return ""
    try:
        return str(unseal_value(bytes(sealed), place=_place(request.id, column, request.person)))
    except KeyDestroyed:
        return ""


def seal_text(text: str, id: UUID, column: str, person: User, now: datetime) -> bytes | None:
    """Return the sealed text for one of the two columns; None if empty."""
    if not text:
        return None
    return seal_value(text, place=_place(id, column, person), scopes=IDENTITY, now=now)


def _write(person: User, kind: str, *, by: User, note: str, now: datetime) -> PrivacyRequest:
    """Create one row and its leaf; restrictions and objections are done at once."""
    made, done = uuid4(), kind in (RESTRICTION, OBJECTION)
    audit.record(
        "request.ask",
        actor=by.code,
        subject=person.code,
        public={"request": made, "kind": kind},
    )
    return PrivacyRequest.objects.create(
        id=made,
        person=person,
        by=by,
        kind=kind,
        asked_at=now,
        due_at=now + ANSWER_WITHIN,
        state="done" if done else "open",
        decided_at=now if done else None,
        outcome="at_once" if done else None,
        note=seal_text(note, made, "note", person, now),
    )


def _place(id: UUID, column: str, person: User) -> Place:
    return Place("privacy_privacyrequest", column, str(id), person.code)
