"""A yes that is over by itself falls, and what was taken under it goes, as if it were taken back.

Run hourly and by the sweep; twice is as once, because only what is still over falls (I-6).
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
    """End every yes that is over by `now`; say for how many people and reasons."""
    found = list(grant_expiry.find_due(now))
    for subject, verb, scopes in found:
        try:
            erasure.withdraw(subject, scopes, now=now, verb=verb, cause="retention")
        except (KeystoreBusy, DatabaseError):
            logger.exception("ending.waits")
    return len(found)
