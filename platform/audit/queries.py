"""Reading leaves: those about a person or by them, for the person's own page and for Stewards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from audit.leaves import place, ref
from audit.models import Leaf
from vault.sealed_values import KeyDestroyed, unseal_value


def leaves_about(subject: UUID) -> QuerySet[Leaf]:
    """The newest first."""
    return Leaf.objects.filter(subject_ref=ref(subject)).order_by("-at", "id")


def leaves_by(actor: UUID) -> QuerySet[Leaf]:
    """The newest first."""
    return Leaf.objects.filter(actor_ref=ref(actor)).order_by("-at", "id")


def said_in(leaf: Leaf) -> Mapping[str, str]:
    """The public part, by name."""
    return dict(pair.partition("=")[::2] for pair in leaf.public.split())


def private_of(leaf: Leaf, subject: UUID) -> Mapping[str, Any] | None:
    """The private part, {} where there was none, None where its key is destroyed."""
    if leaf.private_sealed is None:
        return {}
    try:
        value: Mapping[str, Any] = unseal_value(leaf.private_sealed, place=place(leaf.id, subject))
    except KeyDestroyed:
        return None
    return value
