"""The one message about a grade (Assignment and Grade Services 2.0, score).

It says what the gradebook says about a graded test. Nothing sensed or estimated goes into it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

MEDIA_TYPE: Final = "application/vnd.ims.lis.v1.score+json"
MAXIMUM: Final = 100


def write_score(subject: str, percent: int | None, *, now: datetime) -> bytes:
    """Return the message; `percent` None takes a grade back that was sent before."""
    graded = percent is not None
    message: dict[str, Any] = {
        "userId": subject,
        "activityProgress": "Completed" if graded else "Initialized",
        "gradingProgress": "FullyGraded" if graded else "NotReady",
        "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds"),
    }
    if graded:
        message |= {"scoreGiven": percent, "scoreMaximum": MAXIMUM}
    return json.dumps(message).encode()


def scores_address(line_item: str) -> str:
    """Return where scores of a line item go: its path with `/scores`, before a query."""
    parts = urlsplit(line_item)
    return urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/scores"))
