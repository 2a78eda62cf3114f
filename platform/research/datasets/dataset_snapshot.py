"""A Snapshot of a public data set, read from its sealed archive: the same bytes each time.

The archive was uploaded by a person, so it is read in a process with a time limit.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from emotion.datasets import WrongFolder
from emotion.datasets.snapshot import digest, dumps
from pipeline.time_box import Tell, TooSlow, run_in_time_box
from research.datasets import dataset_import
from research.datasets.public_datasets import DATA_SETS
from research.models import Snapshot
from research.snapshots.models import LONGEST_WHY

logger = logging.getLogger(__name__)
NO_WINDOW: Final = "expected Windows with a label, got none"
# The largest known archive takes 8 s.
MAX_CPU_S: Final = 120
TOO_SLOW: Final = f"expected an archive that is read within {MAX_CPU_S} s"


class ArchiveChanged(ValueError):
    """The data read now differs from that counted at import."""


@dataclass(frozen=True, slots=True)
class ReadArchive:
    """The bytes that training reads, and their number of people and Windows."""

    packed: bytes
    people: int
    windows: int


def read_archive(data_set: str, archive: bytes, _tell: Tell) -> ReadArchive:
    """Read the archive of a data set; raises WrongFolder. Runs in the process of a time box."""
    found = DATA_SETS[data_set].read(archive)
    people = {example.person for example in found.examples}
    return ReadArchive(dumps(found), len(people), len(found.examples))


def freeze(row: Snapshot, *, now: datetime) -> dict[str, Any]:
    """Return the fields to store: counts and digest, or why the archive is invalid."""
    try:
        found = _read(row)
    except WrongFolder as wrong:
        return _fail(row, str(wrong))
    except TooSlow:
        return _fail(row, TOO_SLOW)
    if not found.windows:
        return _fail(row, NO_WINDOW)
    return {
        "state": "frozen",
        "frozen_at": now,
        "digest": digest(found.packed),
        "people": found.people,
        "windows": found.windows,
        "expert": found.windows,
    }


def read_packed(row: Snapshot) -> bytes:
    """Return the bytes that training reads.

    Raises KeyDestroyed, TooSlow, and ArchiveChanged where a reader has changed since.
    """
    found = _read(row).packed
    if digest(found) != row.digest:
        raise ArchiveChanged(f"{row}: expected {row.digest}, got {digest(found)}")
    return found


def _read(row: Snapshot) -> ReadArchive:
    """Read the archive in a time box. Raises WrongFolder, KeyDestroyed, TooSlow."""
    archive = dataset_import.open_archive(row)
    return run_in_time_box(
        read_archive, row.data_set, archive, tell=_report_nothing, cpu_s=MAX_CPU_S
    )


def _report_nothing(_done: int, _total: int) -> None:
    """Ignore progress: an archive is one step."""


def _fail(row: Snapshot, why: str) -> dict[str, Any]:
    logger.info("snapshot.refused", extra={"snapshot": str(row.id)})
    return {"state": "failed", "why": why[:LONGEST_WHY]}
