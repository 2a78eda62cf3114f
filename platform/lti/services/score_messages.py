"""The one message about a grade (Assignment and Grade Services 2.0, score).

It says what the gradebook says about a graded test. Nothing sensed or estimated goes into it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

MEDIA_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
MAXIMUM: Final = 100


@dataclass(frozen=True, slots=True)
class GradeState:
    """A grade in percent; None takes one back. `waits`: answers wait for marks, so none is known.

    A grade from another attempt is final, whatever waits.
    """

    percent: int | None
    waits: bool = False

    @property
    def progress(self) -> tuple[str, str]:
        """The progress of the activity and of its grading, in the words of the standard."""
        if self.percent is not None:
            return "Completed", "FullyGraded"
        return ("Submitted", "PendingManual") if self.waits else ("Initialized", "NotReady")


def write_score(subject: str, grade: GradeState, *, now: datetime) -> bytes:
    """Return the message."""
    activity, grading = grade.progress
    message: dict[str, Any] = {
        "userId": subject,
        "activityProgress": activity,
        "gradingProgress": grading,
        "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    if grade.percent is not None:
        message |= {"scoreGiven": grade.percent, "scoreMaximum": MAXIMUM}
    return json.dumps(message).encode()


def scores_address(line_item: str) -> str:
    """Return where scores of a line item go: its path with `/scores`, before a query."""
    parts = urlsplit(line_item)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores"))
