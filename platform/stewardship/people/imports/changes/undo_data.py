"""State of a row after its import, and its data for an undo."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from accounts.models import User
from stewardship.people.imports.models import ImportRow

# Columns cleared when a row is finished; an erasure uses them to find waiting rows.
NO_DIGESTS: Final = {
    "login_digest": None,
    "number_digest": None,
    "email_digest": None,
    "guardian_digest": None,
}


def mark_done(row: ImportRow) -> None:
    """Mark a row as finished, and clear the columns that identify people."""
    row.state, row.guardian = "done", None
    for name, value in NO_DIGESTS.items():
        setattr(row, name, value)


def make_undo_data(
    mark: str,
    *,
    guardian: User | None = None,
    before: dict[str, Any] | None = None,
    ended: Sequence[str] = (),
    enrolments: Sequence[Any] = (),
) -> dict[str, Any]:
    """Return the undo data of a row, to be sealed.

    `mark`: the digest of the imported record; `before`: the record of a known person. `guardian` is
    new to the person; `ended`: guardians whose guardianships ended.
    """
    return {
        "mark": mark,
        "before": before,
        "guardian": str(guardian.code) if guardian else None,
        "ended": list(ended),
        "enrolments": list(enrolments),
    }
