"""The exact words somebody saw as they said yes, each kept once and never changed (I-4)."""

from __future__ import annotations

from datetime import datetime

from consent.models import ShownText
from consent.notices.notices import digest


def keep(body: str, now: datetime) -> ShownText:
    """The row of exactly this text, made where nobody has seen it before."""
    blank = ShownText(digest=digest(body), body=body, first_at=now)
    ShownText.objects.bulk_create([blank], ignore_conflicts=True)
    return ShownText.objects.get(digest=blank.digest)
