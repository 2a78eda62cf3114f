"""How long a log-in lasts: half a day; a Steward's eight hours, and half an hour without use."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Lifetime:
    """From its beginning `whole` at most, and `unused` since the last request."""

    whole: timedelta
    unused: timedelta

    def end(self, began_at: datetime, now: datetime) -> datetime:
        """When a log-in that is used now ends, if nothing more comes."""
        return min(began_at + self.whole, now + self.unused)


EVERYBODY = Lifetime(timedelta(hours=12), timedelta(hours=12))
STEWARD = Lifetime(timedelta(hours=8), timedelta(minutes=30))
# Long enough to fetch a telephone and set it up, too short to guess codes.
WAITING = Lifetime(timedelta(minutes=15), timedelta(minutes=15))


def lifetime(roles: Collection[str], *, waiting: bool) -> Lifetime:
    """`waiting`: the password was right and the second factor is still owed."""
    if waiting:
        return WAITING
    return STEWARD if "steward" in roles else EVERYBODY
