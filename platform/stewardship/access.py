"""Who may open a Steward's page, and what they may load from it: 404 to everybody else."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

import audit
from accounts.access import person_for_steward
from accounts.models import User
from audit.models import Leaf
from privacy.models import Erasure


def steward(request: HttpRequest) -> User:
    """The Steward who asks."""
    if not isinstance(request.user, User) or not request.user.has_role("steward"):
        raise Http404
    return request.user


@transaction.atomic
def person_to_look_at(user: User, code: UUID) -> User:
    """A person by code; that a Steward looked leaves a leaf about them."""
    person = person_for_steward(user, code)
    audit.record("steward.view", actor=user.code, subject=person.code)
    return person


def erasure(user: User, id: UUID) -> Erasure:
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(Erasure, id=id)


def leaf(user: User, id: UUID) -> Leaf:
    if not user.has_role("steward"):
        raise Http404
    return get_object_or_404(Leaf, id=id)
