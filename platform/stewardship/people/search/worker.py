"""Looking at the names of many people for a Steward, some hundred at a time.

A worker that was killed leaves its search due; another worker goes on with it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import User
from pipeline import leases
from stewardship.people.search.models import NameSearch
from stewardship.people.search.name_match import split_words
from stewardship.people.search.results import look_on, seal_found, unseal_found, unseal_words

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=1)
AGAIN: Final = timedelta(seconds=5)
MOST_TRIES: Final = 5
Clock = Callable[[], datetime]


class SearchLost(Exception):
    """The search was replaced or has ended, or another worker has taken it up."""


def work_off(*, now: Clock) -> int:
    """Do every search that is due, one after the other; return how many there were."""
    end_old(now())
    done = 0
    rows = NameSearch.objects.select_related("steward")
    while (search := leases.take_lease(rows, now=now(), lease=LEASE)) is not None:
        _work(search, now)
        done += 1
    return done


def end_old(now: datetime) -> None:
    """Delete searches that are an hour old, and those of people who are no Steward any more."""
    NameSearch.objects.filter(ends_at__lte=now).delete()
    stewards = User.objects.filter(is_active=True, roles__contains=["steward"])
    NameSearch.objects.exclude(steward__in=stewards).delete()


def _work(search: NameSearch, now: Clock) -> None:
    """Look at all names; what fails is tried again a few times. No error may name a person."""
    try:
        _look_at_all(search, now)
    except SearchLost:
        logger.info("name_search.lost")
    except Exception as error:  # noqa: BLE001 - whatever a row makes of it
        logger.error("name_search.waits", extra={"error": type(error).__name__})
        over = search.tries > MOST_TRIES
        later: dict[str, Any] = {"state": "failed", "due_at": None}
        _find_row(search).update(**(later if over else {"due_at": now() + AGAIN}))


def _look_at_all(search: NameSearch, now: Clock) -> None:
    words, found = split_words(unseal_words(search)), unseal_found(search)
    while not found.is_whole:
        found = look_on(found, words)
        kept = seal_found(search, found, now=now())
        _keep(search, now(), found_sealed=kept)
    _keep(search, now(), state="done", due_at=None)


def _keep(search: NameSearch, now: datetime, **values: Any) -> None:
    """Store how far it is, and hold it longer. Raises SearchLost."""
    stewards = User.objects.filter(is_active=True, roles__contains=["steward"])
    held = _find_row(search).filter(ends_at__gt=now, steward__in=stewards)
    if not held.update(**{"due_at": now + LEASE, **values}):
        raise SearchLost


def _find_row(search: NameSearch) -> QuerySet[NameSearch]:
    """Return the row as this worker holds it; none once another one took it."""
    return NameSearch.objects.filter(pk=search.pk, state="searching", tries=search.tries)
