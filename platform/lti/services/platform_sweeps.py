"""How due rows that need calls to platforms are processed: a batch, row by row.

A platform's token is fetched once in a sweep. Where it cannot be fetched, all due rows of that
platform wait, without another call, and the other platforms are served.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from django.db.models import F, QuerySet
from django.db.models.functions import Least

from lti.models import LearningPlatform, LinkedGrade, PlatformCourse
from lti.services.access_tokens import AccessToken, ServiceFailed, fetch_token
from work_queue.due_rows import describe_error, lease_due, process_each

LONGEST_PAUSE: Final = timedelta(hours=6)
MOST_TRIES: Final = 1000
Clock = Callable[[], datetime]
Row = TypeVar("Row", LinkedGrade, PlatformCourse)

logger = logging.getLogger("lti.sweeps")


class SweepTokens:
    """The tokens of one sweep, by platform, and the platforms that gave none."""

    def __init__(self, scope: str, clock: Clock) -> None:
        self.scope, self.clock = scope, clock
        self.failed: dict[UUID, ServiceFailed] = {}
        self._tokens: dict[UUID, AccessToken] = {}

    def get(self, platform: LearningPlatform) -> str:
        """Return a token that is valid now. Raises ServiceFailed."""
        if platform.pk in self.failed:
            raise ServiceFailed(self.failed[platform.pk].why)
        token = self._tokens.get(platform.pk)
        if token is None or token.ends_at <= self.clock():
            token = self._tokens[platform.pk] = self._fetch(platform)
        return token.value

    def _fetch(self, platform: LearningPlatform) -> AccessToken:
        try:
            return fetch_token(platform, [self.scope], now=self.clock())
        except Exception as error:
            failed = ServiceFailed(getattr(error, "why", type(error).__name__))
            self.failed[platform.pk] = failed
            raise failed from error


@dataclass(frozen=True, slots=True)
class PlatformSweep(Generic[Row]):
    """One kind of due row. `platform`: where a row has its platform, as in a query.

    `process` returns whether a row was processed; it may raise anything.
    """

    event: str
    scope: str
    rows: Callable[[], QuerySet[Row]]
    platform: str
    process: Callable[[Row, SweepTokens, Clock], bool]
    batch: int
    lease: timedelta
    first_pause: timedelta

    def run(self, *, clock: Clock) -> int:
        """Process a batch of due rows; return how many were processed."""
        tokens = SweepTokens(self.scope, clock)
        rows = lease_due(self.rows(), self.batch, now=clock(), lease=self.lease)
        done = process_each(
            rows,
            lambda row: self.process(row, tokens, clock),
            postpone=lambda row, error: self._postpone(row, error, clock()),
        )
        self._postpone_others(tokens, clock())
        return done

    def _postpone(self, row: Row, error: Exception, now: datetime) -> None:
        """Log what failed, without any text of the error, and wait twice as long each time."""
        facts = {"platform": str(self._platform_of(row)), **describe_failure(error)}
        logger.warning(self.event, extra=facts)
        doubled: int = 2 ** min(row.tries, 12)
        pause = min(self.first_pause * doubled, LONGEST_PAUSE)
        type(row)._base_manager.filter(pk=row.pk).update(
            due_at=now + pause, tries=Least(F("tries") + 1, MOST_TRIES)
        )

    def _postpone_others(self, tokens: SweepTokens, now: datetime) -> None:
        """Let the due rows outside the batch wait, of platforms that gave no token."""
        theirs: dict[str, Any] = {f"{self.platform}__in": list(tokens.failed)}
        if tokens.failed:
            others = self.rows().filter(due_at__lte=now, **theirs)
            others.update(due_at=now + self.first_pause)

    def _platform_of(self, row: Row) -> UUID:
        platform: LearningPlatform = attrgetter(self.platform.replace("__", "."))(row)
        return platform.pk


def describe_failure(error: Exception) -> dict[str, str]:
    """Return why it failed, for the log, and where if the platform did not say why."""
    return {"why": error.why} if isinstance(error, ServiceFailed) else describe_error(error)
