"""A study's participant numbers and codes, derived from its key.

Two studies therefore cannot be joined, and nothing can be traced once the key is deleted.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Final
from uuid import UUID

from research.studies.models import Study
from vault.keystore import Key, open_keystore

# Shifted back by a hundred years and more, as BIDS requires, so that it is not mistaken for the
# true day.
CENTURY: Final = timedelta(days=36_524)
SPREAD_DAYS: Final = 3_650


@dataclass(frozen=True, slots=True)
class StudyCodes:
    """Codes derived from the study's key; not to be held longer than one task."""

    key: Key = field(repr=False)

    def digest(self, *parts: bytes) -> bytes:
        """Return 32 bytes of the parts that only this study can compute."""
        text = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self.key.secret, text, "sha256")

    def material(self, unit: UUID) -> str:
        return "M" + self.digest(b"unit", unit.bytes).hex()[:8]

    def lot(self, person: UUID) -> bytes:
        """Return a sort key for numbering new people, in an order that reveals nothing."""
        return self.digest(b"order", person.bytes)

    def shifted_day(self, person: str, at: datetime) -> datetime:
        """Return midnight of another day; all days of one person move by the same number.

        The time of day is left out: next to a forum post it would name the person (ADR 0038).
        """
        by = int.from_bytes(self.digest(b"days", person.encode())[:4], "big") % SPREAD_DAYS
        day = at.astimezone(UTC).date() - CENTURY - timedelta(days=by)
        return datetime.combine(day, time.min)


def codes_of(study: Study) -> StudyCodes:
    """Return the codes of a study. Raises KeyDestroyed two years after its end."""
    return StudyCodes(open_keystore().key(bytes.fromhex(study.key)))


def format_number(number: int) -> str:
    """Format a participant number, such as P001."""
    return f"P{number:03}"
