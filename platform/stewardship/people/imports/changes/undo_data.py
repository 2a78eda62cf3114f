"""What a row is once its person was imported, and what it keeps for an undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from accounts.models import User
from stewardship.people.imports.models import ImportRow

# What is empty once a row is done: by it, an erasure finds rows that wait.
NO_DIGESTS: Final = {
    "login_digest": None,
    "number_digest": None,
    "email_digest": None,
    "guardian_digest": None,
}


def mark_done(row: ImportRow) -> None:
    """Say that a row is done, and empty what names people in it."""
    row.state, row.guardian = "done", None
    for name, value in NO_DIGESTS.items():
        setattr(row, name, value)


def undo_of(
    mark: str,
    *,
    guardian: User | None = None,
    before: dict[str, Any] | None = None,
    ended: Sequence[str] = (),
    enrolments: Sequence[Any] = (),
) -> dict[str, Any]:
    """Return what undoes a row, as it is sealed.

    `mark`: the record as imported; `before`: the one of a known person. `guardian` is new
    to the person; `ended`: whose guardianships ended.
    """
    return {
        "mark": mark,
        "before": before,
        "guardian": str(guardian.code) if guardian else None,
        "ended": list(ended),
        "enrolments": list(enrolments),
    }
