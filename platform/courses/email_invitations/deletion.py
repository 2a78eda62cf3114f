"""Deletion of invitations: their keys are destroyed first, then the rows are deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q

from accounts.identity import destroy_keys
from courses.models import EmailInvitation
from courses.models.email_invitation import end_invitations

BATCH: Final = 500


def end_due(*, now: datetime) -> int:
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
