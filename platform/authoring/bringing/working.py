"""Reading the packages that are owed: whole or not at all, with how far it is told on the way."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_noop as _

from accounts.models import User
from authoring.bringing import asking
from authoring.bringing.model import Arrival
from authoring.broken import BrokenPackage
from authoring.importing import import_package
from authoring.said import kept, said
from pipeline import leases

logger = logging.getLogger(__name__)
LEASE: Final = timedelta(minutes=10)
MOST_TRIES: Final = 3
TELL_EVERY_S: Final = 0.5
NOT_READ: Final = said(_("It could not be read to its end. Nothing was changed. Try once more."))


class GivenUp(Exception):
    """Nobody waits for it any more."""


def work_off(*, now: Callable[[], datetime]) -> int:
    """Read everything that is owed, one after the other; how many that were."""
    done = 0
    while (row := leases.take(Arrival.objects.all(), now=now(), lease=LEASE)) is not None:
        _bring_in(row, now)
        done += 1
    return done


def _bring_in(row: Arrival, now: Callable[[], datetime]) -> None:
    if row.tries > MOST_TRIES:
        _end(row, {"state": "failed", "why": kept([NOT_READ])})
        return
    try:
        found = _read(row, now)
    except GivenUp:
        return
    except BrokenPackage as broken:
        found = {"state": "refused", "why": kept(broken.parts)}
    except Exception:
        logger.exception("arrival.failed")
        found = {"state": "failed", "why": kept([NOT_READ])}
    _end(row, found)


def _read(row: Arrival, now: Callable[[], datetime]) -> Mapping[str, Any]:
    """In one transaction with what is kept of it, so that a cancelled one leaves nothing."""
    by = User.objects.filter(code=row.author, is_active=True).first()
    if by is None:
        raise GivenUp
    tell = _teller(row, now)
    with transaction.atomic():
        done = import_package(asking.file_of(row), now=now(), tell=tell, slug=row.slug, by=by)
        if not _owed(row).select_for_update().exists():
            raise GivenUp
    return {
        "state": "there",
        "course": done.course,
        "before": done.before,
        "made": done.made,
        "counts": {name: number for name, number in done.counts.items() if number},
        "left_out": dict(done.left_out.most_common()),
    }


def _teller(row: Arrival, now: Callable[[], datetime]) -> Callable[[int, int], None]:
    """Says how far it is, now and then; stops the reading where nobody waits."""
    said = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal said
        if time.monotonic() - said < TELL_EVERY_S:
            return
        said = time.monotonic()
        if not _owed(row).update(done=done, total=total, due_at=now() + LEASE):
            raise GivenUp

    return tell


def _owed(row: Arrival) -> QuerySet[Arrival]:
    return Arrival.objects.filter(pk=row.pk, state="owed", tries=row.tries)


def _end(row: Arrival, found: Mapping[str, Any]) -> None:
    _owed(row).update(due_at=None, **found)
    asking.clear(row)
