"""Invitation rows: find, end and delete them, and seal their e-mail and one-time link.

The keys of ended invitations are destroyed first, then the rows are deleted.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.identity import SCOPES, destroy_keys
from accounts.keyed_hash import digest_secret
from courses.models import EmailInvitation
from courses.models.email_invitation import end_invitations
from vault.sealed_values import Place, seal_value, unseal_value

KEY_BYTES: Final = 16
BATCH: Final = 500


def find_open(now: datetime) -> QuerySet[EmailInvitation]:
    """Return the invitations that have neither ended nor expired."""
    rows = EmailInvitation.objects.filter(expires_at__gt=now, course__isnull=False)
    return rows.exclude(state="ended")


def end_due_invitations(*, now: datetime) -> int:
    """End invitations that expired or lost their course, delete ended ones, and count those.

    Raises KeystoreBusy; the rows are then deleted in the next sweep.
    """
    over = EmailInvitation.objects.filter(Q(expires_at__lte=now) | Q(course=None))
    end_invitations(over.exclude(state="ended"))
    ended = EmailInvitation.objects.filter(state="ended").order_by("pk")
    ids = list(ended.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    destroy_keys(ids)
    with transaction.atomic():
        return EmailInvitation.objects.filter(pk__in=ids).delete()[0]


def draw_link(invitation: EmailInvitation) -> str:
    """Store the digest of a new key and return the path with it; the older link stops working."""
    link = make_link(invitation)
    EmailInvitation.objects.filter(pk=invitation.pk).update(key_digest=invitation.key_digest)
    return link


def make_link(invitation: EmailInvitation) -> str:
    """Set a new key, not yet saved, and return the path with it."""
    key = secrets.token_urlsafe(KEY_BYTES)
    invitation.key_digest = digest_secret(key)
    # The key is in the query, because Django logs the paths of refused requests.
    return f"{reverse('classroom:invited')}?key={key}"


def seal_email(email: str, id: UUID, *, now: datetime) -> bytes:
    """Seal an address under this invitation's own key."""
    return seal_value(email, place=_place(id), scopes=SCOPES, now=now)


def open_email(invitation: EmailInvitation) -> str:
    """Return the address; raise KeyDestroyed once the invitation has ended."""
    return str(unseal_value(bytes(invitation.email_sealed or b""), place=_place(invitation.id)))


def _place(id: UUID) -> Place:
    return Place("courses_emailinvitation", "email_sealed", str(id), id)
