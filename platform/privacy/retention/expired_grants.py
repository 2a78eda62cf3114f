"""End Grants that expired or whose notice was replaced, like a withdrawal.

Run hourly and by the sweep; running twice is harmless, as it finds only live Grants (I-6).
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import DatabaseError

from consent.grants import grant_expiry
from privacy.erasure import erasure
from vault.errors import KeystoreBusy

logger = logging.getLogger(__name__)


def end_due(*, now: datetime) -> int:
    """End every expired Grant. Returns for how many people and reasons."""
    found = list(grant_expiry.find_due(now))
    for subject, verb, scopes in found:
        try:
            erasure.withdraw(subject, scopes, now=now, verb=verb, cause="retention")
        except (KeystoreBusy, DatabaseError):
            logger.exception("ending.waits")
    return len(found)
