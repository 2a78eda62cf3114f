"""Access checks for a Steward's pages: 404 for everyone else."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404

import audit
from accounts.access import person_for_steward
from accounts.administration.person_records import lock_person_row
from accounts.models import User
from audit.models import Leaf
from consent.models import ProfileChange
from privacy.models import Erasure, Hold
from stewardship.people.imports.models import ImportRun


@transaction.atomic
def view_person(user: User, code: UUID, what: str = "consents") -> User:
    """Return a person by code and record a leaf about this Steward's view of them."""
    person = person_for_steward(user, code)
    audit.record("steward.view", actor=user.code, subject=person.code, public={"what": what})
    return person


def person_to_change(user: User, code: UUID) -> User:
    """Return a person whose account can be changed in this transaction; 404 if it is being erased.

    The row is locked first, as an erasure locks it, so that none begins between check and change.
    """
    if not user.has_role("steward"):
        raise Http404
    person = lock_person_row(code)
    if is_being_erased(code):
        raise Http404
    return person


def is_being_erased(code: UUID) -> bool:
    """Return whether the whole account is being erased, which cannot be stopped."""
    return Erasure.objects.filter(subject=code, scopes__isnull=True).exists()


@transaction.atomic
def load_erasure(user: User, id: UUID) -> Erasure:
    """Return one Erasure; if its person still has an account, record a leaf about the view."""
    if not user.has_role("steward"):
        raise Http404
    found = get_object_or_404(Erasure, id=id)
    subject = found.subject
    if subject and User.objects.filter(code=subject, is_active=True).exists():
        public = {"what": "erasure"}
        audit.record("steward.view", actor=user.code, subject=subject, public=public)
    return found


def load_import_run(user: User, id: UUID) -> ImportRun:
    """Return an import of people; any Steward may view, undo and stop it."""
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(ImportRun, id=id)


def load_leaf(user: User, id: UUID) -> Leaf:
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(Leaf, id=id)


def load_profile_change(user: User, id: UUID) -> ProfileChange:
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(ProfileChange, id=id)


@transaction.atomic
def load_hold(user: User, id: UUID) -> Hold:
    """Return a legal hold and record a leaf about the view."""
    if not user.has_role("steward"):
        raise Http404
    found = get_object_or_404(Hold.objects.select_related("person"), id=id)
    public = {"what": "hold"}
    audit.record("steward.view", actor=user.code, subject=found.person.code, public=public)
    return found
