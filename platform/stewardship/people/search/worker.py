"""Check the names of many people for a Steward, some hundred at a time.

A worker that was killed leaves its search due, so another worker continues it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from accounts.models import User
from stewardship.people.search.models import NameSearch
from stewardship.people.search.name_match import split_words
from stewardship.people.search.results import seal_found, search_next, unseal_found, unseal_words
from work_queue.due_rows import take_lease

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=1)
RETRY_AFTER: Final = timedelta(seconds=5)
MOST_TRIES: Final = 5
Clock = Callable[[], datetime]


class SearchLost(Exception):
    """The search was replaced or has ended, or another worker has taken it over."""


def process_due(*, now: Clock) -> int:
    """Process every due search, one after another; return how many."""
    end_old(now())
    done = 0
    rows = NameSearch.objects.select_related("steward")
    while (search := take_lease(rows, now=now(), lease=LEASE)) is not None:
        _process(search, now)
        done += 1
    return done


def end_old(now: datetime) -> None:
    """Delete searches that are an hour old, and those of people who are no longer Stewards."""
    NameSearch.objects.filter(ends_at__lte=now).delete()
    stewards = User.objects.filter(is_active=True, roles__contains=["steward"])
    NameSearch.objects.exclude(steward__in=stewards).delete()


def _process(search: NameSearch, now: Clock) -> None:
    """Check all names; retry a few times on errors. No logged error may name a person."""
    try:
        _look_at_all(search, now)
    except SearchLost:
        logger.info("name_search.lost")
    except Exception as error:  # noqa: BLE001 - any error of a row
        logger.error("name_search.waits", extra={"error": type(error).__name__})
        over = search.tries > MOST_TRIES
        later: dict[str, Any] = {"state": "failed", "due_at": None}
        _find_row(search).update(**(later if over else {"due_at": now() + RETRY_AFTER}))


def _look_at_all(search: NameSearch, now: Clock) -> None:
    words, found = split_words(unseal_words(search)), unseal_found(search)
    while not found.is_whole:
        found = search_next(found, words)
        kept = seal_found(search, found, now=now())
        _store_progress(search, now(), found_sealed=kept)
    _store_progress(search, now(), state="done", due_at=None)


def _store_progress(search: NameSearch, now: datetime, **values: Any) -> None:
    """Store the progress and extend the lease. Raises SearchLost."""
    stewards = User.objects.filter(is_active=True, roles__contains=["steward"])
    rows = _find_row(search).filter(ends_at__gt=now, steward__in=stewards)
    if not rows.update(**{"due_at": now + LEASE, **values}):
        raise SearchLost


def _find_row(search: NameSearch) -> QuerySet[NameSearch]:
    """Return the row as leased by this worker; none if another one has taken it."""
    return NameSearch.objects.filter(pk=search.pk, state="searching", tries=search.tries)
