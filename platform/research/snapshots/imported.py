"""A Snapshot of a public data set, read from its sealed archive: the same bytes each time."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Final

from emotion.datasets import WrongFolder
from emotion.datasets.snapshot import digest, dumps
from research.models import Snapshot
from research.snapshots import importing
from research.snapshots.data_sets import DATA_SETS
from research.snapshots.model import LONGEST_WHY

logger = logging.getLogger(__name__)
NO_WINDOW: Final = "expected Windows with a label, got none"


class Changed(ValueError):
    """What is read now is not what was counted when it came in."""


def frozen(row: Snapshot, *, now: datetime) -> dict[str, Any]:
    """What is to be stored of it: counts and digest, or why it is not what it should be."""
    try:
        found = DATA_SETS[row.data_set].read(importing.archive(row))
    except WrongFolder as wrong:
        return _refused(row, str(wrong))
    if not found.examples:
        return _refused(row, NO_WINDOW)
    return {
        "state": "frozen",
        "frozen_at": now,
        "digest": digest(dumps(found)),
        "people": len({each.person for each in found.examples}),
        "windows": len(found.examples),
        "expert": len(found.examples),
    }


def packed(row: Snapshot) -> bytes:
    """What a training reads. Raises KeyDestroyed, and Changed where a reader has changed since."""
    found = dumps(DATA_SETS[row.data_set].read(importing.archive(row)))
    if digest(found) != row.digest:
        raise Changed(f"{row}: expected {row.digest}, got {digest(found)}")
    return found


def _refused(row: Snapshot, why: str) -> dict[str, Any]:
    logger.info("snapshot.refused", extra={"snapshot": str(row.id)})
    return {"state": "failed", "why": why[:LONGEST_WHY]}
