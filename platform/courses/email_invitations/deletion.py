"""The end of invitations: their keys are destroyed first, then the rows go."""

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
    """End what is too old or has no course any more, and destroy what has ended; return how many.

    Raises KeystoreBusy: the rows wait for the next sweep.
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
