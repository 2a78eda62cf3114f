"""Queries for leaves about a person or by them, for their own page and for Stewards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit.leaves import person_ref, private_place
from audit.models import Leaf
from vault.sealed_values import KeyDestroyed, unseal_value


def leaves_about(subject: UUID) -> QuerySet[Leaf]:
    """Return the leaves about a person, newest first."""
    return Leaf.objects.filter(subject_ref=person_ref(subject)).order_by("-at", "id")


def leaves_by(actor: UUID) -> QuerySet[Leaf]:
    """Return the leaves of acts by a person, newest first."""
    return Leaf.objects.filter(actor_ref=person_ref(actor)).order_by("-at", "id")


def read_public(leaf: Leaf) -> Mapping[str, str]:
    """Return the public part of a leaf, by name."""
    return dict(pair.partition("=")[::2] for pair in leaf.public.split())


def read_private(leaf: Leaf, subject: UUID) -> Mapping[str, Any] | None:
    """Return the private part; {} if there is none, None if its key is destroyed."""
    if leaf.private_sealed is None:
        return {}
    try:
        value: Mapping[str, Any] = unseal_value(
            leaf.private_sealed, place=private_place(leaf.id, subject)
        )
    except KeyDestroyed:
        return None
    return value
