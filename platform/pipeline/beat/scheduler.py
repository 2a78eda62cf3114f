"""Celery's scheduler, which sends only while its process holds the lock of the site (ADR 0097).

When an entry was last sent is in the database, not in a file of the host. So the next holder
continues where the last one stopped: what fell due between the two is sent once.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from celery.beat import Scheduler, SchedulingError

from pipeline.beat.leader_lock import TRY_S, LeaderLock, read_clock

# Entries that were never sent count from now.
ADD: Final = """
INSERT INTO pipeline_sententry (name, sent_at)
SELECT name, clock_timestamp() FROM unnest(%(names)s::text[]) AS name
ON CONFLICT (name) DO NOTHING
"""
# By the server's clock alone, as those of two hosts may differ.
AGES: Final = """
SELECT name, extract(epoch FROM clock_timestamp() - sent_at)::float8 FROM pipeline_sententry
WHERE name = ANY (%(names)s)
"""
RECORD: Final = "UPDATE pipeline_sententry SET sent_at = clock_timestamp() WHERE name = %(name)s"
logger = logging.getLogger(__name__)


class ElectedScheduler(Scheduler):
    """Sends each entry of the schedule once a period, by a clock that is never set back."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.lock = LeaderLock()
        self.due: dict[str, float] = {}
        self.failed: set[str] = set()
        super().__init__(*arguments, **options)

    def setup_schedule(self) -> None:
        """Take our entries alone; Celery's own would delete results, and we store none."""
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *_: Any, **__: Any) -> float:
        """Send what is due if this process holds the lock; return when to look again."""
        if not self.lock.is_held() or not (self.due or self._read_due()):
            self.due = {}
            return TRY_S
        for name in sorted(self.due, key=self._rank):
            if self.due[name] <= read_clock() and not self._send(name):
                return TRY_S
        return max(0.0, min(TRY_S, min(self.due.values()) - read_clock()))

    def close(self) -> None:
        """Release the lock too, so that another beat need not wait for it."""
        self.lock.release()
        super().close()

    def _read_due(self) -> bool:
        """Read when each entry is due; False if the lock was lost."""
        names = {"names": [*self.schedule]}
        if self.lock.execute(ADD, names) is None:
            return False
        for name, age in self.lock.execute(AGES, names) or ():
            wait = self._period(name) - max(0.0, age)
            self.due[name] = read_clock() + max(0.0, wait)
        return len(self.due) == len(self.schedule)

    def _rank(self, name: str) -> tuple[bool, float]:
        """Return the entry's place: one that failed must not hold up the others."""
        return name in self.failed, self.due[name]

    def _period(self, name: str) -> float:
        return float(self.app.conf.beat_schedule[name]["schedule"])

    def _send(self, name: str) -> bool:
        """Send one entry and record that; False if it must be tried again.

        An entry that was sent and not recorded is sent again: its task finds nothing due. After a
        failed send another process gets the lock, as the broker may fail for this host alone.
        """
        # It may wait for the broker, so the lock is asked afterwards.
        producer = self.producer
        if not self.lock.is_held():
            return False
        try:
            self.apply_async(self.schedule[name], producer=producer, advance=False)
        except SchedulingError:
            self._note_failure(name)
            return False
        self.failed.discard(name)
        self.due[name] = read_clock() + self._period(name)
        return self.lock.execute(RECORD, {"name": name}) is not None

    def _note_failure(self, name: str) -> None:
        """Give the lock up; log each entry once until it is sent, the first with its traceback."""
        if name not in self.failed:
            logger.warning("beat.send_failed", exc_info=not self.failed, extra={"entry": name})
        self.failed.add(name)
        self.lock.step_aside()
