"""Who may open a Steward's page, and what they may load from it: 404 to everybody else."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

import audit
from accounts.access import person_for_steward
from accounts.administration.person_records import lock_person_row
from accounts.models import User
from audit.models import Leaf
from consent.models import ProfileChange
from privacy.models import Erasure, Hold
from stewardship.people.imports.models import ImportRun


def steward(request: HttpRequest) -> User:
    """The Steward who asks."""
    if not isinstance(request.user, User) or not request.user.has_role("steward"):
        raise Http404
    return request.user


@transaction.atomic
def person_to_look_at(user: User, code: UUID, what: str = "consents") -> User:
    """A person by code; that a Steward looked, and at what, leaves a leaf about them."""
    person = person_for_steward(user, code)
    audit.record("steward.view", actor=user.code, subject=person.code, public={"what": what})
    return person


def person_to_change(user: User, code: UUID) -> User:
    """A person whose account can be changed in this transaction; 404 for one who is being erased.

    The row is locked first, as an erasure locks it, so none begins between the look and the change.
    """
    if not user.has_role("steward"):
        raise Http404
    person = lock_person_row(code)
    if is_being_erased(code):
        raise Http404
    return person


def is_being_erased(code: UUID) -> bool:
    """Say whether the whole account is being erased, which cannot be stopped."""
    return Erasure.objects.filter(subject=code, scopes__isnull=True).exists()


@transaction.atomic
def erasure(user: User, id: UUID) -> Erasure:
    """Return one Erasure; while its person is here, looking at it leaves a leaf about them."""
    if not user.has_role("steward"):
        raise Http404
    found = get_object_or_404(Erasure, id=id)
    subject = found.subject
    if subject and User.objects.filter(code=subject, is_active=True).exists():
        public = {"what": "erasure"}
        audit.record("steward.view", actor=user.code, subject=subject, public=public)
    return found


def import_run(user: User, id: UUID) -> ImportRun:
    """Return an import of people; each Steward may look at it, undo it and stop it."""
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(ImportRun, id=id)


def leaf(user: User, id: UUID) -> Leaf:
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(Leaf, id=id)


def profile_change(user: User, id: UUID) -> ProfileChange:
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(ProfileChange, id=id)


@transaction.atomic
def hold(user: User, id: UUID) -> Hold:
    """A legal hold with its reason; that a Steward looked leaves a leaf about the person."""
    if not user.has_role("steward"):
        raise Http404
    found = get_object_or_404(Hold.objects.select_related("person"), id=id)
    public = {"what": "hold"}
    audit.record("steward.view", actor=user.code, subject=found.person.code, public=public)
    return found
